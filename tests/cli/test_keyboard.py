"""Lines that a person types: one for each question, whatever became of the one before."""

import asyncio
import os
import termios
from collections.abc import Iterator

import pytest

from tests.cli.console import END_OF_INPUT, piped, typed_ahead
from wearsync.cli.keyboard import Keyboard


@pytest.fixture
def terminal() -> Iterator[int]:
    """Somebody sits at it; gives their end."""
    with typed_ahead("") as keyboard:
        yield keyboard


async def begun(question: "asyncio.Task[str | None]") -> None:
    """It waits for a line."""
    assert await asyncio.wait({question}, timeout=0.2) == (set(), {question})


async def test_a_question_that_was_given_up_takes_no_answer_from_the_next_one(terminal: int) -> None:
    keyboard = Keyboard()
    first = asyncio.create_task(keyboard.line("First? "))
    await begun(first)
    first.cancel()
    await asyncio.wait({first})
    second = asyncio.create_task(keyboard.line("Second? "))
    await begun(second)
    os.write(terminal, b" answer \n")
    assert await second == "answer"


async def test_the_end_of_the_input_is_none_and_an_empty_line_is_empty(terminal: int) -> None:
    keyboard = Keyboard()
    for typed, said in (("\n", ""), (END_OF_INPUT, None)):
        question = asyncio.create_task(keyboard.line("? "))
        await begun(question)
        os.write(terminal, typed.encode())
        assert await question == said


async def test_a_secret_is_not_shown_and_the_terminal_is_as_before(
    terminal: int, capsys: pytest.CaptureFixture[str]
) -> None:
    before = termios.tcgetattr(terminal)
    question = asyncio.create_task(Keyboard().secret("Password? "))
    await begun(question)
    assert not termios.tcgetattr(terminal)[3] & termios.ECHO
    os.write(terminal, b"sesame\n")
    assert await question == "sesame"
    assert termios.tcgetattr(terminal) == before
    assert capsys.readouterr().err == "Password? \n"


async def test_a_secret_that_is_broken_off_leaves_the_terminal_as_it_was(terminal: int) -> None:
    before = termios.tcgetattr(terminal)
    question = asyncio.create_task(Keyboard().secret("Password? "))
    await begun(question)
    question.cancel()
    await asyncio.wait({question})
    assert termios.tcgetattr(terminal) == before
    os.write(terminal, b"\n")  # for the line that is still read


async def test_without_a_terminal_lines_come_one_by_one_and_nobody_is_shown_a_prompt(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with piped("a\nb\n"):
        keyboard = Keyboard()
        assert [await keyboard.line("? "), await keyboard.secret("? "), await keyboard.line("? ")] == [
            "a",
            "b",
            None,
        ]
    assert capsys.readouterr().err == "\n"
