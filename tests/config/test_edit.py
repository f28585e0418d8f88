"""Changing the configuration: comments stay, a bad change does not replace a good file."""

import stat
from pathlib import Path

import pytest

from wearsync.config import WatchSettings, add_watch, default_toml, load, remove_watch, rename_watch
from wearsync.config.edit import Value, change
from wearsync.errors import ConfigError, UsageError
from wearsync.model import LinkMode, Routine

ID = "00112233445566778899aabbccddeeff"
OTHER_ID = ID[::-1]
W = WatchSettings(name="W", id=ID, address="C0:FF:EE:00:00:01")
OTHER = WatchSettings(
    name="Ö #2", id=OTHER_ID, address="C0:FF:EE:00:00:02", link=LinkMode.VISIT, wearer="Bert"
)


@pytest.fixture
def file(home: Path) -> Path:
    return home / "new" / "config.toml"


def test_the_first_watch_makes_the_commented_file(file: Path) -> None:
    add_watch(file, W)
    assert load(file).watches == (W,)
    assert file.read_text().startswith(default_toml())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["config.toml"]


def test_what_a_person_wrote_stays(file: Path) -> None:
    file.parent.mkdir()
    file.write_text('wearer = "Anna"   # me\n\n[routine]\n# knees!\nrounds = 3\n\n[[watches]] # first\n')
    with pytest.raises(ConfigError):
        add_watch(file, W)
    file.write_text('wearer = "Anna"   # me\n\n[routine]\n# knees!\nrounds = 3\n')
    add_watch(file, W)
    add_watch(file, OTHER)
    text = file.read_text()
    assert text.startswith('wearer = "Anna"   # me\n\n[routine]\n# knees!\nrounds = 3\n')
    assert load(file).watches == (W, OTHER)


def test_a_routine_of_its_own_is_written_too(file: Path) -> None:
    add_watch(file, W.model_copy(update={"routine": Routine(rounds=1)}))
    assert load(file).routine_of(load(file).watches[0]).rounds == 1


def test_pairing_again_replaces_the_entry(file: Path) -> None:
    add_watch(file, W)
    file.write_text(file.read_text().replace('name = "W"', 'name = "W" # left wrist'))
    add_watch(file, W.model_copy(update={"address": "C0:FF:EE:00:00:99"}))
    (watch,) = load(file).watches
    assert watch.address == "C0:FF:EE:00:00:99"
    assert "# left wrist" in file.read_text()


def test_a_name_that_is_taken_changes_nothing(file: Path) -> None:
    add_watch(file, W)
    before = file.read_bytes()
    with pytest.raises(ConfigError, match="name of 'w' is that of 'W'"):
        add_watch(file, OTHER.model_copy(update={"name": "w"}))
    assert file.read_bytes() == before


def test_rename_and_remove(file: Path) -> None:
    add_watch(file, W)
    add_watch(file, OTHER)
    rename_watch(file, "W", "Left wrist")
    assert [watch.name for watch in load(file).watches] == ["Left wrist", "Ö #2"]
    with pytest.raises(UsageError, match=r"no watch is called 'W'.*Left wrist, Ö #2"):
        remove_watch(file, "W")
    with pytest.raises(ConfigError, match="name"):
        rename_watch(file, "Left wrist", "")
    remove_watch(file, "Left wrist")
    remove_watch(file, "Ö #2")
    assert load(file).watches == ()
    with pytest.raises(UsageError, match="known: none"):
        rename_watch(file, "W", "V")
    add_watch(file, W)
    assert load(file).watches == (W,)


def test_a_link_to_the_file_stays_a_link(file: Path, home: Path) -> None:
    target = home / "dotfiles.toml"
    target.write_text("")
    file.parent.mkdir()
    file.symlink_to(target)
    add_watch(file, W)
    assert file.is_symlink()
    assert load(target).watches == (W,)


def test_what_can_t_be_edited_is_told(file: Path) -> None:
    file.parent.mkdir()
    file.write_text("a = = 1")
    with pytest.raises(ConfigError, match="not TOML"):
        add_watch(file, W)
    file.write_text("watches = 3\n")
    with pytest.raises(ConfigError, match=r"\[\[watches\]\]"):
        add_watch(file, W)
    with pytest.raises(ConfigError, match="can't be read"):
        add_watch(file.parent, W)
    file.write_text("")
    with pytest.raises(ConfigError, match="can't be written"):
        add_watch(file / "below" / "config.toml", W)


def test_values_are_changed_where_they_stand(file: Path) -> None:
    assert change(file, {"site": "home", "routine.rounds": 3, "reminder.times": ["07:30"]})
    assert not change(file, {"site": "home", "routine.rounds": 3})
    settings = load(file)
    assert (settings.site, settings.routine.rounds, settings.reminder.times) == ("home", 3, ("07:30",))
    assert "rounds = 3                          # 1 to 10" in file.read_text()
    assert change(file, {"routine.rounds": None})
    assert load(file).routine.rounds == Routine().rounds


def test_values_that_are_none_leave_the_file_as_it_was(file: Path) -> None:
    change(file, {"wearer": "Anna"})
    before = file.read_text()
    wrongs: tuple[dict[str, Value], ...] = ({"routine.rounds": 99}, {"wearer.name": "A"})
    for wrong in wrongs:
        with pytest.raises(ConfigError):
            change(file, wrong)
    assert file.read_text() == before
