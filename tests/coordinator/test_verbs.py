"""What each verb does where it acts, and the sentence where it does not."""

import pytest

from tests.coordinator.story import Story, hold_started, stamp
from wearsync.coordinator import log
from wearsync.coordinator.effects import AwayChanged, CameBack, WantLink
from wearsync.coordinator.events import LinkUp
from wearsync.coordinator.state import WatchState
from wearsync.messages import (
    CancelCues,
    HoldStopped,
    IntentGiven,
    PlayCues,
    SessionEnded,
    ShowStep,
    StopHold,
    StoreRoutine,
)
from wearsync.model import (
    AwaySpan,
    CueKind,
    Outcome,
    Phase,
    Routine,
    SessionEnd,
    SessionSource,
    Side,
    StartMode,
    StopReason,
    Variant,
    Verb,
)

OWN = 77


def begun() -> Story:
    """In the first gap of a session from the watch, which is silent."""
    story = Story(obeys=False)
    story.connect()
    story.record(IntentGiven("start", OWN))
    return story


def holding(step: int = 1) -> Story:
    story = begun()
    story.record(hold_started(OWN, step, Side.RIGHT if step % 2 else Side.LEFT))
    return story


def stopped(story: Story, reason: StopReason, seconds: int = 10) -> None:
    assert story.state.hold is not None
    story.now_ms += seconds * 1000
    story.record(HoldStopped(OWN, story.state.hold.step, reason, seconds * 1000))


def step_of(story: Story) -> int:
    assert story.state.session is not None
    return story.state.session.step


def test_start_wants_a_watch() -> None:
    story = Story()
    assert story.command(Verb.START) == "the watch is out of reach: bring it near"
    assert not story.sessions


def test_a_watch_that_is_only_visited_is_not_said_to_be_far_while_it_has_nothing_to_do() -> None:
    story = Story(visits=True)
    story.connect()
    story.disconnect()
    assert story.command(Verb.BUZZ) == "this watch is connected for a session only: start one"
    story.command(Verb.START)
    assert story.command(Verb.BUZZ) == "the watch is out of reach: bring it near"


def test_start_fetches_a_watch_that_is_only_visited() -> None:
    story = Story(visits=True)
    assert story.command(Verb.START) is None
    assert story.effects[-2:-1] != [WantLink(False)]
    assert [effect for effect in story.effects if isinstance(effect, WantLink)] == [WantLink(True)]
    story.wait(30)
    story.connect()
    story.run()
    story.wait(10)
    assert [session.end for session in story.sessions] == [SessionEnd.DONE]
    wishes = [effect for effect in story.effects if isinstance(effect, WantLink)]
    assert wishes == [WantLink(True), WantLink(False)]
    assert all(fate.result.value == "played" for fate in story.fates)


def test_a_second_start_is_refused_in_words() -> None:
    story = begun()
    assert story.command(Verb.START) == "a session is running already"
    story.command(Verb.STOP)
    assert story.command(Verb.START) == "a session is just ending: try again in a moment"
    assert story.command(Verb.STOP) == "the session is ending"


def test_while_the_watch_catches_up_commands_wait() -> None:
    story = begun()
    story.feed(LinkUp(7))
    assert story.command(Verb.SKIP) == "the watch is still catching up: try again in a moment"


def test_stop_ends_the_session_on_the_watch() -> None:
    story = holding()
    assert story.command(Verb.STOP) is None
    assert story.told(StopHold) == [StopHold("end")]
    stopped(story, StopReason.HOST)
    assert story.is_in(Phase.CLOSING)
    assert [hold.outcome for hold in story.holds] == [Outcome.SHORT]


def test_stop_takes_the_question_back() -> None:
    story = Story(obeys=False)
    story.connect()
    story.command(Verb.START)
    assert story.command(Verb.STOP) is None
    assert story.phases == [Phase.CONFIRM, Phase.IDLE]
    assert [session.end for session in story.sessions] == [SessionEnd.ENDED]


def test_stop_takes_a_reminder_back_and_nothing_is_told_of_it() -> None:
    story = Story(obeys=False)
    story.connect()
    story.remind()
    assert story.command(Verb.STOP) is None
    assert story.phases == [Phase.CONFIRM, Phase.IDLE]
    assert story.sessions == []


def test_stop_out_of_reach_is_over_at_once_and_the_hold_still_counts() -> None:
    story = holding()
    story.disconnect()
    assert story.command(Verb.STOP) is None
    assert [session.end for session in story.sessions] == [SessionEnd.ENDED]
    assert not story.holds
    story.feed(LinkUp(7))
    stopped(story, StopReason.PLANNED, 30)
    assert [hold.credited_s for hold in story.holds] == [30.0]
    assert len(story.sessions) == 1


def test_stop_does_not_wait_for_the_end_of_a_watch_that_left() -> None:
    story = begun()
    story.command(Verb.STOP)
    story.disconnect()
    assert story.command(Verb.STOP) is None
    assert [session.end for session in story.sessions] == [SessionEnd.ENDED]


def test_stop_calls_off_what_was_put_off() -> None:
    story = Story(obeys=False)
    story.connect()
    story.command(Verb.START)
    story.command(Verb.SNOOZE, minutes=10)
    assert story.command(Verb.STOP) is None
    assert story.state.deadline_ms is None or story.state.snoozed_until_ms is None
    assert story.command(Verb.STOP) == "no session is running"


def test_pause_in_a_gap_takes_its_cues_back_and_resume_plans_anew() -> None:
    story = begun()
    assert story.command(Verb.PAUSE) is None
    [cancel] = story.told(CancelCues)
    assert len(cancel.cue_ids) == 5
    assert story.phases[-1] is Phase.PAUSED
    assert story.told(ShowStep)[-1].text == "Paused. Tap to go on"
    assert story.command(Verb.PAUSE) == "the session is paused already"
    assert story.command(Verb.RESUME) is None
    shown = story.told(ShowStep)[-1]
    assert (shown.phase, shown.step, shown.starts_at_ms) == (Phase.GAP, 0, story.now_ms + 10_000)
    assert len(story.told(PlayCues)) == 2


def test_pause_that_comes_too_late_for_the_hold_pauses_after_it() -> None:
    story = holding(step=1)
    story.command(Verb.PAUSE)
    assert story.told(StopHold) == [StopHold("pause")]
    stopped(story, StopReason.PLANNED, 30)
    assert (story.state.phase, step_of(story)) == (Phase.PAUSED, 2)


@pytest.mark.parametrize(("verb", "step"), [(Verb.SKIP, 2), (Verb.BACK, 0)])
def test_skip_and_back_in_a_hold_stop_it_first(verb: Verb, step: int) -> None:
    story = holding(step=1)
    assert story.command(verb) is None
    assert story.told(StopHold) == [StopHold("stop")]
    assert story.is_in(Phase.HOLD)
    stopped(story, StopReason.HOST, 20)
    assert (story.state.phase, step_of(story)) == (Phase.GAP, step)
    assert [hold.outcome for hold in story.holds] == [Outcome.SHORT]


def test_a_skip_is_not_undone_by_an_early_stop() -> None:
    story = holding(step=1)
    story.command(Verb.SKIP)
    stopped(story, StopReason.WEARER, 10)
    assert (story.state.phase, step_of(story)) == (Phase.GAP, 2)


def test_a_step_done_twice_counts_once() -> None:
    story = holding(step=1)
    stopped(story, StopReason.PLANNED, 30)
    story.command(Verb.BACK)
    story.record(hold_started(OWN, 1, Side.RIGHT))
    stopped(story, StopReason.PLANNED, 30)
    assert story.state.session is not None
    assert (story.state.session.counted, story.state.session.right_s) == ((1,), 60.0)


def test_skip_and_back_in_gaps_and_pauses() -> None:
    story = begun()
    story.command(Verb.BACK)
    assert step_of(story) == 0
    story.command(Verb.SKIP)
    story.command(Verb.SKIP)
    story.command(Verb.BACK)
    assert step_of(story) == 1
    story.command(Verb.PAUSE)
    story.command(Verb.SKIP)
    assert (story.state.phase, step_of(story)) == (Phase.GAP, 2)
    story.command(Verb.SKIP)
    story.command(Verb.SKIP)
    assert story.is_in(Phase.CLOSING)
    assert story.told(PlayCues)[-1].cues[0].cue is CueKind.SESSION_DONE


def test_the_watch_s_own_wishes_are_verbs_without_a_reply() -> None:
    story = begun()
    for intent, phase in [("pause", Phase.PAUSED), ("resume", Phase.GAP)]:
        story.record(IntentGiven("pause" if intent == "pause" else "resume", OWN))
        assert story.is_in(phase)
    story.record(IntentGiven("extra", OWN, side=Side.LEFT))
    assert story.state.session is not None
    assert story.state.session.extras == (Side.LEFT,)


def test_extra_comes_after_the_last_step_and_has_a_limit() -> None:
    story = begun()
    assert story.command(Verb.EXTRA) == "extra wants a side: left or right"
    for _ in range(10):
        assert story.command(Verb.EXTRA, side=Side.RIGHT) is None
    assert story.command(Verb.EXTRA, side=Side.RIGHT) == "no more than 10 extra holds in a session"
    for _ in range(4):
        story.command(Verb.SKIP)
    shown = story.told(ShowStep)[-1]
    assert (shown.step, shown.round, shown.side) == (4, 3, Side.RIGHT)


def test_snooze_asks_again_later() -> None:
    story = Story(obeys=False)
    story.connect()
    story.command(Verb.START)
    assert story.command(Verb.SNOOZE, minutes=5) == "snooze wants 10, 30 or 60 minutes"
    assert story.command(Verb.SNOOZE, minutes=10) is None
    assert (story.state.phase, story.phases[-1]) == (Phase.IDLE, Phase.IDLE)
    assert not story.sessions
    story.wait(599.9)
    assert story.phases.count(Phase.CONFIRM) == 1
    story.wait(0.1)
    assert story.phases.count(Phase.CONFIRM) == 2
    assert story.command(Verb.START) == "a session is running already"


def test_a_start_does_not_wait_for_the_snooze() -> None:
    story = Story(obeys=False)
    story.connect()
    story.command(Verb.START)
    story.command(Verb.SNOOZE, minutes=10)
    assert story.command(Verb.START) is None
    story.command(Verb.STOP)
    story.wait(1000)
    assert story.phases.count(Phase.CONFIRM) == 2


def test_a_start_on_the_watch_does_not_wait_for_the_snooze() -> None:
    story = Story(obeys=False)
    story.connect()
    story.command(Verb.START)
    story.command(Verb.SNOOZE, minutes=10)
    story.record(IntentGiven("start", OWN))
    story.record(SessionEnded(OWN, SessionEnd.DONE, SessionSource.WATCH))
    story.wait(1000)
    assert story.phases.count(Phase.CONFIRM) == 1


def test_away_is_on_or_off() -> None:
    story = Story()
    assert story.command(Verb.AWAY) == "away wants on or off"
    story.command(Verb.AWAY, away=True)
    assert story.state.away
    story.command(Verb.AWAY, away=False)
    assert not story.state.away


def test_days_away_are_told_when_they_begin_each_time_and_when_they_end() -> None:
    story = Story()
    began = stamp(story.now_ms).local_date
    for away in (True, True, False, False):
        assert story.command(Verb.AWAY, away=away) is None
    told = [effect.span for effect in story.effects if isinstance(effect, AwayChanged)]
    assert told == [AwaySpan(began), AwaySpan(began), AwaySpan(began, began)]


def test_who_comes_back_is_back_also_where_this_watch_was_never_told_of_it() -> None:
    story = Story()
    today = stamp(story.now_ms).local_date
    assert story.command(Verb.AWAY, away=False) is None
    told = [effect for effect in story.effects if isinstance(effect, AwayChanged | CameBack)]
    assert told == [CameBack(today)]


def test_buzz_is_one_nudge_now() -> None:
    story = begun()
    assert story.command(Verb.BUZZ) is None
    [cue] = story.told(PlayCues)[-1].cues
    assert (cue.cue, cue.step, cue.at_ms) == (CueKind.NUDGE, None, None)
    assert story.state.cues[-1].session == OWN


def test_set_changes_the_next_session_and_the_watch_s_routine() -> None:
    story = begun()
    stored = len(story.told(StoreRoutine))
    changes = (("left_s", 45), ("variant", "standing"), ("first_side", "right"), ("start", "tap"))
    assert story.command(Verb.SET, changes=changes) is None
    expected = Routine(left_s=45, variant=Variant.STANDING, first_side=Side.RIGHT, start=StartMode.TAP)
    assert story.state.routine == expected
    assert story.state.session is not None
    assert story.state.session.routine == Routine()
    # Out of reach, the watch goes on with the session by what it has stored.
    assert story.told(StoreRoutine)[stored:] == []
    story.record(SessionEnded(OWN, SessionEnd.ENDED, SessionSource.WATCH))
    assert story.told(StoreRoutine)[stored:] == [StoreRoutine(expected)]
    story.command(Verb.SET, changes=changes)
    assert len(story.told(StoreRoutine)) == stored + 1


def test_what_is_yes_or_no_is_set_as_such_and_so_it_is_logged() -> None:
    story = Story()
    assert story.command(Verb.SET, changes=(("form_cue", False),)) is None
    assert story.state.routine == Routine(form_cue=False)
    logged = [log.from_json(log.to_json(entry)) for entry in story.inputs]
    assert log.fold(WatchState(), logged) == story.state


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ((), "set wants something to change: variant, rounds, "),
        ((("progression", True),), "set does not know 'progression': it changes variant, "),
        ((("form_cue", 1),), "form_cue: input should be a valid boolean"),
        ((("left_s", 10),), "left_s: input should be greater than or equal to 30"),
        ((("left_s", 10_000),), "left_s: input should be less than or equal to 60"),
        ((("rounds", "two"),), "rounds: input should be a valid integer"),
        ((("first_side", "middle"),), "first_side: input should be 'left' or 'right'"),
    ],
)
def test_set_says_what_is_wrong(changes: tuple[tuple[str, bool | int | str], ...], reason: str) -> None:
    story = Story()
    before = story.state
    answer = story.command(Verb.SET, changes=changes)
    assert answer is not None
    assert answer.startswith(reason)
    assert story.state == before
