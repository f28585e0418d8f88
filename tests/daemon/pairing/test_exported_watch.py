"""A watch that goes from one host to another: whole, private, or refused."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wearsync.config import Settings, WatchSettings, load
from wearsync.daemon.keys import KeyStore
from wearsync.daemon.pairing.exported_watch import ExportedWatch, export_watch, read_exported
from wearsync.errors import UsageError

ID, OTHER = "a1" * 16, "b2" * 16
KEY = bytes(range(32))
CREATED = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)
TABLE = '[[watches]]\nname = "{name}"\nid = "{id}"\naddress = "C4:00:00:00:00:0{n}"\ndriver = "banglejs"\n'


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    config = tmp_path / "config.toml"
    config.write_text(TABLE.format(name="Uhr ü", id=ID, n=1) + TABLE.format(name="Pine", id=OTHER, n=2))
    return load(config, state_dir=tmp_path)


@pytest.fixture
def keys(tmp_path: Path) -> KeyStore:
    store = KeyStore(tmp_path / "keys.json")
    store.add_pending(ID, "Uhr ü", KEY, CREATED)
    store.prove(ID, KEY)
    return store


def watch_of(settings: Settings, name: str) -> WatchSettings:
    watch = settings.watch(name)
    assert watch is not None
    return watch


def test_all_that_the_other_host_needs_is_in_one_line(settings: Settings, keys: KeyStore) -> None:
    line = export_watch(watch_of(settings, "Uhr ü"), keys)
    assert "\n" not in line
    exported = read_exported(f" {line}\n")
    assert (exported.name, exported.id, exported.address) == ("Uhr ü", ID, "C4:00:00:00:00:01")
    assert (exported.driver, exported.key_bytes) == ("banglejs", KEY)
    assert KEY.hex() not in f"{exported!r}"


def test_what_has_no_proven_key_can_not_be_handed_over(settings: Settings, keys: KeyStore) -> None:
    keys.add_pending(OTHER, "Pine", KEY, CREATED)
    with pytest.raises(UsageError, match="Pine has no key to hand over: pair it on the other computer"):
        export_watch(watch_of(settings, "Pine"), keys)


@given(data=st.data())
def test_line_that_is_cut_or_mistyped_is_refused_and_not_repeated(data: st.DataObject) -> None:
    whole = ExportedWatch(name="W", id=ID, address="C4:00:00:00:00:01", driver="wearsync", key=KEY.hex())
    line = whole.model_copy(update={"check": whole.sum}).model_dump_json()
    assert read_exported(line).key_bytes == KEY
    at = data.draw(st.integers(1, len(line) - 2))
    other = data.draw(st.characters(codec="ascii").filter(lambda character: character != line[at]))
    for damaged in (line[:at], line[:at] + other + line[at + 1 :]):
        with pytest.raises(UsageError, match="copy the whole line") as raised:
            read_exported(damaged)
        assert raised.value.__cause__ is None
        assert KEY.hex() not in f"{raised.value}"
