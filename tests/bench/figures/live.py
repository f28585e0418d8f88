"""`live_latency`: from the watch's word that a hold is over to a subscriber's message, durable in between.

    python -m tests.bench.figures.live AIR BROKER_PORT FILE      the floor, as a process

Rule: both are processes of their own on the same air and the same broker, and take turns; the clock starts
in the watches' process, just before the notification, and stops in this one, at the message.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from math import inf
from pathlib import Path
from statistics import median, quantiles

import aiomqtt
from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic

from tests.bench.figure import Figure, Part, Round, at_most
from tests.bench.interleave import alternately
from tests.bench.stage import Stage, on_stage, opened, until
from tests.bench.wrists import BARE_ADDRESS, BARE_UP, Bare, Rest, Wear
from wearsync_simulators.radio.backend import VirtualClient
from wearsync_simulators.radio.central import Central

__all__ = ["LIVE_LATENCY"]

SITE = "home"
# So many holds, and as many bare notifications, in a round.
HOLDS = 12
# Between them: what the last one has set going is over.
PAUSE_S = 0.25
# What is lost does not come any more.
DEADLINE_S = 30.0
HOLD_TOPIC = f"wearsync/{SITE}/w0/hold"
BARE_TOPIC = "bare/hold"
# As long as the daemon's event about a hold.
BARE_PAYLOAD_BYTES = 400
PAGE_BYTES = 4096


async def bare_gateway(air: str, port: int, file: Path) -> None:
    """The floor: what the peripheral notifies is on disk, then at the broker."""
    central = await Central.open(f"tcp-client:{air}", address="C4:00:00:00:BA:4F")
    told: asyncio.Queue[bytes] = asyncio.Queue()
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT)
    os.pwrite(descriptor, bytes(PAGE_BYTES), 0)

    def notified(_characteristic: BleakGATTCharacteristic, data: bytearray) -> None:
        told.put_nowait(bytes(data))

    peripheral = BleakClient(BARE_ADDRESS, backend=VirtualClient, central=central)
    async with aiomqtt.Client("127.0.0.1", port) as broker, peripheral:
        await peripheral.start_notify(BARE_UP, notified)
        await broker.publish("bare/ready", b"", qos=1)
        while True:
            data = await told.get()
            os.pwrite(descriptor, data.ljust(PAGE_BYTES, b"\0"), 0)
            os.fdatasync(descriptor)
            await broker.publish(BARE_TOPIC, data.ljust(BARE_PAYLOAD_BYTES, b" "), qos=1)


def hold_latencies_s(stage: Stage, *, since_s: float = 0.0, until_s: float = inf) -> list[float]:
    """Of each hold whose end was notified in that time, and has been heard: from the one to the other."""
    # The event's id has the record's number, and the topic the watch's: "w7".
    heard_s = {
        (heard.topic.split("/")[2], str(heard.event["id"]).split(":")[2]): heard.at_s
        for heard in stage.heard
        if heard.topic.startswith("wearsync/") and heard.topic.endswith("/hold")
    }
    stopped = [report for report in stage.said("stopped") if since_s <= report.at_s < until_s]
    keys = [((f"w{report.watch}", str(report.seq)), report.at_s) for report in stopped]
    return [heard_s[key] - at_s for key, at_s in keys if key in heard_s]


def p99(values: list[float]) -> float:
    """All but one of a hundred are below it."""
    return quantiles(values, n=100, method="inclusive")[98]


@contextmanager
def _prepared(place: Path) -> Iterator[Round]:
    with opened(_home(place)) as (stage, runner):
        both = alternately(
            lambda: runner.run(_holds(stage)),
            lambda: runner.run(_notifications(stage)),
        )

        def once() -> Mapping[str, float]:
            ours, bare = (median(each) for each in both())
            return {"ratio": ours / bare, "ms": ours * 1000, "bare_ms": bare * 1000}

        yield once


@asynccontextmanager
async def _home(place: Path) -> AsyncIterator[Stage]:
    async with on_stage(place, {SITE: 1}, topics=(HOLD_TOPIC, "bare/#")) as stage, stage.daemon(SITE):
        arguments = ("-m", "tests.bench.figures.live", stage.air, str(stage.broker.port), str(place / "bare"))
        async with stage.process(*arguments, log=place / "bare.log"):
            await until(lambda: any(heard.topic == "bare/ready" for heard in stage.heard))
            yield stage


async def _holds(stage: Stage) -> list[float]:
    since_s, pace = asyncio.get_running_loop().time(), (PAUSE_S, PAUSE_S)
    stage.order(Wear(watches=(0,), gap_s=pace, hold_s=pace, answer_s=PAUSE_S))
    before = len(stage.of(HOLD_TOPIC))
    await until(lambda: len(stage.of(HOLD_TOPIC)) >= before + HOLDS, DEADLINE_S)
    stage.order(Rest(watches=(0,)))
    await asyncio.sleep(2 * PAUSE_S)
    return hold_latencies_s(stage, since_s=since_s)[:HOLDS]


def _has_heard(stage: Stage, count: int) -> bool:
    return len(stage.of(BARE_TOPIC)) == count


async def _notifications(stage: Stage) -> list[float]:
    first = len(stage.said("bare"))
    for number in range(first, first + HOLDS):
        stage.order(Bare(number=number))
        await until(partial(_has_heard, stage, number + 1), DEADLINE_S)
        await asyncio.sleep(PAUSE_S)
    told_s, heard_s = stage.said("bare")[first:], stage.of(BARE_TOPIC)[first:]
    return [heard.at_s - told.at_s for told, heard in zip(told_s, heard_s, strict=True)]


LIVE_LATENCY = Figure(
    name="live_latency",
    says="hold_stopped notified → message at a subscriber, durable ÷ bare bleak → fdatasync → aiomqtt",
    parts=(
        Part("ratio", "×", "÷ bare gateway", at_most(1.3)),
        Part("ms", "ms", "notified → subscriber"),
        Part("bare_ms", "ms", "the bare gateway's"),
    ),
    rounds=4,
    prepared=_prepared,
    cause="Python between notification and socket: tag, decoding, step, the journal's thread and back, the"
    " outbox read; the bare gateway does none of it",
)

if __name__ == "__main__":
    asyncio.run(bare_gateway(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])))
