"""The course of a session: deadlines of each phase, steps beyond the last, facts that come once."""

import pytest

from tests.coordinator.story import START, Story, hold_started, stamp
from wearsync.coordinator import session as course
from wearsync.coordinator.draft import Draft
from wearsync.coordinator.state import WatchState
from wearsync.messages import IntentGiven, PlayCues, SessionEnded, ShowStep, StopHold
from wearsync.model import (
    CueKind,
    Phase,
    Routine,
    SessionEnd,
    SessionSource,
    Side,
    StartMode,
    Variant,
    Verb,
)

OWN = 77
WATCH = SessionSource.WATCH


def silent(routine: Routine | None = None) -> Story:
    """A live watch that says nothing by itself."""
    story = Story(routine=routine or Routine(), obeys=False)
    story.connect()
    return story


def begun(routine: Routine | None = None) -> Story:
    story = silent(routine)
    story.record(IntentGiven("start", OWN))
    return story


def test_a_question_shows_the_first_side_and_buzzes() -> None:
    story = silent(routine=Routine(first_side=Side.RIGHT, variant=Variant.STANDING))
    story.command(Verb.START)
    [shown] = story.told(ShowStep)
    assert (shown.phase, shown.side, shown.step) == (Phase.CONFIRM, Side.RIGHT, 0)
    assert [cue.cue for play in story.told(PlayCues) for cue in play.cues] == [CueKind.REMINDER]


def test_a_question_without_an_answer_is_an_abandoned_session() -> None:
    story = silent()
    story.command(Verb.START)
    story.wait(64.9)
    assert story.is_in(Phase.CONFIRM)
    story.wait(0.1)
    [session] = story.sessions
    assert (session.end, session.holds, session.source) == (SessionEnd.ABANDONED, 0, SessionSource.HOST)
    assert session.event_id.startswith("host:")
    assert (session.started, session.finished) == (START, stamp(START.host_ms + 65_000))
    assert story.phases == [Phase.CONFIRM, Phase.IDLE]


def test_a_gap_that_no_hold_follows_is_given_up_and_told() -> None:
    story = begun()
    story.wait(44.9)
    assert story.is_in(Phase.GAP)
    story.wait(0.1)
    assert [alert.code for alert in story.alerts if alert.code != "cue_unanswered"] == ["hold_not_started"]
    assert story.told(StopHold) == [StopHold("end")]
    assert story.is_in(Phase.CLOSING)
    story.record(SessionEnded(OWN, SessionEnd.ENDED, WATCH))
    assert [session.end for session in story.sessions] == [SessionEnd.ABANDONED]


def test_a_gap_that_waits_for_a_tap_is_given_up_after_the_watch() -> None:
    story = begun(Routine(start=StartMode.TAP))
    story.wait(199.9)
    assert story.is_in(Phase.GAP)
    story.wait(0.1)
    assert story.told(StopHold) == [StopHold("end")]
    assert "hold_not_started" not in {alert.code for alert in story.alerts}


def test_the_watch_s_own_giving_up_is_taken() -> None:
    story = begun(Routine(start=StartMode.TAP))
    story.wait(180)
    story.record(SessionEnded(OWN, SessionEnd.ABANDONED, WATCH))
    assert [session.end for session in story.sessions] == [SessionEnd.ABANDONED]
    assert not story.told(StopHold)


def test_a_hold_that_never_stops_is_stopped_and_then_closed() -> None:
    story = begun()
    story.record(hold_started(OWN, 0))
    story.wait(59.9)
    assert not story.told(StopHold)
    story.wait(0.1)
    assert story.told(StopHold) == [StopHold("stop")]
    assert [alert.code for alert in story.alerts if alert.code != "cue_unanswered"] == ["stop_missing"]
    story.wait(30)
    assert [hold.measured_s for hold in story.holds] == [None]
    assert story.told(StopHold)[-1] == StopHold("end")
    story.wait(60)
    assert [(session.end, session.holds) for session in story.sessions] == [(SessionEnd.ABANDONED, 1)]


def test_a_pause_that_nobody_ends_is_given_up() -> None:
    story = begun()
    story.command(Verb.PAUSE)
    story.wait(919.9)
    assert story.is_in(Phase.PAUSED)
    story.wait(0.1)
    assert story.told(StopHold) == [StopHold("end")]


def test_a_watch_without_a_word_for_the_end_does_not_keep_the_session_open() -> None:
    story = begun()
    story.command(Verb.STOP)
    story.wait(59.9)
    assert story.is_in(Phase.CLOSING)
    story.wait(0.1)
    [session] = story.sessions
    assert session.end is SessionEnd.ENDED
    assert session.event_id == "f00d:1:1:session"
    story.record(SessionEnded(OWN, SessionEnd.ENDED, WATCH))
    assert len(story.sessions) == 1


def test_a_hold_still_open_when_closing_runs_out_is_closed_too() -> None:
    story = begun()
    story.record(hold_started(OWN, 0))
    story.command(Verb.STOP)
    story.wait(60)
    assert [hold.measured_s for hold in story.holds] == [None]
    assert [session.holds for session in story.sessions] == [1]


def test_beyond_the_last_step_a_pause_is_the_end() -> None:
    story = Story(routine=Routine(rounds=1), obeys=True)
    story.connect()
    story.command(Verb.START)
    story.wait(65)
    story.obeys = False
    assert story.state.hold is not None
    assert story.state.hold.step == 1
    story.command(Verb.PAUSE)
    story.wait(40)
    assert story.is_in(Phase.CLOSING)
    assert story.phases[-1] is Phase.CLOSING


def test_the_same_side_again_opens_with_ready_the_other_with_switch() -> None:
    story = begun()
    story.command(Verb.EXTRA, side=Side.RIGHT)
    for _ in range(4):
        story.command(Verb.SKIP)
    openings = [play.cues[0].cue for play in story.told(PlayCues)]
    assert openings == [CueKind.READY, *[CueKind.SWITCH] * 3, CueKind.READY]


def test_ids_of_finished_sessions_are_kept_up_to_a_limit() -> None:
    story = silent()
    for session in range(100, 120):
        story.record(SessionEnded(session, SessionEnd.DONE, WATCH))
    assert story.state.finished == tuple(range(104, 120))


def test_sessions_done_are_counted() -> None:
    story = Story(routine=Routine(rounds=1))
    story.connect()
    for _ in range(2):
        story.command(Verb.START)
        story.run()
    assert story.state.sessions_done == 2


def test_closing_no_hold_is_nothing() -> None:
    draft = Draft(WatchState(), START, seed=1)
    assert course.close_hold(draft, replayed=False) == draft


def test_a_phase_without_its_session_is_a_fault_of_ours() -> None:
    draft = Draft(WatchState(phase=Phase.GAP), START, seed=1)
    with pytest.raises(AssertionError, match="phase gap without a session"):
        course.show(draft)
