"""Figure `forward`: events from the outbox to a real mosquitto and back to "sent".

A: the daemon's pump over its own publisher and a `SqliteJournal`: read from the outbox, published at QoS 1,
acknowledged, marked, durable, until nothing waits. B: a bare aiomqtt client that publishes the same topics
and payloads from a list, at QoS 1, with 20 on their way at a time.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import aiomqtt

from tests.bench.alone import Line, batches, records
from tests.bench.figure import RATIO, Figure, Part, Round, at_least
from tests.bench.host import Host
from tests.bench.interleave import alternately
from tests.mosquitto import Mosquitto, mosquitto_executable
from wearsync.daemon.clock import HostClock
from wearsync.daemon.flight import IN_FLIGHT
from wearsync.daemon.pump import OutboxPump
from wearsync.journal.store import SqliteJournal
from wearsync.ports import Clock, Commit, OutboxRow
from wearsync.publish.address import BrokerAddress
from wearsync.publish.client import MqttPublisher
from wearsync.publish.topics import base, full

SITE = "bench"
EVENTS = 600
ROUNDS = 15
_DAYS = EVENTS * ROUNDS // 10 + 10


class _Counted(SqliteJournal):
    """Tells when so many of its events are marked."""

    awaited: int
    marked: asyncio.Event

    async def outbox_sent(self, row_ids: tuple[int, ...]) -> None:
        """See `ports.Journal`."""
        await super().outbox_sent(row_ids)
        self.awaited -= len(row_ids)
        if not self.awaited:
            self.marked.set()


@contextmanager
def _prepared(place: Path) -> Iterator[Round]:
    executable = mosquitto_executable()
    if executable is None:
        raise RuntimeError("there is no mosquitto: install it")
    events = iter(_events())
    mosquitto = Mosquitto(executable=executable, directory=place)
    mosquitto.start()
    try:
        with asyncio.Runner() as runner:
            journal = runner.run(_Counted.open(place / "journal.db"))
            clock = HostClock(loop_time=time.monotonic, wall=time.time)

            rows: list[OutboxRow] = []

            def product() -> float:
                return runner.run(_pumped(journal, clock, mosquitto, rows))

            def floor() -> float:
                return runner.run(_published(mosquitto, rows))

            both = alternately(product, floor)

            def once() -> dict[str, float]:
                rows[:] = [next(events) for _ in range(EVENTS)]
                product_s, floor_s = both()
                return {
                    RATIO: floor_s / product_s,
                    "events": EVENTS / product_s,
                    "bare": EVENTS / floor_s,
                }

            yield once
            runner.run(journal.close())
    finally:
        mosquitto.kill()


def _events() -> list[OutboxRow]:
    """What a watch's days come to."""
    raws = records(_DAYS, unix_ms=int((time.time() - _DAYS * 86_400) * 1000))
    line, host = Line(len(raws), boot=_DAYS), Host()
    host.first_commit(boot=_DAYS)
    commits = [host.hears(line.session, line.notifications(raw)) for raw in batches(raws, 100)]
    return [row for commit in commits for row in commit.outbox]


async def _pumped(journal: _Counted, clock: Clock, mosquitto: Mosquitto, rows: Sequence[OutboxRow]) -> float:
    now_ms = clock.now().host_ms
    fresh = tuple(replace(row, host_ms=now_ms) for row in rows)
    await journal.commit(Commit("a1" * 16, "you", outbox=fresh))
    pump = OutboxPump(journal=journal, clock=clock, refused=lambda _row, _why: None)
    publisher = MqttPublisher(BrokerAddress(host="127.0.0.1", port=mosquitto.port), site=SITE)
    async with publisher.connect() as session:
        journal.awaited, journal.marked = len(rows), asyncio.Event()
        began = time.perf_counter()
        pumping = asyncio.create_task(pump.run(session))
        await journal.marked.wait()
        took_s = time.perf_counter() - began
        pumping.cancel()
        await asyncio.wait({pumping})
    assert (await journal.outbox_depth()).waiting == 0
    return took_s


async def _published(mosquitto: Mosquitto, rows: Sequence[OutboxRow]) -> float:
    window = asyncio.Semaphore(IN_FLIGHT)

    async def send(row: OutboxRow) -> None:
        async with window:
            await broker.publish(full(base(SITE), row.topic), row.payload, qos=1)

    async with aiomqtt.Client("127.0.0.1", mosquitto.port, protocol=aiomqtt.ProtocolVersion.V5) as broker:
        broker.pending_calls_threshold = IN_FLIGHT  # else it complains of more than ten
        began = time.perf_counter()
        await asyncio.gather(*(send(row) for row in rows))
        return time.perf_counter() - began


FORWARD = Figure(
    name="forward",
    says="events a second, outbox → PUBACK → marked ÷ bare aiomqtt with 20 in flight",
    parts=(
        Part(RATIO, "×", "÷ bare aiomqtt", at_least(0.6)),
        Part("events", "1/s", "events from the outbox"),
        Part("bare", "1/s", "events by bare aiomqtt"),
    ),
    rounds=ROUNDS,
    prepared=_prepared,
)
