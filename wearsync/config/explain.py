"""From what pydantic says to one line for the person who wrote the file: file, line, key, what, and what to
do.

Rule: the first problem is told whole; of the others only that there are some. Values of secrets never come
here.
"""

import os
import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

Location = tuple[int | str, ...]

# A value is repeated up to here: enough to recognise it.
VALUE_SHOWN_CHARS = 40


def explain(error: ValidationError, *, text: str, source: Path, model: type[BaseModel]) -> str:
    """The first problem, as `file, line 12: broker.urll is not known: did you mean url?`."""
    problems = error.errors(include_url=False)
    # A key that is not known is often why another one is missing.
    first = next((problem for problem in problems if problem["type"] == "extra_forbidden"), problems[0])
    message = f"{place(first['loc'], text, source)}: {_what(first, model)}"
    return f"{message} ({len(problems)} problems in all)" if problems[1:] else message


def line_of(location: Location, text: str) -> int | None:
    """The line (from 1) of a key, or of the nearest table around it; None: the file has neither."""
    lines = {where: number for number, where in _keys(text)}
    for length in range(len(location), 0, -1):
        if location[:length] in lines:
            return lines[location[:length]]
    return None


def place(location: Location, text: str, source: Path) -> str:
    """Where a value comes from: its environment variable, or the file and its line."""
    variable = "WEARSYNC_" + "_".join(map(str, location)).upper()
    if variable in os.environ:
        return f"environment variable {variable}"
    line = line_of(location, text)
    return f"{source}, line {line}" if line else str(source)


def _what(problem: ErrorDetails, model: type[BaseModel]) -> str:
    key = _written(problem["loc"])
    context = problem.get("ctx", {})
    match problem["type"]:
        case "extra_forbidden":
            return f"{key} is not known{_suggestion(problem['loc'], model)}"
        case "missing":
            return f"{key} is missing"
        case "greater_than_equal":
            return f"{key} is {_shown(problem)}: it must be at least {context['ge']}"
        case "less_than_equal":
            return f"{key} is {_shown(problem)}: it must be at most {context['le']}"
        case "enum" | "literal_error":
            return f"{key} is {_shown(problem)}: it must be {context['expected']}"
        case "value_error":
            said = str(context["error"])
            return f"{key}: {said}" if key else said
        case "string_pattern_mismatch" if problem["loc"][-1] == "id":
            return f"{key} is {_shown(problem)}: it must be 32 hex digits in lower case (`wearsync watches`)"
        case _:
            return f"{key} is {_shown(problem)}: {problem['msg'][:1].lower()}{problem['msg'][1:]}"


def _shown(problem: ErrorDetails) -> str:
    return _cut(repr(problem["input"]))


def _cut(shown: str) -> str:
    return shown if len(shown) <= VALUE_SHOWN_CHARS else shown[:VALUE_SHOWN_CHARS] + "…"


def _written(location: Location) -> str:
    """A location as people write it: watches[1].id; a key that would break the line, in quotes."""
    keys = (part if str(part).isprintable() else repr(part) for part in location)
    parts = (f"[{key}]" if isinstance(key, int) else f".{_cut(key)}" for key in keys)
    return "".join(parts).removeprefix(".")


def _suggestion(location: Location, model: type[BaseModel]) -> str:
    for part in location[:-1]:
        if isinstance(part, str) and part in model.model_fields:
            model = _model_in(model.model_fields[part].annotation) or model
    known = list(model.model_fields)
    close = get_close_matches(str(location[-1]), known, n=1)
    return f": did you mean {close[0]}?" if close else f": known here are {', '.join(known)}"


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)


def _keys(text: str) -> Iterator[tuple[int, Location]]:
    """Each table's and each key's line. Inline tables and keys in quotes that hold dots are found by their
    table alone.
    """
    table: Location = ()
    counts: dict[Location, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*(\[\[?)\s*([^\]]+?)\s*\]", line):
            table = _inside(_parts(header[2]), counts)
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            yield number, table
        elif key := re.match(r"\s*([\w\"'.-]+)\s*=", line):
            yield number, (*table, *_parts(key[1]))


def _parts(dotted: str) -> Location:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def _inside(path: Location, counts: dict[Location, int]) -> Location:
    """The path with the number of the table last opened after each name that is an array of tables, the last
    one apart.
    """
    found: Location = ()
    for part in path:
        if found in counts:
            found = (*found, counts[found])
        found = (*found, part)
    return found
