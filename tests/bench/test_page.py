"""The page has the figures of the file, all of them, and nothing else is touched."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench import page
from tests.bench.catalogue import FIGURES
from tests.bench.figure import Figure
from tests.bench.machine import machine
from tests.bench.page import BEGIN, END, updated
from tests.bench.report import Outcome, as_json
from tests.bench.test_figure import a_round, figure


def test_ours_is_up_to_date_and_has_every_figure() -> None:
    data = page.DATA.read_text()
    assert page.PAGE.read_text() == updated(page.PAGE.read_text(), data)
    assert list(json.loads(data)) == ["machine", *(each.name for each in FIGURES)]


def test_table_is_made_anew_and_the_rest_stays(tmp_path: Path) -> None:
    one = replace(figure(a_round(1.5)), says="costs ÷ |a floor|")
    outcomes: dict[Figure, Outcome] = {
        one: one.measured(tmp_path, 1),
        replace(one, name="other"): "it took longer than 90 s",
    }
    data = json.dumps(as_json(machine(tmp_path), outcomes))
    text = updated(f"# Before\n{BEGIN}old\n{END}\nafter\n", data)
    assert text.startswith(f"# Before\n{BEGIN}")
    assert text.endswith(f"{END}\nafter\n")
    assert "old" not in text
    assert r"| **`cost`** | costs ÷ \|a floor\| | 1.5 | 1.5 – 1.5 | ≤ 1.3 | **missed** |" in text
    assert "|  | costs a second | 11 1/s | 11 – 11 | ≥ 10 | met |" in text
    assert (
        r"| **`other`** | costs ÷ \|a floor\| | not measured: it took longer than 90 s | | | missed |" in text
    )
    assert "Measured on: processor" in text
    assert updated(text, data) == text


def test_page_without_a_place_for_it_is_refused() -> None:
    with pytest.raises(ValueError, match="needs the lines"):
        updated("# A page\n", "{}")
