"""Patterns are played one after the other, then asked for; nobody fails."""

from collections.abc import Callable

import pytest

from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.daemon.pairing.learning import LESSONS, QUESTIONS, learn, may_learn
from wearsync.daemon.pairing.owner import NOBODY, Owner
from wearsync.drivers.hold_profile import HoldProfileDriver
from wearsync.drivers.infinitime import InfiniTimeDriver
from wearsync.model import CueKind


class Pupil:
    """Feels what is played; answers by `knows(what was played)`."""

    def __init__(self, knows: Callable[[CueKind], int | None]) -> None:
        self.played: list[CueKind] = []
        self.hears: list[str] = []
        self._knows = knows
        self.owner = Owner(say=self.hears.append, choose=self._answers)

    async def play(self, kind: CueKind) -> str:
        self.played.append(kind)
        return "played"

    async def _answers(self, _text: str, options: tuple[str, ...]) -> int | None:
        assert options == tuple(lesson.means for lesson in LESSONS)
        return self._knows(self.played[-1])


def place(kind: CueKind) -> int:
    return [lesson.cue for lesson in LESSONS].index(kind)


def zeros(count: int) -> bytes:
    return bytes(count)


@in_virtual_time
async def test_who_knows_them_all_has_all_right() -> None:
    pupil = Pupil(place)
    assert await learn(pupil.play, owner=pupil.owner, entropy=zeros) == QUESTIONS
    assert pupil.played[: len(LESSONS)] == [lesson.cue for lesson in LESSONS]
    assert pupil.played[len(LESSONS) :] == [lesson.cue for lesson in LESSONS[:QUESTIONS]]
    assert pupil.hears[1] == "2 of 7 · two short: the hold begins"
    assert pupil.hears[-1] == "3 of 3 right"


@in_virtual_time
async def test_who_is_wrong_is_told_what_it_was() -> None:
    pupil = Pupil(lambda _kind: place(CueKind.READY))
    assert await learn(pupil.play, owner=pupil.owner, entropy=lambda count: b"\x01" * count) == 0
    assert "it was two short: the hold begins" in pupil.hears
    assert pupil.hears[-1] == "0 of 3 right"


@in_virtual_time
async def test_who_does_not_answer_had_no_quiz() -> None:
    pupil = Pupil(lambda _kind: None)
    assert await learn(pupil.play, owner=pupil.owner, entropy=zeros) is None


@pytest.mark.parametrize(("said", "learns"), [(True, True), (False, False), (None, False)])
async def test_it_is_offered_where_a_person_is_and_patterns_are(said: bool | None, learns: bool) -> None:
    async def asked(_text: str, _default: bool) -> bool | None:
        return said

    patterns, single = HoldProfileDriver.capabilities, InfiniTimeDriver.capabilities
    assert await may_learn(patterns, Owner(asked=asked), wanted=False) is learns
    assert await may_learn(patterns, Owner(asked=asked), wanted=True)
    hears: list[str] = []
    assert not await may_learn(single, Owner(asked=asked, say=hears.append), wanted=False)
    assert hears == []
    assert not await may_learn(single, Owner(asked=asked, say=hears.append), wanted=True)
    assert "nothing to be told apart" in hears[0]
    assert not await may_learn(patterns, NOBODY, wanted=False)


def test_no_two_lessons_feel_the_same() -> None:
    assert len({lesson.feels for lesson in LESSONS}) == len({lesson.cue for lesson in LESSONS}) == 7
