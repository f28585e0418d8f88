"""The table of attacks is as the suite is; and each check finds what is planted."""

from pathlib import Path

import pytest

from tests.tidy import attack_table

PAGE = f"# Security\n\n{attack_table.BEGIN}{attack_table.END}\nThe end.\n"
TESTS = '''
"""Somebody lies.

More of it.
"""
@attack("it lies", then="not believed", ways=("a", "b"))
async def test_lies(stage, way):
    ...
def looked_at():
    ...
@attack("it shouts", then="not heard")
async def test_shouts(stage):
    ...
'''


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout whose page is up to date."""
    for path, text in ((attack_table.SUITE / "test_liar.py", TESTS), (attack_table.PAGE, PAGE)):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    assert attack_table.main([], tmp_path) == 0
    return tmp_path


def test_the_page_of_this_checkout_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = attack_table.main(["--check"])
    assert not wrong, capsys.readouterr().err


def test_the_page_lists_each_attack_and_counts_how_often_it_is_tried(root: Path) -> None:
    text = (root / attack_table.PAGE).read_text()
    assert "### Somebody lies\n" in text
    assert "| it lies | not believed | `test_liar.py::test_lies` × 2 |\n" in text
    assert "| it shouts | not heard | `test_liar.py::test_shouts` |\n" in text
    assert "looked_at" not in text
    assert "\n3 attacks tried, 0 accepted.\n" in text
    assert text.endswith(f"{attack_table.END}\nThe end.\n")


def test_an_attack_that_is_taken_away_makes_the_page_old(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    suite = root / attack_table.SUITE / "test_liar.py"
    suite.write_text(suite.read_text().partition('@attack("it shouts"')[0])
    assert attack_table.main(["--check"], root) == 1
    assert "run scripts/attacks" in capsys.readouterr().err


def test_a_test_that_does_not_say_what_it_attacks_is_found(root: Path) -> None:
    suite = root / attack_table.SUITE / "test_liar.py"
    suite.write_text(suite.read_text() + "def test_quiet(stage):\n    ...\n")
    with pytest.raises(ValueError, match="test_quiet does not say what it attacks"):
        attack_table.main(["--check"], root)


def test_a_page_without_a_place_for_it(root: Path) -> None:
    (root / attack_table.PAGE).write_text("# Security\n")
    with pytest.raises(ValueError, match="has no place"):
        attack_table.main([], root)
