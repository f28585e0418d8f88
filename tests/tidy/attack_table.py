"""The attacks that tests/adversaries tries → the table in docs/security.md (scripts/attacks).

Rule: a test there says what it attacks and what must happen; nothing in the table is written by hand. Tests
are looked up in the sources: nothing is imported or run.
"""

import argparse
import ast
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SUITE = Path("tests/adversaries")
PAGE = Path("docs/security.md")
BEGIN = "<!-- The attacks: written by scripts/attacks, not by hand. -->\n"
END = "<!-- The end of the attacks. -->\n"


@dataclass(frozen=True)
class Attack:
    """One test. `ways`: how often it is tried."""

    does: str
    then: str
    test: str
    ways: int


@dataclass(frozen=True)
class Family:
    """A file of the suite: what its docstring begins with, and its attacks in order."""

    title: str
    file: str
    attacks: tuple[Attack, ...]


def read(root: Path = ROOT) -> tuple[Family, ...]:
    """The suite of that checkout, its files by name. Raises `ValueError` for a test that does not say what
    it attacks.
    """
    return tuple(_family(file) for file in sorted((root / SUITE).glob("test_*.py")))


def table(families: Sequence[Family]) -> str:
    """The generated part of the page."""
    parts = [BEGIN]
    for family in families:
        parts += [f"\n### {family.title}\n\n", "| attack | what must happen | test |\n|---|---|---|\n"]
        for attack in family.attacks:
            times = f" × {attack.ways}" if attack.ways > 1 else ""
            parts.append(
                f"| {attack.does} | {attack.then} | `{family.file}::{attack.test}`{times} |\n",
            )
    tried = sum(attack.ways for family in families for attack in family.attacks)
    return "".join((*parts, f"\n{tried} attacks tried, 0 accepted.\n\n", END))


def page(families: Sequence[Family], text: str) -> str:
    """The page with a new table. Raises `ValueError` when it has no place for one."""
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE} has no place for the table, between {BEGIN!r} and {END!r}")
    return head + table(families) + tail


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Write the page, or only check it."""
    parser = argparse.ArgumentParser(prog="scripts/attacks", description=f"{SUITE} → {PAGE}")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if it is not up to date")
    check = parser.parse_args(arguments).check
    written = (root / PAGE).read_text(encoding="utf-8")
    wanted = page(read(root), written)
    if not check:
        (root / PAGE).write_text(wanted, encoding="utf-8")
    elif wanted != written:
        sys.stderr.write(f"attacks: {PAGE} is not up to date: run scripts/attacks\n")
        return 1
    return 0


def _family(file: Path) -> Family:
    module = ast.parse(file.read_text(encoding="utf-8"))
    title = (ast.get_docstring(module) or "").partition("\n\n")[0].replace("\n", " ").rstrip(".")
    return Family(title, file.name, tuple(_attacks(file, module)))


def _attacks(file: Path, module: ast.Module) -> Iterator[Attack]:
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
            yield _attack(file, node)


def _attack(file: Path, test: ast.FunctionDef | ast.AsyncFunctionDef) -> Attack:
    for decorator in test.decorator_list:
        match decorator:
            case ast.Call(func=ast.Name(id="attack"), args=[does], keywords=keywords):
                said = {keyword.arg: ast.literal_eval(keyword.value) for keyword in keywords}
                ways = len(said.get("ways", ())) or 1
                return Attack(ast.literal_eval(does), said["then"], test.name, ways)
            case _:
                pass
    raise ValueError(f"{SUITE / file.name}: {test.name} does not say what it attacks: `@attack(…, then=…)`")


if __name__ == "__main__":
    sys.exit(main())
