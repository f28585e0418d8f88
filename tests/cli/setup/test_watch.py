"""The watch and its routine, where nothing is there yet; the rest is in test_command.py."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.cli.console import at_a_terminal, piped
from wearsync.cli.options import Options
from wearsync.cli.setup.evening import Answers, Evening
from wearsync.cli.setup.talk import Talk
from wearsync.cli.setup.watch import HOLD_S, ROUNDS, routine, watch
from wearsync.errors import RadioUnavailable
from wearsync.model import Routine


def an_evening(home: Path, *, name: str | None = None) -> Evening:
    options = Options(home / "config.toml", home / "s", 0)
    return Evening(options, Answers(radio="tcp:127.0.0.1:1", name=name), Talk(yes=False))


async def test_without_an_adapter_it_says_so_and_goes_on(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with at_a_terminal("y\ny\nn\n"):
        await watch(an_evening(home))
    said = capsys.readouterr().err
    assert said.count("wearsync-sim air") == 2
    assert "no watch yet" in said
    with piped(""), pytest.raises(RadioUnavailable):
        await watch(an_evening(home, name="W"))


async def test_only_the_question_that_was_answered_wrongly_is_asked_again(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with at_a_terminal("standing\nmany\n11\n3\n25\n45\n7 Uhr\n07:00, 19:00\n"):
        await routine(evening := an_evening(home))
    settings = evening.settings()
    assert (settings.routine.rounds, settings.routine.left_s, settings.routine.right_s) == (3, 45, 45)
    assert settings.reminder.times == ("07:00", "19:00")
    said = capsys.readouterr().err
    assert said.count("type a number from 1 to 10") == 2
    assert said.count("type a number from 30 to 60") == 1
    assert said.count("'7 Uhr'") + said.count("'7'") == 1
    with at_a_terminal("\n\n\nnone\n"):
        await routine(Evening(evening.options, evening.answers, Talk(yes=False)))
    assert evening.settings().reminder.times == ()


@pytest.mark.parametrize(("key", "allowed"), [("rounds", ROUNDS), ("left_s", HOLD_S), ("right_s", HOLD_S)])
def test_the_numbers_that_are_taken_are_those_of_a_routine(key: str, allowed: range) -> None:
    for number in (allowed[0], allowed[-1]):
        Routine.model_validate({key: number})
    for number in (allowed[0] - 1, allowed[-1] + 1):
        with pytest.raises(ValidationError):
            Routine.model_validate({key: number})
