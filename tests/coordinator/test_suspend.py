"""The host slept: what its timers did not see is missed, not made up for; what the watch did is heard first.

The daemon tells a sleep as `LinkDown` (daemon/alarm.py); then the link is built anew.
"""

import pytest

from tests.coordinator.story import Story, hold_started
from wearsync.coordinator.events import CaughtUp, LinkUp, TimerFired
from wearsync.coordinator.link import SNOOZE_GRACE_MS
from wearsync.messages import HoldStopped, IntentGiven, PlayCues, SessionEnded, SessionStarted
from wearsync.model import Phase, Routine, SessionEnd, SessionSource, StopReason, Verb

OWN = 77
WATCH = SessionSource.WATCH
NIGHT_S = 9 * 3600


def asleep(story: Story, seconds: float) -> None:
    """No timer fires; at the wake the link is gone, then whatever is due fires, once."""
    story.now_ms += round(seconds * 1000)
    story.disconnect()
    story.wait(0)


def in_phase(phase: Phase) -> Story:
    story = Story(routine=Routine(rounds=1), obeys=False)
    story.connect()
    if phase is Phase.CONFIRM:
        story.command(Verb.START)
    elif phase is not Phase.IDLE:
        story.record(IntentGiven("start", OWN))
        story.record(SessionStarted(OWN, WATCH))
    if phase in (Phase.HOLD, Phase.PAUSED, Phase.CLOSING):
        story.wait(15)
        story.record(hold_started(OWN, 0))
    if phase is Phase.PAUSED:
        story.record(HoldStopped(OWN, 0, StopReason.PAUSE, 10_000))
    if phase is Phase.CLOSING:
        story.record(HoldStopped(OWN, 0, StopReason.PAIN, 10_000))
    assert story.state.phase is phase
    return story


@pytest.mark.parametrize("phase", Phase)
def test_a_night_in_any_phase_plays_nothing_afterwards(phase: Phase) -> None:
    story = in_phase(phase)
    before = len(story.told(PlayCues))
    asleep(story, NIGHT_S)
    story.connect()
    story.wait(300)
    assert story.is_in(Phase.IDLE)
    # What is anchored to a hold that is not to come can't play.
    late = [cue for play in story.told(PlayCues)[before:] for cue in play.cues if cue.step is None]
    assert late == []
    assert len(story.sessions) == (phase is not Phase.IDLE)


@pytest.mark.parametrize("phase", [Phase.GAP, Phase.HOLD, Phase.PAUSED])
def test_what_the_watch_did_in_that_night_counts_as_it_happened(phase: Phase) -> None:
    story = in_phase(phase)
    began_ms = story.now_ms
    asleep(story, NIGHT_S)
    story.feed(LinkUp(story.boot))
    if phase is not Phase.HOLD:
        story.record(hold_started(OWN, 0), at_ms=began_ms)
    story.record(HoldStopped(OWN, 0, StopReason.PLANNED, 30_000), at_ms=began_ms + 30_000)
    story.record(hold_started(OWN, 1), at_ms=began_ms + 40_000)
    story.record(HoldStopped(OWN, 1, StopReason.PLANNED, 30_000), at_ms=began_ms + 70_000)
    story.record(SessionEnded(OWN, SessionEnd.DONE, WATCH), at_ms=began_ms + 70_000)
    story.feed(CaughtUp())
    assert [hold.credited_s for hold in story.holds][-2:] == [30.0, 30.0]
    assert [(session.end, session.full) for session in story.sessions] == [(SessionEnd.DONE, True)]
    assert not [alert for alert in story.alerts if alert.code in ("hold_not_started", "stop_missing")]


def test_twenty_seconds_in_mid_hold_change_nothing() -> None:
    story = Story(routine=Routine(rounds=1))
    story.connect()
    story.command(Verb.START)
    while not story.is_in(Phase.HOLD):
        story.wait(1)
    story.disconnect()
    story.wait(20)
    story.connect()
    story.run()
    assert [hold.credited_s for hold in story.holds] == [30.0, 30.0]
    assert [session.end for session in story.sessions] == [SessionEnd.DONE]
    ids = [cue.cue_id for play in story.told(PlayCues) for cue in play.cues if cue.step is not None]
    assert len(ids) >= len(set(ids)) >= 10


def test_a_question_that_was_put_off_into_the_night_is_not_asked_in_the_morning() -> None:
    story = Story(obeys=False)
    story.connect()
    story.command(Verb.START)
    story.command(Verb.SNOOZE, minutes=60)
    asleep(story, NIGHT_S)
    assert story.is_in(Phase.IDLE)
    assert story.state.snoozed_until_ms is None
    assert [alert.code for alert in story.alerts] == ["question_missed"]
    story.connect()
    assert story.phases == [Phase.CONFIRM, Phase.IDLE]


def test_a_question_that_is_a_little_late_is_asked() -> None:
    story = Story(obeys=False)
    story.connect()
    story.command(Verb.START)
    story.command(Verb.SNOOZE, minutes=10)
    story.now_ms += 600_000 + SNOOZE_GRACE_MS
    story.feed(TimerFired())
    assert story.is_in(Phase.CONFIRM)
