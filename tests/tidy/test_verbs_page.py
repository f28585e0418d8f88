"""The table of verbs is as the code; one that is not is found."""

from pathlib import Path

import pytest

from tests.tidy import verbs_page


def test_the_page_of_this_checkout_is_as_the_code() -> None:
    assert list(verbs_page.problems(verbs_page.ROOT)) == []


def test_every_verb_has_a_row_and_each_place_its_column() -> None:
    lines = [line for line in verbs_page.page().splitlines() if line.startswith("| ")]
    cells = {(row := line.strip("| ").split(" | "))[0]: row[1:] for line in lines[2:]}
    assert list(cells) == [f"`{verb}`" for verb in verbs_page.VERBS]
    assert {len(row) for row in cells.values()} == {6}
    assert cells["`extra`"][1:-1] == [
        "yes",
        "`extra`",
        "`side`",
        "button: *Extra left*, *Extra right*",
    ]
    assert cells["`buzz`"][1] == "–"
    assert cells["`set`"][3] == "`changes`"
    assert "number: Hold left, Hold right" in cells["`set`"][4]


def test_the_page_s_column_is_what_its_buttons_say(tmp_path: Path) -> None:
    source = tmp_path / "verbs.js"
    source.write_text(
        'const A = button("snooze", "In 10 min", "z", { minutes: 10 });\n'
        'x = [button("snooze", "In 30 min"), button(\n  "away", away ? "I am back" : "Away", null)];\n'
        'button("snooze", "In 10 min");\n'
    )
    assert verbs_page._buttons(source) == {
        "snooze": ("In 10 min", "In 30 min"),
        "away": ("I am back", "Away"),
    }


def test_a_table_that_is_not_as_the_code_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "docs").mkdir()
    assert verbs_page.main(["--check"], tmp_path) == 1
    assert verbs_page.main([], tmp_path) == 0
    path = tmp_path / verbs_page.PAGE
    path.write_text(path.read_text().replace("`extra`", "`more`"))
    assert verbs_page.main(["--check"], tmp_path) == 1
    assert "docs/verbs.md: not as the code: run scripts/verbs" in capsys.readouterr().err
