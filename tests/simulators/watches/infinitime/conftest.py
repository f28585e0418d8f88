"""A simulated InfiniTime and a host on one air, in virtual time; the host reaches it by handles."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bleak import BleakClient, BleakScanner

from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.backend import VirtualClient, VirtualScanner
from wearsync_simulators.radio.central import Central
from wearsync_simulators.watches.infinitime.music import Field
from wearsync_simulators.watches.infinitime.watch import SimulatedInfiniTime

HOST = "C4:00:00:00:00:0A"
EVENT, CALL_EVENT = "00000001-78fc-48fe-8e23-433b3a1942d0", "00020001-78fc-48fe-8e23-433b3a1942d0"
NEW_ALERT, ALERT_LEVEL = "00002a46-0000-1000-8000-00805f9b34fb", "00002a06-0000-1000-8000-00805f9b34fb"
CURRENT_TIME, BATTERY = "00002a2b-0000-1000-8000-00805f9b34fb", "00002a19-0000-1000-8000-00805f9b34fb"

# Above any wait in these tests, in virtual time.
SOON_S = 60.0


@dataclass
class Typist:
    """Who sits at the host, and types what the watch shows, that plus something, or nothing."""

    watch: SimulatedInfiniTime
    off_by: int | None = 0

    async def confirm_number(self, number: int) -> bool:
        raise AssertionError("a watch with a display only asks for no comparison")

    async def passkey(self) -> int | None:
        await until(lambda: self.watch.view.code is not None)
        assert self.watch.view.code is not None
        return None if self.off_by is None else (self.watch.view.code + self.off_by) % 1_000_000

    async def confirm_just_works(self) -> bool:
        raise AssertionError("a watch with a display does not pair by Just Works")


class Host:
    """A connected client of bleak's, and what the watch has told it."""

    def __init__(self, link: BleakClient) -> None:
        self.link = link
        self.events: list[int] = []

    def handles(self, uuid: str) -> list[int]:
        """All that carry that UUID, in order."""
        return sorted(
            each.handle for each in self.link.services.characteristics.values() if each.uuid == uuid
        )

    async def listen(self, uuid: str = EVENT) -> None:
        (handle,) = self.handles(uuid)
        await self.link.start_notify(handle, lambda _, data: self.events.extend(data))

    async def write(self, uuid: str, raw: bytes) -> None:
        (handle,) = self.handles(uuid)
        await self.link.write_gatt_char(handle, raw, response=uuid != ALERT_LEVEL)

    async def read(self, uuid: str) -> bytes:
        (handle,) = self.handles(uuid)
        return bytes(await self.link.read_gatt_char(handle))

    async def show(self, field: Field, value: str | int | bytes, *, which: int = 0) -> None:
        """Write to the music service; numbers are u32, but the status."""
        match value:
            case str():
                raw = value.encode()
            case int() if field is Field.STATUS:
                raw = bytes([value])
            case int():
                raw = value.to_bytes(4, "big")
            case bytes():
                raw = value
        handle = self.handles(f"0000{field:04x}-78fc-48fe-8e23-433b3a1942d0")[which]
        await self.link.write_gatt_char(handle, raw, response=True)


@asynccontextmanager
async def on_air(watch: SimulatedInfiniTime, *, off_by: int | None = 0) -> AsyncIterator[Central]:
    """The watch has power, and there is a central in its air whose person types codes."""
    air = Air()
    await watch.power_on(air)
    central = await Central.open(air, address=HOST, agent=Typist(watch, off_by))
    try:
        yield central
    finally:
        await watch.power_off()
        await central.close()


@asynccontextmanager
async def connected(central: Central, watch: SimulatedInfiniTime) -> AsyncIterator[Host]:
    """A link with it, found by its advertising as in life."""
    device = await BleakScanner.find_device_by_address(
        watch.address,
        timeout=SOON_S,
        backend=VirtualScanner,
        central=central,  # type: ignore[call-arg]  # for the backend, which bleak hands it to
    )
    assert device is not None
    async with BleakClient(device, backend=VirtualClient, central=central) as link:
        yield Host(link)


async def until(condition: Callable[[], object], within_s: float = SOON_S) -> None:
    """Wait until it holds; looks again every few milliseconds."""
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.005)
