"""Longer holds, step by step, for each side: five seconds more after three full days, five fewer after a hold
that was too much or hurt.

Rule: it changes the routine of the next session, never the running one. It goes by what the watch recorded:
corrections by hand, and holds without a watch, neither bring a step nor take one back.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from wearsync.alert_codes import AlertCode
from wearsync.coordinator.draft import Draft
from wearsync.coordinator.state import Progression, SideProgress, WatchState
from wearsync.model import HoldResult, Outcome, RecordKey, SessionResult, Severity, Side

# Whoever manages a routine for three days gets a little more of it; 30 to 60 s is what is prescribed.
STEP_S = 5
STEP_DAYS = 3
LEAST_S = 30
MOST_S = 60

_BACK_AFTER = (Outcome.TOO_MUCH, Outcome.PAIN)


@dataclass(frozen=True, slots=True)
class SideOutlook:
    """One side as people see it. `planned_s`: of the next session; `full_days` of the STEP_DAYS that bring
    `next_s`, None: it is at its most.
    """

    planned_s: int
    full_days: int
    next_s: int | None


def switch(draft: Draft, *, on: bool) -> Draft:
    """On, it begins with the routine as it is; off, the seconds stay where they are."""
    if on is (draft.state.progression is not None):
        return draft
    return draft.to(replace(draft.state, progression=Progression() if on else None))


def restart(draft: Draft, names: Collection[str]) -> Draft:
    """Somebody has changed these keys of the routine: a side whose seconds are among them counts anew."""
    progress = draft.state.progression
    if progress is None:
        return draft
    for side in Side:
        if f"{side.value}_s" in names:
            progress = _with(progress, side, SideProgress())
    return draft.to(replace(draft.state, progression=progress))


def hold_over(draft: Draft, hold: HoldResult, *, key: RecordKey) -> Draft:
    """A hold of a side: one that was too much, or hurt, takes it a step back, once a day."""
    progress = draft.state.progression
    if progress is None:
        return draft
    was = _as_of(_of(progress, hold.side), draft.now.local_date)
    now = replace(was, asked_s=hold.planned_s)
    day = min(hold.started.local_date, draft.now.local_date)
    back = hold.outcome in _BACK_AFTER and not (was.eased and was.changed is not None and day <= was.changed)
    if back:
        now = SideProgress(changed=day, eased=True, asked_s=hold.planned_s)
    draft = draft.to(replace(draft.state, progression=_with(progress, hold.side, now)))
    if not back:
        return draft
    seconds = max(LEAST_S, draft.state.routine.planned_s(hold.side) - STEP_S)
    # Why, is nobody's business whom `publish_pain` does not tell.
    return _plan(
        draft, {hold.side: seconds}, AlertCode.HOLDS_SHORTER, "a step back", key, replayed=hold.replayed
    )


def session_over(draft: Draft, session: SessionResult, *, key: RecordKey | None) -> Draft:
    """A full session makes its day a full one; with the third of a side, that side's seconds go up."""
    progress = draft.state.progression
    if progress is None or not session.full:
        return draft
    day = min(session.started.local_date, draft.now.local_date)
    longer = dict[Side, int]()
    for side in Side:
        seconds = draft.state.routine.planned_s(side)
        now = _counted(_as_of(_of(progress, side), draft.now.local_date), day, seconds)
        if len(now.days) == STEP_DAYS:
            longer[side] = min(MOST_S, seconds + STEP_S)
            now = SideProgress(changed=day, asked_s=now.asked_s)
        progress = _with(progress, side, now)
    draft = draft.to(replace(draft.state, progression=progress))
    why = f"{STEP_DAYS} full days"
    return _plan(draft, longer, AlertCode.HOLDS_LONGER, why, key, replayed=session.replayed)


def outlook(state: WatchState, side: Side) -> SideOutlook:
    """Where a side stands."""
    seconds = state.routine.planned_s(side)
    days = len(_of(state.progression or Progression(), side).days)
    return SideOutlook(seconds, days, min(MOST_S, seconds + STEP_S) if seconds < MOST_S else None)


def leading(states: Iterable[WatchState]) -> WatchState | None:
    """Of a wearer's watches, the one that was stretched with last: each has a routine of its own. None: it is
    off for all of them.
    """
    return max((state for state in states if state.progression is not None), key=_latest, default=None)


def forget(progress: Progression | None, before: date | None) -> Progression | None:
    """Without the days before that date (None: without any)."""
    if progress is None:
        return None
    for side in Side:
        was = _of(progress, side)
        known = before is not None and was.changed is not None and was.changed >= before
        kept = tuple(day for day in was.days if before is not None and day >= before)
        now = replace(was, days=kept, changed=was.changed if known else None, eased=was.eased and known)
        progress = _with(progress, side, now)
    return progress


def _plan(
    draft: Draft,
    wanted: Mapping[Side, int],
    code: AlertCode,
    why: str,
    key: RecordKey | None,
    *,
    replayed: bool,
) -> Draft:
    """These seconds, from the next session on; what changes is told."""
    routine = draft.state.routine
    new = {side: seconds for side, seconds in wanted.items() if seconds != routine.planned_s(side)}
    if not new:
        return draft
    changed = routine.model_copy(update={f"{side.value}_s": seconds for side, seconds in new.items()})
    text = ", ".join(f"{side.value} {seconds} s" for side, seconds in new.items())
    draft = draft.to(replace(draft.state, routine=changed))
    return draft.alert(
        code, Severity.INFO, f"{why}: {text} from the next session on", key=key, replayed=replayed
    )


def _counted(progress: SideProgress, day: date, seconds: int) -> SideProgress:
    """With that day, if it came after the last change and was done with the seconds that hold now: a watch
    that was away does not know of them yet.
    """
    fresh = progress.changed is None or day > progress.changed
    if not fresh or progress.asked_s < seconds or day in progress.days:
        return progress
    return replace(progress, days=(*progress.days, day))


def _as_of(progress: SideProgress, today: date) -> SideProgress:
    """Without days that are still to come: the host's clock was wrong then."""
    wrong = progress.changed is not None and progress.changed > today
    return replace(
        progress,
        days=tuple(day for day in progress.days if day <= today),
        changed=None if wrong else progress.changed,
    )


def _latest(state: WatchState) -> date:
    progress = state.progression or Progression()
    sides = (progress.left, progress.right)
    dates = (day for side in sides for day in (*side.days, side.changed) if day is not None)
    return max(dates, default=date.min)


def _of(progress: Progression, side: Side) -> SideProgress:
    return progress.left if side is Side.LEFT else progress.right


def _with(progress: Progression, side: Side, now: SideProgress) -> Progression:
    return replace(progress, left=now) if side is Side.LEFT else replace(progress, right=now)
