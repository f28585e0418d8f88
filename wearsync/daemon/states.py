"""What people and dashboards see of a daemon's state: pure builders of the retained payloads.

Rule: instants, not countdowns; everything is derived anew from the coordinator's state, the link and the
journal.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta

from wearsync.coordinator import cues
from wearsync.coordinator.dose import DayDose, Ledger, SideDose, Summary, summarise
from wearsync.coordinator.progression import STEP_DAYS, outlook
from wearsync.coordinator.state import OpenSession, WatchState
from wearsync.coordinator.steps import last_step, round_of, shown, side_of
from wearsync.daemon.link_view import LinkView
from wearsync.model import Phase, Side
from wearsync.ports import Clock
from wearsync.publish.payloads import (
    DayLine,
    LastSession,
    NextHold,
    PlannedCue,
    ProgressionState,
    SideProgression,
    SideToday,
    StatePayload,
    SummaryPayload,
    Today,
    Week,
)

# What changes by less than this has not changed, for a dashboard.
STILL_MS = 100


def state_payload(state: WatchState, link: LinkView, clock: Clock) -> StatePayload:
    """A watch and its session, now."""
    session, hold = state.session, state.hold
    spot = None if session is None else shown(session, state.phase, None)
    place = hold or spot
    gap_ms = state.starts_at_ms if state.phase is Phase.GAP else None
    return StatePayload(
        phase=state.phase,
        link=link.state,
        session=None if session is None else session.id,
        side=None if place is None else place.side,
        variant=None if place is None else place.variant,
        step=None if place is None else place.step,
        round=None if place is None else place.round,
        rounds=None if session is None else session.routine.rounds,
        planned_s=None if place is None else place.planned_s,
        hold_started_at=None if hold is None else hold.started.utc,
        hold_ends_at=None if hold is None else hold.started.utc + timedelta(seconds=hold.planned_s),
        gap_ends_at=None if gap_ms is None else _instant(gap_ms, clock),
        text="" if spot is None else spot.text,
        last_cue=state.last_cue,
        last_ack=state.last_ack,
        planned_cues=_planned(state, clock),
        next_hold=None if session is None or state.phase is Phase.CLOSING else _next_hold(session),
        battery=None if state.battery is None else state.battery.percent,
        charging=None if state.battery is None else state.battery.charging,
        rssi=link.rssi,
        app_version=link.app,
        trust=link.trust,
        clock_offset_ms=None if link.clock_offset_ms is None else _rounded(link.clock_offset_ms),
        routine=state.routine,
        reminder_on=state.reminders.switch.on if state.reminders.plan.times else None,
    )


def progression_state(state: WatchState) -> ProgressionState:
    """How far each side is towards longer holds."""
    left, right = outlook(state, Side.LEFT), outlook(state, Side.RIGHT)
    return ProgressionState(
        left=SideProgression(planned_s=left.planned_s, full_days=left.full_days, next_s=left.next_s),
        right=SideProgression(planned_s=right.planned_s, full_days=right.full_days, next_s=right.next_s),
        days_needed=STEP_DAYS,
    )


def _instant(host_ms: int, clock: Clock) -> datetime:
    """To a tenth of a second: the wall clock's relation to host time trembles by a millisecond, and a state
    that trembles is published again and again.
    """
    stamp = clock.at(host_ms)
    return replace(stamp, unix_ms=_rounded(stamp.unix_ms)).utc


def _planned(state: WatchState, clock: Clock) -> tuple[PlannedCue, ...]:
    """In a hold counted from its own start, so that they fit the hold's instants to the millisecond."""
    hold = state.hold
    return tuple(
        PlannedCue(
            cue=cue.cue,
            at=_instant(cue.due_ms, clock)
            if hold is None
            else hold.started.utc + timedelta(milliseconds=cue.due_ms - hold.started.host_ms),
        )
        for cue in cues.ahead(state)
    )


def _next_hold(session: OpenSession) -> NextHold | None:
    step = session.step + 1
    if step > last_step(session):
        return None
    side = side_of(session, step)
    return NextHold(side=side, round=round_of(step), planned_s=session.routine.planned_s(side))


def _rounded(ms: int) -> int:
    return (ms + STILL_MS // 2) // STILL_MS * STILL_MS


def summary_payload(
    wearer: str, ledger: Ledger, today: date, *, leading: WatchState | None = None
) -> SummaryPayload:
    """A wearer's day and weeks. `ledger`: of `HISTORY_DAYS` up to today at least; `leading`: the watch that
    says how long the next holds are.
    """
    summary = summarise(ledger, today)
    return SummaryPayload(
        wearer=wearer,
        date=today,
        today=Today(left=_side(summary.today.left), right=_side(summary.today.right)),
        counts=summary.today.counts,
        full=summary.today.full,
        streak=summary.streak,
        longest_streak=summary.longest_streak,
        grace_left=summary.grace_left,
        away=summary.away,
        days=tuple(_day(day) for day in summary.days),
        adherence_days=summary.adherence_days,
        week=Week(left_s=summary.week_left_s, right_s=summary.week_right_s, target_s=summary.week_target_s),
        symmetry=summary.symmetry,
        last_session=_last(summary),
        next_reminder=None,
        progression=None if leading is None else progression_state(leading),
    )


def _side(dose: SideDose) -> SideToday:
    return SideToday(seconds=dose.seconds, holds=dose.holds, short=dose.short)


def _day(day: DayDose) -> DayLine:
    return DayLine(
        date=day.day, left_s=day.left.seconds, right_s=day.right.seconds, counts=day.counts, full=day.full
    )


def _last(summary: Summary) -> LastSession | None:
    last = summary.last_session
    if last is None:
        return None
    return LastSession(
        at=last.started.utc,
        end=last.end,
        holds=last.holds,
        left_s=last.left_s,
        right_s=last.right_s,
        full=last.full,
    )
