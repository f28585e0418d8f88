"""Whatever comes, in whatever order: nothing stumbles, no fact comes twice, the log folds to its state."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.coordinator.story import START, stamp
from wearsync.coordinator import log, machine, state
from wearsync.coordinator.cues import CUES_KEPT
from wearsync.coordinator.effects import (
    Alerted,
    CueSettled,
    Effect,
    HoldFinished,
    Reply,
    SessionFinished,
    ToWatch,
    WantLink,
)
from wearsync.coordinator.events import (
    CaughtUp,
    CommandGiven,
    DayDone,
    Event,
    Input,
    LinkDown,
    LinkUp,
    PainDays,
    RecordSeen,
    ReminderAhead,
    ReminderDue,
    ReminderEvent,
    RoutineConfigured,
    SwitchHeard,
    TimerFired,
)
from wearsync.coordinator.progression import STEP_DAYS
from wearsync.coordinator.reminder_plan import ReminderPlan
from wearsync.coordinator.state import WatchState
from wearsync.messages import (
    BatteryLevel,
    Booted,
    ClockSet,
    CueAcked,
    CueFelt,
    HoldStarted,
    HoldStopped,
    IntentGiven,
    RecordBody,
    SessionEnded,
    SessionStarted,
    ShowStep,
    Unknown,
    WornChanged,
)
from wearsync.model import (
    AckResult,
    Command,
    HoldSource,
    Phase,
    RecordKey,
    Routine,
    SessionEnd,
    SessionSource,
    Side,
    StartMode,
    StopReason,
    Variant,
    Verb,
)

OWN = 77  # a session that the watch began

SESSIONS = st.sampled_from([0, 0, 0, OWN, OWN + 1])
SIDES = st.sampled_from(Side)
ROUTINES = st.builds(
    Routine,
    rounds=st.integers(1, 3),
    left_s=st.integers(30, 60),
    start=st.sampled_from(StartMode),
    variant=st.sampled_from(Variant),
    first_side=SIDES,
)
BODIES: st.SearchStrategy[RecordBody] = st.one_of(
    st.builds(Booted, st.just("reset"), st.none()),
    st.builds(
        HoldStarted,
        SESSIONS,
        st.integers(0, 255),
        SIDES,
        st.sampled_from(Variant),
        st.integers(0, 255),
        st.integers(0, 255),
        st.sampled_from(HoldSource),
        st.integers(0, 9),
    ),
    st.builds(
        HoldStopped,
        SESSIONS,
        st.integers(0, 5),
        st.sampled_from(StopReason),
        st.sampled_from([0, 1, 12_000, 29_700, 30_000, 61_000, 97_200_000, 2**32 - 1]),
    ),
    st.builds(SessionStarted, SESSIONS, st.sampled_from(SessionSource)),
    st.builds(SessionEnded, SESSIONS, st.sampled_from(SessionEnd), st.sampled_from(SessionSource)),
    st.builds(
        CueAcked, st.integers(0, 9), st.sampled_from(AckResult), st.integers(0, 2**32 - 1), st.just(400)
    ),
    st.builds(
        IntentGiven,
        st.sampled_from(["start", "pause", "resume", "skip", "back", "extra", "snooze", "yes", "no"]),
        SESSIONS,
        st.none() | SIDES,
        st.none() | st.integers(0, 255),
    ),
    st.builds(BatteryLevel, st.integers(0, 255), st.booleans()),
    st.builds(WornChanged, st.booleans()),
    st.builds(Unknown, st.integers(0, 255)),
)
COMMANDS = st.builds(
    Command,
    st.sampled_from(Verb),
    side=st.none() | SIDES,
    minutes=st.none() | st.sampled_from([10, 11]),
    away=st.none() | st.booleans(),
    changes=st.lists(
        st.tuples(
            st.sampled_from(["rounds", "left_s", "start", "form_cue", "x"]),
            st.integers(0, 60) | st.just("tap") | st.booleans(),
        ),
        max_size=2,
    ).map(tuple),
    on=st.none() | st.booleans(),
)
DAYS = st.integers(-8, 2).map(lambda ahead: START.local_date + timedelta(days=ahead))
REMINDERS: st.SearchStrategy[ReminderEvent] = st.one_of(
    st.builds(
        ReminderDue,
        st.sampled_from([0, 60_000, 3_600_000, 86_400_000]).map(lambda ms: START.unix_ms + ms),
        st.booleans(),
        st.booleans(),
    ),
    st.builds(PainDays, st.lists(DAYS, max_size=4).map(tuple)),
    st.builds(DayDone, DAYS),
    st.builds(SwitchHeard, st.booleans(), st.booleans(), st.integers(0, 2**42), st.none() | DAYS),
    st.builds(ReminderAhead, st.none() | st.integers(0, 1439)),
)
PLANS = st.sampled_from(
    [
        ReminderPlan(),
        ReminderPlan(times=("09:00",), missed="once"),
        ReminderPlan(times=("20:00",), quiet="08:00-10:00"),
    ]
)
Move = tuple[int, int, Event | RecordBody]
MOVES: st.SearchStrategy[Move] = st.tuples(
    st.sampled_from([0, 50, 1_000, 10_000, 31_000, 70_000, 1_000_000]),
    st.sampled_from([0, 0, 0, -5_000, -86_400_000, 3_600_000]),
    st.one_of(
        BODIES,
        BODIES,
        BODIES,
        st.builds(CommandGiven, COMMANDS, st.just("mqtt"), st.just("r")),
        st.just(TimerFired()),
        st.builds(LinkUp, st.integers(1, 2), st.none() | st.integers(0, 9)),
        st.just(CaughtUp()),
        st.just(CaughtUp()),
        st.just(LinkDown()),
        REMINDERS,
        st.builds(RoutineConfigured, ROUTINES, st.booleans(), st.booleans(), PLANS),
    ),
)


def play(moves: list[Move]) -> tuple[list[Input], list[tuple[WatchState, tuple[Effect, ...]]]]:
    """Take the moves in order; whatever names session 0 or a small cue id means one that there is."""
    now_ms, current = START.host_ms, WatchState()
    inputs: list[Input] = []
    steps: list[tuple[WatchState, tuple[Effect, ...]]] = []
    for n, (after_ms, skew_ms, what) in enumerate(moves, start=1):
        now_ms += after_ms
        event = _event(current, n, what, now_ms, skew_ms)
        inputs.append(Input(event, stamp(now_ms), seed=n))
        steps.append(machine.step(current, inputs[-1]))
        current = steps[-1][0]
    return inputs, steps


def _event(current: WatchState, n: int, what: Event | RecordBody, now_ms: int, skew_ms: int) -> Event:
    match what:
        case HoldStarted() | HoldStopped() | SessionStarted() | SessionEnded() | IntentGiven():
            known = current.session.id if current.session else OWN
            body: RecordBody = replace(what, session=what.session or known)
        case CueAcked():
            known_cue = current.cues[what.cue_id % len(current.cues)].cue_id if current.cues else 3
            body = replace(what, cue_id=known_cue)
        case Booted() | BatteryLevel() | WornChanged() | CueFelt() | ClockSet() | Unknown():
            body = what
        case _:
            return what
    key = RecordKey("f00d", "1", n)
    return RecordSeen(key, current.link or 1, now_ms, body, stamp(now_ms + skew_ms), current.live)


@settings(max_examples=400)
@given(st.lists(MOVES, min_size=5, max_size=60))
def test_whatever_comes(moves: list[Move]) -> None:
    inputs, steps = play(moves)
    assert log.fold(WatchState(), inputs) == steps[-1][0]
    finished: set[int] = set()
    event_ids: set[str | None] = set()
    wanted = False
    before = WatchState()
    for entry, (after, effects) in zip(inputs, steps, strict=True):
        assert machine.step(before, entry) == (after, effects)
        state_is_sound(entry, before, after)
        replies = [effect for effect in effects if isinstance(effect, Reply)]
        assert len(replies) == isinstance(entry.event, CommandGiven)
        for effect in effects:
            event_id = fact_id(effect)
            assert event_id is None or event_id not in event_ids
            event_ids.add(event_id)
            match effect:
                case SessionFinished(session):
                    assert session.session not in finished
                    finished.add(session.session)
                case HoldFinished(hold):
                    assert 0 <= hold.credited_s <= 60
                case ToWatch(message):
                    assert before.live or after.live
                    assert not isinstance(message, ShowStep) or len(message.text.encode()) <= 40
                case WantLink(wish):
                    assert wish is not wanted
                    wanted = wish
                case _:
                    pass
        before = after
    assert state.from_json(state.to_json(before)) == before


def fact_id(effect: Effect) -> str | None:
    match effect:
        case SessionFinished(session):
            return session.event_id
        case HoldFinished(hold):
            return hold.event_id
        case CueSettled(fate):
            return fate.event_id
        case Alerted(alert):
            return alert.event_id
        case _:
            return None


def state_is_sound(entry: Input, before: WatchState, after: WatchState) -> None:
    """What is true of every state, and of every timer."""
    assert (after.phase is Phase.IDLE) == (after.session is None)
    assert after.phase is not Phase.HOLD or after.hold is not None
    assert len(after.cues) <= CUES_KEPT
    if after.live:
        assert after.phase is Phase.IDLE or after.phase_deadline_ms is not None
    due = before.deadline_ms is not None and before.deadline_ms <= entry.now.host_ms
    if isinstance(entry.event, TimerFired) and due:
        assert after.deadline_ms is None or after.deadline_ms > entry.now.host_ms
    # Steps copy the routine, which checks nothing.
    assert Routine.model_validate(after.routine.model_dump()) == after.routine
    for side in (after.progression.left, after.progression.right) if after.progression else ():
        assert len(set(side.days)) == len(side.days) < STEP_DAYS


@settings(max_examples=50)
@given(st.lists(MOVES, max_size=40))
def test_the_log_is_json_and_reads_back(moves: list[Move]) -> None:
    inputs, _ = play(moves)
    assert [log.from_json(log.to_json(entry)) for entry in inputs] == inputs
