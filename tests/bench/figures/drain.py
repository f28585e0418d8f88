"""How a watch's backlog comes in: against the air's own time, bare notifications, and its bytes.

Rule: 50,000 records of sessions that the wearer did without the host, at an ATT MTU of 247, encrypted and
with tags; from the arrival of START at the watch to that of the last ACK. Each round drains a copy of the
same home.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bleak import BleakClient
from bumble.att import Attribute
from bumble.gatt import Characteristic, Service

from tests.bench.draining import MTU, Drained, a_home_with_backlog, copy_of, drained
from tests.bench.figure import RATIO, Figure, Part, Round, at_least, at_most
from tests.bench.host_time import HostClient, HostTimeAir, HostTimeLoop, run_in_host_time
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.airtime import ATT_HEADER_OCTETS, Airtime
from wearsync_simulators.radio.backend import VirtualClient
from wearsync_simulators.radio.central import Central
from wearsync_simulators.radio.peripheral import open_device

__all__ = ["DRAIN", "DRAIN_CPU", "EFFICIENCY", "ideal_us", "over_the_air"]

RECORDS = 50_000
# What the share of the bytes is told from: it is the same from the first frame to the last.
SOME_RECORDS = 5_000
AIRTIME = Airtime(phy="2M", interval_ms=30)
_WATCH, _HOST = "C4:00:00:00:00:01", "C4:00:00:00:00:0A"
_SERVICE, _UP = "f69b0000-d1cb-4904-adda-db6c343c41a1", "f69b0002-d1cb-4904-adda-db6c343c41a1"
_ADVERTISEMENT = bytes.fromhex("020106")


@contextmanager
def _drain(place: Path) -> Iterator[Round]:
    home = _home(place, RECORDS)

    def once() -> dict[str, float]:
        told, busy_s = over_the_air(home)
        ideal_s = ideal_us(told) / 1e6
        return {
            RATIO: told.took_s / ideal_s,
            "took_s": told.took_s,
            "host_share": busy_s / told.took_s,
        }

    yield once


def ideal_us(told: Drained) -> float:
    """The records' bytes alone, in the fullest notifications, back to back, never encrypted."""
    value_bytes = MTU - ATT_HEADER_OCTETS
    full, rest = divmod(told.record_bytes, value_bytes)
    return full * AIRTIME.notifications_us([value_bytes]) + AIRTIME.notifications_us([rest] if rest else [])


def over_the_air(home: Path) -> tuple[Drained, float]:
    """In host time; and how long the host was busy."""
    copy = copy_of(home)

    async def run() -> tuple[Drained, float]:
        told = await drained(copy, HostTimeAir(AIRTIME), client=HostClient)
        loop = asyncio.get_running_loop()
        assert isinstance(loop, HostTimeLoop)
        return told, loop.host_s

    return run_in_host_time(run)


@contextmanager
def _drain_cpu(place: Path) -> Iterator[Round]:
    home = _home(place, RECORDS)

    def once() -> dict[str, float]:
        copy = copy_of(home)
        told = asyncio.run(drained(copy, Air()))
        # Next to it: the very frames that were notified.
        bare_s = asyncio.run(_bare(told.frames))
        return {
            RATIO: bare_s / told.took_s,
            "records_per_s": RECORDS / told.took_s,
            "bare_per_s": RECORDS / bare_s,
        }

    yield once


async def _bare(frames: Sequence[bytes]) -> float:
    """Seconds in which a bare peripheral notifies them, and bleak hands them to a function."""
    air, came, all_came = Air(), 0, asyncio.Event()
    watch = await open_device(air, name="Bare", address=_WATCH)
    watch.device.gatt_server.max_mtu = MTU
    up = Characteristic(_UP, Characteristic.Properties.NOTIFY, Attribute.Permissions.READABLE, b"")
    watch.device.add_service(Service(_SERVICE, [up]))
    await watch.device.start_advertising(
        advertising_data=_ADVERTISEMENT, advertising_interval_min=20, advertising_interval_max=20
    )
    central = await Central.open(air, address=_HOST)

    def heard(_characteristic: object, _value: bytearray) -> None:
        nonlocal came
        came += 1
        if came == len(frames):
            all_came.set()

    async with BleakClient(_WATCH, backend=VirtualClient, central=central) as client:
        await client.start_notify(_UP, heard)
        (link,) = watch.device.connections.values()
        began_s = time.perf_counter()
        for frame in frames:
            await watch.device.notify_subscriber(link, up, frame)
        await all_came.wait()
        took_s = time.perf_counter() - began_s
    await central.close()
    await watch.close()
    return took_s


@contextmanager
def _efficiency(place: Path) -> Iterator[Round]:
    home = _home(place, SOME_RECORDS)

    def once() -> dict[str, float]:
        told, _ = over_the_air(home)
        records = SOME_RECORDS / len(told.frames)
        return {RATIO: told.record_bytes / told.value_bytes, "records": records}

    yield once


def _home(place: Path, records: int) -> Path:
    home = place / "home"
    home.mkdir()
    a_home_with_backlog(home, records)
    return home


DRAIN = Figure(
    name="drain",
    says="a backlog of 50,000 records over the air: START to last ACK ÷ ideal airtime of its bytes",
    parts=(
        Part(RATIO, "×", "backlog ÷ ideal airtime", at_most(1.15)),
        Part("took_s", "s", "START to last ACK"),
        Part("host_share", "", "of it, the host was busy"),
    ),
    rounds=2,
    prepared=_drain,
    cause="the host's own work of 160 to 200 µs a record; the air needs 137",
)

DRAIN_CPU = Figure(
    name="drain_cpu",
    says="the same without airtime: records a second ÷ those of bare bleak notifications of the same frames",
    parts=(
        Part(RATIO, "×", "records ÷ bare bleak", at_least(0.5)),
        Part("records_per_s", "1/s", "records"),
        Part("bare_per_s", "1/s", "records in bare frames"),
    ),
    rounds=2,
    prepared=_drain_cpu,
    cause="a record is checked, stepped over, written and told of in Python; a bare one is handed over",
)

EFFICIENCY = Figure(
    name="efficiency",
    says="bytes of records ÷ bytes of all ATT values, both ways, in a drain at MTU 247",
    parts=(
        Part(RATIO, "×", "records ÷ all ATT bytes", at_least(0.88)),
        Part("records", "", "records a notification"),
    ),
    rounds=3,
    prepared=_efficiency,
)
