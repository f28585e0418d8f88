"""Names of new watches: free, printable, and the person's."""

from pathlib import Path

import pytest

from wearsync.config import Settings, load
from wearsync.daemon.pairing.naming import is_free, name_of, proposed, wearer_problem
from wearsync.daemon.pairing.owner import NOBODY, Owner

ID, OTHER = "00" * 16, "11" * 16


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    config = tmp_path / "config.toml"
    config.write_text(f'[[watches]]\nname = "Sim"\nid = "{ID}"\naddress = "C4:00:00:00:00:01"\n')
    return load(config, state_dir=tmp_path)


def test_a_name_is_free_unless_another_watch_stands_on_its_topic(settings: Settings) -> None:
    assert not is_free("SIM", OTHER, settings)
    assert is_free("SIM", ID, settings)
    assert is_free("Blue", OTHER, settings)


@pytest.mark.parametrize(
    ("advertised", "watch_id", "name"),
    [
        ("Blue", OTHER, "Blue"),
        ("Sim", OTHER, "Sim 2"),
        ("Blue", ID, "Sim"),
        ("", OTHER, "Watch"),
        ("\x1b[31m \u202e", OTHER, "[31m"),
        ("x" * 200, OTHER, "x" * 60),
    ],
    ids=["its own", "taken", "ours already", "none", "escape codes", "long"],
)
def test_what_is_proposed_is_free_and_can_be_printed(
    settings: Settings, advertised: str, watch_id: str, name: str
) -> None:
    assert proposed(advertised, watch_id, settings) == name


def who_says(*words: str, hears: list[str]) -> Owner:
    lines = iter(words)

    async def named(_text: str, _default: str) -> str | None:
        return next(lines)

    return Owner(named=named, say=hears.append)


async def test_the_person_names_it_and_is_asked_again_where_that_can_not_be(settings: Settings) -> None:
    hears: list[str] = []
    said = await name_of(OTHER, "Sim 2", settings, who_says("sim", "x" * 65, "Blue", hears=hears))
    assert said == "Blue"
    assert hears == ["another watch is called 'sim' already", "a name has at most 64 characters"]


async def test_the_proposal_stands_where_nobody_says_better(settings: Settings) -> None:
    assert await name_of(OTHER, "Sim 2", settings, NOBODY) == "Sim 2"
    hears: list[str] = []
    assert await name_of(OTHER, "Sim 2", settings, who_says("Sim 2", hears=hears)) == "Sim 2"
    assert await name_of(OTHER, "Sim 2", settings, who_says("Sim", "\x07", " ", hears=hears)) == "Sim 2"
    assert len(hears) == 3


def test_a_wearer_has_a_name_too() -> None:
    assert wearer_problem("Anna") is None
    assert wearer_problem("a\nb") == "a name needs a letter, and nothing that can't be printed"
