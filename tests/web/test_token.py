"""The token, its file, and who guesses."""

import asyncio
import logging
import os
import stat
from pathlib import Path

import pytest

from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.errors import ConfigError
from wearsync.web.token import GUESSES_AT_ONCE_MAX, WRONG_TOKEN_DELAY_S, Doorkeeper, Token


def test_a_token_is_made_once_and_is_its_owner_s_alone(tmp_path: Path):
    file = tmp_path / "state" / "page-token"
    token = Token(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert Token(file).text == token.text
    assert len(token.text) >= 22
    assert [path.name for path in file.parent.iterdir()] == ["page-token"]


def test_with_a_new_token_the_old_one_and_its_cookies_are_worth_nothing(tmp_path: Path):
    token = Token(tmp_path / "t")
    old, cookie = token.text, token.cookie
    assert token.is_it(old)
    assert token.is_cookie(cookie)
    token.renew()
    assert not token.is_it(old)
    assert not token.is_cookie(cookie)
    assert not token.is_cookie("")
    assert Token(tmp_path / "t").text == token.text != old


def test_a_cookie_does_not_hold_the_token(tmp_path: Path):
    token = Token(tmp_path / "t")
    assert token.text not in token.cookie
    assert not token.is_it(token.cookie)


@pytest.mark.parametrize("text", ["", "short", "x" * 201, "two lines of it\nand another", "ümlaut" * 5])
def test_a_file_that_holds_no_token_is_refused(tmp_path: Path, text: str):
    file = tmp_path / "t"
    file.write_text(text)
    file.chmod(0o600)
    with pytest.raises(ConfigError, match="must hold one line"):
        Token(file)


def test_a_token_that_others_can_read_is_refused(tmp_path: Path):
    file = tmp_path / "t"
    file.write_text("0123456789abcdef\n")
    file.chmod(0o640)
    with pytest.raises(ConfigError, match=r"can be read by others: chmod 600 .*/t$"):
        Token(file)


def test_a_place_where_no_token_can_be_is_told(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="can't be read"):
        Token(tmp_path / "file" / "t")
    (tmp_path / "page-token").symlink_to("/proc/nowhere/t")
    (tmp_path / ".page-token.new").mkdir()
    with pytest.raises(ConfigError, match="can't be written"):
        Token(tmp_path / "page-token")


@in_virtual_time
async def test_who_guesses_is_slowed_down_and_told_of_once_without_the_token(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    loop = asyncio.get_running_loop()
    doorkeeper = Doorkeeper(Token(tmp_path / "t"), clock=loop.time)
    began_s = loop.time()
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert await doorkeeper.admits("a-guess-of-somebody", "192.168.1.77") is False
    assert loop.time() - began_s == pytest.approx(3 * WRONG_TOKEN_DELAY_S)
    assert [record.getMessage() for record in caplog.records] == [
        "page.wrong_token from=192.168.1.77 wrong_so_far=1"
    ]
    assert await doorkeeper.admits(doorkeeper.token.text, "192.168.1.9") is True


@in_virtual_time
async def test_many_who_guess_at_once_are_not_even_looked_at(tmp_path: Path):
    doorkeeper = Doorkeeper(Token(tmp_path / "t"), clock=asyncio.get_running_loop().time)
    async with asyncio.TaskGroup() as group:
        guesses = [
            group.create_task(doorkeeper.admits(f"guess {number}", "x"))
            for number in range(GUESSES_AT_ONCE_MAX + 5)
        ]
    answers = [guess.result() for guess in guesses]
    assert answers == [False] * GUESSES_AT_ONCE_MAX + [None] * 5
    assert doorkeeper.wrong == GUESSES_AT_ONCE_MAX


def test_a_pipe_or_a_directory_is_no_token_and_is_not_waited_for(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe", 0o600)
    (tmp_path / "directory").mkdir(mode=0o700)
    for name in ("pipe", "directory"):
        with pytest.raises(ConfigError, match=f"{name} (is no ordinary file|can't be read)"):
            Token(tmp_path / name)
