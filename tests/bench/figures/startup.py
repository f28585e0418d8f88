"""`startup`: how long a person waits for `wearsync --help`, against what its library costs alone."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.bench.figure import RATIO, Figure, Part, Round, at_most
from tests.bench.interleave import alternately

__all__ = ["STARTUP"]

HELP = (sys.executable, "-m", "wearsync", "--help")
FLOOR = (sys.executable, "-c", "import typer")


@contextmanager
def _prepared(place: Path) -> Iterator[Round]:
    # What files are compiled to is there for both, as it is after the first call of an installed program.
    both = alternately(partial(_seconds, HELP, place), partial(_seconds, FLOOR, place))
    both()

    def once() -> Mapping[str, float]:
        ours, floor = both()
        return {RATIO: ours / floor, "help_ms": 1000 * ours, "floor_ms": 1000 * floor}

    yield once


def _seconds(command: Sequence[str], place: Path) -> float:
    """From its start to its end; in a home of its own, so that nobody's configuration is read."""
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=os.environ | {"HOME": str(place)})
    return time.perf_counter() - begun


STARTUP = Figure(
    name="startup",
    says="`wearsync --help` ÷ `python -c 'import typer'`",
    parts=(
        Part(RATIO, "×", "help ÷ import typer", at_most(1.3)),
        Part("help_ms", "ms", "wearsync --help"),
        Part("floor_ms", "ms", "import typer"),
    ),
    rounds=31,
    prepared=_prepared,
)
