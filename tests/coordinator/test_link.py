"""Links that come and go: what is told anew, what is given up, what is wanted."""

import pytest

from tests.coordinator.story import Story, hold_started
from wearsync.coordinator.effects import WantLink
from wearsync.coordinator.events import CaughtUp, LinkUp, RoutineConfigured, TimerFired
from wearsync.messages import (
    Booted,
    CueAcked,
    HoldStopped,
    IntentGiven,
    PlayCues,
    SessionEnded,
    SessionStarted,
    ShowStep,
    StopHold,
    StoreRoutine,
)
from wearsync.model import (
    AckResult,
    CueKind,
    Outcome,
    Phase,
    Routine,
    SessionEnd,
    SessionSource,
    StartMode,
    StopReason,
    Verb,
)

OWN = 77
WATCH = SessionSource.WATCH


def begun(routine: Routine | None = None, *, visits: bool = False) -> Story:
    """In the first gap of a session from the watch, which is silent."""
    story = Story(routine=routine or Routine(), visits=visits, obeys=False)
    story.connect()
    story.record(IntentGiven("start", OWN))
    return story


def wishes(story: Story) -> list[bool]:
    return [effect.wanted for effect in story.effects if isinstance(effect, WantLink)]


def test_caught_up_without_a_link_is_nothing() -> None:
    story = Story()
    assert story.feed(CaughtUp()) == ()
    assert not story.state.live


def test_a_watch_with_another_routine_gets_ours() -> None:
    story = Story()
    story.connect(routine_id=Routine().id)
    assert not story.told(StoreRoutine)
    story.disconnect()
    story.connect(routine_id=5)
    story.disconnect()
    story.connect(routine_id=None)
    assert story.told(StoreRoutine) == [StoreRoutine(Routine())] * 2


def test_a_new_configuration_is_stored_an_old_one_does_not_undo_set() -> None:
    story = Story()
    story.connect()
    story.command(Verb.SET, changes=(("rounds", 5),))
    story.feed(RoutineConfigured(Routine()))
    assert story.state.routine.rounds == 5
    story.feed(RoutineConfigured(Routine(rounds=3), visits=True))
    assert (story.state.routine.rounds, story.state.visits) == (3, True)
    assert [stored.routine.rounds for stored in story.told(StoreRoutine)] == [2, 5, 3]


def test_of_a_changed_configuration_only_what_is_new_undoes_set() -> None:
    story = Story()
    story.connect()
    story.command(Verb.SET, changes=(("rounds", 5), ("left_s", 45)))
    story.feed(RoutineConfigured(Routine(first_gap_s=20)))
    assert story.state.routine == Routine(rounds=5, left_s=45, first_gap_s=20)
    story.feed(RoutineConfigured(Routine(first_gap_s=20, left_s=35)))
    assert story.state.routine == Routine(rounds=5, left_s=35, first_gap_s=20)


def test_a_question_waits_for_the_watch_and_its_minute_begins_then() -> None:
    story = Story(visits=True, obeys=False)
    story.command(Verb.START)
    story.wait(100)
    assert not story.told(object)
    story.connect()
    assert story.phases == [Phase.CONFIRM]
    assert [play.cues[0].cue for play in story.told(PlayCues)] == [CueKind.REMINDER]
    story.wait(64)
    assert story.is_in(Phase.CONFIRM)
    story.wait(1)
    assert [session.end for session in story.sessions] == [SessionEnd.ABANDONED]
    assert "watch_unreachable" not in {alert.code for alert in story.alerts}


def test_a_watch_that_is_not_reached_is_given_up_and_told() -> None:
    story = Story(visits=True, obeys=False)
    story.command(Verb.START)
    story.wait(120)
    assert [alert.code for alert in story.alerts] == ["watch_unreachable"]
    assert [session.end for session in story.sessions] == [SessionEnd.ABANDONED]
    assert wishes(story) == [True, False]


def test_a_question_is_not_asked_for_ever_by_a_link_that_comes_and_goes() -> None:
    story = Story(visits=True, obeys=False)
    story.command(Verb.START)
    for _ in range(40):
        story.connect()
        story.wait(5)
        story.disconnect()
    assert [session.end for session in story.sessions] == [SessionEnd.ABANDONED]
    assert story.phases.count(Phase.CONFIRM) < 40


def test_a_gap_is_told_again_under_the_same_plan() -> None:
    story = begun()
    story.disconnect()
    story.wait(2)
    story.connect()
    first, again = story.told(ShowStep)
    assert again == first
    plans = story.told(PlayCues)
    assert plans[0] == plans[1]


def test_a_gap_told_again_does_not_end_at_once() -> None:
    story = begun()
    story.disconnect()
    story.wait(14)
    story.connect()
    assert story.told(ShowStep)[-1].starts_at_ms == story.now_ms + 3_000


def test_a_gap_told_again_has_its_whole_grace() -> None:
    story = begun()
    story.disconnect()
    story.wait(42)
    story.connect()
    story.wait(32.9)
    assert story.is_in(Phase.GAP)
    story.wait(0.1)
    assert story.is_in(Phase.CLOSING)


def test_a_gap_with_a_tap_is_told_again() -> None:
    story = begun(Routine(start=StartMode.TAP))
    deadline_ms = story.state.deadline_ms
    story.disconnect()
    story.wait(100)
    story.connect()
    assert [shown.starts_at_ms for shown in story.told(ShowStep)] == [None, None]
    assert story.state.phase_deadline_ms is not None
    assert deadline_ms is not None


def test_a_gap_that_the_watch_never_heard_of_is_given_up() -> None:
    story = begun()
    story.disconnect()
    story.wait(3600)
    story.connect()
    assert story.told(StopHold) == [StopHold("end")]
    story.wait(60)
    assert [session.end for session in story.sessions] == [SessionEnd.ABANDONED]


def test_a_gap_that_is_only_learnt_now_and_long_over_is_given_up() -> None:
    story = Story(obeys=False)
    story.feed(LinkUp(7))
    story.record(SessionStarted(OWN, WATCH), at_ms=story.now_ms - 60_000)
    story.feed(CaughtUp())
    assert story.told(StopHold) == [StopHold("end")]
    assert not story.told(PlayCues)


def test_a_gap_without_cues_gets_them_when_the_watch_is_there() -> None:
    story = Story(obeys=False)
    story.feed(LinkUp(7))
    story.record(SessionStarted(OWN, WATCH))
    story.feed(CaughtUp())
    assert [cue.cue for play in story.told(PlayCues) for cue in play.cues][:2] == [
        CueKind.READY,
        CueKind.START,
    ]


def test_what_is_shown_comes_before_what_is_anchored_to_it() -> None:
    story = begun()
    story.disconnect()
    story.connect()
    kinds = [type(message) for message in story.told(object)]
    assert kinds == [StoreRoutine, ShowStep, PlayCues, StoreRoutine, ShowStep, PlayCues]


def test_a_pause_is_shown_again_or_given_up() -> None:
    story = begun()
    story.command(Verb.PAUSE)
    story.disconnect()
    story.wait(60)
    story.connect()
    assert story.phases[-2:] == [Phase.PAUSED, Phase.PAUSED]
    story.disconnect()
    story.wait(900)
    story.connect()
    assert story.told(StopHold) == [StopHold("end")]


def test_a_hold_needs_no_word() -> None:
    story = begun()
    story.record(hold_started(OWN, 0))
    for cue in story.state.cues:
        story.record(CueAcked(cue.cue_id, AckResult.CANCELLED, 0, 0))
    said = len(story.told(object))
    story.disconnect()
    story.connect(routine_id=Routine().id)
    assert len(story.told(object)) == said
    assert story.is_in(Phase.HOLD)


@pytest.mark.parametrize("end", ["done", "ended"])
def test_an_end_that_may_not_have_arrived_is_told_again(end: str) -> None:
    story = begun()
    if end == "done":
        story.record(hold_started(OWN, 3))
        story.record(HoldStopped(OWN, 3, StopReason.PLANNED, 30_000))
    else:
        story.command(Verb.STOP)
    story.disconnect()
    story.wait(300)
    story.connect()
    assert story.is_in(Phase.CLOSING)
    if end == "done":
        assert story.phases[-2:] == [Phase.CLOSING, Phase.CLOSING]
    else:
        assert story.told(StopHold) == [StopHold("end"), StopHold("end")]
    story.wait(60)
    assert [session.end.value for session in story.sessions] == [end]


def test_a_hold_that_the_watch_began_alone_after_the_last_step_goes_on() -> None:
    story = Story(routine=Routine(rounds=1), obeys=False)
    story.feed(LinkUp(7))
    story.record(hold_started(OWN, 1))
    story.record(HoldStopped(OWN, 1, StopReason.PLANNED, 30_000))
    story.record(hold_started(OWN, 2))
    story.feed(CaughtUp())
    assert story.is_in(Phase.HOLD)
    story.now_ms += 30_000
    story.record(HoldStopped(OWN, 2, StopReason.PLANNED, 30_000))
    assert story.is_in(Phase.CLOSING)
    assert [hold.outcome for hold in story.holds] == [Outcome.DONE] * 2


def test_another_boot_ends_whatever_was_open() -> None:
    story = begun()
    story.record(hold_started(OWN, 0))
    story.disconnect()
    story.connect(boot=8)
    assert [(hold.outcome, hold.replayed) for hold in story.holds] == [(Outcome.INCOMPLETE, False)]
    assert [session.end for session in story.sessions] == [SessionEnd.ENDED]
    assert [alert.code for alert in story.alerts] == ["session_cut"]


@pytest.mark.parametrize(("gone_s", "late"), [(30 + 89, False), (30 + 91, True)])
def test_a_hold_without_an_end_that_is_closed_long_after_it_is_no_news_of_the_moment(
    gone_s: int, late: bool
) -> None:
    story = begun()
    story.record(hold_started(OWN, 0))
    story.disconnect()
    story.wait(gone_s)
    story.connect(boot=8)
    assert [(hold.outcome, hold.replayed) for hold in story.holds] == [(Outcome.INCOMPLETE, late)]


def test_a_boot_that_the_watch_has_recorded_is_no_cut() -> None:
    story = begun()
    story.record(hold_started(OWN, 0))
    story.disconnect()
    story.feed(LinkUp(8))
    story.record(Booted("power_on", None), boot=8)
    story.feed(CaughtUp())
    assert [alert.code for alert in story.alerts] == ["watch_restarted"]


def test_a_session_that_was_ending_is_not_cut() -> None:
    story = begun()
    story.command(Verb.STOP)
    story.disconnect()
    story.connect(boot=8)
    assert [session.end for session in story.sessions] == [SessionEnd.ENDED]
    assert story.alerts == []


def test_a_hold_of_an_older_boot_ends_its_session_whatever_else_it_said() -> None:
    story = begun()
    story.record(hold_started(OWN, 0))
    story.feed(LinkUp(8))
    story.record(SessionStarted(OWN, WATCH), boot=8)
    story.feed(CaughtUp())
    assert [session.end for session in story.sessions] == [SessionEnd.ENDED]
    assert story.is_in(Phase.IDLE)


def test_a_session_stopped_out_of_reach_is_ended_on_the_watch_when_it_is_back() -> None:
    story = begun()
    story.record(hold_started(OWN, 0))
    story.disconnect()
    story.command(Verb.STOP)
    story.connect()
    assert story.told(StopHold) == [StopHold("end")]
    story.now_ms += 9_000
    story.record(HoldStopped(OWN, 0, StopReason.HOST, 9_000))
    story.record(SessionEnded(OWN, SessionEnd.ENDED, WATCH))
    assert [hold.credited_s for hold in story.holds] == [9.0]
    assert len(story.sessions) == 1


def test_a_session_stopped_out_of_reach_that_went_on_is_ended_too() -> None:
    story = begun()
    story.disconnect()
    story.command(Verb.STOP)
    story.feed(LinkUp(7))
    story.record(hold_started(OWN, 0))
    story.feed(CaughtUp())
    assert story.told(StopHold) == [StopHold("end")]
    assert story.is_in(Phase.CLOSING)


def test_an_old_session_that_is_only_learnt_now_does_not_swallow_the_question() -> None:
    story = Story(visits=True, obeys=False)
    story.command(Verb.START)
    story.feed(LinkUp(7))
    story.record(SessionStarted(OWN, WATCH))
    story.record(hold_started(OWN, 0))
    story.record(HoldStopped(OWN, 0, StopReason.PLANNED, 30_000))
    story.record(SessionEnded(OWN, SessionEnd.ENDED, WATCH))
    story.feed(CaughtUp())
    story.feed(TimerFired())
    assert story.phases == [Phase.CONFIRM]
    assert [session.session for session in story.sessions] == [OWN]
    assert wishes(story) == [True]


def test_a_session_that_goes_on_is_answer_enough() -> None:
    story = Story(visits=True, obeys=False)
    story.command(Verb.START)
    story.feed(LinkUp(7))
    story.record(SessionStarted(OWN, WATCH))
    story.feed(CaughtUp())
    story.record(SessionEnded(OWN, SessionEnd.ENDED, WATCH))
    story.wait(100)
    assert story.phases == [Phase.GAP]


def test_a_visit_lasts_until_the_watch_has_answered() -> None:
    story = begun(visits=True)
    assert wishes(story) == [True]
    for cue in story.state.cues[:-1]:
        story.record(CueAcked(cue.cue_id, AckResult.CANCELLED, 0, 0))
    story.record(SessionEnded(OWN, SessionEnd.ENDED, WATCH))
    assert wishes(story) == [True]
    story.record(CueAcked(story.state.cues[-1].cue_id, AckResult.CANCELLED, 0, 0))
    assert wishes(story) == [True, False]


def test_a_visit_is_not_cut_short_while_the_watch_tells_of_an_old_session() -> None:
    story = Story(visits=True, obeys=False)
    story.feed(LinkUp(7))
    story.record(SessionStarted(OWN, WATCH))
    story.record(SessionEnded(OWN, SessionEnd.DONE, WATCH))
    assert wishes(story) == [True]
    story.feed(CaughtUp())
    assert wishes(story) == [True, False]


def test_a_timer_that_fires_early_does_nothing() -> None:
    story = begun()
    before = story.state
    assert story.feed(TimerFired()) == ()
    assert story.state == before


def test_idle_has_no_deadline() -> None:
    story = Story()
    story.connect()
    assert story.state.deadline_ms is None
    assert story.feed(TimerFired()) == ()
