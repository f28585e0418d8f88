"""The file is written once, with a copy of the person's own; a running daemon takes it up."""

import os
from pathlib import Path

import pytest

from tests.daemon.test_supervise import served
from wearsync.cli.options import Options
from wearsync.cli.setup.evening import Answers, Evening
from wearsync.cli.setup.talk import Talk
from wearsync.errors import ConfigError


def an_evening(home: Path) -> Evening:
    return Evening(Options(home / "config.toml", home / "s", 0), Answers(), Talk(yes=True))


def files(home: Path) -> list[str]:
    return [each.name for each in home.glob("config*")]


async def test_a_person_s_own_file_is_kept_once(home: Path) -> None:
    evening = an_evening(home)
    evening.file.write_text("# mine\n")
    await evening.write({"wearer": "her"})
    await evening.write({"routine.rounds": 3})
    assert evening.kept is not None
    assert evening.kept.read_text() == "# mine\n"
    assert evening.file.read_text() == '# mine\nwearer = "her"\n\n[routine]\nrounds = 3\n'
    assert len(files(home)) == 2


async def test_what_stands_there_already_leaves_no_trace(home: Path) -> None:
    evening = an_evening(home)
    evening.file.write_text('wearer = "her"\n')
    await evening.write({"wearer": "her"})
    assert files(home) == ["config.toml"]


async def test_a_new_file_has_comments_and_no_copy(home: Path) -> None:
    evening = an_evening(home)
    await evening.write({"wearer": "her"})
    assert "# Who does the holds." in evening.file.read_text()
    assert (evening.kept, evening.settings().wearer) == (None, "her")


async def test_what_is_no_configuration_is_not_written(home: Path) -> None:
    evening = an_evening(home)
    evening.file.write_text("# mine\n")
    with pytest.raises(ConfigError, match="at most 10"):
        await evening.write({"routine.rounds": 11})
    assert files(home) == ["config.toml"]


async def test_the_running_daemon_takes_it_up(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evening = an_evening(home)
    assert await evening.running() is None
    evening.file.write_text("")
    async with served(evening.settings()):
        status = await evening.running()
        assert status is not None
        await evening.write({"wearer": "her"})
        assert "the running daemon has taken it up" in capsys.readouterr().err
        os.kill(os.getpid(), 15)
