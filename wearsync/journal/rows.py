"""Values ⇄ columns, by name and written out.

Rule: STRICT tables vouch for the types of columns; a word that this version does not know raises
`ValueError`.
"""

import sqlite3
from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from wearsync.coordinator.amend import as_amended
from wearsync.coordinator.dose import DayDose, KeptDay, SideDose, Streak
from wearsync.messages import Record
from wearsync.model import (
    AwaySpan,
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
from wearsync.ports import Amendment, CueRow, LoggedInput, OutboxRow

Columns = Mapping[str, int | float | str | bytes | None]
RecordRow = tuple[int | str | bytes | None, ...]


def stamp_columns(stamp: Stamp, prefix: str = "") -> Columns:
    """Four columns; a prefix tells two stamps of one row apart."""
    return {
        f"{prefix}host_ms": stamp.host_ms,
        f"{prefix}unix_ms": stamp.unix_ms,
        f"{prefix}utc_offset_min": stamp.utc_offset_min,
        f"{prefix}error_ms": stamp.error_ms,
    }


def stamp_from(row: sqlite3.Row, prefix: str = "") -> Stamp:
    """What `stamp_columns` took apart."""
    return Stamp(
        host_ms=row[f"{prefix}host_ms"],
        unix_ms=row[f"{prefix}unix_ms"],
        utc_offset_min=row[f"{prefix}utc_offset_min"],
        error_ms=row[f"{prefix}error_ms"],
    )


def record_columns(record: Record) -> Columns:
    """A record; its body stays in `raw`, as it came."""
    return {
        "seq": record.seq,
        "boot": record.boot,
        "tick_ms": record.tick_ms,
        "kind": record.body.kind,
        "raw": record.raw,
    }


def record_row(journal_row: int, record: Record, stamp: Stamp | None) -> RecordRow:
    """The same with its journal and its stamp, as a row in the table's order: there are thousands of them."""
    when = (
        (None,) * 4 if stamp is None else (stamp.host_ms, stamp.unix_ms, stamp.utc_offset_min, stamp.error_ms)
    )
    return (journal_row, record.seq, record.boot, record.tick_ms, record.body.kind, record.raw, *when)


def input_from(row: sqlite3.Row) -> LoggedInput:
    """A row of inputs."""
    return LoggedInput(host_ms=row["host_ms"], payload=row["payload"])


def cue_columns(cue: CueRow) -> Columns:
    """A cue as it stands."""
    return {
        "cue_id": cue.cue_id,
        "session": cue.session,
        "cue": cue.cue,
        "boot": cue.boot,
        "due_ms": cue.due_ms,
        "attempts": cue.attempts,
        "result": cue.result,
    }


def hold_columns(hold: HoldResult) -> Columns:
    """A hold, with the day that it counts for."""
    return {
        "event_id": hold.event_id,
        "local_date": hold.started.local_date.isoformat(),
        "session": hold.session,
        "step": hold.step,
        "side": hold.side,
        "variant": hold.variant,
        "round": hold.round,
        "planned_s": hold.planned_s,
        "measured_s": hold.measured_s,
        "credited_s": hold.credited_s,
        "outcome": hold.outcome,
        "source": hold.source,
        "replayed": hold.replayed,
        **stamp_columns(hold.started),
    }


def hold_from(row: sqlite3.Row) -> HoldResult:
    """A row of holds."""
    return HoldResult(
        event_id=row["event_id"],
        session=row["session"],
        step=row["step"],
        side=Side(row["side"]),
        variant=Variant(row["variant"]),
        round=row["round"],
        planned_s=row["planned_s"],
        measured_s=row["measured_s"],
        credited_s=row["credited_s"],
        outcome=Outcome(row["outcome"]),
        source=HoldSource(row["source"]),
        started=stamp_from(row),
        replayed=bool(row["replayed"]),
    )


def amended_hold_from(row: sqlite3.Row) -> HoldResult:
    """A row of holds with its latest amendment's `amended_side` and `amended_credited_s`, NULL: as it was."""
    hold, side, credited_s = hold_from(row), row["amended_side"], row["amended_credited_s"]
    if side is None and credited_s is None:
        return hold
    return as_amended(hold, side=side and Side(side), credited_s=credited_s)


def amendment_columns(amendment: Amendment) -> Columns:
    """A correction of a hold."""
    return {
        "event_id": amendment.event_id,
        "amends": amendment.amends,
        "side": amendment.side,
        "credited_s": amendment.credited_s,
        "void": amendment.void,
        **stamp_columns(amendment.at),
    }


def session_columns(session: SessionResult) -> Columns:
    """A session, with the day of its start."""
    return {
        "event_id": session.event_id,
        "local_date": session.started.local_date.isoformat(),
        "session": session.session,
        "ended": session.end,
        "source": session.source,
        "variant": session.variant,
        "holds": session.holds,
        "left_s": session.left_s,
        "right_s": session.right_s,
        "full": session.full,
        "replayed": session.replayed,
        **stamp_columns(session.started),
        **stamp_columns(session.finished, "finished_"),
    }


def session_from(row: sqlite3.Row) -> SessionResult:
    """A row of sessions."""
    return SessionResult(
        event_id=row["event_id"],
        session=row["session"],
        end=SessionEnd(row["ended"]),
        source=SessionSource(row["source"]),
        variant=Variant(row["variant"]),
        holds=row["holds"],
        left_s=row["left_s"],
        right_s=row["right_s"],
        full=bool(row["full"]),
        started=stamp_from(row),
        finished=stamp_from(row, "finished_"),
        replayed=bool(row["replayed"]),
    )


def day_columns(kept: KeptDay) -> Columns:
    """A day, with the streak at its end."""
    return {
        "local_date": kept.dose.day.isoformat(),
        **_side_columns(kept.dose.left, Side.LEFT),
        **_side_columns(kept.dose.right, Side.RIGHT),
        "full": kept.dose.full,
        "streak": kept.streak.days,
        "longest_streak": kept.streak.longest,
        "missed": kept.streak.missed,
        "since_missed": kept.streak.since_missed,
    }


def day_from(row: sqlite3.Row) -> KeptDay:
    """A row of days."""
    return KeptDay(
        DayDose(
            day=date.fromisoformat(row["local_date"]),
            left=_side_from(row, Side.LEFT),
            right=_side_from(row, Side.RIGHT),
            full=bool(row["full"]),
        ),
        Streak(
            days=row["streak"],
            longest=row["longest_streak"],
            missed=bool(row["missed"]),
            since_missed=row["since_missed"],
        ),
    )


def away_columns(span: AwaySpan) -> Columns:
    """Days away."""
    last = None if span.last is None else span.last.isoformat()
    return {"first_date": span.first.isoformat(), "last_date": last}


def away_from(row: sqlite3.Row) -> AwaySpan:
    """A row of away."""
    last = row["last_date"]
    return AwaySpan(date.fromisoformat(row["first_date"]), last and date.fromisoformat(last))


def outbox_columns(event: OutboxRow) -> Columns:
    """An event; its row id is the journal's to give."""
    return {
        "event_id": event.event_id,
        "topic": event.topic,
        "payload": event.payload,
        "host_ms": event.host_ms,
    }


def placed(columns: Columns) -> str:
    """Names and placeholders; the text is the same for each row of a table, so SQLite compiles it once."""
    return _placed(tuple(columns))


@lru_cache(maxsize=64)
def _placed(names: tuple[str, ...]) -> str:
    return f"({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)})"


def outbox_from(row: sqlite3.Row) -> OutboxRow:
    """A row of the outbox."""
    return OutboxRow(
        event_id=row["event_id"],
        topic=row["topic"],
        payload=row["payload"],
        host_ms=row["host_ms"],
        row_id=row["row_id"],
    )


def _side_columns(dose: SideDose, side: Side) -> Columns:
    return {
        f"{side}_s": dose.seconds,
        f"{side}_holds": dose.holds,
        f"{side}_short": dose.short,
        f"{side}_too_much": dose.too_much,
        f"{side}_pain": dose.pain,
        f"{side}_counts": dose.counts,
    }


def _side_from(row: sqlite3.Row, side: Side) -> SideDose:
    return SideDose(
        seconds=row[f"{side}_s"],
        holds=row[f"{side}_holds"],
        short=row[f"{side}_short"],
        too_much=row[f"{side}_too_much"],
        pain=row[f"{side}_pain"],
        counts=bool(row[f"{side}_counts"]),
    )
