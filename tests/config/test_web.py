"""`[web]`: a page that may be served, or one line of what is wrong."""

from pathlib import Path

import pytest

from tests.publish.certificates import Authority
from wearsync.config import load
from wearsync.errors import ConfigError
from wearsync.web.address import Listen, PageSettings


def of(directory: Path, text: str, *, web: str | None = None, secrets: bool = True) -> PageSettings | None:
    file = directory / "config.toml"
    file.write_text(text)
    return load(file, state_dir=directory / "state", web=web, secrets=secrets).page


def test_without_an_address_there_is_no_page(tmp_path: Path):
    assert of(tmp_path, "") is None
    assert of(tmp_path, '[web]\nhosts = ["tablet.local"]\n') is None


def test_the_page_is_where_the_file_says_or_the_command_line(tmp_path: Path):
    text = '[web]\nlisten = "0.0.0.0:9000"\nhosts = ["tablet.local"]\n'
    page = of(tmp_path, text)
    assert page == PageSettings(
        listen=Listen("0.0.0.0", 9000), token_file=tmp_path / "state" / "page-token", hosts=("tablet.local",)
    )
    moved = of(tmp_path, text, web="8741")
    assert moved is not None
    assert moved == page.moved_to(Listen("127.0.0.1", 8741))


def test_its_files_are_beside_the_configuration(tmp_path: Path):
    certificate, key = Authority(tmp_path).issue("localhost")
    key.chmod(0o600)
    text = (
        '[web]\nlisten = "0.0.0.0"\ncertificate_file = "localhost.pem"\nkey_file = "localhost.key"\n'
        'token_file = "token"\n'
    )
    page = of(tmp_path, text)
    assert page is not None
    assert (page.certificate, page.key, page.token_file) == (certificate, key, tmp_path / "token")
    assert page.scheme == "https"
    key.chmod(0o644)
    with pytest.raises(ConfigError, match="can be read by others"):
        of(tmp_path, text)
    key.unlink()
    with pytest.raises(ConfigError, match=r"line 4: web\.key_file: .*there is no such file"):
        of(tmp_path, text)
    assert of(tmp_path, text, secrets=False) == page


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('listen = "http://pi"', r"line 2: web\.listen: .*write HOST:PORT"),
        ("listen = 8740", r"line 2: web\.listen is 8740"),
        ('listen = "8740"\nkey_file = "k"', "no such file"),
        ('hosts = ["http://pi"]', r"web\.hosts: 'http://pi' is no name"),
        ('hosts = [""]', "is no name"),
        ('listn = "8740"', r"web\.listn is not known: did you mean listen"),
    ],
)
def test_a_mistake_is_told_by_its_key(tmp_path: Path, text: str, said: str):
    with pytest.raises(ConfigError, match=said):
        of(tmp_path, f"[web]\n{text}\n")


def test_tls_needs_both_files(tmp_path: Path):
    Authority(tmp_path).issue("localhost")
    with pytest.raises(ConfigError, match=r"web\.certificate_file: TLS needs both: key_file is missing"):
        of(tmp_path, '[web]\nlisten = "8740"\ncertificate_file = "localhost.pem"\n')


def test_an_address_of_the_command_line_that_is_none_is_told_as_such(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"^--web: 'x:y' is no address for the page"):
        of(tmp_path, "", web="x:y")
