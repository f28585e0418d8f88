"""The watch's word in all its oddity: each hold is recorded once, as what it came as."""

from dataclasses import replace

import pytest

from tests.coordinator.story import START, Story, hold_started
from wearsync.coordinator.events import CaughtUp, LinkUp
from wearsync.coordinator.state import Battery
from wearsync.messages import (
    BatteryLevel,
    Booted,
    ClockSet,
    CueFelt,
    HoldStopped,
    IntentGiven,
    SessionEnded,
    SessionStarted,
    ShowStep,
    StopHold,
    Unknown,
    WornChanged,
)
from wearsync.model import (
    Outcome,
    Phase,
    Routine,
    SessionEnd,
    SessionSource,
    Side,
    StopReason,
    Verb,
)

OWN = 77
WATCH = SessionSource.WATCH


def live() -> Story:
    story = Story(obeys=False)
    story.connect()
    return story


def running(stops: dict[int, tuple[float, StopReason]] | None = None, rounds: int = 2) -> Story:
    """A session of the host's with an obedient watch."""
    story = Story(routine=Routine(rounds=rounds), stops=stops or {})
    story.connect()
    story.command(Verb.START)
    return story


def outcomes(story: Story) -> list[tuple[int, Outcome]]:
    return [(hold.step, hold.outcome) for hold in story.holds]


def test_a_short_hold_is_credited_and_offered_again_once() -> None:
    story = running({1: (12, StopReason.WEARER), 2: (20, StopReason.WEARER)}, rounds=1)
    story.run()
    assert outcomes(story) == [(0, Outcome.SHORT), (0, Outcome.SHORT), (1, Outcome.DONE)]
    [session] = story.sessions
    assert (session.left_s, session.right_s, session.full) == (32.0, 30.0, False)


def test_the_second_offer_makes_the_step_count() -> None:
    story = running({1: (12, StopReason.WEARER)}, rounds=1)
    story.run()
    assert outcomes(story) == [(0, Outcome.SHORT), (0, Outcome.DONE), (1, Outcome.DONE)]
    assert story.sessions[0].full


def test_a_stop_past_thirty_seconds_goes_on() -> None:
    story = Story(routine=Routine(rounds=1, left_s=60), stops={1: (40, StopReason.WEARER)})
    story.connect()
    story.command(Verb.START)
    story.run()
    assert outcomes(story) == [(0, Outcome.DONE), (1, Outcome.DONE)]


def test_alone_a_short_hold_is_not_offered_again() -> None:
    story = Story(obeys=False)
    story.feed(LinkUp(7))
    story.record(hold_started(OWN, 0))
    story.now_ms += 9_000
    story.record(HoldStopped(OWN, 0, StopReason.WEARER, 9_000))
    assert story.state.session is not None
    assert story.state.session.step == 1


def test_too_much_counts_by_its_seconds_and_goes_on() -> None:
    story = running({1: (20, StopReason.TOO_MUCH)}, rounds=1)
    story.run()
    assert outcomes(story) == [(0, Outcome.TOO_MUCH), (1, Outcome.DONE)]
    assert story.holds[0].credited_s == 20
    assert story.sessions[0].end is SessionEnd.DONE


def test_pain_ends_the_session_gently() -> None:
    story = running({2: (8, StopReason.PAIN)})
    story.run()
    assert outcomes(story) == [(0, Outcome.DONE), (1, Outcome.PAIN)]
    assert [order.do for order in story.told(StopHold)] == ["end"]
    assert [session.end for session in story.sessions] == [SessionEnd.ENDED]
    [alert] = story.alerts
    assert alert.code == "pain"
    assert alert.event_id == story.holds[1].event_id.replace("hold", "alert-pain")


def test_a_pause_asked_in_a_hold_ends_it_and_a_full_one_is_offered() -> None:
    story = running(rounds=1)
    story.wait(25)
    story.command(Verb.PAUSE)
    story.wait(1)
    assert story.is_in(Phase.PAUSED)
    story.command(Verb.RESUME)
    story.run()
    assert outcomes(story) == [(0, Outcome.SHORT), (0, Outcome.DONE), (1, Outcome.DONE)]


def test_a_stop_without_a_start_is_kept_and_credits_nothing() -> None:
    story = live()
    story.record(HoldStopped(OWN, 1, StopReason.PLANNED, 30_000))
    [hold] = story.holds
    assert (hold.outcome, hold.measured_s, hold.credited_s) == (Outcome.INCOMPLETE, 30.0, 0.0)
    assert (hold.side, hold.step, hold.round, hold.planned_s) == (Side.RIGHT, 1, 1, 30)
    assert hold.started.host_ms == story.now_ms - 30_000
    assert hold.event_id == "f00d:1:1:hold"
    assert story.is_in(Phase.IDLE)


def test_a_stop_without_a_start_that_hurt_is_told() -> None:
    story = live()
    story.record(HoldStopped(OWN, 1, StopReason.PAIN, 5_000))
    assert [hold.outcome for hold in story.holds] == [Outcome.INCOMPLETE]
    assert [alert.code for alert in story.alerts] == ["pain"]


def test_a_stop_of_another_step_leaves_the_running_hold_alone() -> None:
    story = live()
    story.record(hold_started(OWN, 0))
    story.record(HoldStopped(OWN, 1, StopReason.PLANNED, 30_000))
    assert story.is_in(Phase.HOLD)
    story.now_ms += 30_000
    story.record(HoldStopped(OWN, 0, StopReason.PLANNED, 30_000))
    assert outcomes(story) == [(1, Outcome.INCOMPLETE), (0, Outcome.DONE)]
    assert story.state.session is not None
    assert story.state.session.holds == 2


def test_a_start_without_a_stop_is_closed_by_the_next_start() -> None:
    story = live()
    story.record(hold_started(OWN, 0))
    story.record(hold_started(OWN, 1, Side.RIGHT))
    [hold] = story.holds
    assert (hold.step, hold.outcome, hold.measured_s) == (0, Outcome.INCOMPLETE, None)
    assert hold.event_id == "f00d:1:1:hold"
    assert story.state.hold is not None
    assert story.state.hold.side is Side.RIGHT


@pytest.mark.parametrize("held_ms", [0, 97_200_000])
def test_a_hold_of_nothing_or_of_a_day_is_kept_and_credits_nothing(held_ms: int) -> None:
    story = live()
    story.record(hold_started(OWN, 0))
    story.record(HoldStopped(OWN, 0, StopReason.WEARER, held_ms))
    [hold] = story.holds
    assert (hold.outcome, hold.measured_s, hold.credited_s) == (Outcome.INCOMPLETE, held_ms / 1000, 0.0)


def test_another_session_s_hold_ends_the_one_that_was_open() -> None:
    story = live()
    story.record(hold_started(OWN, 0))
    story.record(hold_started(OWN + 1, 0))
    assert [(hold.session, hold.outcome) for hold in story.holds] == [(OWN, Outcome.INCOMPLETE)]
    assert [(session.session, session.end) for session in story.sessions] == [(OWN, SessionEnd.ENDED)]
    assert story.sessions[0].holds == 1
    assert story.state.session is not None
    assert story.state.session.id == OWN + 1


def test_the_end_of_a_session_closes_its_hold() -> None:
    story = live()
    story.record(hold_started(OWN, 0))
    story.record(SessionEnded(OWN, SessionEnd.DONE, WATCH))
    assert outcomes(story) == [(0, Outcome.INCOMPLETE)]
    assert [(session.end, session.holds) for session in story.sessions] == [(SessionEnd.DONE, 1)]
    assert story.is_in(Phase.IDLE)


def test_the_end_of_a_session_that_was_never_heard_of_is_reported_once() -> None:
    story = live()
    for _ in range(2):
        story.record(SessionEnded(OWN, SessionEnd.ABANDONED, WATCH))
    [session] = story.sessions
    assert (session.session, session.end, session.holds, session.full) == (
        OWN,
        SessionEnd.ABANDONED,
        0,
        False,
    )


def test_the_end_of_another_session_leaves_the_open_one_alone() -> None:
    story = live()
    story.record(SessionStarted(OWN, WATCH))
    story.record(SessionEnded(OWN + 1, SessionEnd.ENDED, WATCH))
    assert [session.session for session in story.sessions] == [OWN + 1]
    assert story.is_in(Phase.GAP)


def test_a_session_that_the_watch_began_alone_is_followed_and_led() -> None:
    story = live()
    story.record(SessionStarted(OWN, WATCH))
    story.record(SessionStarted(OWN, WATCH))
    [shown] = story.told(ShowStep)
    assert (shown.session, shown.step, shown.starts_at_ms) == (OWN, 0, story.now_ms + 15_000)


def test_a_start_on_the_watch_is_heard_once() -> None:
    story = live()
    story.record(IntentGiven("start", OWN))
    story.record(IntentGiven("start", OWN))
    assert len(story.told(ShowStep)) == 1


def test_a_start_on_the_watch_answers_the_question() -> None:
    story = live()
    story.command(Verb.START)
    story.record(IntentGiven("start", OWN))
    assert story.is_in(Phase.GAP)
    assert story.state.session is not None
    assert (story.state.session.id, story.state.session.source) == (OWN, WATCH)
    assert not story.sessions


def test_no_on_the_watch_ends_what_never_began() -> None:
    story = Story(answers="no")
    story.connect()
    story.command(Verb.START)
    story.run()
    assert [(session.end, session.holds) for session in story.sessions] == [(SessionEnd.ENDED, 0)]


def test_no_to_a_reminder_is_no_session() -> None:
    story = Story(answers="no")
    story.connect()
    story.remind()
    story.run()
    assert story.sessions == []


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_an_answer_to_another_question_is_none(answer: str) -> None:
    story = live()
    story.command(Verb.START)
    story.record(IntentGiven("yes" if answer == "yes" else "no", OWN))
    assert story.is_in(Phase.CONFIRM)


def test_a_second_yes_does_not_begin_the_gap_again() -> None:
    story = running()
    story.wait(10)
    before, session = story.state.starts_at_ms, story.state.session
    assert session is not None
    story.record(IntentGiven("yes", session.id))
    assert story.state.starts_at_ms == before


def test_the_first_gap_counts_from_the_tap_but_never_begins_at_once() -> None:
    story = live()
    story.command(Verb.START)
    assert story.state.session is not None
    story.record(IntentGiven("yes", story.state.session.id), at_ms=story.now_ms - 14_000)
    assert story.state.starts_at_ms == story.now_ms + 3_000


def test_a_record_of_the_future_is_not_believed() -> None:
    story = live()
    story.record(SessionStarted(OWN, WATCH), at_ms=story.now_ms + 10**9)
    assert story.state.starts_at_ms == story.now_ms + 15_000


def test_a_reboot_in_a_hold_is_an_incomplete_hold_and_the_end() -> None:
    story = running()
    story.wait(25)
    assert story.is_in(Phase.HOLD)
    story.reboot()
    assert [(hold.outcome, hold.measured_s) for hold in story.holds] == [(Outcome.INCOMPLETE, None)]
    assert [session.end for session in story.sessions] == [SessionEnd.ENDED]
    assert [alert.code for alert in story.alerts] == ["watch_restarted"]
    assert story.state.session is None


def test_a_reboot_in_a_gap_is_the_end() -> None:
    story = running()
    story.wait(10)
    story.reboot()
    assert not story.holds
    assert [session.end for session in story.sessions] == [SessionEnd.ENDED]


def test_a_reboot_while_the_session_was_closing_leaves_it_done() -> None:
    story = live()
    story.record(hold_started(OWN, 3))
    story.record(HoldStopped(OWN, 3, StopReason.PLANNED, 30_000))
    assert story.is_in(Phase.CLOSING)
    story.record(Booted("reset", None))
    assert [session.end for session in story.sessions] == [SessionEnd.DONE]


def test_a_reboot_without_a_session_is_nothing() -> None:
    story = live()
    story.record(Booted("power_on", None))
    assert not story.alerts


def test_a_hold_of_a_reported_session_still_counts_and_the_session_is_not_reported_twice() -> None:
    story = live()
    story.record(SessionStarted(OWN, WATCH))
    story.record(SessionEnded(OWN, SessionEnd.ENDED, WATCH))
    story.disconnect()
    story.feed(LinkUp(7))
    story.record(SessionStarted(OWN, WATCH))
    story.record(hold_started(OWN, 1, Side.RIGHT))
    story.now_ms += 30_000
    story.record(HoldStopped(OWN, 1, StopReason.PLANNED, 30_000))
    story.record(SessionEnded(OWN, SessionEnd.DONE, WATCH))
    story.feed(CaughtUp())
    assert [hold.credited_s for hold in story.holds] == [30.0]
    assert len(story.sessions) == 1
    assert story.state.sessions_done == 0


def test_a_reported_session_that_goes_on_is_ended_on_the_watch() -> None:
    story = live()
    story.record(SessionEnded(OWN, SessionEnd.ENDED, WATCH))
    story.record(hold_started(OWN, 0))
    assert [order.do for order in story.told(StopHold)] == ["end"]
    assert story.is_in(Phase.CLOSING)
    story.now_ms += 5_000
    story.record(HoldStopped(OWN, 0, StopReason.HOST, 5_000))
    story.record(SessionStarted(OWN, WATCH))
    story.record(SessionEnded(OWN, SessionEnd.ENDED, WATCH))
    assert outcomes(story) == [(0, Outcome.SHORT)]
    assert len(story.sessions) == 1
    story.record(IntentGiven("start", OWN))
    assert story.state.session is None
    story.record(SessionStarted(OWN, WATCH))
    assert story.state.session is not None
    assert story.state.session.end is SessionEnd.ENDED


def test_what_a_session_came_to_counts_each_step_once() -> None:
    story = running(rounds=1)
    story.wait(20)
    story.command(Verb.EXTRA, side=Side.LEFT)
    story.run()
    [session] = story.sessions
    assert (session.holds, session.left_s, session.right_s, session.full) == (3, 60.0, 30.0, True)
    assert outcomes(story)[-1] == (2, Outcome.DONE)


def test_battery_and_wrist_are_known() -> None:
    story = live()
    story.record(BatteryLevel(41, charging=True))
    story.record(WornChanged(worn=False))
    assert (story.state.battery, story.state.worn) == (Battery(41, charging=True), False)


def test_what_is_only_for_the_journal_changes_nothing() -> None:
    story = live()
    before = story.state
    for body in (CueFelt(1), ClockSet(1, 2), Unknown(200)):
        story.record(body)
    assert story.state == before


def test_a_session_rests_on_its_last_record() -> None:
    story = live()
    story.record(hold_started(OWN, 0))
    story.record(HoldStopped(OWN, 0, StopReason.PLANNED, 30_000))
    story.disconnect()
    story.command(Verb.STOP)
    assert story.sessions[0].event_id == "f00d:1:2:session"
    assert story.sessions[0].finished == replace(START)
