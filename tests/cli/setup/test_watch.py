"""The watch and its routine, where nothing is there yet; the rest is in test_command.py."""

from pathlib import Path

import pytest

from tests.cli.console import at_a_terminal, piped
from wearsync.cli.options import Options
from wearsync.cli.setup.evening import Answers, Evening
from wearsync.cli.setup.talk import Talk
from wearsync.cli.setup.watch import routine, watch
from wearsync.errors import RadioUnavailable


def an_evening(home: Path, **answers: str | bool) -> Evening:
    options = Options(home / "config.toml", home / "s", 0)
    return Evening(options, Answers(radio="tcp:127.0.0.1:1", **answers), Talk(yes=False))  # type: ignore[arg-type]


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


async def test_a_routine_is_asked_until_it_is_one(home: Path) -> None:
    with at_a_terminal("standing\nmany\n3\n45\n7 Uhr\n2\n\n45\n07:00, 19:00\n"):
        await routine(evening := an_evening(home))
    settings = evening.settings()
    assert (settings.routine.rounds, settings.routine.left_s, settings.routine.right_s) == (2, 45, 45)
    assert settings.reminder.times == ("07:00", "19:00")
    with at_a_terminal("\n\n\nnone\n"):
        await routine(Evening(evening.options, evening.answers, Talk(yes=False)))
    assert evening.settings().reminder.times == ()
