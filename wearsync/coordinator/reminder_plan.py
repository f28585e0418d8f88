"""When the wearer is to be reminded: times of the day, days of the week, quiet hours; and the instants that
follow from them in a time zone.

Rule: instants are compared and counted in UTC, local times never: two of them an hour apart may be equal. A
time that the clock leaves out comes at the first instant after the gap, one that comes twice comes once, a
date that never was has none.
"""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from wearsync.model import Border, Stamp

DAY_MIN = 24 * 60
# More is not a reminder any more; a set of alarms for a week has seven.
TIMES_MAX = 8
# From one to the next of the same weekday are seven days, or fourteen if a calendar leaves that date out
# (Samoa, Friday 30 December 2011).
LOOK_AHEAD_DAYS = 15
# A clock beyond these years is wrong, and the calendar's ends are near.
_YEARS = range(1970, 9000)
# Zones change by whole seconds at the finest.
_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


class Weekday(StrEnum):
    """Days of the week, in the order of ISO 8601."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


_WEEK = tuple(Weekday)


class ReminderPlan(Border):
    """`[reminder]`: when to ask for the day's session; no times, no reminders.

    `missed`: what becomes of one that was due while this machine slept or was off: nothing, or asked once,
    late, on the same day.
    """

    times: Annotated[tuple[str, ...], Field(strict=False, max_length=TIMES_MAX)] = Field(
        default=(), description='local times, like ["07:30", "19:00"]'
    )
    weekdays: Annotated[tuple[Annotated[Weekday, Field(strict=False)], ...], Field(strict=False)] = Field(
        default=_WEEK, min_length=1, description="mon, tue … sun"
    )
    quiet: str | None = Field(default=None, description='no reminder in these hours, like "22:00-07:00"')
    missed: Literal["skip", "once"] = Field(
        default="skip", description="what was due while this computer slept"
    )

    @field_validator("times")
    @classmethod
    def _are_times(cls, times: tuple[str, ...]) -> tuple[str, ...]:
        for said in times:
            _minute(said)
        return times

    @field_validator("quiet")
    @classmethod
    def _is_a_span(cls, quiet: str | None) -> str | None:
        if quiet is not None:
            _span(quiet)
        return quiet

    @model_validator(mode="after")
    def _none_is_quiet(self) -> Self:
        for said in self.times:
            if self.is_quiet(_minute(said)):
                raise ValueError(f"{said} lies in the quiet hours {self.quiet}: change one of them")
        return self

    @property
    def minutes(self) -> tuple[int, ...]:
        """The times, as minutes after local midnight, in order, each once."""
        return tuple(sorted({_minute(said) for said in self.times}))

    def is_on(self, day: date) -> bool:
        """Whether that date is one of its weekdays."""
        return _WEEK[day.weekday()] in self.weekdays

    def is_quiet(self, minute: int) -> bool:
        """Whether that minute after local midnight lies in the quiet hours; their end does not."""
        return self.quiet is not None and _quiet_left(self.quiet, minute) > 0

    def quiet_left_min(self, minute: int) -> int:
        """Minutes until the quiet hours end that this one lies in; 0: it lies in none."""
        return 0 if self.quiet is None else _quiet_left(self.quiet, minute)


def local_minute(at: Stamp) -> int:
    """Minutes after midnight, as the wearer's clock showed them."""
    return (at.unix_ms // 60_000 + at.utc_offset_min) % DAY_MIN


def next_instant(plan: ReminderPlan, after: datetime, zone: tzinfo) -> datetime | None:
    """The first instant of the plan after that one, in UTC; None: it has no times."""
    if after.year not in _YEARS:
        return None
    day = after.astimezone(zone).date() - _DAY
    for ahead in range(LOOK_AHEAD_DAYS + 1):
        later = [instant for instant in _of_day(plan, day + ahead * _DAY, zone) if instant > after]
        if later:
            return min(later)
    return None


def last_instant(plan: ReminderPlan, until: datetime, zone: tzinfo) -> datetime | None:
    """The last instant of the plan up to that one, on its local date or the one before; None: there is
    none.
    """
    if until.year not in _YEARS:
        return None
    day = until.astimezone(zone).date()
    past = [
        instant for back in (0, 1) for instant in _of_day(plan, day - back * _DAY, zone) if instant <= until
    ]
    return max(past, default=None)


def _of_day(plan: ReminderPlan, day: date, zone: tzinfo) -> list[datetime]:
    if not plan.is_on(day) or _first_valid(day, 0, zone) == _first_valid(day + _DAY, 0, zone):
        return []
    return [_first_valid(day, minute, zone) for minute in plan.minutes]


def _first_valid(day: date, minute: int, zone: tzinfo) -> datetime:
    """That local time as an instant: the first of two; in a gap, the gap's end."""
    local = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=zone)
    # Before a gap its two readings are those of the offset before and after: the second one is the earlier.
    late, early = local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)
    if early >= late:
        return late
    before = early.astimezone(zone).utcoffset()
    while late - early > _SECOND:
        middle = early + (late - early) // 2
        if middle.astimezone(zone).utcoffset() == before:
            early = middle
        else:
            late = middle
    return late.replace(microsecond=0)


def _minute(said: str) -> int:
    found = _TIME.fullmatch(said)
    if found is None:
        raise ValueError(f'{said[:20]!r} is no time of the day: write it like "07:30"')
    return int(found[1]) * 60 + int(found[2])


def _span(said: str) -> tuple[int, int]:
    begin, dash, end = said.partition("-")
    if not dash or begin == end:
        raise ValueError(f'{said[:20]!r} is no span of hours: write it like "22:00-07:00"')
    return _minute(begin), _minute(end)


def _quiet_left(quiet: str, minute: int) -> int:
    begin, end = _span(quiet)
    length, into = (end - begin) % DAY_MIN, (minute - begin) % DAY_MIN
    return length - into if into < length else 0
