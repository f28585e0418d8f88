"""The table of watches in docs/watches/README.md, from what their drivers claim and what the conformance kit
found (scripts/watches).

Rule: claims are the drivers' own, results are a run's; nothing in the table is written by hand. `--check`
runs nothing: it sees that the page is as its data, and that the data is of the drivers and stories there are.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from wearsync.drivers import DRIVERS
from wearsync.drivers.base import Driver
from wearsync.model import Trust
from wearsync_simulators.kit.busy import has_busy_watch
from wearsync_simulators.kit.stories import STORIES

ROOT = Path(__file__).parents[2]
PAGE = Path("docs/watches/README.md")
DATA = Path("docs/watches/results.json")
BEGIN = "<!-- The table of watches: written by scripts/watches, not by hand. -->\n"
END = "<!-- The end of the table. -->\n"

ACKS = {
    "motor": "acknowledged: the motor ran, and when",
    "scheduled": "acknowledged that the buzz was scheduled, not that it ran",
    "none": "never acknowledged: nobody knows whether one was felt",
}
DISPLAY = {"text": "side, round, countdown, prompt", "music": "its music player's lines", "none": "nothing"}
HAPTICS = {"patterns": "a pattern for each", "single": "one fixed pulse for all"}
TRUST = {
    Trust.KEY: "a key, proven at each connection",
    Trust.BOND: "a Bluetooth bond only",
    Trust.NONE: "nothing",
}

# Driver → story → what came of it: "pass", "fail", or what the family has not.
Results = Mapping[str, Mapping[str, str]]


def table(drivers: Iterable[Driver], results: Results) -> str:
    """The part of the page between its two marks."""
    drivers = tuple(drivers)
    rows = [("", *(f"**{driver.title}**" for driver in drivers))]
    rows += [(what, *(say(driver) for driver in drivers)) for what, say in _CLAIMS]
    kit = [
        (f"`{story.name}`: {story.title}", *(_shown(results[driver.name][story.name]) for driver in drivers))
        for story in STORIES
    ]
    head = ("the kit's story", *(f"`{driver.name}`" for driver in drivers))
    return "\n".join([*_rows(rows), "", *_rows([head, *kit]), ""])


def problems(drivers: Iterable[Driver], root: Path) -> Iterator[str]:
    """What is wrong, a line each."""
    drivers = tuple(drivers)
    results = _read(root)
    expected = {driver.name: {story.name for story in STORIES} for driver in drivers}
    if {name: set(stories) for name, stories in results.items()} != expected:
        yield f"{DATA}: not of the drivers and stories that there are: run scripts/watches"
        return
    for driver in drivers:
        for story in STORIES:
            missing = story.missing(driver.capabilities)
            if story.busy and not has_busy_watch(driver.name):
                missing = "flow control"
            found, due = results[driver.name][story.name], "pass" if missing is None else f"no {missing}"
            if found != due:
                yield f"{DATA}: {driver.name} {story.name}: {found}, and it is to be {due}"
    if _between(root) != table(drivers, results):
        yield f"{PAGE}: not as its data: run scripts/watches --page"


def play(drivers: Iterable[Driver], root: Path) -> None:
    """Run the kit, and write down what it found; some minutes."""
    from wearsync_simulators.kit.play import play_all

    found: dict[str, dict[str, str]] = {}
    for driver in drivers:
        of_driver = found.setdefault(driver.name, {})
        for result in play_all(driver):
            said = result.reason if result.verdict == "not applicable" else result.verdict
            if of_driver.get(result.story) != "fail":
                of_driver[result.story] = said
    (root / DATA).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def write_page(drivers: Iterable[Driver], root: Path) -> None:
    """Put the table into the page."""
    text = (root / PAGE).read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    middle = f"{BEGIN}\n{table(drivers, _read(root))}\n{END}"
    (root / PAGE).write_text(f"{before}{middle}{after}", encoding="utf-8")


def main(arguments: list[str], root: Path = ROOT) -> int:
    """The script."""
    parser = argparse.ArgumentParser(prog="scripts/watches", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say what is wrong")
    parser.add_argument("--page", action="store_true", help="only write the page, by the last results")
    options = parser.parse_args(arguments)
    if not options.check:
        if not options.page:
            play(DRIVERS, root)
        write_page(DRIVERS, root)
    found = list(problems(DRIVERS, root))
    for problem in found:
        sys.stderr.write(f"{problem}\n")
    return 1 if found else 0


def _yes(claimed: bool, yes: str, no: str) -> str:
    return yes if claimed else no


_CLAIMS: tuple[tuple[str, Callable[[Driver], str]], ...] = (
    ("cues", lambda driver: ACKS[driver.capabilities.acks]),
    ("how they feel", lambda driver: HAPTICS[driver.capabilities.haptics]),
    (
        "who times them",
        lambda driver: _yes(
            driver.capabilities.cues_ahead, "the watch, by its own clock", "the host, just in time"
        ),
    ),
    (
        "the wearer's word that one was felt",
        lambda driver: _yes(driver.capabilities.felt, "can be told", "can't be told"),
    ),
    ("shows", lambda driver: DISPLAY[driver.capabilities.display]),
    (
        "out of range",
        lambda driver: _yes(
            driver.capabilities.journal,
            "its journal tells afterwards what happened, once",
            "not known; a session is cut off, and an alert says so",
        ),
    ),
    (
        "without the host",
        lambda driver: _yes(driver.capabilities.runs_alone, "runs the routine alone", "does nothing"),
    ),
    ("authentic by", lambda driver: TRUST[driver.capabilities.trust]),
    ("connected", lambda driver: {"always": "always", "visit": "for a visit"}[driver.link.value]),
)


def _shown(result: str) -> str:
    return result if result in ("pass", "fail") else f"– ({result})"


def _rows(rows: list[tuple[str, ...]]) -> list[str]:
    head, *rest = [f"| {' | '.join(row)} |" for row in rows]
    return [head, f"|{'---|' * len(rows[0])}", *rest]


def _read(root: Path) -> Results:
    found: Results = json.loads((root / DATA).read_text(encoding="utf-8"))
    return found


def _between(root: Path) -> str:
    text = (root / PAGE).read_text(encoding="utf-8")
    middle = text.partition(BEGIN)[2].partition(END)[0]
    return middle.strip("\n") + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
