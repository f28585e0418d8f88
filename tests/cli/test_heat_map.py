"""Weeks as they are drawn: at any width, in colour or not, with Unicode or without."""

import io
from datetime import date, timedelta

import pytest
from rich.console import Console

from wearsync.cli.heat_map import draw
from wearsync.coordinator.dose import Ledger
from wearsync.daemon.history import History, HistoryDay, HistoryWeek
from wearsync.daemon.states import summary_payload
from wearsync.publish.payloads import Week

# A Wednesday.
TODAY = date(2027, 1, 6)
MONDAY = date(2027, 1, 4)


def day(back: int, **said: object) -> HistoryDay:
    plain = HistoryDay(
        date=TODAY - timedelta(days=back),
        left_s=0.0,
        right_s=0.0,
        counts=False,
        full=False,
        pain=False,
        away=False,
    )
    return plain.model_copy(update=said)


def history(weeks: int, *days: HistoryDay, **summed: object) -> History:
    summary = summary_payload("anna", Ledger(), TODAY)
    mondays = [MONDAY - timedelta(weeks=back) for back in reversed(range(weeks))]
    return History(
        wearer="anna",
        since=mondays[0],
        summary=summary.model_copy(update=summed),
        weeks=tuple(
            HistoryWeek(monday=monday, left_s=60.0 * number, right_s=0.0, counted_days=number % 8)
            for number, monday in enumerate(mondays)
        ),
        days=days,
    )


def text(found: History, *, width: int = 80, unicode: bool = False) -> list[str]:
    return [line.plain for line in draw(found, width=width, unicode=unicode)]


MIXED = history(
    3,
    day(0, full=True, counts=True, left_s=60.0),
    day(1, counts=True, left_s=60.0),
    day(2, left_s=12.0),
    day(7, away=True),
    day(8, away=True, full=True, pain=True),
)


def test_a_calendar_of_three_weeks() -> None:
    assert text(MIXED)[:10] == [
        "anna, 3 weeks to 2027-01-06",
        "",
        "2026 Dec 2027",
        "Mon  . . o",
        "Tue  . ! +",
        "Wed  . ~ #",
        "Thu  . .",
        "Fri  . .",
        "Sat  . .",
        "Sun  . .",
    ]
    assert text(MIXED)[11] == "     # routine done   + counts   o some   . nothing   ~ away   ! it hurt"


def test_blocks_where_they_can_be_shown() -> None:
    assert [line[9] for line in text(MIXED, unicode=True)[3:6]] == ["░", "▓", "█"]
    assert text(MIXED, unicode=True)[11].startswith("     █ routine done   ▓ counts   ░ some   · nothing")


def test_bars_are_whole_at_the_target_and_seen_at_all() -> None:
    bars = text(history(20))[-16:-3]
    assert bars[0] == "Oct 12  ##################........  7.0  ..........................  0.0  7 of 7"
    assert [bar.count("#") for bar in bars] == [18, 21, 23, *(10 * [26])]
    bars = text(history(3, week=Week(left_s=0, right_s=0, target_s=600_000)))[-6:-3]
    assert [bar.count("#") for bar in bars] == [0, 1, 1]


def test_what_it_comes_to() -> None:
    found = history(
        1, streak=1, longest_streak=30, grace_left=0, away=True, symmetry=0.503, adherence_days=20
    )
    assert text(found)[-3:] == [
        "streak 1 day - longest 30 days - no day of grace left this week",
        "away: the streak waits - 20 of the last 28 days counted",
        "0.0 and 0.0 of 10 min this week - left 50 %, right 50 % in four weeks",
    ]
    assert text(history(1))[-1] == "0 of the last 28 days counted - 0.0 and 0.0 of 10 min this week"


@pytest.mark.parametrize("width", [1, 40, 57, 80, 300])
@pytest.mark.parametrize("weeks", [1, 3, 52, 520])
def test_nothing_is_wider_than_the_terminal(width: int, weeks: int) -> None:
    found = history(weeks, symmetry=0.5, away=True, streak=3000, longest_streak=3000)
    lines = text(found, width=width)
    assert max(map(len, lines)) <= min(max(width, 40), 100)
    assert all(line.isascii() for line in lines)
    assert sum(line.startswith("Mon") for line in lines) == -(-weeks // ((min(max(width, 40), 100) - 5) // 2))


def test_signs_say_all_that_colours_say() -> None:
    """Each style has signs of its own."""
    console = Console(file=io.StringIO(), record=True, force_terminal=True, color_system="standard")
    for line in draw(MIXED, width=80, unicode=False):
        console.print(line)
    assert "\x1b[1;32m#" in console.export_text(styles=True)
    by_style: dict[str, set[str]] = {}
    for line in draw(MIXED, width=80, unicode=False)[3:10]:
        for span in line.spans:
            by_style.setdefault(str(span.style), set()).update(line.plain[span.start : span.end])
    signs = [frozenset(found) for style, found in by_style.items() if style]
    assert len(set(signs)) == len(signs) == 6
