"""The step of the trial hold: words of safety, one real hold on the wrist, and what the journal has of it.

Rule: what was held stays what it is, in the journal as on every other day; only a side that was mixed up is
corrected, if the person says so.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from wearsync.cli.live.words import line
from wearsync.cli.setup.evening import Evening
from wearsync.cli.terminal import has_unicode, note, width
from wearsync.control.calls import AmendParams
from wearsync.control.results import Done
from wearsync.daemon.trial import a_daemon, trial_hold
from wearsync.model import Outcome, Phase, Side
from wearsync.publish.payloads import HoldPayload, StatePayload

SAFETY = """\
Before your first hold:
- Standing: eyes open, hold something firm.
- Stop on sharp pain, numbness, or tingling.
- See a professional for pain that stays; urgently for new numbness around the groin, bladder or bowel \
trouble, weakness in a leg, fever, or after a fall.
- Recent surgery, hip replacement, pregnancy: ask first.
wearsync counts seconds. Nothing here claims to treat pain."""
_ABOUT = (
    "One real hold, to see that all of it works: the watch asks for a tap, buzzes when to get ready, when to "
    "begin, and when it is over. It counts, like any other. A double press on the watch stops it."
)
FRAME_S = 0.25


async def hold(evening: Evening) -> None:
    """Try one, and show it. Raises `Left`; `WearsyncError` where nobody can be asked again."""
    talk, answers = evening.talk, evening.answers
    watches = evening.settings().watches
    if not watches or answers.hold is False or (answers.hold is None and not talk.is_there):
        return
    talk.head("A trial hold", _ABOUT)
    talk.say(SAFETY)

    async def held() -> None:
        name = watches[0].name
        if len(watches) > 1 and talk.is_there:
            name = watches[await talk.choice("On which watch?", [each.name for each in watches])].name
        await _held(evening, name)

    if answers.hold or await talk.yes("Are you ready?"):
        await talk.until_done(held)


async def _held(evening: Evening, watch: str) -> None:
    talk = evening.talk
    async with _daemon(evening), Picture() as picture:
        talk.say(f"Put {watch} on. It asks you in a moment; tap it then. (Ctrl-C ends this.)")
        held = await trial_hold(evening.daemon(), watch, show=picture.show)
        picture.end()
        talk.say(_words(held))
        if not talk.is_there:
            return
        if not await talk.yes("Did you feel it buzz at the beginning and at the end?"):
            talk.say("Is the watch in quiet mode, or on its charger? `wearsync buzz` lets it buzz once.")
        sides = (Side.LEFT, Side.RIGHT)
        side = sides[
            await talk.choice("Which hip was it?", ("left", "right"), default=sides.index(held.side))
        ]
        if side is not held.side:
            call = AmendParams(hold=held.id, side=side)
            talk.say((await evening.daemon().call(call, Done)).text)
            talk.say('"Left" means the left knee on the pillow, or the left foot back.')


@asynccontextmanager
async def _daemon(evening: Evening) -> AsyncIterator[None]:
    """The one that runs, or one for the moment."""
    if await evening.running() is not None:
        yield
        return
    async with a_daemon(evening.settings(secrets=True)):
        yield


def _words(held: HoldPayload) -> str:
    counts = {
        Outcome.DONE: "it counts for today",
        Outcome.SHORT: "short of 30 s, so it counts by its seconds only",
    }
    length = "" if held.measured_s is None else f" {held.measured_s:.0f} s"
    return (
        f"In the journal: {held.side.value},{length} of {held.planned_s} s, {held.outcome.value}: "
        f"{counts.get(held.outcome, f'{held.credited_s:.0f} s of it count')}."
    )


class Picture:
    """A line at each change, and at a terminal the seconds of the hold below it."""

    def __init__(self) -> None:
        self._state: StatePayload | None = None
        self._last = ""
        self._is_drawn = False

    async def __aenter__(self) -> "Picture":
        self._drawing = asyncio.create_task(self._draw(), name="trial picture")
        return self

    async def __aexit__(self, *_error: object) -> None:
        self.end()
        self._drawing.cancel()
        await asyncio.gather(self._drawing, return_exceptions=True)

    def show(self, state: StatePayload) -> None:
        """The state is another one."""
        self._state = state
        if (said := line(state)) != self._last and state.phase is not Phase.IDLE:
            self._erase()
            note(f"  {said}"[: width() - 1])
            self._last = said

    def end(self) -> None:
        """Take the bar away, for good: questions follow on its line."""
        self._state = None
        self._erase()

    def frame(self) -> None:
        """Draw the bar as it is now."""
        state = self._state
        if state is not None and state.phase is Phase.HOLD:
            sys.stderr.write("\r" + bar(state, datetime.now(UTC), width()))
            sys.stderr.flush()
            self._is_drawn = True

    def _erase(self) -> None:
        if self._is_drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._is_drawn = False

    async def _draw(self) -> None:
        while sys.stderr.isatty():
            self.frame()
            await asyncio.sleep(FRAME_S)


def bar(state: StatePayload, now: datetime, columns: int) -> str:
    """The seconds of a hold that are left, and a bar, in so many columns."""
    if state.hold_ends_at is None or not state.planned_s:
        return ""
    left_s = min(float(state.planned_s), max(0.0, (state.hold_ends_at - now).total_seconds()))
    size = max(5, min(columns, 72) - 12)
    full = round(size * (1 - left_s / state.planned_s))
    done, rest = ("█", "░") if has_unicode() else ("#", "-")
    return f"  {left_s:3.0f} s {done * full}{rest * (size - full)}"
