"""Values to put into a journal; each differs where its number does.

Rule: what a test is about is said in the test, the rest is here.
"""

from datetime import UTC, datetime

from wearsync.messages import BatteryLevel, Record
from wearsync.model import (
    HoldResult,
    HoldSource,
    Outcome,
    SessionEnd,
    SessionResult,
    SessionSource,
    Side,
    Stamp,
    Variant,
)
from wearsync.ports import Commit, CueRow, LoggedInput, OutboxRow, Position, StoredRecord

WATCH = "00112233445566778899aabbccddeeff"
WEARER = "anna"
JOURNAL_ID = 7
JOURNAL = "7"
NOON_MS = int(datetime(2026, 3, 14, 12, tzinfo=UTC).timestamp() * 1000)


def stamp(host_ms: int = 0, utc_offset_min: int = 60) -> Stamp:
    """That much after a certain noon."""
    return Stamp(NOON_MS + host_ms, NOON_MS + host_ms, utc_offset_min, error_ms=12)


def record(seq: int, *, percent: int = 50, journal: str = JOURNAL) -> StoredRecord:
    """`percent` makes other content."""
    raw = bytes([percent]) + seq.to_bytes(4, "little")
    return StoredRecord(
        journal, Record(seq, 3, seq * 1000, BatteryLevel(percent, charging=False), raw), stamp(seq)
    )


def hold(number: int, started: Stamp | None = None) -> HoldResult:
    """A hold of 30 s on the left."""
    return HoldResult(
        event_id=f"{WATCH}:{JOURNAL}:{number}:hold",
        session=99,
        step=number,
        side=Side.LEFT,
        variant=Variant.STANDING,
        round=1,
        planned_s=30,
        measured_s=30.125,
        credited_s=30.0,
        outcome=Outcome.DONE,
        source=HoldSource.AUTO,
        started=started or stamp(number),
        replayed=True,
    )


def session(number: int, started: Stamp | None = None) -> SessionResult:
    """A session that was done."""
    return SessionResult(
        event_id=f"{WATCH}:{JOURNAL}:{number}:session",
        session=number,
        end=SessionEnd.DONE,
        source=SessionSource.WATCH,
        variant=Variant.KNEELING,
        holds=4,
        left_s=60.5,
        right_s=61.0,
        full=True,
        started=started or stamp(number),
        finished=stamp(number + 300_000),
        replayed=False,
    )


def event(number: int, *, host_ms: int = 0) -> OutboxRow:
    """One for the broker."""
    return OutboxRow(
        f"{WATCH}:{JOURNAL}:{number}:hold", "w/hold", f'{{"number": {number}}}', NOON_MS + host_ms
    )


def logged(number: int) -> LoggedInput:
    """An input that many milliseconds after noon."""
    return LoggedInput(NOON_MS + number, f'{{"input": {number}}}')


def cue(cue_id: int, *, result: str | None = None) -> CueRow:
    """One that was sent."""
    return CueRow(cue_id, 99, "start", 3, None, 1, result)


def opening(epoch: int = 0, cursor: int = 1) -> Position:
    """The watch's first journal, or an epoch of it."""
    name = f"{JOURNAL_ID}.{epoch}" if epoch else JOURNAL
    return Position(name, cursor, JOURNAL_ID, epoch, "epoch" if epoch else "first")


def opened(cursor: int = 1, watch_id: str = WATCH) -> Commit:
    """Its journal is opened, and stands at that cursor."""
    return Commit(watch_id, WEARER, opening=opening(), journal=JOURNAL, cursor=cursor)


def step(first_seq: int, records: int = 3) -> Commit:
    """What one step commits: records from first_seq on, and one of everything else."""
    return Commit(
        watch_id=WATCH,
        wearer=WEARER,
        journal=JOURNAL,
        cursor=first_seq + records,
        records=tuple(record(seq) for seq in range(first_seq, first_seq + records)),
        inputs=(logged(first_seq),),
        cues=(cue(first_seq),),
        holds=(hold(first_seq),),
        sessions=(session(first_seq),),
        outbox=(event(first_seq),),
    )
