"""Weeks on a terminal: a calendar of days, a bar for each side of each week, and what they come to; pure.

Rule: a sign says it all, colour only repeats it: it is read in black and white too, and without Unicode.
Nothing is wider than the terminal: what has no room beside stands below.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text

    from wearsync.daemon.history import History, HistoryDay

# Below that a bar says nothing any more, and weekdays have no room.
WIDTH_MIN = 40
# Wider ones are not easier to read.
WIDTH_MAX = 100
# A quarter on one screen, with the calendar.
BARS_MAX = 13

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LABEL = 5
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Signs:
    """One character each."""

    full: str
    counts: str
    some: str
    nothing: str
    away: str
    pain: str
    bar: str
    rest: str
    dot: str


UNICODE = Signs(full="█", counts="▓", some="░", nothing="·", away="~", pain="!", bar="█", rest="·", dot="·")
ASCII = Signs(full="#", counts="+", some="o", nothing=".", away="~", pain="!", bar="#", rest=".", dot="-")

_STYLES = {
    "full": "bold green",
    "counts": "green",
    "some": "yellow",
    "nothing": "dim",
    "away": "cyan",
    "pain": "bold red",
}
_MEANS = {
    "full": "routine done",
    "counts": "counts",
    "some": "some",
    "nothing": "nothing",
    "away": "away",
    "pain": "it hurt",
}


def draw(history: "History", *, width: int, unicode: bool) -> "tuple[Text, ...]":
    """One line each."""
    signs = UNICODE if unicode else ASCII
    width = min(max(width, WIDTH_MIN), WIDTH_MAX)
    weeks = len(history.weeks)
    title = _text(
        (history.wearer, "bold"),
        (f", {weeks} week{'' if weeks == 1 else 's'} to {history.summary.date}", ""),
    )
    lines = (
        title,
        _text(),
        *_calendar(history, width, signs),
        *_legend(width, signs),
        _text(),
        *_bars(history, width, signs),
        _text(),
        *_verdict(history, width, signs),
    )
    for line in lines:
        line.rstrip()
    return lines


def _calendar(history: "History", width: int, signs: Signs) -> "list[Text]":
    """Weeks side by side, as many as there is room for; the rest below."""
    beside = (width - _LABEL) // 2
    mondays = [week.monday for week in history.weeks]
    days = {day.date: day for day in history.days}
    lines: list[Text] = []
    for first in range(0, len(mondays), beside):
        block = mondays[first : first + beside]
        lines.append(_text((_months(block, width), "")))
        for number, name in enumerate(_WEEKDAYS):
            cells = [
                cell
                for monday in block
                for cell in (_cell(monday + number * _DAY, days, history.summary.date, signs), (" ", ""))
            ]
            lines.append(_text((f"{name:{_LABEL}}", ""), *cells))
        lines.append(_text())
    return lines


def _months(mondays: list[date], width: int) -> str:
    """The year; and each month's name (for January its year) above its first week with room for it."""
    line, named = f"{(mondays[0] + 6 * _DAY).year:<{_LABEL}}", 0
    for number, sunday in enumerate(monday + 6 * _DAY for monday in mondays):
        name = str(sunday.year) if sunday.month == 1 and number else _MONTHS[sunday.month - 1]
        column = _LABEL + 2 * number
        if sunday.month != named and len(line) <= column <= width - len(name):
            line, named = f"{line:{column}}{name} ", sunday.month
    return line.rstrip()


def _cell(day: date, days: "dict[date, HistoryDay]", today: date, signs: Signs) -> tuple[str, str]:
    if day > today:
        return " ", ""
    word = _word(days.get(day))
    return getattr(signs, word), _STYLES[word]


def _word(day: "HistoryDay | None") -> str:
    """Pain first: it is not to be overlooked."""
    if day is None:
        return "nothing"
    words = (
        ("pain", day.pain),
        ("full", day.full),
        ("counts", day.counts),
        ("some", day.left_s + day.right_s > 0),
        ("away", day.away),
    )
    return next((word for word, holds in words if holds), "nothing")


def _legend(width: int, signs: Signs) -> "list[Text]":
    parts = [[(getattr(signs, word), _STYLES[word]), (f" {means}", "")] for word, means in _MEANS.items()]
    lines, used = [_text((" " * _LABEL, ""))], _LABEL
    for sign, means in parts:
        room = 1 + len(means[0]) + 3
        if used + room > width:
            lines.append(_text((" " * _LABEL, "")))
            used = _LABEL
        lines[-1].append(*sign)
        lines[-1].append(f"{means[0]}   ")
        used += room
    return lines


def _bars(history: "History", width: int, signs: Signs) -> "list[Text]":
    """The last weeks, oldest first; a whole bar is the week's target."""
    target_s = history.summary.week.target_s
    # Label, two numbers, and the days that counted.
    bar = (width - 8 - 2 * 7 - 6) // 2
    head = f"{'week of':8}{'left, min':{bar + 7}}{'right, min':{bar + 7}}days"
    rows = [
        _text(
            (f"{_MONTHS[week.monday.month - 1]} {week.monday.day:2}  ", ""),
            *_bar(week.left_s, target_s, bar, signs),
            *_bar(week.right_s, target_s, bar, signs),
            (f"{week.counted_days} of 7", ""),
        )
        for week in history.weeks[-BARS_MAX:]
    ]
    return [_text((head, "bold")), *rows]


def _bar(seconds: float, target_s: int, length: int, signs: Signs) -> list[tuple[str, str]]:
    filled = min(length, round(seconds / target_s * length))
    if seconds > 0:
        filled = max(1, filled)
    style = "bold green" if seconds >= target_s else "green"
    return [
        (signs.bar * filled, style),
        (signs.rest * (length - filled), "dim"),
        (f"{seconds / 60:5.1f}  ", ""),
    ]


def _verdict(history: "History", width: int, signs: Signs) -> "list[Text]":
    summary = history.summary
    week, grace = summary.week, _days(summary.grace_left) if summary.grace_left else "no day"
    parts = [
        f"streak {_days(summary.streak)}",
        f"longest {_days(summary.longest_streak)}",
        f"{grace} of grace left this week",
        *(["away: the streak waits"] if summary.away else []),
        f"{summary.adherence_days} of the last {len(summary.days)} days counted",
        f"{week.left_s / 60:.1f} and {week.right_s / 60:.1f} of {week.target_s / 60:.0f} min this week",
    ]
    if summary.symmetry is not None:
        left = round(100 * summary.symmetry)
        parts.append(f"left {left} %, right {100 - left} % in four weeks")
    lines = [""]
    for part in parts:
        longer = f"{lines[-1]} {signs.dot} {part}" if lines[-1] else part
        if len(longer) > width:
            lines.append(part)
        else:
            lines[-1] = longer
    return [_text((line, "")) for line in lines]


def _days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"


def _text(*parts: tuple[str, str]) -> "Text":
    from rich.text import Text

    return Text.assemble(*parts)
