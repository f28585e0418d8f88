"""Whole sessions as stories; and the table: every verb and every record in every phase."""

import itertools
from dataclasses import replace
from typing import get_args, get_type_hints

import pytest

from tests.coordinator.story import START, Story, hold_started, stamp
from wearsync.coordinator import log, machine
from wearsync.coordinator.effects import (
    Reply,
    SessionFinished,
    ToWatch,
)
from wearsync.coordinator.events import (
    CaughtUp,
    Input,
    LinkUp,
    RecordSeen,
)
from wearsync.coordinator.state import WatchState
from wearsync.messages import (
    BatteryLevel,
    Booted,
    ClockSet,
    CueAcked,
    CueFelt,
    HoldStopped,
    IntentGiven,
    PlayCues,
    RecordBody,
    SessionEnded,
    SessionStarted,
    ShowStep,
    StopHold,
    Unknown,
    WornChanged,
)
from wearsync.model import (
    AckResult,
    CueKind,
    HoldSource,
    Outcome,
    Phase,
    RecordKey,
    Routine,
    SessionEnd,
    SessionSource,
    Side,
    StartMode,
    StopReason,
    Verb,
)

OWN = 77  # a session that the watch began

ARGUMENTS: dict[Verb, dict[str, object]] = {
    Verb.EXTRA: {"side": Side.LEFT},
    Verb.SNOOZE: {"minutes": 10},
    Verb.AWAY: {"away": True},
    Verb.SET: {"changes": (("rounds", 3),)},
}


def in_phase(phase: Phase) -> Story:
    """A live story, on its way and in that phase, whose watch does nothing by itself from here on."""
    story = Story()
    story.connect()
    if phase is not Phase.IDLE:
        story.command(Verb.START)
    if phase not in {Phase.IDLE, Phase.CONFIRM}:
        story.wait(3)
    if phase in {Phase.HOLD, Phase.CLOSING}:
        story.wait(20)
    story.silence()
    if phase is Phase.PAUSED:
        story.command(Verb.PAUSE)
    if phase is Phase.CLOSING:
        story.command(Verb.STOP)
    assert story.is_in(phase)
    return story


# --- stories ---


def test_a_session_from_the_command_line() -> None:
    story = Story()
    story.connect()
    assert story.command(Verb.START) is None
    story.run()
    story.wait(1)
    assert [(hold.side, hold.round, hold.measured_s, hold.outcome) for hold in story.holds] == [
        (Side.LEFT, 1, 30.0, Outcome.DONE),
        (Side.RIGHT, 1, 30.0, Outcome.DONE),
        (Side.LEFT, 2, 30.0, Outcome.DONE),
        (Side.RIGHT, 2, 30.0, Outcome.DONE),
    ]
    [session] = story.sessions
    assert (session.end, session.full, session.left_s, session.right_s) == (SessionEnd.DONE, True, 60, 60)
    assert story.phases == [Phase.CONFIRM, *[Phase.GAP] * 4, Phase.CLOSING]
    assert [shown.text for shown in story.told(ShowStep)][:3] == [
        "Ready? Tap to start",
        "LEFT knee down on the pillow",
        "RIGHT knee down on the pillow",
    ]
    assert {fate.result for fate in story.fates} == {AckResult.PLAYED}
    assert len(story.fates) == 1 + 4 * 6 + 1
    assert not story.alerts


def test_first_gap_and_switch_gap_are_the_routine_s() -> None:
    story = Story(routine=Routine(first_gap_s=20, switch_gap_s=7, rounds=1))
    story.connect()
    story.command(Verb.START)
    story.run()
    first, second = story.holds
    yes_ms = START.host_ms + 2050
    assert story.sessions[0].started.host_ms == yes_ms
    assert first.started.host_ms == yes_ms + 20_000
    assert second.started.host_ms == first.started.host_ms + 30_000 + 7_000


def test_a_hold_is_started_by_a_tap_when_the_routine_says_so() -> None:
    story = Story(routine=Routine(start=StartMode.TAP, rounds=1), tap_after_s=12)
    story.connect()
    story.command(Verb.START)
    story.run()
    story.wait(1)
    assert [hold.source for hold in story.holds] == [HoldSource.WEARER, HoldSource.WEARER]
    nudges = [fate.result for fate in story.fates if fate.cue is CueKind.NUDGE]
    assert nudges == [AckResult.PLAYED, AckResult.CANCELLED] * 2
    assert {shown.starts_at_ms for shown in story.told(ShowStep)} == {None}


def test_a_start_on_the_watch_is_led_by_the_host_under_the_watch_s_id() -> None:
    story = Story()
    story.connect()
    story.record(IntentGiven("start", OWN))
    story._open = OWN
    story.run()
    assert [session.session for session in story.sessions] == [OWN]
    assert story.sessions[0].source is SessionSource.WATCH
    assert [shown.session for shown in story.told(ShowStep)] == [OWN] * 5
    assert len(story.holds) == 4


def test_the_host_leads_only_a_watch_that_has_caught_up() -> None:
    story = Story(obeys=False)
    story.feed(LinkUp(7))
    story.record(SessionStarted(OWN, SessionSource.WATCH), live=False)
    story.record(hold_started(OWN, 0), live=False)
    assert not story.told(object)
    story.now_ms += 30_000
    story.record(HoldStopped(OWN, 0, StopReason.PLANNED, 30_000), live=False)
    assert not story.told(object)
    assert [hold.replayed for hold in story.holds] == [True]
    story.feed(CaughtUp())
    [shown] = story.told(ShowStep)
    assert (shown.session, shown.step, shown.phase) == (OWN, 1, Phase.GAP)
    assert shown.starts_at_ms == story.now_ms + 10_000
    assert [cue.step for play in story.told(PlayCues) for cue in play.cues] == [None, 1, 1, 1, 1, 1]


def test_a_link_lost_in_mid_hold_costs_nothing() -> None:
    story = Story(routine=Routine(rounds=1))
    story.connect()
    story.command(Verb.START)
    story.wait(25)
    assert story.is_in(Phase.HOLD)
    story.silence()
    story.disconnect()
    session, started_ms = story.state.session, story.now_ms - 8_000
    assert session is not None
    story.now_ms += 300_000
    story.feed(LinkUp(7))
    stopped = HoldStopped(session.id, 0, StopReason.PLANNED, 30_000)
    story.record(stopped, at_ms=started_ms + 30_000, live=False)
    story.record(hold_started(session.id, 1, Side.RIGHT), at_ms=started_ms + 40_000, live=False)
    stopped = HoldStopped(session.id, 1, StopReason.PLANNED, 30_000)
    story.record(stopped, at_ms=started_ms + 70_000, live=False)
    story.record(SessionEnded(session.id, SessionEnd.DONE, SessionSource.HOST), live=False)
    story.feed(CaughtUp())
    assert [(hold.side, hold.credited_s) for hold in story.holds] == [(Side.LEFT, 30), (Side.RIGHT, 30)]
    assert [(session.end, session.full) for session in story.sessions] == [(SessionEnd.DONE, True)]
    assert story.state.session is None


def test_a_restarted_daemon_takes_the_session_up_where_it_stands() -> None:
    story = Story()
    story.connect()
    story.command(Verb.START)
    story.wait(25)
    reborn = log.fold(WatchState(), [log.from_json(log.to_json(entry)) for entry in story.inputs])
    assert reborn == story.state
    story.state = reborn
    story.disconnect()
    story.connect()
    story.run()
    assert [hold.outcome for hold in story.holds] == [Outcome.DONE] * 4
    assert [session.full for session in story.sessions] == [True]


# --- the table ---


def test_every_row_has_every_phase() -> None:
    rows = [
        machine.HOLD_STARTED,
        machine.HOLD_STOPPED,
        machine.SESSION_STARTED,
        machine.SESSION_ENDED,
        machine.BOOTED,
        machine.CUE_ACKED,
        machine.BATTERY,
        machine.WORN,
        machine.NOTED,
        machine.CAUGHT_UP,
        machine.TIMER,
        *machine.INTENTS.values(),
        *machine.COMMANDS.values(),
    ]
    assert [set(row) for row in rows] == [set(Phase)] * len(rows)


def test_every_verb_and_intent_has_a_row() -> None:
    assert set(machine.COMMANDS) == set(Verb)
    intents = get_args(get_type_hints(IntentGiven)["intent"])
    assert set(intents) <= set(machine.INTENTS) | {verb.value for verb in Verb}


def test_a_missing_entry_raises_with_both_names() -> None:
    rest: machine.Row[machine.OnRecord[BatteryLevel]] = {
        phase: machine.BATTERY[phase] for phase in Phase if phase is not Phase.GAP
    }
    with pytest.raises(LookupError, match="no transition for battery in phase gap"):
        machine.entry_of(rest, Phase.GAP, "battery")


ACTS = {
    Phase.IDLE: {Verb.START, Verb.AWAY, Verb.BUZZ, Verb.SET},
    Phase.CONFIRM: {Verb.STOP, Verb.SNOOZE, Verb.AWAY, Verb.BUZZ, Verb.SET},
    Phase.GAP: {Verb.STOP, Verb.PAUSE, Verb.SKIP, Verb.BACK, Verb.EXTRA, Verb.AWAY, Verb.BUZZ, Verb.SET},
    Phase.HOLD: {Verb.STOP, Verb.PAUSE, Verb.SKIP, Verb.BACK, Verb.EXTRA, Verb.AWAY, Verb.BUZZ, Verb.SET},
    Phase.PAUSED: {Verb.STOP, Verb.RESUME, Verb.SKIP, Verb.BACK, Verb.EXTRA, Verb.AWAY, Verb.BUZZ, Verb.SET},
    Phase.CLOSING: {Verb.AWAY, Verb.BUZZ, Verb.SET},
}


@pytest.mark.parametrize(("phase", "verb"), list(itertools.product(Phase, Verb)))
def test_each_verb_acts_or_refuses_in_each_phase(phase: Phase, verb: Verb) -> None:
    story = in_phase(phase)
    before = story.state
    reason = story.command(verb, **ARGUMENTS.get(verb, {}))
    assert (reason is None) == (verb in ACTS[phase])
    if reason is not None:
        assert story.state == before
        assert reason
        assert reason[0].islower()
        assert "\n" not in reason


OUT_OF_REACH: dict[Phase, set[Verb]] = {
    Phase.IDLE: {Verb.AWAY, Verb.SET},
    Phase.CONFIRM: {Verb.STOP, Verb.SNOOZE, Verb.AWAY, Verb.SET},
    **{
        phase: {Verb.STOP, Verb.AWAY, Verb.SET} for phase in Phase if phase not in {Phase.IDLE, Phase.CONFIRM}
    },
}


@pytest.mark.parametrize(("phase", "verb"), list(itertools.product(Phase, Verb)))
def test_out_of_reach_a_verb_acts_or_says_so(phase: Phase, verb: Verb) -> None:
    story = in_phase(phase)
    story.disconnect()
    before, said = story.state, len(story.told(object))
    reason = story.command(verb, **ARGUMENTS.get(verb, {}))
    assert (reason is None) == (verb in OUT_OF_REACH[phase])
    if reason is not None and verb in ACTS[phase]:
        assert reason == "the watch is out of reach: bring it near"
    if reason is not None:
        assert story.state == before
    assert len(story.told(object)) == said


def bodies(session: int, cue_id: int) -> list[RecordBody]:
    """One of each kind of record, and each of its words."""
    return [
        Booted("watchdog", None),
        hold_started(session, 0),
        hold_started(session, 9, Side.RIGHT),
        *(HoldStopped(session, 0, reason, 12_000) for reason in StopReason),
        SessionStarted(session, SessionSource.WATCH),
        *(SessionEnded(session, end, SessionSource.WATCH) for end in SessionEnd),
        *(CueAcked(cue_id, result, 1000, 400) for result in AckResult),
        CueFelt(cue_id),
        *(
            IntentGiven(intent, session, Side.RIGHT, 30)
            for intent in get_args(get_type_hints(IntentGiven)["intent"])
        ),
        BatteryLevel(50, charging=False),
        WornChanged(worn=True),
        ClockSet(1, 2),
        Unknown(99),
    ]


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("session", ["open", "own"])
@pytest.mark.parametrize("live", [True, False])
def test_each_record_can_come_in_each_phase(phase: Phase, session: str, live: bool) -> None:
    template = in_phase(phase)
    opened = template.state.session
    session_id = opened.id if session == "open" and opened is not None else OWN
    cue_id = template.state.cues[-1].cue_id if template.state.cues else 5
    for body in bodies(session_id, cue_id):
        state_ = template.state if live else replace(template.state, live=False)
        seen = RecordSeen(RecordKey("f00d", "1", 999), 7, 600_000, body, stamp(template.now_ms), live)
        after, effects = machine.step(state_, Input(seen, stamp(template.now_ms), 1))
        assert len([effect for effect in effects if isinstance(effect, SessionFinished)]) <= 1
        assert not any(isinstance(effect, Reply) for effect in effects)
        assert live or not any(isinstance(effect, ToWatch) for effect in effects)
        assert (after.phase is Phase.IDLE) == (after.session is None)


def test_ending_the_session_is_told_once() -> None:
    story = in_phase(Phase.CLOSING)
    assert [order.do for order in story.told(StopHold)] == ["end"]
