"""Days of two wearers in one journal, each leaving traces that can be looked for in the files' bytes.

Rule: rows as the daemon makes them, with real payloads; what a test is about is said in the test.
"""

import struct
from dataclasses import replace
from datetime import date
from pathlib import Path

from tests.journal.examples import JOURNAL, NOON_MS, WATCH, cue, record
from tests.journal.examples import hold as some_hold
from tests.journal.examples import session as some_session
from wearsync.alert_codes import AlertCode
from wearsync.coordinator.state import WatchState, to_json
from wearsync.model import AckResult, Alert, AwaySpan, CueFate, CueKind, Severity, Side, Stamp
from wearsync.ports import Amendment, Commit, OutboxRow, StoredRecord
from wearsync.publish import events

DAY_MS = 24 * 3600 * 1000
RECORDS_A_DAY = 4


def first_seq(day: int) -> int:
    """Of that day's records: battery, hold, session end, and another battery."""
    return 1 + day * RECORDS_A_DAY


def on(day: int, ms: int = 0) -> Stamp:
    """Noon of that day, and so much later."""
    return Stamp(NOON_MS + day * DAY_MS + ms, NOON_MS + day * DAY_MS + ms, 60, 12)


def date_of(day: int) -> date:
    return on(day).local_date


def hold_id(day: int) -> str:
    return f"{WATCH}:{JOURNAL}:{first_seq(day) + 1}:hold"


def measured_s(day: int) -> float:
    """A number that stands for that day alone."""
    return 30 + 1 / (day + 7)


def traces(wearer: str, day: int) -> tuple[bytes, ...]:
    """What must be in the files while that day is there, and in none of them afterwards."""
    return (
        f"raw {wearer} {day}.".encode(),
        f"again {wearer} {day}.".encode(),
        f"it hurt {wearer} {day}.".encode(),
        struct.pack(">d", measured_s(day)),
        date_of(day).isoformat().encode(),
    )


def lived(wearer: str, day: int) -> Commit:
    """All that a day leaves. The last of its records comes after its session."""
    seq = first_seq(day)
    hold = replace(
        some_hold(day, on(day, 1000)), event_id=hold_id(day), session=day, measured_s=measured_s(day)
    )
    session = replace(
        some_session(day, on(day)), event_id=f"{WATCH}:{JOURNAL}:{seq + 2}:session", finished=on(day, 9000)
    )
    fate = CueFate(
        f"{WATCH}:{JOURNAL}:{seq + 1}:cue", day, CueKind.DONE, day, AckResult.PLAYED, 1, 2, 1, on(day), False
    )
    alert = Alert(
        f"{WATCH}:{JOURNAL}:{seq + 1}:alert-pain",
        AlertCode.PAIN,
        Severity.WARNING,
        f"it hurt {wearer} {day}.",
        on(day),
        False,
    )
    told = (
        (hold.event_id, "w/hold", events.hold(hold, wearer=wearer, publish_pain=True)),
        (session.event_id, "w/session", events.session(session, wearer=wearer)),
        (fate.event_id, "w/cue", events.cue(fate, wearer=wearer)),
        (alert.event_id, "w/alert", events.alert(alert, wearer=wearer, publish_pain=True) or ""),
    )
    return Commit(
        watch_id=WATCH,
        wearer=wearer,
        journal=JOURNAL,
        cursor=seq + RECORDS_A_DAY,
        records=tuple(_record(wearer, day, seq + n) for n in range(RECORDS_A_DAY)),
        checkpoint=to_json(state(day)),
        cues=(replace(cue(day), session=day),),
        holds=(hold,),
        sessions=(session,),
        away=(AwaySpan(date_of(day), date_of(day)),),
        outbox=tuple(OutboxRow(*row, host_ms=on(day).host_ms) for row in told),
    )


def again(wearer: str, day: int) -> Commit:
    """That day's second record comes again with other content."""
    stored = _record(wearer, day, first_seq(day) + 1)
    other = replace(stored, record=replace(stored.record, raw=f"again {wearer} {day}.".encode()))
    return Commit(WATCH, wearer, records=(other,))


def corrected(wearer: str, day: int) -> Commit:
    """That day's hold was of the other side."""
    amendment = Amendment(f"host:{day}", hold_id(day), Side.RIGHT, 30.0, False, on(day, 60_000))
    return Commit(WATCH, wearer, amendments=(amendment,))


def state(day: int) -> WatchState:
    """The coordinator's, with a past."""
    return WatchState(
        last_cue=CueKind.DONE,
        finished=(day,),
        sessions_done=day + 1,
    )


def files_with(trace: bytes, directory: Path) -> list[str]:
    """The files below that directory that have those bytes in them."""
    return sorted(path.name for path in directory.rglob("*") if path.is_file() and trace in path.read_bytes())


def _record(wearer: str, day: int, seq: int) -> StoredRecord:
    stored = record(seq)
    return StoredRecord(
        JOURNAL, replace(stored.record, raw=f"raw {wearer} {day}.{seq}".encode()), on(day, seq)
    )
