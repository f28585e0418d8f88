"""An evening with the real daemon, for the checkers: two sessions, their journal's file, and what people saw.

Rule: played once; whoever plants something into it takes a copy.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date
from pathlib import Path

from tests.daemon.home import BEGAN, WEARER, at_home, until
from wearsync_simulators.watches.records import CueAck, write_record
from wearsync_simulators.world.books import Books, read_books
from wearsync_simulators.world.broker import FAULTS, WorldBroker
from wearsync_simulators.world.checkers import Scene, check
from wearsync_simulators.world.evidence import Violation, Watched
from wearsync_simulators.world.faults import Faults
from wearsync_simulators.world.process import Process
from wearsync_simulators.world.subscriber import Subscriber
from wearsync_simulators.world.wrist import Written

RING = 4096
QUARANTINED = (
    "INSERT INTO quarantine (journal_row, seq, boot, tick_ms, kind, raw)"
    " SELECT journal_row, seq, boot, tick_ms, kind, x'00' FROM records WHERE seq = 1"
)


@dataclass(frozen=True)
class Evening:
    """What is left of it."""

    path: Path
    watched: Watched
    subscriber: Subscriber
    summary: str
    today: date

    @property
    def books(self) -> Books:
        return read_books(self.path)

    def scene(self, books: Books | None = None, **changes: object) -> Scene:
        scene = Scene(
            books=books or self.books,
            watches=(self.watched,),
            subscriber=self.subscriber,
            zone=UTC,
            today=self.today,
            steps=2,
            summaries={WEARER: self.summary},
        )
        return replace(scene, **changes)  # type: ignore[arg-type]  # a test knows which

    def planted(self, directory: Path, *statements: str) -> Path:
        """A copy of its file, in which something was changed by hand."""
        copy = directory / "planted.sqlite"
        shutil.copy(self.path, copy)
        with closing(sqlite3.connect(copy)) as connection, connection:
            for statement in statements:
                assert connection.execute(statement).rowcount != 0, f"changed nothing: {statement}"
        return copy

    def found(self, directory: Path, *statements: str) -> list[Violation]:
        """What all the checkers find in that copy."""
        return check(self.scene(read_books(self.planted(directory, *statements))))


async def play(directory: Path) -> Evening:
    """Two sessions, the second with a hold that is stopped early."""
    broker = WorldBroker(faults=Faults(1, FAULTS, ()))
    process = Process("evening", crashes=lambda _where: False, died=lambda: None)
    async with at_home(directory) as home:
        watch = home.watch
        paired = frozenset(r.body.cue_id for r in watch.journal() if isinstance(r.body, CueAck))
        async with home.daemon(publisher=broker.publisher(process)) as running:
            for _ in range(2):
                await running.start()
                await running.over()
            await until(lambda: home.acknowledged == watch.journal()[-1].seq)
            summary = f"wearer/{WEARER}/summary"
            told = await running.daemon.reporter.summary(WEARER)
            await until(lambda: broker.retained.get(summary) == told.json_text())
            while (await running.journal.outbox_depth()).waiting:
                events = broker.events
                await until(lambda events=events: broker.events != events)  # type: ignore[misc]
        written = [
            Written(
                watch.journal_id,
                record.seq,
                write_record(seq=record.seq, boot=record.boot, tick=record.tick, body=record.body),
            )
            for record in watch.journal()
        ]
        watched = Watched(
            watch_id=watch.watch_id.hex(),
            journal_id=watch.journal_id,
            written=written,
            ring=RING,
            pulses=tuple(watch.motor_log),
            own_cues=paired,
            acknowledged=home.acknowledged,
        )
        path = directory / "evening.sqlite"
        shutil.copy(home.state_dir / "journal.sqlite", path)
        return Evening(path, watched, broker.subscriber, broker.retained[summary], BEGAN.date())


def texts(violations: Iterator[Violation] | list[Violation]) -> list[str]:
    return [str(violation) for violation in violations]
