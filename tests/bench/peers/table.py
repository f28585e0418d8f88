"""The comparison for people (80 columns) and for programs.

Rule: a cell says how much lies behind it, and a tool that could not be measured says why.
"""

import statistics
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict

from tests.bench.peers.course import Marks, Window
from tests.bench.peers.probe import Use
from tests.bench.peers.tally import Loss

__all__ = ["as_json", "lines"]

WIDTH = 80
FIRST, OTHER = 22, 14
NONE = "–"


def lines(all_marks: Sequence[Marks]) -> Iterator[str]:
    """The table, and below it what went wrong."""
    yield _row("", [marks.tool.name for marks in all_marks])
    yield _row("reads", [marks.tool.by for marks in all_marks])
    for name, cell in _ROWS:
        yield _row(name, [cell(marks) for marks in all_marks])
    for marks in all_marks:
        if marks.trouble is not None:
            text = f"{marks.tool.name} was left out from then on: {marks.trouble}"
            yield from textwrap.wrap(text, WIDTH, subsequent_indent="  ")
        if invented := marks.tool.tally.invented:
            yield f"{marks.tool.name}: no watch has sent {', '.join(invented)}"


def as_json(all_marks: Sequence[Marks]) -> dict[str, object]:
    """By the tool's name: every round's value."""
    return {marks.tool.name: _object(marks) for marks in all_marks}


def _object(marks: Marks) -> dict[str, object]:
    return {
        "reads": marks.tool.by,
        "idle": [asdict(each) for each in marks.idle],
        "latency_ms": _latencies(marks),
        **{
            name: [asdict(_loss(marks, each)) | {"back_s": each.back_s} for each in windows]
            for name, windows in (("kill", marks.kills), ("cut", marks.cuts), ("outage", marks.outages))
        },
        "invented": marks.tool.tally.invented,
        "trouble": marks.trouble,
    }


def _row(name: str, cells: Sequence[str]) -> str:
    return f"{name:<{FIRST}}" + "".join(f"{cell:>{OTHER}}" for cell in cells)


def _median(of: Callable[[Use], float]) -> Callable[[Marks], str]:
    def cell(marks: Marks) -> str:
        return f"{statistics.median(map(of, marks.idle)):.1f}" if marks.idle else NONE

    return cell


def _latencies(marks: Marks) -> list[float]:
    return [
        each for window in marks.busy for each in marks.tool.tally.latencies_ms(window.begin_s, window.end_s)
    ]


def _latency(of: Callable[[list[float]], float]) -> Callable[[Marks], str]:
    def cell(marks: Marks) -> str:
        latencies = _latencies(marks)
        return f"{of(latencies):,.0f}" if latencies else NONE

    return cell


def _lost(windows: Callable[[Marks], list[Window]]) -> Callable[[Marks], str]:
    def cell(marks: Marks) -> str:
        losses = [_loss(marks, each) for each in windows(marks)]
        if not losses:
            return NONE
        return f"{sum(each.lost for each in losses)} of {sum(each.sent for each in losses)}"

    return cell


def _repeated(windows: Callable[[Marks], list[Window]]) -> Callable[[Marks], str]:
    def cell(marks: Marks) -> str:
        return str(sum(_loss(marks, each).repeated for each in windows(marks))) if windows(marks) else NONE

    return cell


def _loss(marks: Marks, window: Window) -> Loss:
    return marks.tool.tally.loss(window.begin_s, window.end_s)


def _back(windows: Callable[[Marks], list[Window]]) -> Callable[[Marks], str]:
    """The longest."""

    def cell(marks: Marks) -> str:
        took = [each.back_s for each in windows(marks)]
        if not took:
            return NONE
        return "never" if None in took else f"{max(each for each in took if each is not None):.0f}"

    return cell


def _busy(marks: Marks) -> list[Window]:
    return marks.busy


_BLOWS: tuple[tuple[str, Callable[[Marks], list[Window]]], ...] = (
    ("nothing", _busy),
    ("kill -9", lambda marks: marks.kills),
    ("link cut", lambda marks: marks.cuts),
    ("no broker, 60 s", lambda marks: marks.outages),
)
_ROWS: tuple[tuple[str, Callable[[Marks], str]], ...] = (
    ("idle CPU, %", _median(lambda use: use.cpu_percent)),
    (" bluetoothd then, %", _median(lambda use: use.bluetoothd_percent)),
    ("memory RSS, MB", _median(lambda use: use.rss_mb)),
    (" PSS, MB", _median(lambda use: use.pss_mb)),
    ("latency median, ms", _latency(statistics.median)),
    (" max, ms", _latency(max)),
    *((f"lost: {name}", _lost(windows)) for name, windows in _BLOWS),
    *((f"again: {name}", _repeated(windows)) for name, windows in _BLOWS),
    *((f"back, s: {name}", _back(windows)) for name, windows in _BLOWS[1:]),
)
