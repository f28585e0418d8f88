"""The journal against a model of plain dictionaries: whatever is done to both, they say the same."""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.conftest import MEMORY
from tests.journal import examples
from tests.journal.examples import WATCH, WEARER
from wearsync.coordinator.amend import as_amended
from wearsync.errors import UsageError
from wearsync.journal.store import SqliteJournal
from wearsync.model import HoldResult, SessionResult, Side
from wearsync.ports import (
    Amendment,
    Commit,
    LoggedInput,
    OutboxDepth,
    OutboxRow,
    Position,
    RecordConflict,
)

T = TypeVar("T")
WATCHES = st.sampled_from([WATCH, "ff" * 16])
JOURNAL_IDS = st.sampled_from([7, 8])
SEQS = st.integers(1, 12)
NUMBERS = st.integers(0, 6)


@dataclass
class Model:
    """What the journal should know."""

    cursors: dict[tuple[str, int], list[int]] = field(default_factory=dict)
    records: dict[tuple[str, str, int], bytes] = field(default_factory=dict)
    inputs: dict[str, list[LoggedInput]] = field(default_factory=dict)
    checkpoints: dict[str, str] = field(default_factory=dict)
    nonces: dict[str, list[bytes]] = field(default_factory=dict)
    holds: dict[str, HoldResult] = field(default_factory=dict)
    amendments: dict[str, Amendment] = field(default_factory=dict)
    sessions: dict[str, SessionResult] = field(default_factory=dict)
    outbox: list[tuple[OutboxRow, str]] = field(default_factory=list)
    host_ms: int | None = None

    def position(self, watch_id: str, journal_id: int, first_seq: int, next_seq: int) -> Position:
        epochs = self.cursors.get((watch_id, journal_id), [])
        last = len(epochs) - 1
        if not epochs:
            known = any(watch == watch_id for watch, _ in self.cursors)
            return Position(name(journal_id, 0), 1, journal_id, 0, "another" if known else "first")
        if next_seq < epochs[-1]:
            return Position(name(journal_id, last + 1), first_seq, journal_id, last + 1, "epoch")
        return Position(name(journal_id, last), epochs[-1], journal_id, last, "known")

    def commit(self, commit: Commit) -> tuple[RecordConflict, ...]:
        self.meet(commit)
        conflicts = []
        for stored in commit.records:
            key = (commit.watch_id, stored.journal, stored.record.seq)
            if self.records.setdefault(key, stored.record.raw) != stored.record.raw:
                conflicts.append(RecordConflict(stored.journal, stored.record.seq))
        if commit.journal is not None and commit.cursor is not None:
            journal_id, _, epoch = commit.journal.partition(".")
            epochs = self.cursors[commit.watch_id, int(journal_id)]
            epochs[int(epoch or 0)] = max(epochs[int(epoch or 0)], commit.cursor)
        inputs = self.inputs.setdefault(commit.watch_id, [])
        inputs.extend(commit.inputs)
        if commit.checkpoint is not None:
            self.checkpoints[commit.watch_id] = commit.checkpoint
            inputs.clear()
        for logged in commit.inputs:
            self.host_ms = max(logged.host_ms, self.host_ms or 0)
        self.tell(commit)
        return tuple(conflicts)

    def meet(self, commit: Commit) -> None:
        if commit.opening is not None:
            epochs = self.cursors.setdefault((commit.watch_id, commit.opening.journal_id), [])
            if commit.opening.epoch == len(epochs):
                epochs.append(commit.opening.cursor)
        if commit.nonce is not None and commit.nonce not in self.nonces.setdefault(commit.watch_id, []):
            self.nonces[commit.watch_id].append(commit.nonce)

    def tell(self, commit: Commit) -> None:
        for hold in commit.holds:
            self.holds.setdefault(hold.event_id, hold)
        for amendment in commit.amendments:
            self.amendments.setdefault(amendment.event_id, amendment)
        for session in commit.sessions:
            self.sessions.setdefault(session.event_id, session)
        for event in commit.outbox:
            if event.event_id not in {known.event_id for known, _ in self.outbox}:
                self.outbox.append((replace(event, row_id=len(self.outbox) + 1), "waiting"))

    def amended(self) -> set[HoldResult]:
        latest = {amendment.amends: amendment for amendment in self.amendments.values()}
        stand = {hold: latest.get(hold.event_id) for hold in self.holds.values()}
        return {
            as_amended(hold, side=amendment.side, credited_s=amendment.credited_s) if amendment else hold
            for hold, amendment in stand.items()
            if amendment is None or not amendment.void
        }

    def settle(self, row_id: int, state: str) -> None:
        if row_id <= len(self.outbox) and self.outbox[row_id - 1][1] == "waiting":
            self.outbox[row_id - 1] = (self.outbox[row_id - 1][0], state)

    def waiting(self) -> tuple[OutboxRow, ...]:
        return tuple(event for event, state in self.outbox if state == "waiting")


class JournalAgainstModel(RuleBasedStateMachine):
    """One watch's and another's steps, in any order, on a real file."""

    @initialize()
    def begin(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.directory = tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
        self.path = Path(self.directory.name) / "first" / "journal.db"
        self.journal = self.run(SqliteJournal.open(self.path, inline=True))
        self.model = Model()

    def run(self, coroutine: Coroutine[None, None, T]) -> T:
        return self.loop.run_until_complete(coroutine)

    @rule(watch_id=WATCHES, journal_id=JOURNAL_IDS, first_seq=SEQS, next_seq=SEQS)
    def connect(self, watch_id: str, journal_id: int, first_seq: int, next_seq: int) -> None:
        found = self.run(self.journal.position(watch_id, journal_id, first_seq, next_seq))
        assert found == self.model.position(watch_id, journal_id, first_seq, next_seq)
        self.commit(Commit(watch_id, WEARER, opening=found, nonce=bytes([first_seq])))

    @precondition(lambda self: self.model.cursors)
    @rule(
        data=st.data(),
        seqs=st.lists(SEQS, max_size=4),
        percent=st.sampled_from([50, 50, 50, 51]),
        cursor=st.none() | SEQS,
    )
    def receive(self, data: st.DataObject, seqs: list[int], percent: int, cursor: int | None) -> None:
        (watch_id, journal_id), epochs = data.draw(st.sampled_from(sorted(self.model.cursors.items())))
        journal = name(journal_id, data.draw(st.sampled_from(range(len(epochs)))))
        records = tuple(examples.record(seq, percent=percent, journal=journal) for seq in seqs)
        self.commit(Commit(watch_id, WEARER, journal=journal, cursor=cursor, records=records))

    @rule(
        watch_id=WATCHES,
        numbers=st.lists(NUMBERS, max_size=3),
        checkpoint=st.sampled_from([None, "{}"]),
    )
    def decide(self, watch_id: str, numbers: list[int], checkpoint: str | None) -> None:
        inputs = tuple(examples.logged(number) for number in numbers)
        self.commit(Commit(watch_id, WEARER, inputs=inputs, checkpoint=checkpoint))

    @rule(watch_id=WATCHES, numbers=st.lists(NUMBERS, max_size=3), offset_ms=NUMBERS)
    def finish(self, watch_id: str, numbers: list[int], offset_ms: int) -> None:
        """The same numbers come again with other content: absorbed."""
        started = examples.stamp(offset_ms)
        commit = Commit(
            watch_id,
            WEARER,
            holds=tuple(examples.hold(number, started) for number in numbers),
            sessions=tuple(examples.session(number, started) for number in numbers),
            outbox=tuple(examples.event(number, host_ms=offset_ms) for number in numbers),
        )
        self.commit(commit)

    @precondition(lambda self: self.model.holds)
    @rule(
        data=st.data(),
        number=NUMBERS,
        side=st.none() | st.sampled_from(Side),
        credited_s=st.none() | st.sampled_from([10.0, 40.0]),
        void=st.booleans(),
    )
    def amend(
        self, data: st.DataObject, number: int, side: Side | None, credited_s: float | None, void: bool
    ) -> None:
        amends = data.draw(st.sampled_from(sorted(self.model.holds)))
        amendment = Amendment(f"host:{number}", amends, side, credited_s, void, examples.stamp(number))
        self.commit(Commit(WATCH, WEARER, amendments=(amendment,)))

    @rule(row_ids=st.lists(st.integers(1, 8), max_size=3))
    def publish(self, row_ids: list[int]) -> None:
        self.run(self.journal.outbox_sent(tuple(row_ids)))
        for row_id in row_ids:
            self.model.settle(row_id, "sent")

    @rule(row_id=st.integers(1, 8))
    def refuse(self, row_id: int) -> None:
        self.run(self.journal.outbox_parked(row_id, "no"))
        self.model.settle(row_id, "parked")

    @rule(number=st.none() | NUMBERS)
    def resend(self, number: int | None) -> None:
        known = [event.event_id for event, _ in self.model.outbox]
        since = None if number is None else examples.event(number).event_id
        if since is not None and since not in known:
            with pytest.raises(UsageError):
                self.run(self.journal.outbox_resend(since))
            return
        after = 0 if since is None else 1 + known.index(since)
        sent = [event.row_id for event, state in self.model.outbox[after:] if state in ("sent", "parked")]
        assert self.run(self.journal.outbox_resend(since)) == len(sent)
        for row_id in sent:
            self.model.outbox[row_id - 1] = (self.model.outbox[row_id - 1][0], "waiting")

    @rule()
    def killed(self) -> None:
        """What stands in the files at this moment is all that the next process finds."""
        left = Path(self.directory.name) / str(len(list(Path(self.directory.name).iterdir())))
        shutil.copytree(self.path.parent, left)
        self.run(self.journal.close())
        self.path = left / self.path.name
        self.journal = self.run(SqliteJournal.open(self.path, inline=True))
        assert self.journal.notices == ()

    @rule()
    def restart(self) -> None:
        self.run(self.journal.close())
        self.journal = self.run(SqliteJournal.open(self.path, inline=True))

    @invariant()
    def says_the_same(self) -> None:
        day = examples.stamp().local_date
        holds = self.run(self.journal.holds(WEARER, day))
        assert set(holds) == self.model.amended()
        assert [hold.started.host_ms for hold in holds] == sorted(hold.started.host_ms for hold in holds)
        assert set(self.run(self.journal.sessions(WEARER, day))) == set(self.model.sessions.values())
        for watch_id in (WATCH, "ff" * 16):
            expected = (
                self.model.checkpoints.get(watch_id),
                tuple(self.model.inputs.get(watch_id, ())),
            )
            assert self.run(self.journal.load(watch_id)) == expected
            assert self.run(self.journal.nonces(watch_id)) == tuple(self.model.nonces.get(watch_id, ()))

    @invariant()
    def owes_the_same(self) -> None:
        waiting = self.model.waiting()
        assert self.run(self.journal.outbox(0, 99)) == waiting
        assert self.run(self.journal.outbox(3, 2)) == tuple(row for row in waiting if row.row_id > 3)[:2]
        assert self.run(self.journal.outbox_depth()) == OutboxDepth(
            len(waiting),
            min((row.host_ms for row in waiting), default=None),
            sum(state == "parked" for _, state in self.model.outbox),
        )

    @invariant()
    def knows_the_same_time(self) -> None:
        found = self.run(self.journal.host_time())
        assert (found and found[0]) == self.model.host_ms

    def teardown(self) -> None:
        self.run(self.journal.close())
        self.loop.close()
        self.directory.cleanup()

    def commit(self, commit: Commit) -> None:
        assert self.run(self.journal.commit(commit)) == self.model.commit(commit)


def name(journal_id: int, epoch: int) -> str:
    return f"{journal_id}.{epoch}" if epoch else str(journal_id)


TestJournalAgainstModel = JournalAgainstModel.TestCase
TestJournalAgainstModel.settings = settings(max_examples=50, stateful_step_count=25, deadline=None)
