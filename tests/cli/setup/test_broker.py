"""Which broker: none, this computer's, or one by name; the rest of the step is in test_command.py."""

import os
import time
from pathlib import Path

import pytest

from tests.cli.console import at_a_terminal
from tests.mosquitto import Mosquitto
from tests.publish.passwords import write_passwords
from wearsync.cli.options import Options
from wearsync.cli.setup.broker import LEFT_OVER_S, broker
from wearsync.cli.setup.evening import Answers, Evening
from wearsync.cli.setup.talk import Left, Talk
from wearsync.config import load
from wearsync.errors import ConfigError


def an_evening(home: Path) -> Evening:
    return Evening(Options(home / "config.toml", home / "s", 0), Answers(), Talk(yes=False))


async def test_no_broker_is_written_down_where_none_is_wanted(home: Path) -> None:
    with at_a_terminal("only here\n"):
        await broker(evening := an_evening(home))
    assert not evening.file.exists()


async def test_one_that_does_not_answer_is_tried_again_or_left_out(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with at_a_terminal("another\n\nmqtt://h/path\nmqtt://127.0.0.1:1\ny\nanother\n127.0.0.1:1\n\nn\n"):
        await broker(evening := an_evening(home))
    assert not evening.file.exists()
    assert "ends after the port" in capsys.readouterr().err


async def test_what_a_killed_setup_left_is_removed(home: Path) -> None:
    old, new = home / ".setup-old", home / ".setup-new"
    for file, age_s in ((old, LEFT_OVER_S + 60), (new, 60)):
        file.write_text("hush\n")
        os.utime(file, (time.time() - age_s,) * 2)
    with at_a_terminal("another\nmqtt://127.0.0.1:1\nn\n"):
        await broker(an_evening(home))
    assert (old.exists(), new.exists()) == (False, True)


async def test_the_one_that_stands_in_the_file_may_stay(home: Path, mosquitto: Mosquitto) -> None:
    evening = an_evening(home)
    evening.file.write_text(before := f'[broker]\nurl = "{mosquitto.url}"\n')
    with at_a_terminal("as it stands\n"):
        await broker(Evening(evening.options, evening.answers, Talk(yes=False)))
    assert evening.file.read_text() == before


async def test_another_one_is_not_told_what_the_one_before_was(home: Path, mosquitto: Mosquitto) -> None:
    evening = an_evening(home)
    evening.file.write_text('[broker]\nurl = "mqtt://there"\nusername = "me"\nallow_insecure = true\n')
    with at_a_terminal(f"another\n{mosquitto.url}\n"):
        await broker(Evening(evening.options, evening.answers, Talk(yes=False)))
    assert load(evening.file).broker.username is None
    assert "allow_insecure" not in evening.file.read_text()


async def test_the_password_of_the_one_before_stays_in_its_file(home: Path, mosquitto: Mosquitto) -> None:
    write_passwords(home / "passwords", me="new")
    mosquitto.configure(
        f"listener {mosquitto.port} 127.0.0.1", f"password_file {home / 'passwords'}", anybody=False
    )
    (home / "broker.password").write_text("old\n")
    with at_a_terminal(f"another\n{mosquitto.url}\nme\nnew\n"):
        await broker(evening := an_evening(home))
    assert load(evening.file).broker.password == "new"
    assert (home / "broker.password").read_text() == "old\n"


async def test_a_directory_that_takes_nothing_is_told_of(home: Path) -> None:
    options = Options(Path("/proc/nowhere/config.toml"), home / "s", 0)
    with at_a_terminal("another\nmqtt://127.0.0.1:1\n"), pytest.raises(ConfigError, match="can't be written"):
        await broker(Evening(options, Answers(), Talk(yes=False)))


async def test_a_password_is_not_sent_through_the_network_unasked(home: Path) -> None:
    evening = an_evening(home)
    with at_a_terminal("q\n"), pytest.raises(Left):
        await broker(Evening(evening.options, evening.answers, Talk(yes=False)))
    assert not evening.file.exists()
