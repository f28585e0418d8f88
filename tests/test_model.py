"""The words that reckon: sides, routines, stamps, keys."""

from datetime import UTC, date, datetime

import pytest
from pydantic import ValidationError

from wearsync.model import AwaySpan, RecordKey, Routine, Side, Stamp


def test_a_side_has_another() -> None:
    assert Side.LEFT.other is Side.RIGHT
    assert Side.RIGHT.other is Side.LEFT


def test_a_routine_changes_sides_at_each_step() -> None:
    routine = Routine(rounds=2, left_s=30, right_s=45, first_side=Side.RIGHT)
    sides = [routine.side_of(step) for step in range(routine.steps)]
    assert sides == [Side.RIGHT, Side.LEFT, Side.RIGHT, Side.LEFT]
    assert [routine.planned_s(side) for side in sides] == [45, 30, 45, 30]


def test_a_routine_is_told_by_its_content() -> None:
    assert Routine().id == Routine().id
    assert Routine().id != Routine(left_s=31).id
    assert 0 <= Routine().id < 2**32


def test_a_change_of_a_routine_says_what_was_given_and_no_more() -> None:
    assert Routine(rounds=3, form_cue=True).said == (("rounds", 3), ("form_cue", True))
    assert Routine().said == ()


@pytest.mark.parametrize(
    ("last", "covered"), [(None, (False, True, True)), (date(2026, 3, 14), (False, True, False))]
)
def test_an_absence_lasts_until_the_wearer_is_back(last: date | None, covered: tuple[bool, ...]) -> None:
    span = AwaySpan(date(2026, 3, 14), last)
    days = date(2026, 3, 13), date(2026, 3, 14), date(2026, 3, 15)
    assert tuple(span.covers(day) for day in days) == covered


@pytest.mark.parametrize(
    "wrong",
    [{"left_s": 29}, {"right_s": 61}, {"rounds": 0}, {"first_gap_s": 2}, {"left_s": 30.0}, {"hold_s": 30}],
)
def test_a_routine_is_what_the_product_allows(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Routine.model_validate(wrong)


@pytest.mark.parametrize(
    ("offset_min", "day"), [(0, date(2026, 3, 14)), (60, date(2026, 3, 15)), (-720, date(2026, 3, 14))]
)
def test_a_stamp_belongs_to_the_wearers_day(offset_min: int, day: date) -> None:
    instant = datetime(2026, 3, 14, 23, 30, tzinfo=UTC)
    stamp = Stamp(host_ms=5, unix_ms=int(instant.timestamp() * 1000), utc_offset_min=offset_min)
    assert stamp.utc == instant
    assert stamp.local_date == day


@pytest.mark.parametrize("utc_offset_min", [0, 14 * 60, -14 * 60, 32_767, -32_768])
@pytest.mark.parametrize(
    ("unix_ms", "year"),
    [(-(2**63), 1), (-62_135_596_800_000, 1), (253_402_300_799_999, 9999), (2**63, 9999)],
)
def test_a_label_beyond_the_calendar_is_its_first_or_last_instant(
    unix_ms: int, year: int, utc_offset_min: int
) -> None:
    stamp = Stamp(host_ms=5, unix_ms=unix_ms, utc_offset_min=utc_offset_min)
    assert stamp.utc.year == year
    assert abs(stamp.local_date.year - year) <= 1


def test_an_event_is_named_by_its_record() -> None:
    assert RecordKey("ab", "7.1", 12).event_id("hold") == "ab:7.1:12:hold"


def test_an_error_does_not_show_what_it_is_about() -> None:
    """It may end in a log's traceback, and be somebody's holds, or a password in the wrong place."""
    with pytest.raises(ValidationError) as caught:
        Routine.model_validate({"left_s": 47123, "variant": "geheim"})
    assert "left_s" in str(caught.value)
    assert not [private for private in ("47123", "geheim") if private in str(caught.value)]
