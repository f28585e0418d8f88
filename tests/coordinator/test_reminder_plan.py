"""Instants of a plan: in order, each once, at the times that the wearer's clock shows, in any zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from wearsync.coordinator.reminder_plan import (
    ReminderPlan,
    Weekday,
    last_instant,
    local_minute,
    next_instant,
)
from wearsync.model import Stamp

BERLIN = ZoneInfo("Europe/Berlin")
HALF_PAST_TWO = ReminderPlan(times=("02:30",))
ZONES = st.sampled_from(sorted(available_timezones())).map(ZoneInfo)
MINUTES = st.integers(0, 1439)
TIMES = MINUTES.map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")
PLANS = st.builds(
    ReminderPlan,
    times=st.lists(TIMES, min_size=1, max_size=3).map(tuple),
    weekdays=st.sets(st.sampled_from(Weekday), min_size=1).map(lambda days: tuple(sorted(days))),
)
INSTANTS = st.integers(2 * 365 * 86400, 130 * 365 * 86400).map(lambda s: datetime.fromtimestamp(s, UTC))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


def following(plan: ReminderPlan, after: str, zone: ZoneInfo, count: int) -> list[datetime]:
    """The next ones after that instant."""
    found: list[datetime] = []
    at: datetime | None = utc(after)
    for _ in range(count):
        assert at is not None
        at = next_instant(plan, at, zone)
        assert at is not None
        found.append(at)
    return found


def test_without_times_there_is_none() -> None:
    assert next_instant(ReminderPlan(), utc("2026-03-14T12:00"), BERLIN) is None
    assert last_instant(ReminderPlan(), utc("2026-03-14T12:00"), BERLIN) is None


def test_times_come_in_order_and_each_once() -> None:
    plan = ReminderPlan(times=("19:00", "07:30", "07:30"))
    assert plan.minutes == (450, 1140)
    assert following(plan, "2026-06-01T05:30", BERLIN, 3) == [
        utc("2026-06-01T17:00"),
        utc("2026-06-02T05:30"),
        utc("2026-06-02T17:00"),
    ]


def test_other_days_of_the_week_have_none() -> None:
    plan = ReminderPlan(times=("07:30",), weekdays=(Weekday.SAT, Weekday.MON))
    found = following(plan, "2026-06-01T12:00", BERLIN, 2)
    assert [at.date() for at in found] == [date(2026, 6, 6), date(2026, 6, 8)]


def test_a_time_that_is_left_out_comes_at_the_first_instant_after_the_gap() -> None:
    found = following(HALF_PAST_TWO, "2026-03-28T02:00", BERLIN, 2)
    assert found == [utc("2026-03-29T01:00"), utc("2026-03-30T00:30")]
    assert found[0].astimezone(BERLIN).time().isoformat() == "03:00:00"


def test_two_times_in_one_gap_come_as_one() -> None:
    plan = ReminderPlan(times=("02:10", "02:50", "03:00"))
    assert following(plan, "2026-03-28T12:00", BERLIN, 2) == [
        utc("2026-03-29T01:00"),
        utc("2026-03-30T00:10"),
    ]


def test_a_time_that_comes_twice_comes_at_the_first_of_them_only() -> None:
    assert following(HALF_PAST_TWO, "2026-10-24T12:00", BERLIN, 2) == [
        utc("2026-10-25T00:30"),
        utc("2026-10-26T01:30"),
    ]


def test_a_date_that_never_was_has_no_reminder() -> None:
    apia = ZoneInfo("Pacific/Apia")
    plan = ReminderPlan(times=("07:30",))
    days = [at.astimezone(apia).date() for at in following(plan, "2011-12-28T20:00", apia, 2)]
    assert days == [date(2011, 12, 29), date(2011, 12, 31)]
    fridays = ReminderPlan(times=("07:30",), weekdays=(Weekday.FRI,))
    [friday] = following(fridays, "2011-12-24T00:00", apia, 1)
    assert friday.astimezone(apia).date() == date(2012, 1, 6)


def test_a_gap_at_midnight_stays_on_its_date() -> None:
    beirut = ZoneInfo("Asia/Beirut")
    [at] = following(ReminderPlan(times=("00:15",)), "2025-03-29T12:00", beirut, 1)
    assert at.astimezone(beirut).isoformat() == "2025-03-30T01:00:00+03:00"


def test_half_hours_and_local_mean_time_are_found_to_the_second() -> None:
    howe = ZoneInfo("Australia/Lord_Howe")
    [at] = following(ReminderPlan(times=("02:10",)), "2026-10-03T12:00", howe, 1)
    assert at.astimezone(howe).isoformat() == "2026-10-04T02:30:00+11:00"


def test_who_travels_is_reminded_by_the_clock_there() -> None:
    plan, here = ReminderPlan(times=("07:30",)), utc("2026-06-01T05:30")
    assert next_instant(plan, here, BERLIN) == utc("2026-06-02T05:30")
    assert next_instant(plan, here, ZoneInfo("America/New_York")) == utc("2026-06-01T11:30")
    assert next_instant(plan, here, ZoneInfo("Pacific/Auckland")) == utc("2026-06-01T19:30")


def test_the_last_one_is_of_today_or_yesterday() -> None:
    plan = ReminderPlan(times=("07:30", "19:00"), weekdays=(Weekday.MON,))
    assert last_instant(plan, utc("2026-06-01T05:29"), BERLIN) is None
    assert last_instant(plan, utc("2026-06-01T05:30"), BERLIN) == utc("2026-06-01T05:30")
    assert last_instant(plan, utc("2026-06-02T12:00"), BERLIN) == utc("2026-06-01T17:00")
    assert last_instant(plan, utc("2026-06-03T12:00"), BERLIN) is None


@pytest.mark.parametrize("year", [1, 1969, 9000, 9999])
def test_a_clock_beyond_all_calendars_reminds_nobody(year: int) -> None:
    at = datetime(year, 1, 1, tzinfo=UTC)
    assert next_instant(HALF_PAST_TWO, at, BERLIN) is None
    assert last_instant(HALF_PAST_TWO, at, BERLIN) is None


@given(PLANS, INSTANTS, ZONES)
def test_instants_only_go_forward_and_stand_at_a_time_of_the_plan(
    plan: ReminderPlan, after: datetime, zone: ZoneInfo
) -> None:
    at: datetime | None = after
    for _ in range(4):
        before = at
        assert before is not None
        at = next_instant(plan, before, zone)
        assert at is not None
        assert before < at <= before + timedelta(days=15)
        assert last_instant(plan, at, zone) == at
        local = at.astimezone(zone)
        if local.hour * 60 + local.minute in plan.minutes and local.second == 0:
            assert plan.is_on(local.date())
            assert local.fold == 0
        else:  # the end of a gap: a second before it the clock showed less than a time of the plan
            shown = (at - timedelta(seconds=1)).astimezone(zone)
            left_out = local.replace(tzinfo=None) - shown.replace(tzinfo=None)
            assert left_out > timedelta(seconds=1)


@given(PLANS, INSTANTS, ZONES)
def test_nothing_of_the_plan_is_passed_over(plan: ReminderPlan, after: datetime, zone: ZoneInfo) -> None:
    """Every time of every weekday that the clock shows is an instant of the plan."""
    end = after + timedelta(days=9)
    found, at = set[datetime](), next_instant(plan, after, zone)
    while at is not None and at < end:
        found.add(at)
        at = next_instant(plan, at, zone)
    first = after.astimezone(zone).date()
    for ahead in range(11):
        day = first + timedelta(days=ahead)
        for minute in plan.minutes:
            local = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=zone)
            instant = local.astimezone(UTC)
            exists = instant.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None)
            if plan.is_on(day) and exists and after < instant < end:
                assert instant in found


@pytest.mark.parametrize(
    ("quiet", "minute", "left"),
    [
        ("22:00-07:00", 22 * 60 - 1, 0),
        ("22:00-07:00", 22 * 60, 540),
        ("22:00-07:00", 0, 420),
        ("22:00-07:00", 419, 1),
        ("22:00-07:00", 420, 0),
        ("12:00-13:00", 12 * 60 + 30, 30),
        ("12:00-13:00", 13 * 60, 0),
    ],
)
def test_quiet_hours_begin_and_end_on_the_minute(quiet: str, minute: int, left: int) -> None:
    plan = ReminderPlan(quiet=quiet)
    assert plan.quiet_left_min(minute) == left
    assert plan.is_quiet(minute) is (left > 0)


def test_without_quiet_hours_no_minute_is_quiet() -> None:
    assert not any(ReminderPlan().is_quiet(minute) for minute in range(1440))
    assert ReminderPlan().quiet_left_min(3) == 0


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"times": ("7:30",)}, "write it like"),
        ({"times": ("24:00",)}, "no time of the day"),
        ({"times": ("07:30 ",)}, "no time of the day"),
        ({"times": ("07:00",) * 9}, "at most 8"),
        ({"weekdays": ()}, "at least 1"),
        ({"weekdays": ("Monday",)}, "'mon', 'tue'"),
        ({"quiet": "22:00"}, "no span of hours"),
        ({"quiet": "22:00-22:00"}, "no span of hours"),
        ({"quiet": "22-07"}, "no time of the day"),
        ({"times": ("23:30",), "quiet": "22:00-07:00"}, "23:30 lies in the quiet hours 22:00-07:00"),
        ({"missed": "twice"}, "'skip' or 'once'"),
    ],
)
def test_what_is_no_plan_is_refused(said: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        ReminderPlan.model_validate(said)


def test_a_stamp_has_its_minute_of_the_day() -> None:
    assert local_minute(Stamp(0, 1_795_161_600_000 + 59_999, 60)) == 9 * 60
    assert local_minute(Stamp(0, 0, -30)) == 23 * 60 + 30
