"""What was measured, for people (a table of 80 columns) and for programs (JSON).

Rule: a goal that is missed is named, with its cause where that is known; a figure that could not be measured
says why, and counts as missed.
"""

import textwrap
from collections.abc import Iterator, Mapping

from tests.bench.figure import Figure, Measured, Summary

__all__ = ["WIDTH", "Outcome", "as_json", "head", "rows", "short", "title", "verdict"]

WIDTH = 80
# A figure's summaries, or why there are none.
Outcome = Measured | str
_COLUMNS = "{name:<31}{median:>11}  {span:<19}{goal:>9}  {met}"


def head(machine: Mapping[str, str]) -> Iterator[str]:
    """The machine, a line for each fact."""
    width = max(map(len, machine)) + 2
    for name, fact in machine.items():
        yield from textwrap.wrap(
            f"{name:<{width}}{fact}", WIDTH, subsequent_indent=" " * width, break_on_hyphens=False
        )


def title() -> str:
    """Above the rows."""
    return _COLUMNS.format(name="figure", median="median", span="min – max", goal="goal", met="").rstrip()


def rows(figure: Figure, outcome: Outcome) -> Iterator[str]:
    """One figure: what it is, its ratio, and below it what the ratio is made of."""
    yield from textwrap.wrap(f"{figure.name}: {figure.says}", WIDTH, subsequent_indent="  ")
    if isinstance(outcome, str):
        yield from textwrap.wrap(f"  not measured: {outcome}", WIDTH, subsequent_indent="  ")
        return
    for each in outcome.parts:
        yield _row(each)
    if not outcome.met and figure.cause:
        yield from textwrap.wrap(f"  why: {figure.cause}", WIDTH, subsequent_indent="       ")


def verdict(outcomes: Mapping[Figure, Outcome]) -> Iterator[str]:
    """How many meet their goals; each that does not, with its cause."""
    missed = {
        figure: outcome for figure, outcome in outcomes.items() if isinstance(outcome, str) or not outcome.met
    }
    yield f"{len(outcomes) - len(missed)} of {len(outcomes)} meet their goals"
    for figure, outcome in missed.items():
        why = outcome if isinstance(outcome, str) else figure.cause or "the cause is not known: profile it"
        yield from textwrap.wrap(f"missed: {figure.name}: {why}", WIDTH, subsequent_indent="  ")


def as_json(machine: Mapping[str, str], outcomes: Mapping[Figure, Outcome]) -> dict[str, object]:
    """For programs: by the figure's name, and the machine under its own key."""
    return {
        "machine": dict(machine),
        **{each.name: _object(each, outcome) for each, outcome in outcomes.items()},
    }


def short(value: float) -> str:
    """Three significant digits."""
    if value and abs(value) < 0.0995:
        return f"{value:.2g}"
    return f"{value:,.0f}" if abs(value) >= 99.5 else f"{value:.3g}"


def _row(summary: Summary) -> str:
    part, goal = summary.part, summary.part.goal
    unit = "" if part.unit == "×" else f" {part.unit}"
    span = f"{short(summary.least)} – {short(summary.most)}"
    return _COLUMNS.format(
        name=f"  {part.says}",
        median=short(summary.median) + unit,
        span=span,
        goal="" if goal is None else str(goal),
        met="" if goal is None else "met" if summary.met else "MISSED",
    ).rstrip()


def _object(figure: Figure, outcome: Outcome) -> dict[str, object]:
    if isinstance(outcome, str):
        return {"ratio": None, "met": False, "error": outcome, "says": figure.says}
    ratio, *others = map(_part, outcome.parts)
    ratio["ratio"] = ratio.pop("median")
    missed = {} if outcome.met or not figure.cause else {"cause": figure.cause}
    return {
        **ratio,
        "met": outcome.met,
        **missed,
        "says": figure.says,
        "parts": {each.part.name: part for each, part in zip(outcome.parts[1:], others, strict=True)},
    }


def _part(summary: Summary) -> dict[str, object]:
    part = summary.part
    return {
        "label": part.says,
        "median": summary.median,
        "min": summary.least,
        "max": summary.most,
        "rounds": summary.rounds,
        "unit": "ratio" if part.unit == "×" else part.unit,
        "goal": None if part.goal is None else str(part.goal),
        "met": summary.met,
    }
