"""I2, of reminders: each time of the plan asks once at most, none in quiet hours, nor somebody who is done.

Rule: by the alerts as dashboards get them, and the wearer's calendar; which minutes are a time of the plan is
found by looking at the clock on the wall minute by minute, not by reckoning.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from wearsync_simulators.world.books import Books
from wearsync_simulators.world.evidence import Violation
from wearsync_simulators.world.people import QUIET_MIN, REMINDERS_MIN

__all__ = ["reminded"]

# "What was due while this computer slept for more than a quarter of an hour is let go" (docs/decisions/0015).
_LATE_MAX_MIN = 15
# So a hold under 30 s, which is nobody's early stop, still counts; and so long a result is on its way.
_COUNTS_S = 29.5
_LEARNT_MS = 60_000
# Of one that somebody has put off, it is not asked which time it was of; one that did not come is told once.
_PUT_OFF, _MISSED = "put off", "the reminder did not come"
_DAY_MIN = 24 * 60
_MINUTE = timedelta(minutes=1)
_CALENDAR = range(1971, 9000)


@dataclass(frozen=True, slots=True)
class _Told:
    """One reminder, asked or missed; `at` by the host's clock, in UTC."""

    wearer: str
    at: datetime
    host_ms: int
    text: str


def reminded(books: Books, zone: tzinfo) -> Iterator[Violation]:
    """All reminders of a host. Its journal knows what it was told with it, also if it is an older copy."""
    done = _done(books)
    times = Counter[tuple[str, datetime | None]]()
    for told in _told(books):
        if told.text.startswith(_MISSED):
            times[told.wearer, _time_of(told.at, zone, _DAY_MIN)] += 1
            continue
        local = told.at.astimezone(zone)
        where = f"{told.wearer} was reminded at {local:%Y-%m-%d %H:%M}"
        if _is_quiet(local.hour * 60 + local.minute):
            yield Violation("I2", f"{where}, in quiet hours")
        done_ms = done.get((told.wearer, local.date().isoformat()))
        if done_ms is not None and done_ms + _LEARNT_MS < told.host_ms:
            yield Violation("I2", f"{where}, and was done")
        if told.text.startswith(_PUT_OFF):
            continue
        time = _time_of(told.at, zone, _LATE_MAX_MIN)
        if time is None:
            yield Violation("I2", f"{where}, which is no time of the plan")
        times[told.wearer, time] += 1
    for (wearer, time), count in times.items():
        if time is not None and count > 1:
            yield Violation("I2", f"{wearer} was told {count} times of {time:%Y-%m-%d %H:%M} UTC")


def _told(books: Books) -> Iterator[_Told]:
    for event in books.events:
        if event.topic.endswith("/alert"):
            alert = json.loads(event.payload)
            at = datetime.fromisoformat(alert["at"]).astimezone(UTC)
            missed = alert["code"] == "reminder_missed" and alert["text"].startswith(_MISSED)
            if (alert["code"] == "reminder" or missed) and at.year in _CALENDAR:
                yield _Told(alert["wearer"], at, event.host_ms, alert["text"])


def _done(books: Books) -> Mapping[tuple[str, str], int]:
    """When it was learnt that both sides of a wearer's date count, in host time."""
    learnt_ms = {event.event_id: event.host_ms for event in books.events}
    sides: dict[tuple[str, str], dict[str, int]] = {}
    for hold in books.holds:
        if hold.credited_s >= _COUNTS_S and hold.event_id in learnt_ms:
            of_day = sides.setdefault((hold.wearer, hold.local_date), {})
            of_day[hold.side] = min(learnt_ms[hold.event_id], of_day.get(hold.side, learnt_ms[hold.event_id]))
    return {
        day: max(of_day.values()) for day, of_day in sides.items() if len(of_day) == len(("left", "right"))
    }


def _time_of(at: datetime, zone: tzinfo, within_min: int) -> datetime | None:
    """The minute of the plan that this one is of: the last that the clock showed, or left out, for the first
    time; None: longer ago.
    """
    minute = at.replace(second=0, microsecond=0)
    for _ in range(within_min + 2):
        if _passed(minute, zone) & REMINDERS_MIN:
            return minute
        minute -= _MINUTE
    return None


def _passed(minute: datetime, zone: tzinfo) -> set[int]:
    """Minutes of the day that the clock reached with this one; none of those that it shows once more."""
    now, before = minute.astimezone(zone), (minute - _MINUTE).astimezone(zone)
    went_on = now.replace(tzinfo=None) - before.replace(tzinfo=None)
    if now.fold:
        return set()
    last = now.hour * 60 + now.minute
    return {(last - back) % 1440 for back in range(max(0, went_on // _MINUTE))}


def _is_quiet(minute: int) -> bool:
    begin, end = QUIET_MIN
    return minute >= begin or minute < end
