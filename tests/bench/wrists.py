"""The watches of a benchmark: a process with an air of its own, served over HCI on TCP, and simulated watches
on it, so that what the watches cost is no part of what the daemon costs.

    python -m tests.bench.wrists PLAN        PLAN: a file, see `Plan`; says {"air": "HOST:PORT"} first

Rule: orders come in on stdin, reports go out on stdout, each one line of JSON; instants are of the monotonic
clock, which all processes of a machine share.
"""

import asyncio
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Literal, assert_never

from bumble.device import Connection, Device
from bumble.gatt import Characteristic, CharacteristicValue, Service
from pydantic import BaseModel, ConfigDict, TypeAdapter

from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.airtime import Airtime
from wearsync_simulators.radio.peripheral import open_device
from wearsync_simulators.radio.tcp import serve_air
from wearsync_simulators.watches.antenna import BumbleGround, Ears, HoldOutfit, Identity
from wearsync_simulators.watches.any_watch import AnyWatch
from wearsync_simulators.watches.infinitime.watch import SimulatedInfiniTime
from wearsync_simulators.watches.records import HoldStarted, HoldStopped, read_record
from wearsync_simulators.watches.simulated_watch import SimulatedWatch
from wearsync_simulators.watches.view import Face, Press, WatchView
from wearsync_simulators.wearer import Deed

__all__ = [
    "ALERT_LEVEL",
    "BARE_ADDRESS",
    "BARE_UP",
    "Bare",
    "Dump",
    "Felt",
    "Order",
    "Plan",
    "Report",
    "Rest",
    "Scribble",
    "Slow",
    "Wear",
    "Worn",
]

ALERT_LEVEL = "2a06"
BARE_ADDRESS = "C4:00:00:00:BA:4E"
BARE_UP = "6e400003-b5a3-f393-e0a9-e50e24dcca9e"
# As long as the watch's frame with a HOLD_STOPPED: opcode, record, tag.
BARE_BYTES = 1 + 24 + 8
# A session's end is seen for a moment before the next one is started.
AGAIN_S = 0.3


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Worn(_Line):
    """One watch: where it keeps itself, what it is called, how wrong its clock goes."""

    state_dir: Path
    name: str
    driver: Literal["wearsync", "infinitime"] = "wearsync"
    drift_ppm: float = 0.0


class Plan(_Line):
    """All watches, by number; `interval_ms`: of the connections; None: the radio takes no time at all."""

    watches: tuple[Worn, ...]
    interval_ms: float | None = None


class Wear(_Line):
    """Let the wearers of these train: after such a time a gap is ended by a tap, and a hold by a double
    press; None: both are left to end by themselves. `answer_s`: to say why.
    """

    do: Literal["wear"] = "wear"
    watches: tuple[int, ...]
    gap_s: tuple[float, float] | None = None
    hold_s: tuple[float, float] | None = None
    answer_s: float = 0.5


class Rest(_Line):
    """Let the wearers of these pause."""

    do: Literal["rest"] = "rest"
    watches: tuple[int, ...]


class Bare(_Line):
    """Let the bare peripheral notify once."""

    do: Literal["bare"] = "bare"
    number: int


class Dump(_Line):
    """Report all pulses of these watches."""

    do: Literal["dump"] = "dump"
    watches: tuple[int, ...]


class Scribble(_Line):
    """Let that watch write a record so often, from now on."""

    do: Literal["scribble"] = "scribble"
    watch: int
    every_s: float


class Slow(_Line):
    """Draw the connection interval of each link between these, in ms."""

    do: Literal["slow"] = "slow"
    least_ms: float
    most_ms: float


Order = Wear | Rest | Bare | Dump | Scribble | Slow
_ORDERS: TypeAdapter[Order] = TypeAdapter(Order)


class Felt(_Line):
    """A pulse of a motor: when it went on, in true time and by the watch's clock; `cue`: the host's id."""

    on_s: float
    tick: int
    pattern: int
    cue: int | None


class Report(_Line):
    """What there is to say. `air`: HOST:PORT; `started`, `stopped`: a hold, as its record was written, which
    has `seq`; `bare`: a bare notification, about to go; `alert`: somebody wrote `seq` to the alert level;
    `pulses`: what a `Dump` has asked for.
    """

    what: Literal["air", "started", "stopped", "bare", "alert", "pulses"]
    watch: int = 0
    at_s: float = 0.0
    tick: int = 0
    seq: int = 0
    session: int = 0
    step: int = 0
    address: str = ""
    pulses: tuple[Felt, ...] = ()


@dataclass(slots=True)
class _Wearer:
    """Somebody who trains as told, and starts again when a session is over; `order` None: who does not."""

    random: Random
    order: Wear | None = None

    def sees(self, view: WatchView) -> Sequence[Deed]:
        """See `Wearer`."""
        if self.order is None:
            return []
        match view.face:
            case Face.GAP if self.order.gap_s is not None:
                return [Deed(self.random.uniform(*self.order.gap_s), Press.TAP)]
            case Face.HOLD if self.order.hold_s is not None:
                return [Deed(self.random.uniform(*self.order.hold_s), Press.DOUBLE_PRESS)]
            case Face.QUESTION:
                return [Deed(self.order.answer_s, Press.ANSWER_DONE)]
            case Face.CLOCK | Face.DONE:
                return [Deed(AGAIN_S, Press.START)]
            case _:
                return []


class _Wrists:
    """The watches, their wearers, and the bare peripheral."""

    def __init__(self, plan: Plan, air: Air) -> None:
        self._air = air
        self._wearers = [_Wearer(Random(number)) for number in range(len(plan.watches))]
        self._watches = [self._watch(number, worn) for number, worn in enumerate(plan.watches)]
        self._scribbling: set[asyncio.Task[None]] = set()
        self._bare: Device
        self._bare_up = Characteristic[bytes](
            BARE_UP, Characteristic.Properties.NOTIFY, Characteristic.READABLE, b""
        )

    async def power_on(self) -> None:
        """All of them."""
        for number, watch in enumerate(self._watches):
            if isinstance(watch, SimulatedWatch):
                await watch.power_on(BumbleGround(self._air, outfitter=partial(_Alerted, number)))
            else:
                await watch.power_on(self._air)
        powered = await open_device(self._air, name="bare", address=BARE_ADDRESS)
        self._bare = powered.device
        self._bare.add_service(Service("6e400001-b5a3-f393-e0a9-e50e24dcca9e", [self._bare_up]))
        await self._bare.start_advertising(auto_restart=True)

    async def obey(self, order: Order) -> None:
        """Do it."""
        match order:
            case Wear(watches=watches):
                for number in watches:
                    self._wearers[number].order = order
                    watch = self._watches[number]
                    watch.press(Press.TAP if watch.view.face is Face.PAUSED else Press.START)
            case Rest(watches=watches):
                for number in watches:
                    self._wearers[number].order = None
                    self._watches[number].press(Press.PAUSE)
            case Bare(number=number):
                _tell(Report(what="bare", seq=number, at_s=asyncio.get_running_loop().time()))
                value = number.to_bytes(4, "little").ljust(BARE_BYTES, b"\0")
                await self._bare.notify_subscribers(self._bare_up, value)
            case Slow(least_ms=least_ms, most_ms=most_ms):
                random = Random(1)
                self._air.set_intervals(lambda: random.uniform(least_ms, most_ms) / 1000)
            case Scribble():
                self._scribbling.add(asyncio.create_task(self._scribble(order)))
            case Dump(watches=watches):
                for number in watches:
                    self._dump(number)
            case _:
                assert_never(order)

    def _watch(self, number: int, worn: Worn) -> AnyWatch:
        wearer = self._wearers[number]
        if worn.driver == "infinitime":
            return SimulatedInfiniTime(name=worn.name, state_dir=worn.state_dir, wearer=wearer, seed=number)
        return SimulatedWatch(
            name=worn.name,
            state_dir=worn.state_dir,
            wearer=wearer,
            seed=number,
            drift_ppm=worn.drift_ppm,
            on_record=self._noting(number),
        )

    async def _scribble(self, order: Scribble) -> None:
        watch = self._watches[order.watch]
        assert isinstance(watch, SimulatedWatch)
        for worn in cycle((False, True)):
            watch.wear(worn=worn)
            await asyncio.sleep(order.every_s)

    def _dump(self, number: int) -> None:
        pulses = tuple(
            Felt(on_s=pulse.on_s, tick=pulse.at_tick, pattern=int(pulse.pattern), cue=pulse.cue_id)
            for pulse in self._watches[number].motor_log
        )
        _tell(Report(what="pulses", watch=number, pulses=pulses))

    def _noting(self, number: int) -> Callable[[int, bytes], None]:
        loop = asyncio.get_running_loop()

        def note(_journal_id: int, raw: bytes) -> None:
            at_s, record = loop.time(), read_record(raw)
            if isinstance(body := record.body, HoldStarted | HoldStopped):
                report = Report(
                    what="started" if isinstance(body, HoldStarted) else "stopped",
                    watch=number,
                    at_s=at_s,
                    tick=record.tick,
                    seq=record.seq,
                    session=body.session,
                    step=body.step,
                )
                loop.call_soon(_tell, report)  # not before the frame is on its way

        return note


class _Alerted(HoldOutfit):
    """The hold profile's watch, with an alert level that anybody may write: Bluetooth's Immediate Alert."""

    def __init__(
        self,
        number: int,
        device: Device,
        identity: Identity,
        ears: Ears,
        heard: Callable[[Connection, bytes], None],
    ) -> None:
        super().__init__(device, identity, ears, heard)
        loop = asyncio.get_running_loop()

        def written(_link: Connection, value: bytes) -> None:
            _tell(Report(what="alert", watch=number, at_s=loop.time(), seq=int.from_bytes(value, "little")))

        level = Characteristic[bytes](
            ALERT_LEVEL,
            Characteristic.Properties.WRITE_WITHOUT_RESPONSE,
            Characteristic.WRITEABLE,
            CharacteristicValue(write=written),
        )
        device.add_service(Service("1802", [level]))


def _tell(report: Report) -> None:
    sys.stdout.write(report.model_dump_json(exclude_defaults=True) + "\n")
    sys.stdout.flush()


async def _main(plan: Plan) -> None:
    air = Air(airtime=None if plan.interval_ms is None else Airtime(interval_ms=plan.interval_ms))
    wrists = _Wrists(plan, air)
    await wrists.power_on()
    server = await serve_air("127.0.0.1", 0, air=air)
    _tell(Report(what="air", address=server.address))
    orders = asyncio.StreamReader(limit=1 << 20)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    while line := await orders.readline():
        await wrists.obey(_ORDERS.validate_json(line))
    await server.close()


if __name__ == "__main__":
    asyncio.run(_main(Plan.model_validate_json(Path(sys.argv[1]).read_bytes())))
