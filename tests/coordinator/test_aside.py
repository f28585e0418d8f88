"""A session whose watch does not come back: over for the host in the end, and told by the watch's records
alone, once.
"""

from datetime import timedelta

import pytest

from tests.coordinator.story import Story, hold_started
from wearsync.coordinator.events import CaughtUp, LinkUp, RoutineConfigured
from wearsync.coordinator.log import fold
from wearsync.coordinator.session import OUT_OF_REACH_GRACE_MS, STEP_LONGEST_MS, longest_ms
from wearsync.coordinator.state import WatchState, from_json, to_json
from wearsync.messages import HoldStopped, IntentGiven, SessionEnded, SessionStarted, ShowStep, StopHold
from wearsync.model import Phase, Routine, SessionEnd, SessionSource, StartMode, StopReason, Verb

OWN = 77
WATCH = SessionSource.WATCH
TWO = Routine(rounds=1)
# No session of two steps can last so long.
AWAY_S = (2 * STEP_LONGEST_MS + OUT_OF_REACH_GRACE_MS) / 1000


def vanished(phase: Phase, *, visits: bool = False) -> Story:
    """In that phase of a session of two steps from the watch, which went out of reach then."""
    story = Story(routine=TWO, visits=visits, obeys=False)
    story.connect()
    story.record(IntentGiven("start", OWN))
    story.record(SessionStarted(OWN, WATCH))
    if phase is not Phase.GAP:
        story.wait(15)
        story.record(hold_started(OWN, 0))
    if phase is Phase.PAUSED:
        story.record(HoldStopped(OWN, 0, StopReason.PAUSE, 10_000))
    if phase is Phase.CLOSING:
        story.record(HoldStopped(OWN, 0, StopReason.PAIN, 10_000))
    assert story.state.phase is phase
    story.disconnect()
    return story


def tell_the_rest(story: Story, phase: Phase, began_ms: int) -> None:
    """What the watch did alone: both holds, and the end."""
    if phase in (Phase.GAP, Phase.PAUSED):
        story.record(hold_started(OWN, 0), at_ms=began_ms)
    if phase is not Phase.CLOSING:
        story.record(HoldStopped(OWN, 0, StopReason.PLANNED, 30_000), at_ms=began_ms + 30_000)
        story.record(hold_started(OWN, 1), at_ms=began_ms + 40_000)
        story.record(HoldStopped(OWN, 1, StopReason.PLANNED, 30_000), at_ms=began_ms + 70_000)
    end = SessionEnd.ENDED if phase is Phase.CLOSING else SessionEnd.DONE
    story.record(SessionEnded(OWN, end, WATCH), at_ms=began_ms + 70_000)
    story.feed(CaughtUp())


PHASES = [Phase.GAP, Phase.HOLD, Phase.PAUSED, Phase.CLOSING]


@pytest.mark.parametrize("phase", PHASES)
def test_it_is_put_away_when_it_can_not_go_on_any_more_and_nothing_is_claimed(phase: Phase) -> None:
    story = vanished(phase)
    reported = len(story.holds)
    story.wait(AWAY_S - 1)
    assert story.is_in(phase)
    story.wait(1)
    assert story.is_in(Phase.IDLE)
    assert (story.state.session, story.state.hold, story.state.deadline_ms) == (None, None, None)
    assert (story.sessions, len(story.holds)) == ([], reported)
    assert [alert.code for alert in story.alerts if alert.code != "pain"] == ["watch_unreachable"]
    story.wait(30 * 24 * 3600)
    assert not story.sessions


@pytest.mark.parametrize("phase", PHASES)
def test_its_records_tell_it_whole_whenever_they_come(phase: Phase) -> None:
    early, late = vanished(phase), vanished(phase)
    began_ms = late.now_ms
    for story in (early, late):
        story.wait(100 if story is early else AWAY_S + 9 * 3600)
        story.feed(LinkUp(story.boot))
        tell_the_rest(story, phase, began_ms)
        assert story.is_in(Phase.IDLE)
        assert story.state.aside is None
    assert late.holds == early.holds
    assert late.sessions == early.sessions
    (session,) = late.sessions
    assert session.event_id == f"f00d:1:{late.seq}:session"
    assert not [shown for shown in late.told(ShowStep) if shown.step > 0], "nothing is played afterwards"


@pytest.mark.parametrize("phase", PHASES)
def test_watch_that_comes_back_without_another_word_is_told_that_it_is_over(phase: Phase) -> None:
    story = vanished(phase)
    story.wait(AWAY_S + 3600)
    story.obeys = False
    story.connect()
    story.wait(200)
    assert story.is_in(Phase.IDLE)
    assert len(story.sessions) == 1
    assert story.told(StopHold)
    story.record(SessionEnded(OWN, SessionEnd.ENDED, WATCH))
    assert len(story.sessions) == 1


def test_watch_that_was_started_anew_meanwhile_has_ended_it() -> None:
    story = vanished(Phase.GAP)
    story.wait(AWAY_S)
    story.connect(boot=9)
    assert [session.end for session in story.sessions] == [SessionEnd.ENDED]
    assert story.is_in(Phase.IDLE)


def test_link_that_comes_and_goes_does_not_keep_it_open_for_ever() -> None:
    story = vanished(Phase.GAP)
    story.wait(AWAY_S - 60)
    story.feed(LinkUp(story.boot))
    story.disconnect()
    story.wait(AWAY_S - 60)
    assert story.is_in(Phase.GAP)
    story.wait(60)
    assert story.is_in(Phase.IDLE)


def test_daemon_that_is_started_again_and_again_does_not_either() -> None:
    story = vanished(Phase.HOLD)
    for _ in range(30):
        story.wait(AWAY_S / 25)
        story.state = from_json(to_json(story.state))
        story.disconnect()
        story.feed(RoutineConfigured(TWO))
    assert story.is_in(Phase.IDLE)


def test_another_session_can_be_started_meanwhile_and_is_asked_for_after_the_records() -> None:
    story = vanished(Phase.HOLD, visits=True)
    began_ms = story.now_ms
    assert story.command(Verb.START) == "a session is running already"
    story.wait(AWAY_S)
    assert story.command(Verb.START) is None
    assert story.is_in(Phase.CONFIRM)
    story.wait(60)
    story.feed(LinkUp(story.boot))
    tell_the_rest(story, Phase.HOLD, began_ms)
    story.wait(1)
    assert [session.end for session in story.sessions] == [SessionEnd.DONE]
    assert story.is_in(Phase.CONFIRM)
    assert story.phases[-1] is Phase.CONFIRM


def test_the_longest_is_that_of_the_steps_that_are_left() -> None:
    story = Story(routine=Routine(rounds=10, start=StartMode.TAP), obeys=False)
    story.connect()
    story.record(IntentGiven("start", OWN))
    session = story.state.session
    assert session is not None
    assert timedelta(milliseconds=longest_ms(session)) < timedelta(hours=8)
    assert longest_ms(session) == 20 * STEP_LONGEST_MS + OUT_OF_REACH_GRACE_MS


def test_the_log_of_it_folds_to_the_same_state() -> None:
    story = vanished(Phase.HOLD)
    story.wait(AWAY_S)
    story.feed(LinkUp(story.boot))
    tell_the_rest(story, Phase.HOLD, story.now_ms - 7_000_000)
    assert fold(WatchState(), story.inputs) == story.state
