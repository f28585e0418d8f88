"""Who sits at the terminal, or does not: nothing is assumed that was not said (docs/decisions/0006)."""

import asyncio
import os
from contextlib import redirect_stderr

import pytest

from tests.cli.console import at_a_terminal, piped, typed_ahead
from wearsync.cli.person import Person
from wearsync.control.protocol import (
    Answer,
    ChoiceQuestion,
    GoAheadQuestion,
    JustWorksQuestion,
    NameQuestion,
    NumberQuestion,
    PasskeyQuestion,
    PersonalQuestion,
)
from wearsync.control.results import Progress
from wearsync.errors import UsageError

NUMBER = 12_345


@pytest.mark.parametrize(("typed", "yes"), [("y\n", True), ("YES\n", True), ("n\n", False), ("\n", False)])
async def test_a_person_compares_by_eye(typed: str, yes: bool, capsys: pytest.CaptureFixture[str]) -> None:
    with at_a_terminal(typed):
        assert await Person(yes=False, passkey_stdin=False).confirm_number(NUMBER) is yes
    assert "Does the watch show 012 345?" in capsys.readouterr().err


async def test_what_was_typed_before_the_code_was_seen_is_no_answer_to_it() -> None:
    with typed_ahead("y\n") as keyboard:
        asked = asyncio.ensure_future(Person(yes=False, passkey_stdin=False).confirm_number(NUMBER))
        assert await asyncio.wait({asked}, timeout=0.5) == (set(), {asked})
        os.write(keyboard, b"n\n")
        assert await asked is False


@pytest.mark.parametrize("typed", ["", "perhaps\n012345\nyesno\ny\n"])
async def test_neither_yes_nor_no_is_neither(typed: str) -> None:
    with at_a_terminal(typed):
        assert await Person(yes=False, passkey_stdin=False).asked("Felt?", True) is None
    with at_a_terminal(typed):
        assert not await Person(yes=False, passkey_stdin=False).confirm_number(NUMBER)
    with at_a_terminal("nope\ny\n"):
        assert await Person(yes=False, passkey_stdin=False).asked("Felt?", False)


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
    assert "the code 012 345 was not compared" in capsys.readouterr().err


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


async def test_what_only_a_person_can_say_is_asked_of_a_person() -> None:
    for typed, default, said in (
        ("\n", True, True),
        ("\n", False, False),
        ("N\n", True, False),
        ("y\n", False, True),
    ):
        with at_a_terminal(typed):
            assert await Person(yes=False, passkey_stdin=False).asked("Felt?", default) is said
    with at_a_terminal("y\n"):
        assert await Person(yes=True, passkey_stdin=False).asked("Felt?", True) is None
    with piped("y\n"):
        assert await Person(yes=False, passkey_stdin=False).asked("Felt?", True) is None


async def test_one_of_a_list_is_chosen_by_number_or_name(capsys: pytest.CaptureFixture[str]) -> None:
    options = ("Sim · C4:00:00:00:00:01", "Blue · C4:00:00:00:00:02")
    person = Person(yes=False, passkey_stdin=False)
    for typed, choice in (("2\n", 1), ("blue\n", 1), (":01\n", 0), ("3\nC4\n1\n", 0), ("\n\n\n", None)):
        with at_a_terminal(typed):
            assert await person.choose("Which watch?", options) == choice
    shown = capsys.readouterr().err
    assert "  2  Blue · C4:00:00:00:00:02\nWhich watch? [1–2] " in shown
    assert "type a number from 1 to 2, or a part of the name that only one has" in shown
    with piped("1\n"):
        assert await person.choose("Which watch?", options) is None


async def test_a_name_is_as_it_was_typed_and_an_empty_line_the_proposal() -> None:
    person = Person(yes=False, passkey_stdin=False)
    for typed, name in (("  Annas Uhr \n", "Annas Uhr"), ("\n", "Sim")):
        with at_a_terminal(typed):
            assert await person.named("Called?", "Sim") == name
    with piped("Blue\n"):
        assert await person.named("Called?", "Sim") is None


async def test_personal_questions_of_the_daemon_are_the_same_ones() -> None:
    person = Person(yes=False, passkey_stdin=False)
    questions = (
        (PersonalQuestion(text="Felt?", default=True), "n\n", Answer(yes=False)),
        (ChoiceQuestion(text="Which?", options=("one", "two")), "2\n", Answer(choice=1)),
        (NameQuestion(text="Called?", default="Sim"), "Blue\n", Answer(name="Blue")),
    )
    for question, typed, answer in questions:
        with at_a_terminal(typed):
            assert await person.answer(question) == answer
        with piped(typed):
            assert await person.answer(question) == Answer(nobody=True)


def test_who_is_paired_is_remembered() -> None:
    person = Person(yes=True, passkey_stdin=False)
    person.event(Progress(text="", paired="W").model_dump_json())
    assert person.paired_as == "W"


def test_where_nobody_can_be_asked_the_watch_is_named_on_the_command_line() -> None:
    with at_a_terminal(""):
        Person(yes=False, passkey_stdin=False).require_name(None)
    with at_a_terminal(""), pytest.raises(UsageError, match="--name"):
        Person(yes=True, passkey_stdin=False).require_name(None)
    with piped(""), pytest.raises(UsageError, match="--name"):
        Person(yes=False, passkey_stdin=True).require_name(None)
    with piped(""):
        Person(yes=True, passkey_stdin=True).require_name("W")


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
