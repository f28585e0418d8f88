"""Host time never steps back, whatever the wall clock does; labels follow that clock and the zone."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wearsync.daemon.clock import HostClock, MachineZone
from wearsync.ports import Clock

BERLIN = ZoneInfo("Europe/Berlin")
DAY_S = 24 * 3600


def unix_s(moment: str) -> float:
    return datetime.fromisoformat(f"{moment}+00:00").timestamp()


@dataclass
class Machine:
    """A monotonic and a wall clock that a test turns."""

    loop_s: float = 5000.25
    wall_s: float = unix_s("2026-03-14T12:00:00")

    def wait(self, seconds: float) -> None:
        self.loop_s += seconds
        self.wall_s += seconds

    def clock(self, resume: tuple[int, int] | None = None, zone: ZoneInfo | None = BERLIN) -> Clock:
        return HostClock(loop_time=lambda: self.loop_s, wall=lambda: self.wall_s, zone=zone, resume=resume)


def test_a_new_journal_begins_at_unix_time() -> None:
    machine = Machine()
    clock = machine.clock()
    now = clock.now()
    assert now.host_ms == now.unix_ms == int(machine.wall_s * 1000)
    assert (now.utc_offset_min, now.error_ms) == (60, 0)
    machine.wait(1.5)
    assert clock.now().host_ms == now.host_ms + 1500
    assert clock.now().unix_ms == now.unix_ms + 1500


@pytest.mark.parametrize("step_s", [10 * 365 * DAY_S, -10 * 365 * DAY_S, 0.5, -0.5])
def test_a_step_of_the_wall_clock_moves_labels_only(step_s: float) -> None:
    machine = Machine()
    clock = machine.clock()
    before = clock.now()
    machine.wait(10)
    machine.wall_s += step_s
    after = clock.now()
    assert after.host_ms == before.host_ms + 10_000
    assert after.unix_ms == before.unix_ms + 10_000 + int(step_s * 1000)
    assert clock.at(before.host_ms).unix_ms == before.unix_ms + int(step_s * 1000)


def test_it_goes_on_after_a_restart_by_the_time_that_has_passed() -> None:
    machine = Machine()
    committed = machine.clock().now()
    machine.wait(3600)
    machine.loop_s = 7  # The machine itself was started anew.
    clock = machine.clock(resume=(committed.host_ms, committed.unix_ms))
    assert clock.now().host_ms == committed.host_ms + 3_600_000
    machine.wait(2)
    assert clock.now().host_ms == committed.host_ms + 3_602_000


@pytest.mark.parametrize("back_s", [0, 1, 40 * 365 * DAY_S])
def test_a_wall_clock_that_went_back_meanwhile_is_one_millisecond(back_s: float) -> None:
    machine = Machine()
    committed = machine.clock().now()
    machine.wall_s -= back_s
    now = machine.clock(resume=(committed.host_ms, committed.unix_ms)).now()
    assert now.host_ms == committed.host_ms + 1
    assert now.unix_ms == committed.unix_ms - back_s * 1000


def test_a_life_in_1970_does_not_make_the_next_one_56_years_later() -> None:
    machine = Machine(wall_s=3600)
    committed = machine.clock().now()
    machine.wall_s = unix_s("2026-03-14T12:00:00")
    now = machine.clock(resume=(committed.host_ms, committed.unix_ms)).now()
    assert now.host_ms == committed.host_ms + 1
    machine.wall_s = 3600
    assert machine.clock(resume=(now.host_ms, now.unix_ms)).now().host_ms == now.host_ms + 1


@given(
    turns=st.lists(st.tuples(st.floats(0, 1e6), st.floats(-1e9, 1e9), st.booleans()), min_size=1, max_size=20)
)
def test_host_time_never_steps_back(turns: list[tuple[float, float, bool]]) -> None:
    """Waiting, steps of the wall clock, restarts: in any order."""
    machine = Machine(wall_s=0)
    clock = machine.clock(zone=None)
    last = clock.now()
    for waited_s, wall_s, restart in turns:
        if restart:
            clock = machine.clock(resume=(last.host_ms, last.unix_ms), zone=None)
            assert clock.now().host_ms > last.host_ms
        machine.loop_s += waited_s
        machine.wall_s = abs(wall_s)
        now = clock.now()
        assert now.host_ms >= last.host_ms
        last = now


def test_another_instant_by_the_present_relation_with_its_doubt() -> None:
    machine = Machine()
    clock = machine.clock()
    now = clock.now()
    earlier = clock.at(now.host_ms - 90_000, error_ms=250)
    assert earlier.host_ms == now.host_ms - 90_000
    assert earlier.unix_ms == now.unix_ms - 90_000
    assert earlier.error_ms == 250
    assert clock.at(now.host_ms) == now


@pytest.mark.parametrize(
    ("moment", "offset_min"),
    [
        ("2026-03-29T00:59:59", 60),
        ("2026-03-29T01:00:00", 120),
        ("2026-10-25T00:59:59", 120),
        ("2026-10-25T01:00:00", 60),
    ],
)
def test_the_offset_is_that_of_the_instant(moment: str, offset_min: int) -> None:
    """Europe changes at 01:00 UTC; asked half a year later, it is still the offset that held then."""
    machine = Machine(wall_s=unix_s(moment))
    clock = machine.clock()
    then = clock.now()
    assert then.utc_offset_min == offset_min
    machine.wait(180 * DAY_S)
    assert clock.at(then.host_ms) == then


def test_a_day_is_that_of_the_zone() -> None:
    machine = Machine(wall_s=unix_s("2026-06-01T22:30:00"))
    assert machine.clock().now().local_date == date(2026, 6, 2)
    assert machine.clock(zone=ZoneInfo("America/New_York")).now().local_date == date(2026, 6, 1)
    # Samoa left out the 30th of December 2011.
    samoa = machine.clock(zone=ZoneInfo("Pacific/Apia"))
    machine.wall_s = unix_s("2011-12-30T09:59:59")
    assert samoa.now().local_date == date(2011, 12, 29)
    machine.wall_s += 1
    assert samoa.now().local_date == date(2011, 12, 31)


@pytest.mark.parametrize(
    ("zone", "moment", "days"),
    [
        # The hour that is twice, and belongs to one evening: midnight went back to 23:00.
        ("America/Sao_Paulo", "2018-02-18T01:30:00", ["2018-02-17", "2018-02-17", "2018-02-18"]),
        # The hour that is not: midnight went on to 01:00.
        ("America/Sao_Paulo", "2018-11-04T02:30:00", ["2018-11-03", "2018-11-04", "2018-11-04"]),
        # In the night, as in most places.
        ("Europe/Berlin", "2026-03-29T00:30:00", ["2026-03-29"] * 3),
        ("Europe/Berlin", "2026-10-25T00:30:00", ["2026-10-25"] * 3),
    ],
)
def test_sessions_around_a_change_of_the_clocks_have_the_day_that_people_call_it(
    zone: str, moment: str, days: list[str]
) -> None:
    machine = Machine(wall_s=unix_s(moment))
    clock = machine.clock(zone=ZoneInfo(zone))
    first_ms = clock.now().host_ms
    for number, day in enumerate(days):
        now = clock.now()
        assert now.local_date == date.fromisoformat(day)
        assert now.host_ms - first_ms == number * 3_600_000
        machine.wait(3600)


@pytest.mark.parametrize(("offset_min"), [-210, 345, 840])
def test_offsets_of_less_than_an_hour(offset_min: int) -> None:
    clock = HostClock(loop_time=lambda: 0, wall=lambda: 1e9, zone=timezone(timedelta(minutes=offset_min)))
    assert clock.now().utc_offset_min == offset_min


def test_without_a_zone_it_is_the_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that no other test has: half an hour off, and summer only."""
    try:
        with monkeypatch.context() as patch:
            patch.setenv("TZ", "WIN-3:30SUM,M5.1.0,M9.1.0")
            time.tzset()
            machine = Machine(wall_s=unix_s("2026-01-15T12:00:00"))
            winter = machine.clock(zone=None).now()
            machine.wait(180 * DAY_S)
            summer = machine.clock(zone=None).now()
    finally:
        time.tzset()
    assert (winter.utc_offset_min, summer.utc_offset_min) == (210, 270)


@pytest.fixture
def machine_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """This process believes to be in another zone."""

    def move(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)

    yield move
    monkeypatch.undo()
    time.tzset()


def test_the_machines_own_zone_has_its_rules(machine_in: Callable[[str], None]) -> None:
    machine_in("Europe/Berlin")
    zone = Machine().clock(zone=None).zone
    for moment in (
        "2026-03-29T00:59:59",
        "2026-03-29T01:00:00",
        "2026-10-25T00:30:00",
        "2026-10-25T01:30:00",
    ):
        at = datetime.fromisoformat(f"{moment}+00:00")
        local, there = at.astimezone(zone), at.astimezone(BERLIN)
        assert local.isoformat() == there.isoformat()
        assert local.fold == there.fold
        assert local.astimezone(UTC) == at
        assert local.tzname() == there.tzname()
    assert zone.dst(None) is None


def test_who_travels_with_the_machine_takes_its_zone_along(machine_in: Callable[[str], None]) -> None:
    machine_in("Europe/Berlin")
    machine = Machine()
    clock = machine.clock(zone=None)
    assert clock.zone.utcoffset(clock.now().utc) == timedelta(hours=1)
    machine_in("America/New_York")
    assert clock.zone.utcoffset(clock.now().utc) == timedelta(hours=-4)
    assert clock.now().utc_offset_min == -240


def test_without_a_moment_a_zone_has_no_offset() -> None:
    assert MachineZone().utcoffset(None) is None
    assert MachineZone().tzname(None) is None
