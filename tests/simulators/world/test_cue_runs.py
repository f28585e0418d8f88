"""Cues that play twice, are answered twice, or play when nobody expects them any more."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.simulators.world.evening import Evening, texts
from wearsync_simulators.watches.records import CueAck, HoldStarted, Record, read_record, write_record
from wearsync_simulators.world.cue_runs import played_once
from wearsync_simulators.world.evidence import Watched
from wearsync_simulators.world.wrist import Written


def found(evening: Evening, watched: Watched, path: Path | None = None) -> list[str]:
    return texts(played_once(replace(evening, path=path or evening.path).books, watched))


def cue_id(evening: Evening, cue: str) -> int:
    return next(row.cue_id for row in evening.books.cues if row.cue == cue and row.result == "played")


def rewritten(evening: Evening, number: int, shift_ms: int) -> Watched:
    """The answer to that cue says that it began to play so much later."""

    def late(one: Written) -> Written:
        record = read_record(one.raw)
        body = record.body
        if not isinstance(body, CueAck) or body.cue_id != number:
            return one
        raw = write_record(
            seq=record.seq,
            boot=record.boot,
            tick=record.tick,
            body=replace(body, started=body.started + shift_ms),
        )
        return replace(one, raw=raw)

    return replace(evening.watched, written=[late(one) for one in evening.watched.written])


def test_a_good_evening(evening: Evening) -> None:
    assert found(evening, evening.watched) == []


@pytest.mark.parametrize("cue", ["ready", "start", "last-three", "session-done"])
def test_a_motor_that_runs_twice(evening: Evening, cue: str) -> None:
    number = cue_id(evening, cue)
    again = [pulse for pulse in evening.watched.pulses if pulse.cue_id == number]
    watched = replace(evening.watched, pulses=[*evening.watched.pulses, *again])
    name = cue.replace("-", "_").upper()
    assert found(evening, watched) == [f"I10: cue {number} ran the motor {2 * len(again)} times as {name}"]


def test_a_run_that_was_cut_is_one(evening: Evening) -> None:
    watched = replace(evening.watched, pulses=evening.watched.pulses[:-2])
    assert found(evening, watched) == []


def test_a_second_answer(evening: Evening) -> None:
    number = cue_id(evening, "ready")
    again = next(
        one
        for one in evening.watched.written
        if isinstance(ack := read_record(one.raw).body, CueAck) and ack.cue_id == number
    )
    watched = replace(evening.watched, written=[*evening.watched.written, again])
    assert found(evening, watched) == [f"I10: cue {number} was answered 2 times"]


@pytest.mark.parametrize("cue", ["start", "form", "halfway", "last-three", "done"])
def test_a_cue_of_a_hold_that_has_expired_or_comes_early(evening: Evening, cue: str) -> None:
    number = cue_id(evening, cue)
    (late,) = found(evening, rewritten(evening, number, 2_600))
    assert late.startswith(f"I10: cue {number} ({cue}) played 26")
    assert found(evening, rewritten(evening, number, 2_400)) == []
    (early,) = found(evening, rewritten(evening, number, -50))
    assert early.startswith(f"I10: cue {number} ({cue}) played -")


def test_the_last_cue_of_a_hold_may_play_in_the_next_which_the_wearer_has_begun(evening: Evening) -> None:
    number = cue_id(evening, "done")
    written: list[Written] = []
    for one in rewritten(evening, number, 2_000).written:
        record = read_record(one.raw)
        if isinstance(record.body, CueAck) and record.body.cue_id == number:
            begun = next(
                body for each in written if isinstance(body := read_record(each.raw).body, HoldStarted)
            )
            raw = write_record(seq=0, boot=record.boot, tick=record.body.started - 500, body=begun)
            written.append(Written(one.journal_id, 0, raw))
        written.append(one)
    watched = replace(evening.watched, written=written)
    assert found(evening, watched) == []
    (late,) = found(
        evening, replace(watched, written=rewritten(replace(evening, watched=watched), number, 600).written)
    )
    assert late.startswith(f"I10: cue {number} (done) played -")


@pytest.mark.parametrize("cue", ["reminder", "ready", "switch"])
def test_a_cue_of_yesterday(evening: Evening, tmp_path: Path, cue: str) -> None:
    number = cue_id(evening, cue)
    assert found(evening, rewritten(evening, number, 25_000)) == []
    (late,) = found(evening, rewritten(evening, number, 9 * 3600 * 1000))
    assert late.startswith(f"I10: cue {number} ({cue}) played 324")
    doubtful = evening.planted(tmp_path, "UPDATE records SET error_ms = 60000")
    assert found(evening, rewritten(evening, number, 9 * 3600 * 1000), doubtful) == []


def test_a_hold_of_another_boot_anchors_nothing(evening: Evening) -> None:
    def again(record: Record) -> Written:
        raw = write_record(seq=record.seq, boot=record.boot + 1, tick=record.tick, body=record.body)
        return Written(evening.watched.journal_id, record.seq, raw)

    number = cue_id(evening, "halfway")
    records = [read_record(one.raw) for one in evening.watched.written]
    # Only the answers of the other boot are left: nothing is known of when they were due.
    written = [again(record) for record in records if not isinstance(record.body, HoldStarted)]
    assert not [
        line for line in found(evening, replace(evening.watched, written=written)) if str(number) in line
    ]
