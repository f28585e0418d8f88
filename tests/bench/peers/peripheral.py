"""The watches of the comparison: simulated watches as in every other test, one for each tool, and beside the
hold profile a characteristic that counts, for those who do not know the profile.

Rule: the count goes on whether anybody listens or not, as time does. The count is also advertised, in the
layout of a RuuviTag (data format 5), which gateways for sensors know.
"""

import asyncio
import struct
from collections.abc import Callable, Sequence

from bumble.att import Attribute
from bumble.core import UUID, AdvertisingData
from bumble.device import Connection, Device
from bumble.gatt import Characteristic, Service

from tests.bench.peers.tally import Tally
from wearsync_simulators.radio.air import Air
from wearsync_simulators.watches.antenna import BumbleGround, Ears, HoldOutfit, Identity
from wearsync_simulators.watches.records import CueAck, HoldStopped, SessionTold, read_record
from wearsync_simulators.watches.simulated_watch import SimulatedWatch
from wearsync_simulators.watches.view import Face, Press, WatchView
from wearsync_simulators.watches.words import SessionWhat
from wearsync_simulators.wearer import Comparison, Deed

__all__ = ["COUNT", "Counting", "Restless", "due_of"]

COUNT_SERVICE = "5f3c0000-7d1b-4f0e-9a57-2f6a1c4e8b10"
COUNT = "5f3c0001-7d1b-4f0e-9a57-2f6a1c4e8b10"
EVERY_S = 1.0
RUUVI = 0x0499
ADVERTISED_EVERY_MS = 100.0


class Counting:
    """A watch that counts seconds, while it is told to. It stays in pairing mode: it must not hang up on a
    host that does not know its profile.
    """

    def __init__(self, name: str, tally: Tally, *, advertises: bool = False) -> None:
        self.watch = SimulatedWatch(name=name, pairing=True)
        self.tally = tally
        self.counts = False
        self._advertises = advertises
        self._outfit: _CountingOutfit | None = None
        self._number = 0
        self._task: asyncio.Task[None] | None = None

    async def power_on(self, air: Air) -> None:
        await self.watch.power_on(BumbleGround(air, outfitter=self._outfitter))
        self._task = asyncio.create_task(self._count(), name=f"count of {self.watch.name}")

    async def power_off(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        await self.watch.power_off()

    def _outfitter(
        self, device: Device, identity: Identity, ears: Ears, heard: Callable[[Connection, bytes], None]
    ) -> "_CountingOutfit":
        self._outfit = _CountingOutfit(device, identity, ears, heard, advertises=self._advertises)
        return self._outfit

    async def _count(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(EVERY_S)
            if self.counts and self._outfit is not None:
                self._number += 1
                self.tally.send(str(self._number), loop.time())
                await self._outfit.tell(self._number)


class Restless:
    """A wearer who starts a session whenever there is none, taps as soon as there is something to tap, and
    gives up every hold after a second: as many records as a person could make.
    """

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        self.counts = False
        self.watch = SimulatedWatch(name="Sim", pairing=True, wearer=self, on_record=self._written)
        self._task: asyncio.Task[None] | None = None

    async def power_on(self, air: Air) -> None:
        await self.watch.power_on(air)
        self._task = asyncio.create_task(self._start_sessions(), name="the restless wearer")

    async def power_off(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        await self.watch.power_off()

    def sees(self, view: WatchView) -> Sequence[Deed]:
        """As a `Wearer`."""
        if view.code is not None:
            return [Deed(1.0, Comparison(same=True))]
        match view.face:
            case _ if not self.counts:
                return []
            case Face.GAP | Face.CONFIRM | Face.PAUSED:
                return [Deed(0.5, Press.TAP)]
            case Face.HOLD:
                return [Deed(1.0, Press.DOUBLE_PRESS)]
            case Face.QUESTION:
                return [Deed(0.3, Press.ANSWER_DONE)]
            case _:
                return []

    async def _start_sessions(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            if self.counts and self.watch.view.face in (Face.CLOCK, Face.DONE):
                self.watch.press(Press.START)

    def _written(self, journal_id: int, raw: bytes) -> None:
        name = due_of(f"{self.watch.watch_id.hex()}:{journal_id}", raw)
        if name is not None:
            self.tally.send(name, asyncio.get_running_loop().time())


def due_of(journal: str, raw: bytes) -> str | None:
    """The id of the event that is due of this record; None: of it there is none. A session is told by its
    number: its end may be reported before the watch writes it, by the record that the host knew it from.
    """
    record = read_record(raw)
    match record.body:
        case HoldStopped():
            return f"{journal}:{record.seq}:hold"
        case CueAck():
            return f"{journal}:{record.seq}:cue"
        case SessionTold(session=session, what=what) if what is not SessionWhat.STARTED:
            return f"session {session}"
        case _:
            return None


class _CountingOutfit(HoldOutfit):
    """The hold profile's services, and the one that counts."""

    def __init__(
        self,
        device: Device,
        identity: Identity,
        ears: Ears,
        heard: Callable[[Connection, bytes], None],
        *,
        advertises: bool,
    ) -> None:
        super().__init__(device, identity, ears, heard)
        self._device = device
        self._address = bytes.fromhex(identity.address.replace(":", ""))
        self._advertises = advertises
        self._flags = self._number = 0
        notify, nothing_else = Characteristic.Properties.NOTIFY, Attribute.Permissions(0)
        self._count = Characteristic[bytes](UUID(COUNT), notify, nothing_else, b"")
        device.add_service(Service(UUID(COUNT_SERVICE), [self._count]))

    def advertising(self, flags: int) -> tuple[bytes, bytes]:
        """See `Outfit`."""
        advertised, scanned = super().advertising(flags)
        self._flags = flags
        if self._advertises:
            advertised = _as_ruuvi_tag(self._number, self._address)
        return advertised, scanned

    async def tell(self, number: int) -> None:
        """The next number, to whoever listens."""
        self._number = number
        await self._device.notify_subscribers(self._count, number.to_bytes(4, "little"))
        if self._advertises:
            advertised, scanned = self.advertising(self._flags)
            await self._device.start_advertising(
                advertising_data=advertised,
                scan_response_data=scanned,
                advertising_interval_min=ADVERTISED_EVERY_MS,
                advertising_interval_max=ADVERTISED_EVERY_MS,
            )


def _as_ruuvi_tag(number: int, address: bytes) -> bytes:
    """21 °C, 50 %, 1000 hPa, at rest, 3 V, +4 dBm, never moved; the number of the measurement is ours."""
    measured = struct.pack(">BhHHhhhHBH", 5, 4200, 20000, 50000, 0, 0, 1000, (1400 << 5) | 22, 0, number)
    return bytes(
        AdvertisingData(
            [
                (AdvertisingData.FLAGS, b"\x06"),
                (AdvertisingData.MANUFACTURER_SPECIFIC_DATA, struct.pack("<H", RUUVI) + measured + address),
            ]
        )
    )
