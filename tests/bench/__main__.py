"""scripts/bench: measures the figures that are named, or all, and prints each when it has it.

Rule: it prints; no goal that is missed makes it fail. Exit 1 is for a figure that could not be measured.
"""

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
from pathlib import Path

from tests.bench import page
from tests.bench.catalogue import FIGURES
from tests.bench.figure import Figure
from tests.bench.machine import machine
from tests.bench.report import Outcome, as_json, head, rows, title, verdict
from tests.bench.runner import measured_apart, measured_here

# Not /tmp, which may be in memory: a journal's price is its disk's.
PLACE = Path(__file__).parents[2] / ".cache/bench"


def main() -> int:
    """From the command line to the exit code."""
    options = _options()
    chosen = [each for each in FIGURES if not options.names or each.name in options.names]
    if options.list:
        for each in chosen:
            _say(f"{each.name:16} {each.parts[0].goal!s:>9}  {each.says}")
        return 0
    if options.here:
        for each in chosen:
            _say(str(measured_here(each, options.rounds or each.rounds, options.place)))
        return 0
    if options.write:
        if options.names:
            sys.stderr.write("bench: --write is of all figures in one run: name none\n")
            return 2
        options.json = page.DATA
    if options.json is not None and not options.json.parent.is_dir():
        sys.stderr.write(f"bench: there is no directory {options.json.parent}: make it first\n")
        return 2
    options.place.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(dir=options.place, prefix="r."))
    try:
        code = _measure(chosen, options.rounds, place, options.json)
        if options.write:
            page.PAGE.write_text(page.updated(page.PAGE.read_text(), page.DATA.read_text()))
        return code
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _measure(chosen: list[Figure], rounds: int | None, place: Path, file: Path | None) -> int:
    about, outcomes = machine(place), dict[Figure, Outcome]()
    for line in (*head(about), "", title()):
        _say(line)
    try:
        for each in chosen:
            outcomes[each] = asyncio.run(measured_apart(each, rounds or each.rounds, place))
            for line in rows(each, outcomes[each]):
                _say(line)
    except KeyboardInterrupt:
        _say("stopped; this is what was measured:")
    if file is not None:
        file.write_text(json.dumps(as_json(about, outcomes), indent=1, ensure_ascii=False) + "\n")
    _say("")
    for line in verdict(outcomes):
        _say(line)
    if len(outcomes) < len(chosen):
        return 130
    return 1 if any(isinstance(each, str) for each in outcomes.values()) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("names", metavar="NAME", nargs="*", help="a figure (--list); all, if none is named")
    parser.add_argument(
        "--rounds", type=_count, metavar="N", help="of each; by default what the figure needs"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write them there, too")
    parser.add_argument(
        "--write", action="store_true", help="renew docs/performance.json and .md by all of them"
    )
    parser.add_argument("--place", type=Path, metavar="DIR", default=PLACE, help="on the disk to measure")
    parser.add_argument("--list", action="store_true", help="the figures and their goals")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    known = [each.name for each in FIGURES]
    if unknown := [name for name in options.names if name not in known]:
        parser.error(f"there is no figure {', '.join(unknown)}; there are: {', '.join(known)}")
    return options


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 1000")
    return int(text)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
