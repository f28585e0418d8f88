"""Who sits at the terminal, or does not: nothing is assumed that was not said (docs/decisions/0006)."""

import os
from contextlib import redirect_stderr

import pytest

from tests.cli.console import at_a_terminal, piped
from wearsync.cli.person import Person
from wearsync.control.protocol import (
    Answer,
    GoAheadQuestion,
    JustWorksQuestion,
    NumberQuestion,
    PasskeyQuestion,
)
from wearsync.control.results import Progress
from wearsync.errors import UsageError

NUMBER = 12_345


@pytest.mark.parametrize(("typed", "yes"), [("y\n", True), ("YES\n", True), ("n\n", False), ("\n", False)])
async def test_a_person_compares_by_eye(typed: str, yes: bool, capsys: pytest.CaptureFixture[str]) -> None:
    with at_a_terminal(typed):
        assert await Person(yes=False, passkey_stdin=False).confirm_number(NUMBER) is yes
    assert "Does the watch show 012 345?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("typed", "yes"),
    [
        ("012345\n", True),
        (" 012 345 \n", True),
        ("012346\n", False),
        ("12345\n", False),
        ("hello\n", False),
        ("०१२३४५\n", False),
    ],
)
@pytest.mark.parametrize("all_yes", [True, False])
async def test_a_script_gives_the_code(typed: str, yes: bool, all_yes: bool) -> None:
    with piped(typed):
        assert await Person(yes=all_yes, passkey_stdin=True).confirm_number(NUMBER) is yes


@pytest.mark.parametrize("passkey_stdin", [True, False])
async def test_yes_without_a_code_is_taken_and_told(
    passkey_stdin: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    with piped(""):
        assert await Person(yes=True, passkey_stdin=passkey_stdin).confirm_number(NUMBER)
    assert "the code 012345 was not compared" in capsys.readouterr().err


@pytest.mark.parametrize("passkey_stdin", [True, False])
async def test_nobody_is_no(passkey_stdin: bool, capsys: pytest.CaptureFixture[str]) -> None:
    with piped(""):
        assert not await Person(yes=False, passkey_stdin=passkey_stdin).confirm_number(NUMBER)
    assert "nobody can compare the code" in capsys.readouterr().err


async def test_a_passkey_is_typed_or_piped_or_given_up() -> None:
    with at_a_terminal("012 345\n"):
        assert await Person(yes=False, passkey_stdin=False).passkey() == NUMBER
    with piped("012345\n"):
        assert await Person(yes=True, passkey_stdin=True).passkey() == NUMBER
    for text in ("", "1234567\n"):
        with piped(text):
            assert await Person(yes=True, passkey_stdin=True).passkey() is None
    with piped("012345\n"):
        assert await Person(yes=True, passkey_stdin=False).passkey() is None


async def test_a_bond_without_a_code_is_never_taken_by_yes_alone() -> None:
    with piped("y\n"):
        assert not await Person(yes=True, passkey_stdin=True).confirm_just_works()
    with at_a_terminal("y\n"):
        assert await Person(yes=True, passkey_stdin=False).confirm_just_works()
    with at_a_terminal("\n"):
        assert not await Person(yes=True, passkey_stdin=False).confirm_just_works()


async def test_the_daemons_questions_are_the_same_ones() -> None:
    person = Person(yes=True, passkey_stdin=True)
    for question, answer in (
        (NumberQuestion(number=NUMBER), Answer(yes=True)),
        (PasskeyQuestion(), Answer(passkey=NUMBER)),
        (JustWorksQuestion(), Answer(yes=False)),
        (GoAheadQuestion(text="Go on?"), Answer(yes=True)),
    ):
        with piped("012345\n"):
            assert await person.answer(question) == answer
    with at_a_terminal("y\n"):
        assert await Person(yes=False, passkey_stdin=False).answer(GoAheadQuestion(text="Go on?")) == Answer(
            yes=True
        )


def test_a_watch_is_named_at_a_terminal_only(capsys: pytest.CaptureFixture[str]) -> None:
    with at_a_terminal("  W \n"):
        assert Person(yes=False, passkey_stdin=False).name() == "W"
    with at_a_terminal("\x04"), pytest.raises(UsageError, match="--name"):
        Person(yes=False, passkey_stdin=False).name()
    with at_a_terminal("W\n"), pytest.raises(UsageError, match="--name"):
        Person(yes=True, passkey_stdin=False).name()
    with piped("W\n"), pytest.raises(UsageError, match="--name"):
        Person(yes=False, passkey_stdin=True).name()


def test_progress_is_a_remark(capsys: pytest.CaptureFixture[str]) -> None:
    person = Person(yes=True, passkey_stdin=False)
    person.told("looking")
    person.event(Progress(text="bonding").model_dump_json())
    person.event(Progress(text="", percent=40).model_dump_json())
    assert capsys.readouterr() == ("", "looking\nbonding\n")


def test_progress_in_per_cent_is_one_line_of_a_terminal() -> None:
    person = Person(yes=True, passkey_stdin=False)
    screen, terminal = os.openpty()
    with open(terminal, "w", encoding="utf-8") as stderr, redirect_stderr(stderr):  # noqa: PTH123
        for percent in (7, 100):
            person.event(Progress(text="", percent=percent).model_dump_json())
        shown = b""
        while not shown.endswith(b"\n"):  # a terminal gives it in pieces
            shown += os.read(screen, 100)
    os.close(screen)
    assert shown == b"\r  7 %\r100 %\r\n"


async def test_a_go_ahead_is_given_at_a_terminal_or_by_yes(capsys: pytest.CaptureFixture[str]) -> None:
    with at_a_terminal("n\n"):
        assert not await Person(yes=False, passkey_stdin=False).go_ahead("Write it?")
    assert "Write it? [y/N] " in capsys.readouterr().err
    with piped("y\n"):
        assert not await Person(yes=False, passkey_stdin=False).go_ahead("Write it?")
        assert await Person(yes=True, passkey_stdin=False).go_ahead("Write it?")
    assert "Nobody can say so" in capsys.readouterr().err
