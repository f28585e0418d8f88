"""The table of docs/performance.md, made from docs/performance.json (`scripts/bench --write` makes both).

Rule: the page says what the file says, and the file what was measured in one run; nobody types a figure.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.bench.report import short

__all__ = ["BEGIN", "DATA", "END", "PAGE", "updated"]

ROOT = Path(__file__).parents[2]
PAGE, DATA = ROOT / "docs/performance.md", ROOT / "docs/performance.json"
# As the file has it: report.as_json.
_Object = Mapping[str, Any]
BEGIN, END = "<!-- begin: made by scripts/bench --write -->\n", "<!-- end -->"


def updated(page: str, data: str) -> str:
    """The page with the table of this data. Raises ValueError if it has no place for one."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{PAGE.name} needs the lines {BEGIN.strip()} and {END}")
    return before + begin + "\n" + _table(json.loads(data)) + "\n" + end + after


def _table(said: dict[str, _Object]) -> str:
    machine = said.pop("machine")
    lines = ["| figure | what | median | min – max | goal | |", "|---|---|---|---|---|---|"]
    for name, figure in said.items():
        lines.append(_row(f"**`{name}`**", str(figure["says"]), figure, figure["ratio"]))
        parts = figure.get("parts", {})
        lines += [_row("", part["label"], part, part["median"]) for part in parts.values()]
    facts = [f"{name} {fact}" for name, fact in machine.items()]
    return "\n".join([*lines, "", "Measured on: " + "; ".join(facts) + ".", ""])


def _row(name: str, what: str, part: _Object, median: float | None) -> str:
    if median is None:
        return f"| {name} | {_cell(what)} | not measured: {part['error']} | | | missed |"
    unit = "" if part["unit"] == "ratio" else f" {part['unit']}"
    span = f"{short(part['min'])} – {short(part['max'])}"
    goal = "" if part["goal"] is None else str(part["goal"])
    met = "" if part["goal"] is None else "met" if part["met"] else "**missed**"
    return f"| {name} | {_cell(what)} | {short(median)}{unit} | {span} | {goal} | {met} |"


def _cell(text: str) -> str:
    """A bar would end it."""
    return text.replace("|", "\\|")
