"""Bugs that are planted into the product while a world runs: each must be found by it within a few seeds.

Rule: for tests of the world only. A bug replaces one function or constant of the product, and is as small as
the slip that it stands for; `within_seeds`: in one of so many seeds, of a week each, it must show.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, tzinfo

from wearsync.coordinator import cues, reminders
from wearsync.coordinator import session as course
from wearsync.coordinator.draft import Draft
from wearsync.coordinator.events import ReminderDue
from wearsync.coordinator.reminder_plan import ReminderPlan, last_instant
from wearsync.coordinator.state import OpenSession
from wearsync.daemon import reminders as reminders_by_the_clock
from wearsync.daemon.keys import KeyStore
from wearsync.errors import StorageError
from wearsync.journal import database, ledger, reading
from wearsync.journal.store import SqliteJournal
from wearsync.model import RecordKey, SessionEnd, Stamp
from wearsync.ports import Commit, LoggedInput, OutboxRow, Position, RecordConflict
from wearsync.protocol.session import HostSession, Said
from wearsync.protocol.trust import TAG_BYTES, TagLine
from wearsync_simulators.world.plan import ANY
from wearsync_simulators.world.process import Dead

__all__ = ["BUGS", "Bug", "planted"]

# Longer than any link takes to carry an ACK to the watch.
TOLD_EARLY_S = 0.5
# As long as somebody might collect results for, to write them in one go: long enough to be killed in.
LATER_S = 2.0


@dataclass(frozen=True, slots=True)
class Bug:
    """`says`: what slipped; `seen_by`: the invariant that it breaks, ANY: one of several (an event that was
    lost may be a result's, I4, or all that told of a cue's fate, I2). `place.name` becomes `instead`.
    """

    says: str
    within_seeds: int
    seen_by: str
    place: object
    name: str
    instead: object


@contextmanager
def planted(name: str | None) -> Iterator[None]:
    """The product with that bug in it; None: as it is."""
    if name is None:
        yield
        return
    bug = BUGS[name]
    sound = getattr(bug.place, bug.name)
    setattr(bug.place, bug.name, bug.instead)
    try:
        yield
    finally:
        setattr(bug.place, bug.name, sound)


_commit = SqliteJournal.commit
_outbox = SqliteJournal.outbox
_position = reading.position
_refresh = ledger.refresh
_keys = KeyStore.keys
_begin = HostSession.begin
_report = course.report
_due = reminders.due
_last_instant = last_instant


async def _told_early(journal: SqliteJournal, commit: Commit) -> tuple[RecordConflict, ...]:
    loop = asyncio.get_running_loop()
    loop.call_later(TOLD_EARLY_S, lambda: loop.create_task(_late(journal, commit)))
    return ()


async def _late(journal: SqliteJournal, commit: Commit) -> None:
    with suppress(StorageError, Dead):
        await _commit(journal, commit)


async def _outbox_apart(journal: SqliteJournal, commit: Commit) -> tuple[RecordConflict, ...]:
    conflicts = await _commit(journal, replace(commit, outbox=()))
    rest = Commit(watch_id=commit.watch_id, wearer=commit.wearer, outbox=commit.outbox)
    await _commit(journal, rest)
    return conflicts


async def _cursor_first(journal: SqliteJournal, commit: Commit) -> tuple[RecordConflict, ...]:
    cursor = Commit(
        watch_id=commit.watch_id,
        wearer=commit.wearer,
        opening=commit.opening,
        journal=commit.journal,
        cursor=commit.cursor,
    )
    await _commit(journal, cursor)
    return await _commit(journal, commit)


async def _results_apart(journal: SqliteJournal, commit: Commit) -> tuple[RecordConflict, ...]:
    conflicts = await _commit(journal, replace(commit, holds=(), sessions=()))
    rest = Commit(
        watch_id=commit.watch_id, wearer=commit.wearer, holds=commit.holds, sessions=commit.sessions
    )
    await asyncio.sleep(LATER_S)
    await _commit(journal, rest)
    return conflicts


async def _replayed_unpublished(journal: SqliteJournal, commit: Commit) -> tuple[RecordConflict, ...]:
    rows = tuple(row for row in commit.outbox if '"replayed":true' not in row.payload)
    return await _commit(journal, replace(commit, outbox=rows))


async def _sent_when_read(
    journal: SqliteJournal, after_row: int, limit: int, *, on: bool = False
) -> tuple[OutboxRow, ...]:
    rows = await _outbox(journal, after_row, limit, on=on)
    await journal.outbox_sent(tuple(row.row_id for row in rows))
    return rows


async def _nothing_again(_journal: SqliteJournal, _since: str | None) -> int:
    return 0


def _utc_date(stamp: Stamp) -> date:
    return datetime.fromtimestamp(min(max(stamp.unix_ms, 0), 4_000_000_000_000) / 1000, UTC).date()


def _no_inputs(_connection: object, _watch_id: str) -> tuple[LoggedInput, ...]:
    return ()


def _unchecked(line: TagLine, data: bytes) -> bytes:
    line.seal(data[:-TAG_BYTES])  # counts on
    return data[:-TAG_BYTES]


def _no_gaps(commit: Commit) -> Commit:
    return replace(commit, gaps=())


async def _gaps_forgotten(journal: SqliteJournal, commit: Commit) -> tuple[RecordConflict, ...]:
    return await _commit(journal, _no_gaps(commit))


def _days_of_now(connection: sqlite3.Connection, commit: Commit) -> None:
    holds = tuple(hold for hold in commit.holds if not hold.replayed)
    sessions = tuple(session for session in commit.sessions if not session.replayed)
    _refresh(connection, replace(commit, holds=holds, sessions=sessions))


def _goes_on(connection: object, watch_id: str, journal_id: int, first_seq: int, next_seq: int) -> Position:
    """A new journal is taken for the old one, grown."""
    found = _position(connection, watch_id, journal_id, first_seq, next_seq)  # type: ignore[arg-type]
    return replace(found, cursor=next_seq) if found.news == "another" else found


def _told_in_the_log(keys: KeyStore, *, proven: bool = False) -> Mapping[str, bytes]:
    known = _keys(keys, proven=proven)
    logging.getLogger("wearsync.daemon").info("keys %s", [key.hex() for key in known.values()])
    return known


def _begun(session: HostSession, cursor: int) -> tuple[Said, ...]:
    """START is taken for an ACK of what came before."""
    said = _begin(session, cursor)
    session._acked = cursor - 1  # noqa: SLF001  # the bug is in there
    return said


def _from_now(
    draft: Draft, session: OpenSession, end: SessionEnd, *, key: RecordKey | None, at: Stamp, replayed: bool
) -> Draft:
    started_now = replace(session, started=draft.now)
    return _report(draft, started_now, end, key=key, at=at, replayed=replayed)


def _under_new_ids(draft: Draft, cue_ids: set[int]) -> Draft:
    """What is sent again after a reconnect gets an id of its own."""
    found = [cue for cue in draft.state.cues if cue.cue_id in cue_ids]
    fresh = tuple(
        replace(cue, cue_id=cue.cue_id ^ 1) if cue.cue_id in cue_ids else cue for cue in draft.state.cues
    )
    return cues._play(  # noqa: SLF001  # the bug is in there
        draft.to(replace(draft.state, cues=fresh)), [replace(cue, cue_id=cue.cue_id ^ 1) for cue in found]
    )


def _reminded_again(draft: Draft, event: ReminderDue) -> Draft:
    """It is not kept that this one was dealt with."""
    handled_ms = draft.state.reminders.handled_ms
    draft = _due(draft, event)
    kept = replace(draft.state.reminders, handled_ms=handled_ms)
    return draft.to(replace(draft.state, reminders=kept))


def _last_by_utc(plan: ReminderPlan, until: datetime, _zone: tzinfo) -> datetime | None:
    return _last_instant(plan, until, UTC)


BUGS: Mapping[str, Bug] = {
    "told_early": Bug("a commit is told before it is done", 2, "I3", SqliteJournal, "commit", _told_early),
    "outbox_apart": Bug(
        "events go into a second transaction", 4, ANY, SqliteJournal, "commit", _outbox_apart
    ),
    "cursor_first": Bug(
        "the cursor goes before its records", 4, "I1", SqliteJournal, "commit", _cursor_first
    ),
    "results_apart": Bug(
        "results go into a second transaction, later", 4, "I2", SqliteJournal, "commit", _results_apart
    ),
    "replayed_unpublished": Bug(
        "what was learnt late is not published", 1, "I2", SqliteJournal, "commit", _replayed_unpublished
    ),
    "gaps_forgotten": Bug(
        "LOST is acknowledged, not stored", 4, "I1", SqliteJournal, "commit", _gaps_forgotten
    ),
    "sent_when_read": Bug(
        "rows are sent before the PUBACK", 4, "I4", SqliteJournal, "outbox", _sent_when_read
    ),
    "nothing_again": Bug("resync finds nothing", 4, "I4", SqliteJournal, "outbox_resend", _nothing_again),
    "synchronous_off": Bug(
        "commits are not synced", 4, "I3", database, "_PRAGMAS", ("PRAGMA synchronous = OFF",)
    ),
    "day_by_utc": Bug("the day is taken in UTC", 2, "I2", Stamp, "local_date", property(_utc_date)),
    "days_of_now": Bug("what is learnt late misses its day", 2, "I11", ledger, "refresh", _days_of_now),
    "no_inputs": Bug("the log is not folded at the start", 2, "I", reading, "inputs", _no_inputs),
    "tags_unchecked": Bug("tags are not compared", 4, "I", TagLine, "open", _unchecked),
    "another_goes_on": Bug("a new journal is taken for the old one", 4, "I1", reading, "position", _goes_on),
    "keys_logged": Bug("a key stands in the log", 1, "I9", KeyStore, "keys", _told_in_the_log),
    "ack_once": Bug("an ACK that was lost is not said again", 2, "I8", HostSession, "begin", _begun),
    "session_from_now": Bug("a session starts when it ends", 1, "I2", course, "report", _from_now),
    "reminded_again": Bug("a restart reminds again", 4, "I2", reminders, "due", _reminded_again),
    "reminders_by_utc": Bug(
        "reminders come by UTC", 2, "I2", reminders_by_the_clock, "last_instant", _last_by_utc
    ),
    "cues_under_new_ids": Bug("cues sent again get new ids", 4, "I2", cues, "_again", _under_new_ids),
}
