"""What a competent person writes in an evening: bleak to aiomqtt, each with its loop, a queue between them.

Runs in the guest: bare.py ADDRESS CHARACTERISTIC HOST PORT
"""

import asyncio
import sys

import aiomqtt
from bleak import BleakClient, BleakScanner
from bleak.exc import BleakError

ADDRESS, CHARACTERISTIC, HOST, PORT = sys.argv[1:]
RETRY_S = 1


async def listen(queue):
    while True:
        try:
            if device := await BleakScanner.find_device_by_address(ADDRESS):
                gone = asyncio.Event()
                async with BleakClient(
                    device, disconnected_callback=lambda _, gone=gone: gone.set()
                ) as watch:
                    await watch.start_notify(CHARACTERISTIC, lambda _, raw: queue.put_nowait(raw.hex()))
                    await gone.wait()
        except (BleakError, TimeoutError) as error:
            sys.stderr.write(f"watch: {error!r}\n")
        await asyncio.sleep(RETRY_S)


async def publish(queue):
    while True:
        try:
            async with aiomqtt.Client(HOST, int(PORT)) as broker:
                while True:
                    await broker.publish("bare/count", await queue.get(), qos=1)
        except aiomqtt.MqttError as error:
            sys.stderr.write(f"broker: {error!r}\n")
        await asyncio.sleep(RETRY_S)


async def main():
    queue = asyncio.Queue()
    await asyncio.gather(listen(queue), publish(queue))


asyncio.run(main())
