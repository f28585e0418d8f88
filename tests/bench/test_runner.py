"""A figure is measured in a process of its own, of which nothing is left."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.bench.figure import Round
from tests.bench.report import Outcome
from tests.bench.runner import LIMIT_S, measured_apart, measured_here
from tests.bench.test_figure import RATIO_OF, a_round, figure

ANSWERS = """echo noise; echo '[["ratio", 2.0, 1.0, 3.0, 5]]'"""


async def measured(script: str, tmp_path: Path, *, limit_s: float = LIMIT_S) -> Outcome:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)
    one = figure(a_round(1.0), parts=(RATIO_OF,))
    return await measured_apart(one, 1, tmp_path, python=str(python), limit_s=limit_s)


async def test_last_line_is_the_answer(tmp_path: Path) -> None:
    outcome = await measured(ANSWERS, tmp_path)
    assert not isinstance(outcome, str)
    assert (outcome.parts[0].median, outcome.parts[0].rounds) == (2.0, 5)


async def test_figure_that_fails_says_its_last_word(tmp_path: Path) -> None:
    outcome = await measured("echo 'no mosquitto here' >&2; exit 1", tmp_path)
    assert outcome == "it ended with 1: no mosquitto here"


async def test_figure_that_hangs_is_ended_with_all_that_it_began(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    script = f"sleep 60 & echo $! $$ >{begun}; wait"
    assert "longer than" in str(await measured(script, tmp_path, limit_s=2.0))
    pids = begun.read_text().split()
    assert len(pids) == 2
    assert not any(_lives(pid) for pid in pids)


def test_directory_is_its_own_and_gone_in_the_end(tmp_path: Path) -> None:
    seen: list[Path] = []

    @contextmanager
    def prepared(place: Path) -> Iterator[Round]:
        seen.append(place)
        (place / "journal").touch()
        yield lambda: a_round(1.0)

    measured_here(replace(figure(), prepared=prepared), 1, tmp_path)
    assert seen[0].parent == tmp_path
    assert list(tmp_path.iterdir()) == []


def _lives(pid: str) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"
