"""`[broker]` with its files: what fits together, and what is refused before anything starts."""

from pathlib import Path

import pytest

from tests.publish.certificates import Authority
from wearsync.config.credentials import CLIENT_KEY
from wearsync.config.settings import load
from wearsync.errors import ConfigError


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def at(directory: Path, *lines: str) -> Path:
    file = directory / "config.toml"
    file.write_text("\n".join(["[broker]", 'url = "mqtts://h.example"', *lines, ""]))
    return file


def wrong(file: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_certificate_and_key_of_ours_are_found_beside_the_configuration(
    authority: Authority, tmp_path: Path
) -> None:
    certificate, key = authority.issue("anna")
    key.chmod(0o600)
    found = load(
        at(tmp_path, 'ca_file = "ca.pem"', 'client_cert = "anna.pem"', 'client_key = "anna.key"')
    ).broker
    assert (found.ca_file, found.client_cert, found.client_key) == (authority.file, certificate, key)


def test_a_key_that_others_can_read_is_refused(authority: Authority, tmp_path: Path) -> None:
    _, key = authority.issue("anna")
    key.chmod(0o640)
    file = at(tmp_path, 'client_cert = "anna.pem"', 'client_key = "anna.key"')
    assert wrong(file) == f"{file}, line 4: broker.client_key: {key} can be read by others: chmod 600 {key}"


def test_what_is_wrong_with_a_certificate_names_line_and_key(authority: Authority, tmp_path: Path) -> None:
    authority.issue("anna")
    _, key = authority.issue("bert")
    key.chmod(0o600)
    (tmp_path / "junk").write_text("junk")
    file = at(tmp_path, 'ca_file = "junk"')
    assert wrong(file) == f"{file}, line 3: broker.ca_file: {tmp_path / 'junk'} holds no certificate (PEM)"
    file = at(tmp_path, 'client_cert = "anna.pem"', 'client_key = "bert.key"')
    assert "line 4: broker.client_key: " in wrong(file)
    assert "is not the key of the certificate" in wrong(file)
    assert "belong together" in wrong(at(tmp_path, 'client_cert = "anna.pem"'))


def test_the_key_may_be_a_credential(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, key = authority.issue("anna")
    directory = tmp_path / "credentials"
    directory.mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(directory))
    given = key.rename(directory / CLIENT_KEY)
    given.chmod(0o440)
    assert load(at(tmp_path, 'client_cert = "anna.pem"')).broker.client_key == given
