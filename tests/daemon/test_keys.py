"""The keys file: private, durable, whole or absent; and a key is replaced only by one that is proven."""

import json
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from wearsync.daemon.keys import KeyStore
from wearsync.errors import ConfigError, StorageError, UsageError

WATCH, OTHER = "a1" * 16, "b2" * 16
OLD, NEW = bytes(range(32)), bytes(range(32, 64))
CREATED = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "keys.json"


def paired(path: Path) -> KeyStore:
    """A store with one watch whose key is proven."""
    store = KeyStore(path)
    store.add_pending(WATCH, "W", OLD, CREATED)
    store.prove(WATCH, OLD)
    return store


def test_nothing_is_written_before_the_first_key(path: Path) -> None:
    assert KeyStore(path).entries() == ()
    assert not path.exists()


def test_key_is_on_disk_for_its_owner_only(path: Path) -> None:
    KeyStore(path).add_pending(WATCH, "W", NEW, CREATED)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert KeyStore(path).keys() == {WATCH: NEW}
    assert [file.name for file in path.parent.iterdir()] == ["keys.json"]


def test_lax_umask_does_not_open_the_file(path: Path) -> None:
    before = os.umask(0)
    try:
        paired(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_proven_key_stays_in_use_until_the_pending_one_is_proven(path: Path) -> None:
    paired(path).add_pending(WATCH, "W", NEW, CREATED)
    store = KeyStore(path)
    assert store.keys() == store.keys(proven=True) == {WATCH: OLD}


@pytest.mark.parametrize("shown", [OLD, NEW], ids=["the old one", "the new one"])
def test_proven_key_replaces_the_other(path: Path, shown: bytes) -> None:
    paired(path).add_pending(WATCH, "W", NEW, CREATED)
    KeyStore(path).prove(WATCH, shown)
    store = KeyStore(path)
    assert store.keys() == store.keys(proven=True) == {WATCH: shown}


def test_first_key_is_not_proven_by_itself(path: Path) -> None:
    store = KeyStore(path)
    store.add_pending(WATCH, "W", NEW, CREATED)
    assert store.keys(proven=True) == {}
    store.prove(WATCH, OLD)
    assert store.keys(proven=True) == {}


def test_handshakes_do_not_wear_the_disk(path: Path) -> None:
    store = paired(path)
    before = path.stat().st_ino
    store.prove(WATCH, OLD)
    assert path.stat().st_ino == before


def test_failed_pairing_leaves_what_was_before(path: Path) -> None:
    store = paired(path)
    store.add_pending(WATCH, "its new name", NEW, CREATED)
    store.add_pending(OTHER, "V", NEW, CREATED)
    store.drop_pending(WATCH)
    store.drop_pending(OTHER)
    assert KeyStore(path).keys() == {WATCH: OLD}
    assert [entry.name for entry in store.entries()] == ["W"]


def test_rename_and_forget(path: Path) -> None:
    store = paired(path)
    store.add_pending(OTHER, "Z", NEW, CREATED)
    store.rename(OTHER, "A")
    assert [entry.name for entry in KeyStore(path).entries()] == ["A", "W"]
    store.forget(WATCH)
    store.forget(WATCH)
    assert [entry.watch_id for entry in KeyStore(path).entries()] == [OTHER]


def test_unknown_watch_is_told(path: Path) -> None:
    for change in (
        lambda store: store.rename(WATCH, "W"),
        lambda store: store.prove(WATCH, OLD),
        lambda store: store.drop_pending(WATCH),
    ):
        with pytest.raises(UsageError, match="no key is stored"):
            change(KeyStore(path))


@pytest.mark.parametrize(("watch_id", "key"), [(WATCH, b"short"), ("W", OLD), (WATCH.upper(), OLD)])
def test_malformed_key_is_not_stored(path: Path, watch_id: str, key: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        KeyStore(path).add_pending(watch_id, "W", key, CREATED)
    assert not path.exists()


def test_watch_whose_pairing_was_begun_is_known_by_its_address_until_it_is_proven(path: Path) -> None:
    store = KeyStore(path)
    store.add_pending(WATCH, "W", NEW, CREATED, address="C4:00:00:00:00:0A")
    assert KeyStore(path).begun_at() == {"c4:00:00:00:00:0a"}
    assert KeyStore(path).pending(WATCH) == NEW
    store.prove(WATCH, NEW)
    store.add_pending(WATCH, "W", OLD, CREATED, address="C4:00:00:00:00:0A")
    assert store.begun_at() == frozenset()
    store.drop_pending(WATCH)
    assert store.pending(WATCH) is None
    assert store.pending(OTHER) is None
    assert "address" not in path.read_text()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_file_that_others_can_read_is_refused(path: Path, mode: int) -> None:
    paired(path)
    path.chmod(mode)
    with pytest.raises(ConfigError, match=rf"others can read .*{mode:04o}.*chmod 600"):
        KeyStore(path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}{",
        json.dumps({"version": 2}),
        json.dumps({"watches": {WATCH: {"name": "W", "created": "2026-11-22T22:30:00Z"}}}),
        json.dumps({"watches": {WATCH: {"name": "W", "created": "2026-11-22T22:30:00Z", "key": "5ec2e7"}}}),
        json.dumps({"watches": {"W": {"name": "W", "created": "2026-11-22T22:30:00Z", "key": OLD.hex()}}}),
        json.dumps({"watches": {WATCH: {"name": "W", "created": "2026-11-22T22:30:00", "key": OLD.hex()}}}),
        json.dumps({"secret": OLD.hex()}),
    ],
)
def test_file_of_another_kind_is_refused_and_kept(path: Path, text: str) -> None:
    path.parent.mkdir()
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="not a keys file") as raised:
        KeyStore(path)
    assert path.read_text() == text
    cause = raised.value.__cause__
    assert OLD.hex() not in f"{raised.value}{cause}"
    assert "5ec2e7" not in f"{raised.value}{cause}"


def test_unreadable_file_is_told(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(ConfigError, match="can't read the keys file"):
        KeyStore(path)


def test_failed_write_is_told_and_changes_nothing(path: Path, tmp_path: Path) -> None:
    store = paired(path)
    path.parent.rename(tmp_path / "away")
    path.parent.write_text("a file in the way")
    with pytest.raises(StorageError, match="can't write the keys file"):
        store.add_pending(WATCH, "W", NEW, CREATED)
    assert store.keys() == {WATCH: OLD}


def test_draft_of_a_crash_is_no_obstacle(path: Path) -> None:
    path.parent.mkdir()
    path.with_name("keys.json.new").write_text("half of a")
    assert paired(path).keys() == {WATCH: OLD}


def test_keys_are_not_shown(path: Path) -> None:
    store = paired(path)
    store.add_pending(WATCH, "W", NEW, CREATED)
    shown = f"{store.entries()} {store!r}"
    for key in (OLD, NEW):
        assert key.hex() not in shown
        assert repr(key) not in shown
    assert "'W'" in shown
