"""A watch that has proven itself is named by its person, or keeps the name that was proposed."""

from pathlib import Path

from tests.daemon.home import at_home
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.daemon.pairing.owner import Owner
from wearsync.errors import TryAgain


@in_virtual_time
async def test_watch_and_wearer_are_named_by_the_person(tmp_path: Path) -> None:
    answers = iter(("Blue", "Anna"))

    async def named(_text: str, _default: str) -> str | None:
        return next(answers)

    names: list[str] = []
    async with at_home(tmp_path, paired=False) as home:
        result = await home.pair(name=None, owner=Owner(named=named, paired=names.append))
        assert (result.name, result.wearer) == ("Blue", "Anna")
        assert names == ["Sim", "Blue"]
        (watch,) = home.settings.watches
        assert (watch.name, watch.wearer) == ("Blue", "Anna")
        assert [entry.name for entry in home.keys.entries()] == ["Blue"]


@in_virtual_time
async def test_names_that_nobody_gives_or_that_can_not_be_are_the_proposed_ones(tmp_path: Path) -> None:
    async def asleep(_text: str, _default: str) -> str | None:
        raise TryAgain("nobody answered within 90 s: start again")

    async def odd(text: str, _default: str) -> str | None:
        return "\x07" if "wears" in text else "Blue"

    async with at_home(tmp_path, paired=False) as home:
        result = await home.pair(name=None, owner=Owner(named=asleep, say=home.said.append))
        assert (result.name, result.wearer) == ("Sim", "you")
        assert any("`wearsync watches rename` gives it another name" in text for text in home.said)
        home.watch.open_pairing()
        result = await home.pair(name=None, owner=Owner(named=odd, say=home.said.append))
        assert (result.name, result.wearer) == ("Blue", "you")
        assert "a name needs a letter, and nothing that can't be printed: the wearer is you" in home.said
