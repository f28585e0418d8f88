"""What a hosted watch does in a session that the host leads, and what it writes of it."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wearsync.drivers.hosted import NOTHING_SHOWN, Face, Gesture, HostedWatch, Told, hosted_ready
from wearsync.errors import LinkLost
from wearsync.messages import (
    BatteryLevel,
    CancelCues,
    Cue,
    CueAcked,
    HoldStarted,
    HoldStopped,
    IntentGiven,
    PlayCues,
    Record,
    RecordBody,
    SessionEnded,
    SessionStarted,
    ShowStep,
    StopHold,
    StoreRoutine,
)
from wearsync.model import (
    AckResult,
    CueKind,
    HoldSource,
    Phase,
    Routine,
    SessionEnd,
    SessionSource,
    Side,
    StartMode,
    StopReason,
    Trust,
    Variant,
)

T0 = 1_000_000
BOOT = 4711
SESSION = 9
ROUTINE = Routine()
GAP = ShowStep(
    SESSION, 0, Phase.GAP, Side.LEFT, Variant.KNEELING, 1, T0 + 15_000, 30, StartMode.AUTO, "LEFT knee"
)
TAP = replace(GAP, start=StartMode.TAP, starts_at_ms=None)
IDLE = replace(GAP, session=0, phase=Phase.IDLE, starts_at_ms=None)
STARTED = SessionStarted(SESSION, SessionSource.HOST)


def ended(end: SessionEnd, source: SessionSource = SessionSource.HOST) -> SessionEnded:
    return SessionEnded(SESSION, end, source)


def began(source: HoldSource, step: int = 0) -> HoldStarted:
    return HoldStarted(SESSION, step, Side.LEFT, Variant.KNEELING, 1, 30, source, ROUTINE.id)


class Wrist:
    """A hosted watch, a clock, and what it wrote."""

    def __init__(self, *, routine: Routine | None = ROUTINE) -> None:
        self.now_ms = T0
        self.watch = HostedWatch(boot=BOOT, first_seq=41, began_ms=T0 - 500, entropy=b"noise")
        self.records: list[Record] = []
        if routine is not None:
            self.tell(StoreRoutine(routine))

    def tell(self, message: Told) -> "Wrist":
        self._happens(lambda: self.watch.tell(message, self.now_ms))
        return self

    def press(self, gesture: Gesture) -> "Wrist":
        self._happens(lambda: self.watch.gesture(gesture, self.now_ms))
        return self

    def wait(self, seconds: float) -> "Wrist":
        """Wake it whenever it wants to be woken."""
        until_ms = self.now_ms + round(seconds * 1000)
        while (due_ms := self.watch.due_ms(self.now_ms)) is not None and due_ms <= until_ms:
            assert due_ms > self.now_ms, "it wants to be woken at once, again and again"
            self.now_ms = due_ms
            self._happens(lambda: None)
        self.now_ms = until_ms
        return self

    def oversleep(self, seconds: float) -> "Wrist":
        """Wake it only then, whatever was due before."""
        self.now_ms += round(seconds * 1000)
        self._happens(lambda: None)
        return self

    def wrote(self) -> list[RecordBody]:
        """Since the last call."""
        bodies, self.records = [record.body for record in self.records], []
        return bodies

    @property
    def face(self) -> Face:
        return self.watch.shown.face

    def _happens(self, what: Callable[[], None]) -> None:
        self.watch.advance(self.now_ms)
        what()
        self.records += self.watch.records()


def in_gap() -> Wrist:
    wrist = Wrist().tell(GAP)
    assert wrist.wrote() == [STARTED]
    return wrist


def in_hold() -> Wrist:
    wrist = in_gap().wait(15)
    assert wrist.wrote() == [began(HoldSource.AUTO)]
    assert wrist.face is Face.HOLD
    return wrist


def test_it_stands_for_a_journal_of_the_link_that_holds_every_cursor() -> None:
    ready = hosted_ready("0f" * 16, BOOT, Trust.BOND)
    assert (ready.boot, ready.first_seq, ready.next_seq, ready.nonce) == (BOOT, 1, 0xFFFF_FFFF, None)
    assert (ready.journal_id, ready.keeps_journal) == (BOOT, False)
    assert ready.journal_id != hosted_ready("0f" * 16, 5, Trust.BOND).journal_id
    assert ready.trust is Trust.BOND


def test_records_are_numbered_from_the_cursor_on_and_readable_as_they_are() -> None:
    wrist = in_gap().wait(15)
    (record,) = wrist.records
    assert (record.seq, record.boot, record.tick_ms) == (42, BOOT, 15_500)
    assert json.loads(record.raw) == {
        "kind": "hold_started",
        "session": SESSION,
        "step": 0,
        "side": "left",
        "variant": "kneeling",
        "round": 1,
        "planned_s": 30,
        "source": "auto",
        "routine_id": ROUTINE.id,
    }


def test_a_gap_ends_in_a_hold_by_itself_and_the_hold_by_its_plan() -> None:
    wrist = in_hold()
    assert wrist.watch.shown.started_ms == wrist.now_ms
    assert wrist.watch.in_session
    wrist.wait(30)
    assert wrist.wrote() == [HoldStopped(SESSION, 0, StopReason.PLANNED, 30_000)]
    assert wrist.watch.shown.started_ms is None


def test_a_gap_that_is_over_already_is_a_hold_at_once() -> None:
    wrist = Wrist(routine=None).tell(replace(GAP, starts_at_ms=T0 - 1))
    assert wrist.wrote() == [STARTED, replace(began(HoldSource.AUTO), routine_id=0)]


def test_what_was_not_shown_in_time_begins_late_and_ends_by_its_plan() -> None:
    wrist = in_gap().oversleep(20)
    assert wrist.watch.shown.started_ms == T0 + 20_000
    wrist.oversleep(33)
    assert wrist.wrote()[1:] == [HoldStopped(SESSION, 0, StopReason.PLANNED, 30_000)]


def test_whoever_is_ready_starts_the_hold() -> None:
    wrist = in_gap().press(Gesture.GO)
    assert wrist.wrote() == [began(HoldSource.WEARER)]
    wrist.press(Gesture.GO).press(Gesture.STOP)
    assert wrist.wrote() == [HoldStopped(SESSION, 0, StopReason.WEARER, 0)]
    assert wrist.face is Face.HOLD, "the last face stays until the host says what comes next"
    assert wrist.press(Gesture.GO).wrote() == []


def test_a_gap_with_a_tap_waits_for_it_three_minutes() -> None:
    wrist = Wrist().tell(TAP)
    wrist.wait(179.9)
    assert wrist.wrote() == [STARTED]
    wrist.wait(0.1)
    assert wrist.wrote() == [ended(SessionEnd.ABANDONED, SessionSource.WATCH)]
    assert wrist.face is Face.DONE
    assert not wrist.watch.in_session
    assert wrist.wait(10).face is Face.CLOCK


def test_a_tap_starts_what_waits_for_one() -> None:
    assert Wrist().tell(TAP).press(Gesture.GO).wrote() == [STARTED, began(HoldSource.WEARER)]


@pytest.mark.parametrize("phase", [Phase.GAP, Phase.HOLD, Phase.PAUSED])
def test_a_step_for_the_running_hold_changes_nothing_but_the_text(phase: Phase) -> None:
    wrist = in_hold().wait(10).tell(replace(GAP, phase=phase, text="breathe", round=5))
    assert (wrist.watch.shown.text, wrist.watch.shown.round) == ("breathe", 1)
    wrist.wait(20)
    assert wrist.wrote() == [HoldStopped(SESSION, 0, StopReason.PLANNED, 30_000)]


def test_a_hold_that_is_shown_and_does_not_run_waits_for_the_wearer() -> None:
    wrist = Wrist().tell(replace(GAP, phase=Phase.HOLD, starts_at_ms=T0))
    assert wrist.wait(60).wrote() == [STARTED]
    assert wrist.press(Gesture.GO).wrote() == [began(HoldSource.WEARER)]


def test_another_step_breaks_the_hold_off() -> None:
    wrist = in_hold().wait(12).tell(replace(GAP, step=1, starts_at_ms=T0 + 60_000))
    assert wrist.wrote() == [HoldStopped(SESSION, 0, StopReason.HOST, 12_000)]
    assert wrist.face is Face.GAP


def test_another_session_ends_the_open_one() -> None:
    wrist = in_gap().tell(replace(GAP, session=10))
    assert wrist.wrote() == [ended(SessionEnd.ENDED), SessionStarted(10, SessionSource.HOST)]


def test_closing_is_the_sessions_end_and_shown_for_ten_seconds() -> None:
    wrist = in_hold().wait(30).tell(replace(GAP, phase=Phase.CLOSING, text="Session done"))
    assert wrist.wrote()[1:] == [ended(SessionEnd.DONE)]
    assert (wrist.face, wrist.watch.shown.text) == (Face.DONE, "Session done")
    wrist.wait(10)
    assert wrist.face is Face.CLOCK
    assert wrist.watch.due_ms(wrist.now_ms) is None


def test_idle_ends_whatever_is_open() -> None:
    wrist = in_hold().wait(3).tell(IDLE)
    assert wrist.wrote() == [HoldStopped(SESSION, 0, StopReason.HOST, 3_000), ended(SessionEnd.ENDED)]
    assert wrist.watch.shown == replace(NOTHING_SHOWN, rounds=ROUTINE.rounds)
    assert wrist.tell(IDLE).wrote() == []


def test_the_host_stops_pauses_and_ends() -> None:
    wrist = in_hold().wait(5).tell(StopHold("stop"))
    assert wrist.wrote() == [HoldStopped(SESSION, 0, StopReason.HOST, 5_000)]
    for do in ("stop", "pause"):
        wrist.tell(StopHold(do))
    assert wrist.wrote() == []
    wrist = in_hold().wait(5).tell(StopHold("pause"))
    assert wrist.wrote() == [HoldStopped(SESSION, 0, StopReason.PAUSE, 5_000)]
    assert wrist.face is Face.PAUSED
    wrist.tell(StopHold("end"))
    assert wrist.wrote() == [ended(SessionEnd.ENDED)]
    wrist = in_hold().tell(StopHold("end"))
    assert wrist.wrote() == [HoldStopped(SESSION, 0, StopReason.HOST, 0), ended(SessionEnd.ENDED)]


def test_a_pause_lasts_until_the_wearer_goes_on_or_a_quarter_of_an_hour() -> None:
    wrist = in_gap().tell(replace(GAP, phase=Phase.PAUSED, starts_at_ms=None)).press(Gesture.GO)
    assert wrist.wrote() == [IntentGiven("resume", SESSION)]
    assert wrist.tell(replace(GAP, starts_at_ms=T0 + 10_000)).face is Face.GAP
    wrist.tell(replace(GAP, phase=Phase.PAUSED, starts_at_ms=None)).wait(900)
    assert wrist.wrote() == [ended(SessionEnd.ABANDONED, SessionSource.WATCH)]


def test_the_wearer_starts_under_a_number_that_is_used_once() -> None:
    wrist = Wrist().press(Gesture.GO)
    assert wrist.watch.in_session
    wrist.press(Gesture.GO).wait(30).press(Gesture.GO)
    first, second = wrist.wrote()
    assert isinstance(first, IntentGiven)
    assert isinstance(second, IntentGiven)
    assert first.intent == second.intent == "start"
    assert 0 < first.session != second.session > 0
    assert wrist.wait(30).face is Face.CLOCK, "no word of the host's: back to the clock"
    assert wrist.wrote() == []


def test_a_session_whose_host_says_nothing_is_over() -> None:
    wrist = in_hold().wait(30 + 30)
    assert wrist.wrote()[1:] == [ended(SessionEnd.ENDED, SessionSource.WATCH)]


def test_a_question_is_answered_once_or_goes_away() -> None:
    ask = replace(GAP, phase=Phase.CONFIRM, starts_at_ms=None, text="Ready?")
    wrist = Wrist().tell(ask)
    assert wrist.face is Face.CONFIRM
    assert wrist.press(Gesture.STOP).press(Gesture.SKIP).press(Gesture.BACK).wrote() == []
    assert wrist.press(Gesture.GO).press(Gesture.GO).wrote() == [IntentGiven("yes", SESSION)]
    wrist = Wrist().tell(ask).wait(60)
    assert (wrist.face, wrist.wrote()) == (Face.CLOCK, [])
    assert in_gap().tell(ask).wrote() == [ended(SessionEnd.ENDED)]


def test_skip_and_back_are_the_hosts_to_carry_out() -> None:
    wrist = in_hold().press(Gesture.SKIP).press(Gesture.BACK)
    assert wrist.wrote() == [IntentGiven("skip", SESSION), IntentGiven("back", SESSION)]
    assert wrist.face is Face.HOLD


def test_cues_go_out_in_their_hold_and_end_with_it() -> None:
    wrist = in_gap()
    start, form, done = (
        Cue(cue_id, kind, 0, at_ms, 2_500)
        for cue_id, kind, at_ms in (
            (1, CueKind.START, 0),
            (2, CueKind.FORM, 10_000),
            (3, CueKind.DONE, 30_000),
        )
    )
    wrist.tell(PlayCues((start, form, done, replace(start, cue_id=4, step=1)))).tell(CancelCues((4,)))
    wrist.wait(15)
    assert wrist.watch.next_cue(wrist.now_ms) == start
    wrist.watch.cue_sent(start, wrist.now_ms)
    wrist.wait(30)
    assert wrist.watch.next_cue(wrist.now_ms) == done, "its time has come with the hold's end"
    acks = [body for body in wrist.wrote() if isinstance(body, CueAcked)]
    assert [(ack.cue_id, ack.result) for ack in acks] == [
        (4, AckResult.CANCELLED),
        (1, AckResult.UNKNOWN),
        (2, AckResult.EXPIRED),
    ]


def test_the_charge_is_recorded_when_it_changes() -> None:
    wrist = Wrist()
    for percent in (80, 80, 79):
        wrist.watch.battery(percent, T0)
    assert [record.body for record in wrist.watch.records()] == [
        BatteryLevel(80, charging=False),
        BatteryLevel(79, charging=False),
    ]


def test_an_extra_hold_is_one_more_than_the_routine_has() -> None:
    assert in_gap().watch.shown.rounds == 2
    assert in_gap().tell(replace(GAP, step=4, round=3)).watch.shown.rounds == 3


GIVEN = st.one_of(
    st.sampled_from(list(Gesture)),
    st.floats(0, 200),
    st.sampled_from([StopHold("stop"), StopHold("pause"), StopHold("end")]),
    st.builds(
        replace,
        st.just(GAP),
        session=st.integers(1, 2),
        step=st.integers(0, 1),
        phase=st.sampled_from(list(Phase)),
        start=st.sampled_from(list(StartMode)),
        starts_at_ms=st.one_of(st.none(), st.integers(T0, T0 + 60_000)),
    ),
)


@given(st.lists(GIVEN, max_size=30))
def test_whatever_comes_sessions_and_holds_are_begun_before_they_end(
    given: list[Told | Gesture | float],
) -> None:
    wrist = Wrist()
    for one in given:
        if isinstance(one, Gesture):
            wrist.press(one)
        elif isinstance(one, float):
            wrist.wait(one)
        else:
            wrist.tell(one)
    session: int | None = None
    hold: int | None = None
    ticks = [record.tick_ms for record in wrist.records]
    assert ticks == sorted(ticks)
    assert [record.seq for record in wrist.records] == list(range(41, 41 + len(ticks)))
    for record in wrist.records:
        match record.body:
            case SessionStarted(number):
                assert session is None
                session = number
            case HoldStarted(number, step):
                assert (session, hold) == (number, None)
                hold = step
            case HoldStopped(number, step):
                assert (session, hold) == (number, step)
                hold = None
            case SessionEnded(number):
                assert (session, hold) == (number, None)
                session = None
            case _:
                pass


@pytest.mark.parametrize("begin", [in_gap, in_hold])
def test_a_machine_that_slept_claims_nothing_of_that_time(begin: Callable[[], Wrist]) -> None:
    """The wearer was left alone in a gap, or in a hold: the link is dropped, and all that was going on."""
    wrist = begin()
    with pytest.raises(LinkLost, match="slept"):
        wrist.watch.advance(wrist.now_ms + 3_600_000)
    assert wrist.watch.records() == ()
