"""The table of watches is as its data, its data is of what there is; and each check finds what is planted."""

import json
from pathlib import Path

import pytest

from tests.tidy import watch_table
from wearsync.drivers import DRIVERS

PAGE = f"# Watches\n\n{watch_table.BEGIN}{watch_table.END}\nThe end.\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout whose page is as its data."""
    for path, text in (
        (watch_table.DATA, (watch_table.ROOT / watch_table.DATA).read_text()),
        (watch_table.PAGE, PAGE),
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    assert watch_table.main(["--page"], tmp_path) == 0
    return tmp_path


def test_the_page_of_this_checkout_is_as_it_should_be() -> None:
    assert list(watch_table.problems(DRIVERS, watch_table.ROOT)) == []


def test_the_page_says_what_a_watch_cannot_know(root: Path) -> None:
    text = (root / watch_table.PAGE).read_text()
    assert text.startswith("# Watches\n")
    assert text.endswith("\nThe end.\n")
    assert "acknowledged that the buzz was scheduled, not that it ran" in text
    assert "| `run-alone`: a session without the host, told later | pass | pass | – (no journal) |" in text


def test_a_table_that_was_written_by_hand_is_found(root: Path) -> None:
    page = root / watch_table.PAGE
    page.write_text(page.read_text().replace("never acknowledged", "acknowledged"))
    [problem] = watch_table.problems(DRIVERS, root)
    assert "not as its data" in problem
    assert watch_table.main(["--check"], root) == 1


@pytest.mark.parametrize(
    ("story", "result", "says"),
    [
        ("session", "fail", "fail, and it is to be pass"),
        ("run-alone", "pass", "infinitime run-alone: pass, and it is to be no journal"),
    ],
)
def test_a_result_that_is_not_as_it_has_to_be_is_found(
    root: Path, story: str, result: str, says: str
) -> None:
    data = json.loads((root / watch_table.DATA).read_text())
    data["infinitime"][story] = result
    (root / watch_table.DATA).write_text(json.dumps(data))
    watch_table.write_page(DRIVERS, root)
    [problem] = watch_table.problems(DRIVERS, root)
    assert says in problem


def test_results_of_other_drivers_or_stories_are_found(root: Path) -> None:
    data = json.loads((root / watch_table.DATA).read_text())
    del data["banglejs"]["session"]
    (root / watch_table.DATA).write_text(json.dumps(data))
    [problem] = watch_table.problems(DRIVERS, root)
    assert "run scripts/watches" in problem
