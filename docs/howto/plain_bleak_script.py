"""A hold of five seconds with an open watch: bleak and docs/hold-profile.md, nothing of wearsync."""

import asyncio
import struct

from bleak import BleakClient, BleakScanner

SERVICE, INFO, UP, DOWN = (f"f69b000{n}-d1cb-4904-adda-db6c343c41a1" for n in range(4))


async def main(scanner: dict = {}, client: dict = {}) -> None:  # noqa: B006 - never changed
    watch = await BleakScanner.find_device_by_filter(lambda _, a: SERVICE in a.service_uuids, **scanner)
    assert watch, "no watch is nearby: start one with `wearsync-sim watch --open`"
    heard = asyncio.Queue()
    async with BleakClient(watch, **client) as link:
        is_open = (await link.read_gatt_char(INFO))[18] & 4
        assert is_open, f"{watch.name} ({watch.address}) is not an open watch: end it, and try again"
        await link.start_notify(UP, lambda _, frame: heard.put_nowait(bytes(frame)))
        await link.write_gatt_char(DOWN, bytes([0x01, 1, 1]) + bytes(20), response=True)  # HELLO
        ready = await heard.get()  # READY: journal_id, boot, tick, first_seq, next_seq, …
        _, _, tick, _, next_seq = struct.unpack_from("<IIIII", ready, 1)
        await link.write_gatt_char(DOWN, struct.pack("<BI", 0x03, next_seq), response=True)  # START
        step = struct.pack("<BIBBBBBIBB", 0x07, 1, 0, 2, 0, 0, 1, tick + 3000, 5, 0)  # left, in 3 s, for 5 s
        await link.write_gatt_char(DOWN, step + b"LEFT knee down on the pillow", response=True)
        while True:
            frame = await heard.get()
            while frame[0] == 0x83 and len(frame) > 1:  # RECORDS
                size, kind, seq = struct.unpack_from("<BBI", frame, 1)
                await link.write_gatt_char(DOWN, struct.pack("<BI", 0x04, seq), response=True)  # ACK
                said = {0x12: "session", 0x10: "hold started", 0x11: "hold stopped"}.get(kind, "record")
                print(said, flush=True)
                if kind == 0x11:
                    print("held", struct.unpack_from("<I", frame, 1 + 20)[0] / 1000, "s")
                    return
                frame = frame[:1] + frame[1 + size :]


if __name__ == "__main__":
    asyncio.run(main())
