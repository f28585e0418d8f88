"""docs/catalogue.toml → the table in docs/reliability.md, and what is wrong with either (scripts/catalogue).

Rule: every line of the catalogue has a test, a fault of the simulated world, or a step on the real BlueZ that
is really there; or a reason why it needs none. They are looked up in the sources: nothing is imported or run.
"""

import argparse
import ast
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DATA = Path("docs/catalogue.toml")
PAGE = Path("docs/reliability.md")
WORLD = Path("simulators/wearsync_simulators/world")
BLUEZ = Path("tests/bluez")
BEGIN = "<!-- The catalogue: written by scripts/catalogue, not by hand. -->\n"
END = "<!-- The end of the catalogue. -->\n"

KEYS = {"says", "then", "cover", "pruned", "later"}
# The numbers that the catalogue began with: each stands in it for ever.
NUMBERS = frozenset(range(1, 117)) - {26, 38}


@dataclass(frozen=True)
class Line:
    """One line of the catalogue."""

    number: int
    says: str
    then: str
    cover: tuple[str, ...]
    pruned: str
    later: str


@dataclass(frozen=True)
class Catalogue:
    """Sections by their letter: title and lines. `faults`: of the world, name → lines that it shows."""

    sections: Mapping[str, tuple[str, tuple[Line, ...]]]
    faults: Mapping[str, tuple[int, ...]]

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(line for _, lines in self.sections.values() for line in lines)

    def struck_by(self, line: Line) -> tuple[str, ...]:
        """The world's faults that show this line."""
        return tuple(f"world:{name}" for name, numbers in self.faults.items() if line.number in numbers)


def read(root: Path = ROOT) -> Catalogue:
    """The catalogue of that checkout. Raises `ValueError` for a key that means nothing."""
    data = tomllib.loads((root / DATA).read_text(encoding="utf-8"))
    sections = {}
    for letter, section in data.items():
        title = section.pop("title")
        sections[letter] = (title, tuple(_line(int(number), keys) for number, keys in section.items()))
    return Catalogue(sections, dict(_faults(root)))


def problems(catalogue: Catalogue, root: Path = ROOT) -> Iterator[str]:
    """What is wrong, a line each."""
    numbers = [line.number for line in catalogue.lines]
    if missing := NUMBERS - set(numbers):
        yield f"{DATA}: no line {', '.join(map(str, sorted(missing)))}"
    if numbers != sorted(set(numbers)):
        yield f"{DATA}: lines are not in their order, or twice"
    for name, shown in catalogue.faults.items():
        if unknown := set(shown) - set(numbers):
            yield f"world fault {name}: there is no line {', '.join(map(str, sorted(unknown)))}"
    for line in catalogue.lines:
        if not (line.cover or line.pruned or line.later or catalogue.struck_by(line)):
            yield f"line {line.number} ({line.says}): no test or fault covers it, no reason is given"
        for reference in line.cover:
            if not _is_there(reference, catalogue, root):
                yield f"line {line.number} ({line.says}): there is no {reference}"


def table(catalogue: Catalogue) -> str:
    """The generated part of the page."""
    parts = [BEGIN]
    for letter, (title, lines) in catalogue.sections.items():
        parts += [f"\n### {letter} · {title}\n\n", "| | what happens | what must come of it | shown by |\n"]
        parts.append("|---|---|---|---|\n")
        for line in lines:
            parts.append(f"| {line.number} | {line.says} | {line.then} | {_shown_by(line, catalogue)} |\n")
    return "".join((*parts, "\n", END))


def page(catalogue: Catalogue, text: str) -> str:
    """The page with a new table. Raises `ValueError` when it has no place for one."""
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE} has no place for the table, between {BEGIN!r} and {END!r}")
    return head + table(catalogue) + tail


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Write the page, or only check it."""
    parser = argparse.ArgumentParser(prog="scripts/catalogue", description=f"{DATA} → {PAGE}")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if anything is wrong")
    check = parser.parse_args(arguments).check
    catalogue = read(root)
    found = list(problems(catalogue, root))
    written = (root / PAGE).read_text(encoding="utf-8")
    wanted = page(catalogue, written)
    if not check:
        (root / PAGE).write_text(wanted, encoding="utf-8")
    elif wanted != written:
        found.append(f"{PAGE} is not up to date: run scripts/catalogue")
    sys.stderr.writelines(f"catalogue: {problem}\n" for problem in found)
    return 1 if found else 0


def _line(number: int, keys: dict[str, Any]) -> Line:
    if unknown := keys.keys() - KEYS:
        raise ValueError(f"{DATA}: line {number} has {', '.join(sorted(unknown))}, which means nothing")
    cover = tuple(keys.get("cover", ()))
    return Line(number, keys["says"], keys["then"], cover, keys.get("pruned", ""), keys.get("later", ""))


def _shown_by(line: Line, catalogue: Catalogue) -> str:
    shown = [f"`{reference.removeprefix('tests/')}`" for reference in line.cover]
    shown += [f"`{fault}`" for fault in catalogue.struck_by(line) if fault not in line.cover]
    shown += [f"can't be: {line.pruned}"] if line.pruned else []
    shown += [f"**later**: {line.later}"] if line.later else []
    return "<br>".join(shown)


def _is_there(reference: str, catalogue: Catalogue, root: Path) -> bool:
    place, _, name = reference.partition(":")
    if place == "world":
        return name in catalogue.faults
    if place == "bluez":
        return name in _steps(root)
    path, _, names = reference.partition("::")
    file = root / path
    return file.is_file() and _defines(_body(file), names.split("::"))


def _defines(body: Iterable[ast.stmt], names: list[str]) -> bool:
    """Whether a test function or class of that name is there; a state machine's class may be assigned."""
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if names == [name]:
                return name.startswith("test")
            case ast.ClassDef(name=name, body=inner) if names[0] == name:
                return len(names) == 1 or _defines(inner, names[1:])
            case ast.Assign(targets=[ast.Name(id=name)]) if names == [name]:
                return name.startswith("Test")
            case _:
                pass
    return False


def _faults(root: Path) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Every `Fault(name, says, lines)` that a module of the world makes."""
    for file in sorted((root / WORLD).glob("*.py")):
        body = _body(file)
        constants = {
            node.targets[0].id: node.value
            for node in body
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }
        for node in ast.walk(ast.Module(body, [])):
            match node:
                case ast.Call(func=ast.Name(id="Fault"), args=[name, _, lines, *_]):
                    if isinstance(name, ast.Name):
                        name = constants[name.id]
                    yield ast.literal_eval(name), ast.literal_eval(lines)
                case _:
                    pass


def _steps(root: Path) -> Iterator[str]:
    """Every `Step(name, …)` of scripts/check-bluez."""
    for file in sorted((root / BLUEZ).glob("steps_*.py")):
        for node in ast.walk(ast.Module(_body(file), [])):
            match node:
                case ast.Call(func=ast.Name(id="Step"), args=[ast.Constant(value=str(name)), *_]):
                    yield name
                case _:
                    pass


def _body(file: Path) -> list[ast.stmt]:
    return ast.parse(file.read_text(encoding="utf-8")).body


if __name__ == "__main__":
    sys.exit(main())
