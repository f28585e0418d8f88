"""Secrets in files: private ones only, one line, from the configuration or from systemd."""

import os
from pathlib import Path

import pytest

from wearsync.config.credentials import CLIENT_KEY, PASSWORD, USERNAME, Credentials, credentials
from wearsync.config.settings import load
from wearsync.errors import ConfigError


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A credentials directory, as systemd makes it."""
    directory = tmp_path / "credentials"
    directory.mkdir(mode=0o700)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(directory))
    return directory


def secret(file: Path, text: str = "geheim\n", mode: int = 0o400) -> Path:
    file.write_text(text)
    file.chmod(mode)
    return file


def config(directory: Path, text: str) -> Path:
    file = directory / "config.toml"
    file.write_text(text)
    return file


def test_the_password_comes_from_the_credentials_directory(given: Path, tmp_path: Path) -> None:
    secret(given / PASSWORD)
    secret(given / USERNAME, "bert")
    broker = load(config(tmp_path, "")).broker
    assert (broker.username, broker.password) == ("bert", "geheim")
    assert load(config(tmp_path, '[broker]\nusername = "anna"\n')).broker.username == "anna"


def test_a_file_that_is_named_goes_first_and_the_command_line_takes_no_credential(
    given: Path, tmp_path: Path
) -> None:
    secret(given / PASSWORD)
    own = secret(tmp_path / "own", "other", 0o600)
    named = config(tmp_path, f'[broker]\nusername = "anna"\npassword_file = "{own}"\n')
    assert load(named).broker.password == "other"
    assert load(named, broker="mqtt://bert@127.0.0.1").broker.password is None


def test_a_credential_may_be_named_as_a_file_with_the_modes_of_systemd(given: Path, tmp_path: Path) -> None:
    file = secret(given / "mine", mode=0o440)
    named = config(tmp_path, f'[broker]\nusername = "anna"\npassword_file = "{file}"\n')
    assert load(named).broker.password == "geheim"
    secret(tmp_path / "mine", mode=0o440)
    with pytest.raises(ConfigError, match="chmod 600"):
        load(config(tmp_path, '[broker]\nusername = "anna"\npassword_file = "mine"\n'))


@pytest.mark.parametrize("mode", [0o444, 0o460, 0o402])
def test_a_credential_that_others_can_read_is_refused(given: Path, tmp_path: Path, mode: int) -> None:
    secret(given / PASSWORD, mode=mode)
    with pytest.raises(ConfigError, match=rf"^credential {PASSWORD}: .* can be read by others") as caught:
        load(config(tmp_path, '[broker]\nusername = "anna"\n'))
    assert "geheim" not in str(caught.value)


def test_a_credential_without_a_user_name_is_refused(given: Path, tmp_path: Path) -> None:
    secret(given / PASSWORD)
    with pytest.raises(ConfigError, match="a password needs a user name"):
        load(config(tmp_path, ""))


def test_a_user_name_that_is_none_is_told_as_such(given: Path, tmp_path: Path) -> None:
    secret(given / USERNAME, "two\nlines\n")
    with pytest.raises(ConfigError, match=rf"^credential {USERNAME}: .* must hold one line: the user name"):
        load(config(tmp_path, ""))


def test_who_only_speaks_with_the_daemon_needs_no_secret(tmp_path: Path) -> None:
    """A person in the group `wearsync`, who can't read what is the daemon's alone."""
    named = config(
        tmp_path, '[broker]\nurl = "mqtts://h"\nusername = "anna"\npassword_file = "none"\nca_file = "none"\n'
    )
    settings = load(named, secrets=False)
    assert (settings.broker.url, settings.broker.password) == ("mqtts://h:8883", None)
    with pytest.raises(ConfigError, match="no such file"):
        load(named)


def test_without_a_directory_there_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    assert credentials() == Credentials(None)
    assert credentials().file(CLIENT_KEY) is None
    with pytest.raises(ConfigError, match="can't be read"):
        Credentials(None).refuse_shared(tmp_path / "none")


def test_a_file_of_somebody_else_is_not_to_be_made_unreadable(tmp_path: Path) -> None:
    file = secret(tmp_path / "mine", mode=0o640)
    with pytest.raises(ConfigError, match="this user's alone") as caught:
        Credentials(None, uid=os.geteuid() + 1).line(file)
    assert f"chmod 600 {file}" not in str(caught.value)


def test_a_pipe_that_nobody_writes_to_is_told_of_and_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    with pytest.raises(ConfigError, match="pipe: a pipe that nobody writes to"):
        load(pipe)
    writer = os.open(pipe, os.O_RDWR)  # as `--config <(…)` has it
    os.write(writer, b'site = "kitchen"\n')
    reader = os.open(pipe, os.O_RDONLY)
    os.close(writer)
    assert load(pipe).site == "kitchen"
    os.close(reader)
