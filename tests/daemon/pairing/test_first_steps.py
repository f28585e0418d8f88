"""What is done with a watch that was just paired: told as it is, and never the end of the pairing."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from tests.daemon.home import Home, at_home, until
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.daemon.pairing.first_steps import CHECK
from wearsync.daemon.pairing.owner import Owner
from wearsync.errors import TryAgain
from wearsync_simulators.watches.words import Pattern


def patterns(home: Home) -> list[Pattern]:
    """What the motor has played, each cue once."""
    return [pulse.pattern for pulse in home.watch.motor_log]


class Sitting:
    """A person who says these things, in order, to yes-or-no questions; then yes."""

    def __init__(self, *says: bool) -> None:
        self.questions: list[str] = []
        self.hears: list[str] = []
        self._says = list(says)
        self.owner = Owner(say=self.hears.append, asked=self._asked)

    async def _asked(self, text: str, _default: bool) -> bool | None:
        self.questions.append(text)
        return self._says.pop(0) if self._says else True


@in_virtual_time
async def test_clock_that_was_wrong_is_set_read_back_and_told(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        home.set_clock(timedelta(seconds=90))
        home.watch.open_pairing()
        result = await home.pair()
        assert result.clock_was_off_ms == pytest.approx(-90_000, abs=500)
        assert result.clock_off_ms == pytest.approx(0, abs=100)
        assert "the watch's clock is set: it was 90.0 s slow; read back, it is right" in home.said


@in_virtual_time
async def test_time_that_a_person_thinks_of_a_name_is_not_the_watchs_fault(tmp_path: Path) -> None:
    async def slowly(_text: str, default: str) -> str | None:
        await asyncio.sleep(20)
        return default

    async with at_home(tmp_path) as home:
        home.set_clock(timedelta(seconds=90))
        home.watch.open_pairing()
        result = await home.pair(owner=Owner(say=home.said.append, named=slowly), name=None)
        assert result.clock_was_off_ms == pytest.approx(-90_000, abs=500)


@pytest.mark.parametrize(
    ("forward", "words"),
    [
        (timedelta(hours=-3), "3.0 h fast"),
        (timedelta(days=40), "40 days slow"),
    ],
)
def test_how_wrong_it_was_is_said_in_words(tmp_path: Path, forward: timedelta, words: str) -> None:
    @in_virtual_time
    async def story() -> None:
        async with at_home(tmp_path) as home:
            home.set_clock(forward)
            home.watch.open_pairing()
            await home.pair()
            assert f"the watch's clock is set: it was {words}; read back, it is right" in home.said

    story()


@in_virtual_time
async def test_buzz_that_was_not_felt_comes_again_with_what_to_look_at(tmp_path: Path) -> None:
    person = Sitting(False, True, True, False)
    async with at_home(tmp_path, paired=False) as home:
        result = await home.pair(owner=person.owner)
        assert (result.buzz, result.felt, result.quiz_right) == ("played", True, None)
        assert person.questions[:3] == ["Did you feel it?", "Buzz once more?", "Did you feel it?"]
        assert CHECK in person.hears
        await until(lambda: patterns(home).count(Pattern.READY) == 2, within_s=3)


@in_virtual_time
async def test_buzz_that_is_never_felt_is_given_up(tmp_path: Path) -> None:
    for says, buzzes in (((False, False), 1), ((False, True, False, True, False, True), 3)):
        person = Sitting(*says, False)
        async with at_home(tmp_path / str(buzzes), paired=False) as home:
            result = await home.pair(owner=person.owner)
            assert result.felt is False
            await asyncio.sleep(3)
            assert patterns(home).count(Pattern.READY) == buzzes


@in_virtual_time
async def test_who_wants_to_learns_the_patterns(tmp_path: Path) -> None:
    async def second(_text: str, _options: Sequence[str]) -> int | None:
        return 1

    async with at_home(tmp_path, paired=False) as home:
        owner = Owner(say=home.said.append, choose=second)
        result = await home.pair(owner=owner, learn=True)
        assert result.quiz_right in (0, 1)
        assert Pattern.SESSION_DONE in patterns(home)
        assert any(text.startswith("7 of 7") for text in home.said)


@in_virtual_time
async def test_watch_that_leaves_after_its_proof_stays_paired(tmp_path: Path) -> None:
    async with at_home(tmp_path, paired=False) as home:

        async def slowly(_text: str, default: str) -> str | None:
            await home.watch.set_in_range(False)
            await asyncio.sleep(30)
            return default

        result = await home.pair(owner=Owner(say=home.said.append, named=slowly), name=None)
        assert (result.name, result.buzz) == ("Sim", "unanswered")
        assert any("it stays paired, and the daemon does the rest" in text for text in home.said)
        await home.watch.set_in_range(True)
        async with home.daemon() as running:
            await running.live()


@in_virtual_time
async def test_person_who_does_not_answer_has_a_paired_watch(tmp_path: Path) -> None:
    async def asleep(_text: str, _default: bool) -> bool | None:
        raise TryAgain("nobody answered within 90 s: start again")

    async with at_home(tmp_path, paired=False) as home:
        result = await home.pair(owner=Owner(say=home.said.append, asked=asleep))
        assert result.felt is None
        assert "nobody answered within 90 s: start again; the watch stays paired" in home.said
        assert len(home.left_here) == 3


@in_virtual_time
async def test_who_leaves_in_the_midst_of_it_has_a_paired_watch(tmp_path: Path) -> None:
    asked = asyncio.Event()

    async def for_ever(_text: str, _default: bool) -> bool | None:
        asked.set()
        await asyncio.Event().wait()
        return None

    names: list[str] = []
    async with at_home(tmp_path, paired=False) as home:
        owner = Owner(asked=for_ever, paired=names.append)
        pairing = asyncio.create_task(home.pair(owner=owner))
        await until(asked.is_set)
        pairing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await pairing
        assert names[-1] == "Ours"
        assert len(home.left_here) == 3
        async with home.daemon() as running:
            await running.live()
