"""A link that has begun: sessions by the music app, cues by notifications, a clock that is read back."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.drivers.infinitime.bench import (
    ALERT,
    ARTIST,
    BATTERY,
    EVENT,
    LENGTH,
    LOUDER,
    NEXT,
    NOW_MS,
    OPENED,
    PAUSE,
    PLAY,
    POSITION,
    PREVIOUS,
    STATUS,
    TIME,
    TRACK,
    UNIX_MS,
    Bench,
    fault,
    live,
)
from tests.drivers.infinitime.home import Home
from wearsync.drivers.base import OperationDone, Read, Received, Write
from wearsync.messages import (
    BatteryLevel,
    ClockSampled,
    Cue,
    CueAcked,
    Goodbye,
    IntentGiven,
    PlayCues,
    SetClock,
    ShowStep,
    StopHold,
    StoreRoutine,
    WatchRefused,
)
from wearsync.model import (
    AckResult,
    CueKind,
    Outcome,
    Phase,
    Routine,
    SessionEnd,
    Side,
    StartMode,
    Variant,
    Verb,
)

ROUTINE = Routine()
GAP = ShowStep(9, 0, Phase.GAP, Side.LEFT, Variant.KNEELING, 1, NOW_MS + 15_000, 30, StartMode.AUTO, "LEFT")


def in_session() -> Bench:
    return live(Bench()).send(StoreRoutine(ROUTINE), GAP).clear()


def in_hold() -> Bench:
    return in_session().wait(16).clear()


def nudge(cue_id: int = 1, kind: CueKind = CueKind.NUDGE) -> PlayCues:
    return PlayCues((Cue(cue_id, kind, None, None, 5_000),))


def acks(bench: Bench) -> list[tuple[int, AckResult, int]]:
    bodies = [record.body for record in bench.records]
    return [(body.cue_id, body.result, body.motor_ms) for body in bodies if isinstance(body, CueAcked)]


# --- whole sessions, with the real coordinator ---


def test_a_whole_session_from_the_watch() -> None:
    home = Home(ROUTINE)
    home.press(PLAY)
    home.wait(300)
    assert [(hold.side, hold.outcome, hold.credited_s) for hold in home.holds] == [
        (side, Outcome.DONE, 30.0) for side in (Side.LEFT, Side.RIGHT) * 2
    ]
    assert [(session.end, session.full, session.holds) for session in home.sessions] == [
        (SessionEnd.DONE, True, 4)
    ]
    assert home.alerts == []
    assert home.bench.artist == "wearsync"


def test_no_cue_of_a_whole_session_is_called_played() -> None:
    home = Home(ROUTINE)
    home.press(PLAY)
    home.wait(300)
    assert {fate.result for fate in home.fates} == {AckResult.UNKNOWN}
    assert {fate.attempts for fate in home.fates} == {1}
    assert len(home.bench.wrote(ALERT)) == len(home.fates) > 20


def test_a_whole_session_from_the_host_waits_for_the_wearers_yes() -> None:
    home = Home(Routine(rounds=1, start=StartMode.TAP))
    home.command(Verb.START)
    assert home.bench.artist == "Ready? · LEFT 1/1"
    home.press(PLAY)
    for side in ("LEFT", "RIGHT"):
        home.wait(5)
        assert home.bench.artist == f"Get ready · {side} 1/1"
        home.press(PLAY)
        home.wait(1)
        assert home.bench.artist == f"Hold · {side} 1/1"
        home.wait(31)
    assert [session.end for session in home.sessions] == [SessionEnd.DONE]


def test_a_hold_that_the_wearer_stops_is_short_and_offered_again() -> None:
    home = Home(Routine(rounds=1))
    home.press(PLAY)
    home.wait(25)
    home.press(PAUSE)
    (hold,) = home.holds
    assert (hold.outcome, hold.side) == (Outcome.SHORT, Side.LEFT)
    assert hold.measured_s == pytest.approx(10, abs=0.2)
    home.wait(300)
    assert [each.side for each in home.holds] == [Side.LEFT, Side.LEFT, Side.RIGHT]
    assert home.sessions[0].full


def test_the_wearer_pauses_by_the_host_skips_and_goes_back() -> None:
    home = Home(Routine(rounds=1))
    home.press(PLAY)
    home.press(NEXT)
    home.wait(1)
    assert home.bench.artist == "Get ready · RIGHT 1/1"
    home.press(PREVIOUS)
    home.wait(1)
    assert home.bench.artist == "Get ready · LEFT 1/1"
    home.command(Verb.PAUSE)
    assert home.bench.artist == "Paused · LEFT 1/1"
    home.press(PLAY)
    home.wait(1)
    assert home.bench.artist == "Get ready · LEFT 1/1"
    home.command(Verb.STOP)
    home.wait(1)
    assert [session.end for session in home.sessions] == [SessionEnd.ENDED]


def test_a_link_that_is_lost_in_a_hold_leaves_it_open_what_happened() -> None:
    home = Home(ROUTINE)
    home.press(PLAY)
    home.wait(25)
    home.lose()
    home.wait(20)
    home.connect()
    assert [(hold.outcome, hold.measured_s) for hold in home.holds] == [(Outcome.INCOMPLETE, None)]
    assert [session.end for session in home.sessions] == [SessionEnd.ENDED]
    assert [alert.code for alert in home.alerts] == ["session_cut"]
    assert home.bench.artist == "wearsync"
    home.press(PLAY)
    home.wait(300)
    assert [session.end for session in home.sessions] == [SessionEnd.ENDED, SessionEnd.DONE]


# --- the display ---


def test_a_hold_is_a_running_bar() -> None:
    bench = in_session()
    assert bench.values[STATUS] == b"\x00"
    assert (bench.values[LENGTH], bench.values[TRACK]) == (b"\0\0\0\x1e", b"LEFT")
    bench.wait(16)
    order = [(each.attribute, each.data) for _, each in bench.done if isinstance(each, Write)]
    assert order[-3:] == [(STATUS, b"\x01"), (POSITION, bytes(4)), (ARTIST, "Hold · LEFT 1/2".encode())]


def test_a_hold_that_ends_stops_the_bar_at_once() -> None:
    bench = in_hold().wait(30)
    assert bench.values[STATUS] == b"\x00"
    assert bench.artist == "Hold · LEFT 1/2"


def test_nothing_is_written_while_nothing_changes() -> None:
    bench = in_hold().send(replace(GAP, start=StartMode.TAP)).wait(20)
    assert bench.wrote(STATUS, ARTIST, TRACK, POSITION, LENGTH) == []


def test_when_the_app_is_opened_everything_is_shown_again() -> None:
    bench = in_hold().wait(11).press(OPENED)
    assert [each.attribute for _, each in bench.done if isinstance(each, Write)][-6:-1] == [
        STATUS,
        POSITION,
        LENGTH,
        ARTIST,
        TRACK,
    ]
    assert int.from_bytes(bench.values[POSITION], "big") == 12


def test_only_the_last_of_many_changes_is_written() -> None:
    bench = in_session()
    bench.deaf = True
    bench.send(*(replace(GAP, text=text) for text in ("one", "two", "three")))
    assert len(bench.under_way) == 1
    bench.deaf = False
    bench.carry_out()
    assert bench.wrote(TRACK) == [b"one", b"three"]


# --- buttons ---


@pytest.mark.parametrize("event", [LOUDER, b"\x06", b"\x02", b"", b"\x00\x00"])
def test_what_means_nothing_does_nothing(event: bytes) -> None:
    bench = in_hold().press(event)
    assert (bench.records, bench.done) == ([], [])


def test_a_notification_of_another_characteristic_is_no_button() -> None:
    bench = live(Bench()).clear()
    bench.feed(Received(BATTERY, PLAY))
    assert [record.body for record in bench.records] == [BatteryLevel(0, charging=False)]


def test_pause_outside_of_a_hold_ends_nothing() -> None:
    assert in_session().press(PAUSE).records == []


def test_play_at_rest_is_a_start() -> None:
    (record,) = live(Bench()).clear().press(PLAY).records
    assert isinstance(record.body, IntentGiven)
    assert record.body.intent == "start"


# --- cues ---


def test_a_cue_is_one_notification_and_unknown_once_it_is_written() -> None:
    bench = live(Bench()).clear()
    bench.deaf = True
    bench.send(nudge(5))
    assert list(bench.under_way) == [Write(ALERT, b"\x00\x01\x00wearsync\x00Ready when you are")]
    assert acks(bench) == []
    bench.carry_out()
    assert acks(bench) == [(5, AckResult.UNKNOWN, 0)]


def test_a_problem_rings_like_a_call() -> None:
    bench = live(Bench()).send(nudge(5, CueKind.PROBLEM))
    assert bench.wrote(ALERT)[0][0] == 3


def test_a_cue_goes_before_the_display() -> None:
    bench = in_session()
    bench.deaf = True
    bench.send(replace(GAP, step=1, side=Side.RIGHT), nudge())
    bench.deaf = False
    bench.carry_out()
    writes = [each.attribute for _, each in bench.done if isinstance(each, Write)]
    assert writes.index(ALERT) == 1, "after the one that was under way"


def test_a_cue_that_a_slow_watch_could_not_take_in_time_expires() -> None:
    bench = in_session()
    bench.deaf = True
    bench.send(replace(GAP, text="slow"), nudge(5))
    bench.wait(6)
    assert acks(bench) == [(5, AckResult.EXPIRED, 0)]
    bench.deaf = False
    bench.carry_out()
    assert bench.wrote(ALERT) == []


def test_a_cue_whose_write_fails_ends_the_link_without_a_word_on_it() -> None:
    bench = live(Bench()).clear()
    bench.deaf = True
    bench.send(nudge())
    bench.feed(OperationDone(bench.under_way.popleft(), error="gone"))
    assert fault(bench) == ("link", "write failed while live: gone")
    assert bench.records == []


# --- the clock ---

NOON = SetClock(unix_ms=UNIX_MS, utc_offset_min=60)


def test_the_clock_is_set_to_local_time_and_read_back() -> None:
    bench = live(Bench()).clear().send(NOON)
    assert bench.wrote(TIME) == [bytes((0xEA, 0x07, 11, 20, 9, 0, 0, 5, 0, 0))]
    (sample,) = bench.said
    assert isinstance(sample, ClockSampled)
    assert sample.watch_unix_ms is not None
    assert abs(sample.watch_unix_ms - UNIX_MS) <= 1_000


@pytest.mark.parametrize(
    ("shown", "words"), [(b"", "no time"), (bytes((0xB2, 0x07, 1, 1, 0, 0, 9)), "1970-01-01 00:00:09")]
)
def test_a_clock_that_did_not_take_it_is_told(shown: bytes, words: str) -> None:
    bench = live(Bench(ignores_time=True)).clear()
    bench.values[TIME] = shown
    bench.send(NOON)
    refused = bench.said[0]
    assert isinstance(refused, WatchRefused)
    assert words in refused.text
    offsets = [each.watch_unix_ms for each in bench.said if isinstance(each, ClockSampled)]
    assert offsets == ([] if not shown else [9_000 - 3_600_000])


def test_a_later_wish_for_the_clock_is_the_one_that_is_read_back() -> None:
    bench = live(Bench()).clear()
    bench.deaf = True
    bench.send(NOON, replace(NOON, utc_offset_min=120))
    bench.deaf = False
    bench.carry_out()
    assert [data[4] for data in bench.wrote(TIME)] == [9, 10]
    assert [type(each) for each in bench.said] == [ClockSampled]


# --- signs of life, charge, the end ---


def reads(bench: Bench) -> list[int]:
    return [at_ms for at_ms, each in bench.done if each == Read(BATTERY)]


@pytest.mark.parametrize(
    ("begin", "seconds"),
    [(lambda: live(Bench()), 300), (lambda: live(Bench()).send(replace(GAP, start=StartMode.TAP)), 10)],
)
def test_a_silent_link_is_asked_for_a_sign_of_life(begin: Callable[[], Bench], seconds: int) -> None:
    bench = begin().clear()
    bench.wait(seconds - 0.1)
    assert reads(bench) == []
    bench.wait(0.1)
    assert len(reads(bench)) == 1
    bench.wait(seconds / 2).press(LOUDER).wait(seconds - 0.1)
    assert len(reads(bench)) == 1
    bench.wait(0.1)
    assert len(reads(bench)) == 2


def test_the_charge_is_told_once_until_it_changes() -> None:
    bench = live(Bench())
    assert [record.body for record in bench.records] == [BatteryLevel(80, charging=False)]
    for data in (b"\x50", b"\x4f", b"\xff", b""):
        bench.feed(Received(BATTERY, data))
    assert [record.body for record in bench.records[1:]] == [BatteryLevel(79, charging=False)]


def test_a_sign_of_life_that_does_not_come_ends_the_link() -> None:
    bench = live(Bench()).clear()
    bench.deaf = True
    bench.wait(300)
    assert list(bench.under_way) == [Read(BATTERY)]
    assert bench.deadline_ms is None, "the operation has a deadline of its own"
    bench.feed(OperationDone(bench.under_way.popleft(), error="the watch did not answer in 10 s"))
    assert fault(bench)[0] == "link"


def test_goodbye_leaves_no_session_on_the_display() -> None:
    bench = in_hold()
    bench.send(Goodbye())
    assert fault(bench) == ("none", "the host said goodbye")
    assert (bench.artist, bench.values[STATUS], bench.values[TRACK]) == ("wearsync", b"\x00", b"")


def test_the_host_ends_a_hold() -> None:
    bench = in_hold().send(StopHold("end"))
    assert bench.artist == "Done · LEFT 1/2"
    assert bench.wait(10).artist == "wearsync"
    bench.press(PLAY)
    assert EVENT not in bench.values


def test_a_hold_is_not_measured_on_while_the_watch_does_not_answer() -> None:
    bench = in_hold()
    bench.deaf = True
    bench.send(replace(GAP, text="never taken"))
    bench.wait(60)
    assert fault(bench) == ("link", "the watch did not answer in 3 s of a hold")
    assert bench.records == []
