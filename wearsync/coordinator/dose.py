"""The dose: seconds held per side and day, what counts, the streak; from holds and sessions, nothing else.

Rule: a day's dose follows from its holds and sessions, its streak from that and from the streak before; so a
journal that keeps both need not look at older days. A day is the local date of a hold's start. Nothing here
claims to treat pain.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from wearsync.coordinator.measure import hold_counts
from wearsync.model import AwaySpan, HoldResult, Outcome, SessionResult, Side

# Benefit levels off near ten minutes a week (Ingram 2025, doi 10.1007/s40279-024-02143-9): shown, not
# preached.
WEEK_TARGET_S = 600

# Four weeks fit a heat map, and even out which side a session was broken off on.
HISTORY_DAYS = 28

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SideDose:
    """One side: credited seconds; how many holds, how many of them were too short to count, too much, or
    hurt; `counts`: one was long enough.
    """

    seconds: float = 0.0
    holds: int = 0
    short: int = 0
    too_much: int = 0
    pain: int = 0
    counts: bool = False


@dataclass(frozen=True, slots=True)
class DayDose:
    """One local date. `full`: a routine was done."""

    day: date
    left: SideDose = SideDose()
    right: SideDose = SideDose()
    full: bool = False

    @property
    def counts(self) -> bool:
        """Whether each side had a hold that counts."""
        return self.left.counts and self.right.counts

    @property
    def pain(self) -> bool:
        """Whether a hold hurt."""
        return self.left.pain + self.right.pain > 0


@dataclass(frozen=True, slots=True)
class Streak:
    """Where the streak stands at the end of a day: `days` that counted, unbroken, and the `longest` ever.

    `missed`: this ISO week's day of grace is used up; `since_missed`: days that counted since then, which is
    what a second one leaves of the streak.
    """

    days: int = 0
    longest: int = 0
    missed: bool = False
    since_missed: int = 0


@dataclass(frozen=True, slots=True)
class KeptDay:
    """A day as the journal keeps it, with the streak at its end."""

    dose: DayDose
    streak: Streak


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the journal has of a wearer for some days: those with something to tell, oldest first; the last
    one `before` them; the spans `away` that still matter for them; and the session that ended last.
    """

    days: tuple[KeptDay, ...] = ()
    before: KeptDay | None = None
    away: tuple[AwaySpan, ...] = ()
    last_session: SessionResult | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """The wearer's dose as of one day.

    `streak`: days that counted, unbroken; `grace_left`: days of this week that may be missed; `away`: has
    gone, and not come back; `days`: the last 28, oldest first, today last; `adherence_days`: how many of
    them counted; week: credited seconds since Monday, to be seen beside `week_target_s` a side; `symmetry`:
    the left side's part of the seconds of the 28 days, 0.5 is even, None without any.
    """

    today: DayDose
    streak: int
    longest_streak: int
    grace_left: int
    away: bool
    days: tuple[DayDose, ...]
    adherence_days: int
    week_left_s: float
    week_right_s: float
    week_target_s: int
    symmetry: float | None
    last_session: SessionResult | None


def summarise(ledger: Ledger, today: date) -> Summary:
    """The summary as of that day; `ledger`: of the last `HISTORY_DAYS` at least, with the last one before."""
    by_day = {kept.dose.day: kept.dose for kept in ledger.days}
    shown = [today - back * _DAY for back in reversed(range(HISTORY_DAYS))]
    days = tuple(by_day.get(day) or DayDose(day) for day in shown)
    week = [day for day in days if day.day >= today - today.weekday() * _DAY]
    left_s = sum(day.left.seconds for day in days)
    total_s = left_s + sum(day.right.seconds for day in days)
    streak = _streak_on(ledger, today)
    return Summary(
        today=days[-1],
        streak=streak.days,
        longest_streak=streak.longest,
        grace_left=0 if streak.missed else 1,
        away=any(span.last is None for span in ledger.away),
        days=days,
        adherence_days=sum(day.counts for day in days),
        week_left_s=sum(day.left.seconds for day in week),
        week_right_s=sum(day.right.seconds for day in week),
        week_target_s=WEEK_TARGET_S,
        symmetry=left_s / total_s if total_s else None,
        last_session=ledger.last_session,
    )


def day_dose(day: date, holds: Iterable[HoldResult], *, full: bool) -> DayDose | None:
    """What all holds of a day come to, `full` from its sessions; None: nothing to tell."""
    sides: dict[Side, list[HoldResult]] = {side: [] for side in Side}
    for hold in holds:
        sides[hold.side].append(hold)
    if not (full or any(sides.values())):
        return None
    return DayDose(day, left=_side(sides[Side.LEFT]), right=_side(sides[Side.RIGHT]), full=full)


def keep(
    doses: Iterable[DayDose], *, before: KeptDay | None = None, away: Sequence[AwaySpan]
) -> Iterator[KeptDay]:
    """The days, oldest first, each with its streak; `before`: the last one before them."""
    last = before
    for dose in doses:
        streak = Streak() if last is None else _idle(last, dose.day - _DAY, away)
        last = KeptDay(dose, _after(streak, dose, away))
        yield last


def _side(holds: Sequence[HoldResult]) -> SideDose:
    return SideDose(
        seconds=sum(hold.credited_s for hold in holds),
        holds=len(holds),
        short=sum(hold.outcome is Outcome.SHORT for hold in holds),
        too_much=sum(hold.outcome is Outcome.TOO_MUCH for hold in holds),
        pain=sum(hold.outcome is Outcome.PAIN for hold in holds),
        counts=any(hold_counts(hold.credited_s) for hold in holds),
    )


def _streak_on(ledger: Ledger, today: date) -> Streak:
    """Today can still count, so it breaks nothing."""
    past = [kept for kept in ledger.days if kept.dose.day < today]
    last = past[-1] if past else ledger.before
    streak = Streak() if last is None else _idle(last, today - _DAY, ledger.away)
    for kept in ledger.days:
        if kept.dose.day == today and kept.dose.counts:
            return _after(streak, kept.dose, ledger.away)
    return _in_week_of(streak, today)


def _idle(last: KeptDay, until: date, away: Sequence[AwaySpan]) -> Streak:
    """At the end of the day `until`, when nothing was done after that last day."""
    streak, day = last.streak, last.dose.day + _DAY
    while day <= until:
        monday = until - until.weekday() * _DAY
        if streak.days == 0 and day < monday:  # nothing is left to break: only this week's grace
            streak, day = _in_week_of(streak, monday), monday
        streak = _after(streak, DayDose(day), away)
        day += _DAY
    return streak


def _after(streak: Streak, dose: DayDose, away: Sequence[AwaySpan]) -> Streak:
    """At the end of the next day. Away days and days with pain freeze the streak; of the others, one in an
    ISO week may be missed.
    """
    streak = _in_week_of(streak, dose.day)
    if dose.counts:
        days = streak.days + 1
        since = streak.since_missed + 1 if streak.missed else 0
        return replace(streak, days=days, longest=max(days, streak.longest), since_missed=since)
    if dose.pain or _is_away(dose.day, away):
        return streak
    return replace(
        streak, days=streak.since_missed if streak.missed else streak.days, missed=True, since_missed=0
    )


def _in_week_of(streak: Streak, day: date) -> Streak:
    """Grace is given anew on Mondays."""
    return replace(streak, missed=False, since_missed=0) if day.weekday() == 0 else streak


def _is_away(day: date, away: Sequence[AwaySpan]) -> bool:
    return any(span.covers(day) for span in away)
