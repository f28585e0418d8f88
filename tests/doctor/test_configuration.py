"""Configuration, secrets, keys: what is wrong is named, and no secret is shown."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.doctor.examining import ID, configured, finding, looked
from wearsync.config.credentials import SharedSecret
from wearsync.daemon.keys import KeyStore
from wearsync.doctor import Request

WITH_PASSWORD = '[broker]\nusername = "anna"\npassword_file = "password"\n'
KEY = bytes(range(32))


async def test_a_fit_configuration(home: Path) -> None:
    (home / "password").write_text("secret-word\n")
    (home / "password").chmod(0o600)
    request = configured(home, WITH_PASSWORD)
    KeyStore(home / "s" / "keys.json").add_pending(ID, "W", KEY, datetime.now(UTC))
    found = await looked(request, "configuration")
    assert [check.finding for check in found.values()] == ["config_fit", "secrets_fit", "keys_fit"]
    assert found["secrets"].says == "password for the broker, private"
    assert found["keys"].says.startswith("1 key in ")
    told = " ".join(check.model_dump_json() for check in found.values())
    assert "secret-word" not in told
    assert KEY.hex() not in told


async def test_none_at_all_is_fit(home: Path) -> None:
    found = await looked(Request(state_dir=home / "s"), "configuration")
    assert [check.finding for check in found.values()] == ["config_none", "secrets_fit", "keys_none"]


async def test_a_wrong_key_is_named_with_its_line_and_the_rest_goes_on(home: Path) -> None:
    found = await looked(configured(home, '[broker]\nurll = "mqtt://x"\n'))
    assert found["config"].finding == "config_wrong"
    assert "line 3: broker.urll is not known: did you mean url?" in found["config"].says
    assert found["python"].status == "pass"
    for name in ("daemon", "journal", "adapter", "watch", "broker_reach"):
        assert found[name].says == "not looked at: see config"


async def test_a_file_that_is_not_there_or_not_readable(home: Path) -> None:
    named = Request(config_file=home / "nowhere.toml", state_dir=home / "s")
    assert (await finding(named, "config")).finding == "config_wrong"
    (home / "config.toml").mkdir()
    unreadable = Request(config_file=home / "config.toml", state_dir=home / "s")
    assert (await finding(unreadable, "config")).finding == "config_unreadable"


async def test_a_secret_that_others_can_read(home: Path) -> None:
    (home / "password").write_text("secret-word\n")
    (home / "password").chmod(0o644)
    check = await finding(configured(home, WITH_PASSWORD), "secrets")
    assert (check.finding, check.fix) == ("secret_shared", f"chmod 600 {home}/password")
    assert "secret-word" not in check.model_dump_json()


async def test_a_secret_of_another_user(home: Path) -> None:
    request = configured(home, WITH_PASSWORD)
    (home / "password").write_text("secret-word\n")
    (home / "password").chmod(0o644)
    try:
        os.chown(home / "password", 12345, -1)
    except PermissionError:  # not root: what is refused then is told by its class alone
        assert not SharedSecret("x", home, is_ours=False).is_ours
        return
    assert (await finding(request, "secrets")).finding == "secret_not_ours"


@pytest.mark.parametrize("content", [None, "", "two\nlines\n"])
async def test_a_secret_that_is_no_use(home: Path, content: str | None) -> None:
    if content is not None:
        (home / "password").write_text(content)
        (home / "password").chmod(0o600)
    assert (await finding(configured(home, WITH_PASSWORD), "secrets")).finding == "secret_unusable"


@pytest.mark.parametrize(
    ("mode", "text", "named"),
    [
        (0o644, "{}", "keys_shared"),
        (0o600, "not json", "keys_damaged"),
        (None, "", "keys_unreadable"),
    ],
)
async def test_keys(home: Path, mode: int | None, text: str, named: str) -> None:
    request, file = configured(home), home / "s" / "keys.json"
    if mode is None:
        file.mkdir()
    else:
        file.write_text(text)
        file.chmod(mode)
    assert (await finding(request, "keys")).finding == named
