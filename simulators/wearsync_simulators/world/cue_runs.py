"""Cues on the wrist: each plays at most once, is answered once, and never plays after its time (I10).

Rule: by the motor's log and the watch's own records; of the host's rows only what kind of cue it was, and for
when it was meant.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from wearsync_simulators.watches.records import CueAck, HoldStarted, read_record
from wearsync_simulators.watches.words import CueResult, Pattern
from wearsync_simulators.world.books import Books, CueRow
from wearsync_simulators.world.evidence import Violation, Watched

__all__ = ["played_once"]

# docs/hold-profile.md, section 6: the pulses of a pattern.
_PULSES = {
    Pattern.READY: 1,
    Pattern.START: 2,
    Pattern.FORM: 1,
    Pattern.HALFWAY: 1,
    Pattern.LAST_THREE: 3,
    Pattern.DONE: 1,
    Pattern.SWITCH: 2,
    Pattern.SESSION_DONE: 3,
    Pattern.NUDGE: 1,
    Pattern.REMINDER: 1,
    Pattern.PROBLEM: 5,
}
# A cue of a hold that is later than this would pass for the next one, and has expired.
_ANCHORED_LATE_MAX_MS = 2_500
# Sent, not answered, sent again, each over a radio that may take ten seconds, and five to expire: what comes
# later than that comes from yesterday.
_LATE_MAX_MS = 30_000
# Stamps with more doubt than this say nothing about a cue's lateness.
_DOUBT_MAX_MS = 1_000


def played_once(books: Books, watched: Watched) -> Iterator[Violation]:
    """Of one watch: motor runs, answers and lateness by cue_id."""
    runs = Counter((pulse.cue_id, pulse.pattern) for pulse in watched.pulses if pulse.cue_id is not None)
    for (cue_id, pattern), pulses in runs.items():
        if pulses > _PULSES[pattern]:
            yield Violation("I10", f"cue {cue_id} ran the motor {pulses} times as {pattern.name}")
    answers = Counter[int]()
    cues = {cue.cue_id: cue for cue in books.cues if cue.watch_id == watched.watch_id}
    for ack in _answers(books, watched):
        answers[ack.body.cue_id] += 1
        cue = cues.get(ack.body.cue_id)
        late_ms = None if cue is None or ack.body.result is not CueResult.PLAYED else _late_ms(cue, ack)
        if late_ms is not None and cue is not None:
            yield Violation("I10", f"cue {cue.cue_id} ({cue.cue}) played {late_ms} ms off its time")
    for cue_id, count in answers.items():
        if count > 1:
            yield Violation("I10", f"cue {cue_id} was answered {count} times")


@dataclass(frozen=True, slots=True)
class _Answer:
    """A CUE_ACK; the two holds before it in the same boot, the last first, with their ticks; the boot in host
    time, if known.
    """

    body: CueAck
    holds: tuple[tuple[int, HoldStarted], ...]
    boot_host_ms: int | None


def _answers(books: Books, watched: Watched) -> Iterator[_Answer]:
    stamps = {
        (row.journal_id, row.seq): row.host_ms
        for row in books.records
        if row.watch_id == watched.watch_id and (row.error_ms or 0) <= _DOUBT_MAX_MS
    }
    boot, holds = 0, tuple[tuple[int, HoldStarted], ...]()
    for one in watched.written:
        record = read_record(one.raw)
        if record.boot != boot:
            boot, holds = record.boot, ()
        match record.body:
            case HoldStarted() as started:
                holds = (record.tick, started), *holds[:1]
            case CueAck() as ack:
                host_ms = stamps.get((one.journal_id, one.seq))
                yield _Answer(ack, holds, None if host_ms is None else host_ms - record.tick)
            case _:
                pass


def _late_ms(cue: CueRow, ack: _Answer) -> int | None:
    """How far from its time it played, if that is too far."""
    # The wearer may begin the next hold while the last cue of the one before still waits for the motor.
    dues = [(tick, _due_after_ms(hold.planned_s).get(cue.cue)) for tick, hold in ack.holds]
    anchored = [ack.body.started - tick - after_ms for tick, after_ms in dues if after_ms is not None]
    if anchored:
        in_time = any(0 <= late_ms <= _ANCHORED_LATE_MAX_MS for late_ms in anchored)
        return None if in_time else anchored[0]
    if cue.due_ms is None or ack.boot_host_ms is None:
        return None
    late_ms = ack.boot_host_ms + ack.body.started - cue.due_ms
    return None if late_ms <= _LATE_MAX_MS else late_ms


def _due_after_ms(planned_s: int) -> Mapping[str, int]:
    """When the cues of a hold are due, after its start (docs/hold-profile.md, section 7, rule 8)."""
    planned_ms = planned_s * 1000
    return {
        "start": 0,
        "form": planned_ms // 3,
        "halfway": planned_ms // 2,
        "last-three": planned_ms - 3000,
        "done": planned_ms,
    }
