"""The flood of the cue figures: commands by MQTT, hardly one of which is to be carried out.

    python -m tests.bench.flood BROKER_PORT TOPIC

Rule: as many a second as it says, evenly spread, until it is ended.
"""

import asyncio
import json
import sys
from collections.abc import Iterator
from itertools import cycle, islice

import aiomqtt

__all__ = ["A_SECOND"]

A_SECOND = 300
BURST_EVERY_S = 0.1


def _commands(topic: str) -> Iterator[tuple[str, bytes]]:
    numbers = iter(range(10**9))
    for kind in cycle(range(4)):
        match kind:
            case 0:
                yield topic, b'{"command": "buzz"'
            case 1:
                yield topic, b"x" * 10_000
            case _:
                payload = {"command": "buzz", "request_id": f"flood-{next(numbers)}"}
                yield topic, json.dumps(payload).encode()


async def _flood(port: int, topic: str) -> None:
    loop, commands = asyncio.get_running_loop(), _commands(topic)
    async with aiomqtt.Client("127.0.0.1", port) as client:
        next_s = loop.time()
        while True:
            for where, payload in islice(commands, int(A_SECOND * BURST_EVERY_S)):
                await client.publish(where, payload)
            next_s += BURST_EVERY_S
            await asyncio.sleep(max(0.0, next_s - loop.time()))


if __name__ == "__main__":
    asyncio.run(_flood(int(sys.argv[1]), sys.argv[2]))
