"""The cue patterns, one after the other, with what they mean; then a small quiz, for who likes.

Rule: nobody fails: what was wrong is told right, and the watch is paired anyway. Cues that feel the same are
one lesson.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from wearsync.daemon.pairing.owner import Owner
from wearsync.drivers.base import Capabilities
from wearsync.model import CueKind

# The longest pattern takes two seconds, and a person another one to think.
PAUSE_S = 3.0
QUESTIONS = 3


@dataclass(frozen=True, slots=True)
class Lesson:
    """A pattern: how it feels, and what is meant by it (docs/hold-profile.md, section 6)."""

    cue: CueKind
    feels: str
    means: str


LESSONS = (
    Lesson(CueKind.READY, "one long", "get ready, or the hold is done; also: a reminder"),
    Lesson(CueKind.START, "two short", "the hold begins"),
    Lesson(CueKind.HALFWAY, "one short", "half of it is over; before that: mind your form"),
    Lesson(CueKind.LAST_THREE, "three ticks, one a second", "the last three seconds"),
    Lesson(CueKind.SWITCH, "two long", "change sides"),
    Lesson(CueKind.SESSION_DONE, "three long", "the session is done"),
    Lesson(CueKind.PROBLEM, "five short, fast", "something is wrong: look at the watch"),
)

Play = Callable[[CueKind], Awaitable[str]]


async def may_learn(can: Capabilities, owner: Owner, *, wanted: bool) -> bool:
    """Whether somebody is there who wants to, and the watch has patterns to be told apart."""
    if can.haptics != "patterns":
        if wanted:
            owner.say("on this watch each cue is the same pulse: there is nothing to be told apart")
        return False
    if wanted:
        return True
    return bool(await owner.asked("Learn the cue patterns now? It takes a minute.", False))


async def learn(play: Play, *, owner: Owner, entropy: Callable[[int], bytes]) -> int | None:
    """Play them all, then ask; how many answers were right, None: nobody has answered."""
    for number, lesson in enumerate(LESSONS, start=1):
        owner.say(f"{number} of {len(LESSONS)} · {lesson.feels}: {lesson.means}")
        await play(lesson.cue)
        await asyncio.sleep(PAUSE_S)
    owner.say(f"now {QUESTIONS} of them, by chance: which is it?")
    right = 0
    for lesson in _drawn(entropy):
        await play(lesson.cue)
        answer = await owner.choose("Which was it?", tuple(each.means for each in LESSONS))
        if answer is None:
            return None
        is_right = LESSONS[answer] == lesson
        right += is_right
        owner.say("right" if is_right else f"it was {lesson.feels}: {lesson.means}")
    owner.say(f"{right} of {QUESTIONS} right")
    return right


def _drawn(entropy: Callable[[int], bytes]) -> tuple[Lesson, ...]:
    """Different ones, by chance."""
    left = list(LESSONS)
    return tuple(left.pop(entropy(1)[0] % len(left)) for _ in range(QUESTIONS))
