"""Questions with a default, and a way out of each."""

import pytest

from tests.cli.console import at_a_terminal, piped
from wearsync.cli.setup.talk import Left, Talk


@pytest.mark.parametrize(
    ("typed", "said"), [("\n", True), ("n\n", False), ("YES\n", True), ("perhaps\nno\n", False)]
)
async def test_yes_or_no(typed: str, said: bool) -> None:
    with at_a_terminal(typed):
        assert await Talk(yes=False).yes("Go on?") is said


@pytest.mark.parametrize(("typed", "said"), [("\n", 1), ("1\n", 0), ("stand\n", 1), ("9\nkneel\n", 0)])
async def test_a_choice_by_number_or_by_words(typed: str, said: int) -> None:
    with at_a_terminal(typed):
        assert await Talk(yes=False).choice("Which?", ("kneeling", "standing"), default=1) == said


@pytest.mark.parametrize("typed", ["q\n", "", "x\n" * 5])
async def test_each_question_can_be_left(typed: str) -> None:
    for ask in (
        lambda talk: talk.yes("Go on?"),
        lambda talk: talk.choice("Which?", ("a", "b")),
    ):
        with at_a_terminal(typed), pytest.raises(Left):
            await ask(Talk(yes=False))
    with at_a_terminal(""), pytest.raises(Left):
        await Talk(yes=False).secret("Password:")


async def test_words_with_a_default() -> None:
    with at_a_terminal("\nBlue\n"):
        talk = Talk(yes=False)
        assert [await talk.line("Name:", "Sim"), await talk.line("Name:")] == ["Sim", "Blue"]


async def test_nobody_is_asked_without_a_terminal_or_with_yes() -> None:
    with piped("n\n"):
        talk = Talk(yes=False)
        assert not talk.is_there
        assert await talk.yes("Go on?")
    with at_a_terminal("n\n"):
        assert not Talk(yes=True).is_there


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_it_fits(columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    Talk(yes=False).head("A title", "- many words " * 20 + "\nand another line")
    lines = capsys.readouterr().err.splitlines()
    assert max(map(len, lines)) <= min(columns, 80)
    assert lines[-1] == "and another line"
    assert lines[3].startswith("  ")
