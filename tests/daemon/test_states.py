"""What dashboards are shown of a watch, phase by phase: instants, no countdowns."""

from dataclasses import replace
from datetime import UTC, timedelta

from tests.coordinator.days import ledger_of
from wearsync.coordinator.dose import Ledger
from wearsync.coordinator.events import (
    CaughtUp,
    CommandGiven,
    Event,
    Input,
    LinkUp,
    RecordSeen,
    RoutineConfigured,
)
from wearsync.coordinator.machine import step
from wearsync.coordinator.reminder_plan import ReminderPlan
from wearsync.coordinator.state import Progression, SideProgress, WatchState
from wearsync.daemon.clock import HostClock
from wearsync.daemon.link_view import LinkView
from wearsync.daemon.logbook import logged_hold
from wearsync.daemon.states import state_payload, summary_payload
from wearsync.messages import BatteryLevel, HoldStarted, RecordBody, SessionStarted
from wearsync.model import (
    AwaySpan,
    Command,
    CueKind,
    HoldSource,
    Phase,
    RecordKey,
    Routine,
    SessionSource,
    Side,
    Trust,
    Variant,
    Verb,
)
from wearsync.publish.payloads import NextHold, SideProgression

CLOCK = HostClock(loop_time=lambda: 0.0, wall=lambda: 1_780_000_000.0, zone=UTC)
NOW = CLOCK.now()
LINK = LinkView("connected", "", Trust.KEY, 300, NOW.host_ms, -60)
READY = (RoutineConfigured(routine=Routine()), LinkUp(boot=1, routine_id=Routine().id), CaughtUp())


def after(*events: Event) -> WatchState:
    state = WatchState()
    for seed, event in enumerate((*READY, *events)):
        state, _ = step(state, Input(event, NOW, seed))
    return state


def seen(seq: int, body: RecordBody) -> RecordSeen:
    return RecordSeen(RecordKey("a1" * 16, "7", seq), 1, 1000 * seq, body, NOW, live=True)


def test_idle_without_a_link() -> None:
    payload = state_payload(WatchState(), LinkView(), CLOCK)
    assert (payload.phase, payload.link, payload.trust) == (Phase.IDLE, "searching", None)
    assert (payload.session, payload.side, payload.battery, payload.hold_ends_at) == (None, None, None, None)


def test_the_switch_of_the_reminders_is_seen_where_there_are_some() -> None:
    assert state_payload(after(), LINK, CLOCK).reminder_on is None
    configured = RoutineConfigured(Routine(), reminder=ReminderPlan(times=("07:30",)))
    assert state_payload(after(configured), LINK, CLOCK).reminder_on is True
    off = CommandGiven(Command(Verb.REMIND, on=False), "cli", "r")
    assert state_payload(after(configured, off), LINK, CLOCK).reminder_on is False


def test_idle_with_a_battery() -> None:
    payload = state_payload(after(seen(1, BatteryLevel(percent=81, charging=True))), LINK, CLOCK)
    assert (payload.battery, payload.charging) == (81, True)
    assert (payload.link, payload.trust, payload.clock_offset_ms) == ("connected", Trust.KEY, 300)
    assert payload.rssi == -60


def test_question() -> None:
    payload = state_payload(after(CommandGiven(Command(Verb.START), "cli", "r")), LINK, CLOCK)
    assert payload.phase is Phase.CONFIRM
    assert payload.session is not None
    assert payload.gap_ends_at is payload.hold_ends_at is None


def test_gap_and_hold() -> None:
    routine = Routine()
    gap = after(seen(1, SessionStarted(session=5, source=SessionSource.WATCH)))
    shown = state_payload(gap, LINK, CLOCK)
    assert (shown.phase, shown.session, shown.step, shown.side, shown.rounds) == (
        Phase.GAP,
        5,
        0,
        Side.LEFT,
        2,
    )
    assert shown.gap_ends_at == NOW.utc + timedelta(seconds=routine.first_gap_s)
    assert [cue.cue for cue in shown.planned_cues] == ["start", "form", "halfway", "last-three", "done"]
    assert shown.planned_cues[0].at == shown.gap_ends_at

    started = HoldStarted(5, 0, Side.LEFT, Variant.KNEELING, 1, 30, HoldSource.AUTO, routine.id)
    hold = after(seen(1, SessionStarted(session=5, source=SessionSource.WATCH)), seen(2, started))
    shown = state_payload(hold, LINK, CLOCK)
    assert (shown.phase, shown.planned_s, shown.hold_started_at) == (Phase.HOLD, 30, NOW.utc)
    assert shown.hold_ends_at == NOW.utc + timedelta(seconds=30)
    assert shown.gap_ends_at is None
    assert [(cue.cue, cue.at - NOW.utc) for cue in shown.planned_cues][2:] == [
        (CueKind.HALFWAY, timedelta(seconds=15)),
        (CueKind.LAST_THREE, timedelta(seconds=27)),
        (CueKind.DONE, timedelta(seconds=30)),
    ]
    assert state_payload(after(), LINK, CLOCK).planned_cues == ()


def test_summary_of_nothing_and_of_one_hold() -> None:
    nothing = summary_payload("you", Ledger(away=(AwaySpan(NOW.local_date),)), NOW.local_date)
    assert (nothing.today.left.seconds, nothing.counts, nothing.last_session, nothing.away) == (
        0,
        False,
        None,
        True,
    )
    hold = logged_hold(Side.LEFT, 30, Variant.KNEELING, now=NOW, entropy=bytes(16))
    some = summary_payload("you", ledger_of([hold]), NOW.local_date)
    assert some.progression is None
    assert (some.today.left.seconds, some.today.left.holds, some.today.right.seconds) == (30, 1, 0)
    assert some.days[-1].date == some.date == NOW.local_date
    assert some.days[-1].left_s == 30


def test_summary_tells_how_far_it_is_to_longer_holds() -> None:
    day = NOW.local_date
    left, right = SideProgress(days=(day,)), SideProgress(changed=day)
    state = WatchState(routine=Routine(left_s=35, right_s=60), progression=Progression(left, right))
    told = summary_payload("you", Ledger(), day, leading=state).progression
    assert told is not None
    assert told.left == SideProgression(planned_s=35, full_days=1, next_s=40)
    assert told.right == SideProgression(planned_s=60, full_days=0, next_s=None)
    assert told.days_needed == 3


def test_the_hold_after_this_one_is_told_until_the_last() -> None:
    asked = after(CommandGiven(Command(Verb.START), "cli", "r"))
    assert state_payload(asked, LINK, CLOCK).next_hold == NextHold(side=Side.RIGHT, round=1, planned_s=30)
    assert asked.session is not None
    last = replace(asked, session=replace(asked.session, step=3))
    assert state_payload(last, LINK, CLOCK).next_hold is None
    extra = replace(asked, session=replace(asked.session, step=3, extras=(Side.LEFT,)))
    assert state_payload(extra, LINK, CLOCK).next_hold == NextHold(side=Side.LEFT, round=3, planned_s=30)
    assert state_payload(replace(extra, phase=Phase.CLOSING), LINK, CLOCK).next_hold is None
    assert state_payload(after(), LINK, CLOCK).next_hold is None
