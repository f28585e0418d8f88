"""A watch with a long backlog, a host that it is paired with, and the wire between them with a counter on it.

Rule: both ends are the real ones (the product as the daemon composes it, the simulated watch on Bumble), over
real ATT, GATT and SMP; paired once, in virtual time, by the product's own ceremony.
"""

import asyncio
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from random import Random

from bleak.backends.client import BaseBleakClient
from bumble.device import Connection, Device

from tests.bench.host_time import on_the_host
from tests.daemon.home import NoBroker, at_home
from wearsync.config import load
from wearsync.daemon.clock import HostClock
from wearsync.daemon.compose import Daemon
from wearsync.daemon.keys import KeyStore
from wearsync.journal.store import SqliteJournal
from wearsync.radio.adapter import BleakRadio
from wearsync_simulators.kit.virtual import daemon_runs
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.backend import VirtualClient
from wearsync_simulators.radio.provider import InProcessRadio
from wearsync_simulators.watches.antenna import BumbleGround, Ears, HoldOutfit, Identity
from wearsync_simulators.watches.flash import Flash
from wearsync_simulators.watches.records import (
    Battery,
    Body,
    Booted,
    HoldStarted,
    HoldStopped,
    IntentTold,
    SessionTold,
    Worn,
    write_record,
)
from wearsync_simulators.watches.simulated_watch import SimulatedWatch
from wearsync_simulators.watches.words import (
    Intent,
    Reason,
    Reset,
    SessionSource,
    SessionWhat,
    Side,
    Source,
    Variant,
)
from wearsync_simulators.world.loop import JumpingLoop, run_jumping

__all__ = ["MTU", "Drained", "a_home_with_backlog", "copy_of", "drained"]

MTU = 247
# Beyond any drain that is measured here.
WITHIN_S = 300.0
_RECORDS, _START, _ACK = 0x83, 0x03, 0x04
_TAG_BYTES = 8
_SESSIONS_A_DAY = 3
_DAY_MS = 24 * 3600 * 1000
# A watch boots anew now and then: an update, a flat battery.
_BOOT_DAYS = 20


def a_home_with_backlog(directory: Path, records: int) -> None:
    """Pair a watch with a host there, and let it have so many records that no host has."""

    async def paired() -> None:
        async with at_home(directory, flash_records=2 * records):
            pass

    run_jumping(paired)
    flash = Flash(directory / "watch" / "flash", new_id=lambda: 1)
    for boot, tick, body in islice(_days_alone(flash, records), records):
        flash.append(write_record(seq=flash.next_seq, boot=boot, tick=tick, body=body))
    flash.close()


def _days_alone(flash: Flash, records: int) -> Iterator[tuple[int, int, Body]]:
    """What a watch writes whose host is away: sessions alone, three a day, each hold with its fate."""
    a_day = _SESSIONS_A_DAY * sum(1 for _ in _session(0)) + 3
    unix_ms = int(time.time() * 1000) - (records // a_day + 2) * _DAY_MS
    random, boot, tick = Random(1), 0, _BOOT_DAYS * _DAY_MS
    while True:
        if tick >= _BOOT_DAYS * _DAY_MS:
            boot, tick = flash.next_boot(), 0
            yield boot, tick, Booted(Reset.UPDATE, unix_ms * 1000)
        yield boot, tick, Worn(True)
        for number in range(1, _SESSIONS_A_DAY + 1):
            for body in _session(random.getrandbits(32)):
                tick += 15_000
                yield boot, tick, body
            later_ms = number * _DAY_MS // 4 - tick % _DAY_MS
            tick += max(0, later_ms)
        yield boot, tick, Worn(False)
        next_ms = _DAY_MS - tick % _DAY_MS
        unix_ms, tick = unix_ms + _DAY_MS, tick + next_ms


def _session(number: int) -> Iterator[Body]:
    yield IntentTold(Intent.START, number, 0)
    yield SessionTold(number, SessionWhat.STARTED, SessionSource.WATCH)
    for step, side in zip(range(6), cycle((Side.LEFT, Side.RIGHT)), strict=False):
        round_ = step // 2 + 1
        yield HoldStarted(number, step, side, Variant.KNEELING, round_, 30, Source.AUTO, 1)
        yield HoldStopped(number, step, Reason.PLANNED, 30_000)
    yield SessionTold(number, SessionWhat.DONE, SessionSource.WATCH)
    yield Battery(80, False)


@dataclass(slots=True)
class Wire:
    """What went over the link, by the watch's end of it. Times are the loop's."""

    last: int = 0
    started_s: float = 0.0
    ended_s: float = 0.0
    value_bytes: int = 0
    frames: list[bytes] = field(default_factory=list)
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def up(self, frame: bytes) -> None:
        """The watch notifies."""
        if not self.done.is_set():
            self.frames.append(frame)
            self.value_bytes += len(frame)

    def down(self, frame: bytes) -> None:
        """The host has written."""
        if self.done.is_set():
            return
        self.value_bytes += len(frame)
        if frame[0] == _START:
            self.started_s = asyncio.get_running_loop().time()
        elif frame[0] == _ACK and int.from_bytes(frame[1:5], "little") >= self.last:
            self.ended_s = asyncio.get_running_loop().time()
            self.done.set()


class _Counted(HoldOutfit):
    """The watch's services at an ATT MTU of 247, counted."""

    def __init__(
        self,
        wire: Wire,
        device: Device,
        identity: Identity,
        ears: Ears,
        heard: Callable[[Connection, bytes], None],
    ) -> None:
        def counted(link: Connection, raw: bytes) -> None:
            wire.down(raw)
            heard(link, raw)

        super().__init__(device, identity, ears, counted)
        device.gatt_server.max_mtu = MTU
        notify = self.notify

        async def up(link: Connection, frame: bytes) -> None:
            wire.up(frame)
            await notify(link, frame)

        self.notify = up


@dataclass(frozen=True, slots=True)
class Drained:
    """One drain, from START's arrival at the watch to that of the last ACK. `frames`: RECORDS, as notified;
    `value_bytes`: all that either side sent meanwhile.
    """

    took_s: float
    record_bytes: int
    value_bytes: int
    frames: tuple[bytes, ...]


async def drained(home: Path, air: Air, *, client: type[BaseBleakClient] = VirtualClient) -> Drained:
    """Let the daemon of that home have all that its watch has to tell. It is changed by it: take a copy.

    On a jumping loop the journal has no thread. `client`: bleak's backend.
    """
    loop = asyncio.get_running_loop()
    inline = isinstance(loop, JumpingLoop)
    now_s = loop.time if inline else time.monotonic
    began_s = time.time() - now_s()
    watch = SimulatedWatch(name="Sim", state_dir=home / "watch")
    wire = Wire()
    await watch.power_on(BumbleGround(air, outfitter=partial(_Counted, wire)))
    wire.last = watch.next_seq - 1
    settings = load(
        home / "config.toml", state_dir=home / "state", radio="in-process", broker="mqtt://127.0.0.1:1"
    )
    opened = await InProcessRadio(air).open(state_dir=home / "adapter")
    radio = BleakRadio(replace(opened, client_backend=client))
    async with await SqliteJournal.open(settings.paths.journal, inline=inline) as journal:
        daemon = Daemon(
            settings=settings,
            radio=radio,
            publisher=NoBroker(),
            journal=journal,
            clock=HostClock(
                loop_time=now_s, wall=lambda: began_s + now_s(), resume=await journal.host_time()
            ),
            keys=KeyStore(settings.paths.keys),
            entropy=Random(1).randbytes,
            chance=Random(2).random,
        )
        await loop.create_task(_until_done(daemon, wire), context=on_the_host())
    await radio.close()
    await watch.power_off()
    records = tuple(frame for frame in wire.frames if frame[0] == _RECORDS)
    return Drained(
        took_s=wire.ended_s - wire.started_s,
        record_bytes=sum(len(frame) - 1 - _TAG_BYTES for frame in records),
        value_bytes=wire.value_bytes,
        frames=records,
    )


async def _until_done(daemon: Daemon, wire: Wire) -> None:
    async with daemon_runs(daemon), asyncio.timeout(WITHIN_S):
        await wire.done.wait()


def copy_of(home: Path) -> Path:
    """A home that may be changed, beside that one."""
    copy = home.with_name("again")
    shutil.rmtree(copy, ignore_errors=True)
    return shutil.copytree(home, copy)
