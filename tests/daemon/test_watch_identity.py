"""Which watch, and how it is treated: what makes it another one, and what only treats it otherwise."""

from pathlib import Path

import pytest

from wearsync.config import load
from wearsync.daemon.watch_identity import configured, identity_of
from wearsync.model import Routine

CONFIG = f"""\
wearer = "you"
[routine]
rounds = 3
progression = false
[reminder]
times = ["07:00"]
[[watches]]
name = "W"
id = "{"a1" * 16}"
address = "C4:00:00:00:00:01"
driver = "wearsync"
[watches.routine]
left_s = 45
"""


def test_a_watch_is_treated_as_its_lines_say_and_else_as_all(home: Path) -> None:
    file = home / "config.toml"
    file.write_text(CONFIG)
    settings = load(file, secrets=False)
    who = identity_of(settings.watches[0], settings)
    assert (who.name, who.watch_id, who.wearer, who.visits) == ("W", "a1" * 16, "you", False)
    event = configured(who)
    assert event.routine == Routine(rounds=3, left_s=45)
    assert (event.visits, event.progression, event.reminder.times) == (False, False, ("07:00",))


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("rounds = 3", "rounds = 2", True),
        ("progression = false", "progression = true", True),
        ("07:00", "08:00", True),
        ('driver = "wearsync"', 'link = "visit"', True),
        ('driver = "wearsync"', 'driver = "banglejs"', False),
        ('wearer = "you"', 'wearer = "her"', False),
        ('name = "W"', 'name = "V"', False),
        ("a1" * 16, "a2" * 16, False),
    ],
)
def test_who_it_is_is_another_thing_than_its_treatment(home: Path, old: str, new: str, same: bool) -> None:
    file = home / "config.toml"
    file.write_text(CONFIG)
    before = load(file, secrets=False)
    file.write_text(CONFIG.replace(old, new))
    after = load(file, secrets=False)
    was, now = identity_of(before.watches[0], before), identity_of(after.watches[0], after)
    assert was != now
    assert was.is_who(now) is same
    assert now.is_who(was) is same
