"""What is done with a watch that has just been paired, while the link is still there: its clock is set and
read back, its routine is stored, it buzzes, and who likes learns its patterns.

Rule: nothing here can undo the pairing: what does not work is told, and the daemon does it again.
"""

from collections.abc import Callable
from dataclasses import dataclass

from wearsync.daemon.pairing.learning import learn, may_learn
from wearsync.daemon.pairing.owner import Owner
from wearsync.daemon.pairing.talk import PairingTalk
from wearsync.drivers.base import Capabilities
from wearsync.errors import LinkLost, TryAgain
from wearsync.messages import (
    ClockSampled,
    Cue,
    CueAcked,
    PlayCues,
    RecordsArrived,
    SetClock,
    Up,
    WatchRefused,
)
from wearsync.model import CueKind
from wearsync.ports import Clock

# The first sample follows the handshake by one round trip; slow links need some more.
SAMPLE_S = 5.0
# A PING and its PONG behind the CLOCK, or a write and a read.
READ_BACK_S = 5.0
# 400 ms of buzz, and its record; what is later than this the watch itself calls expired.
BUZZ_S = 15.0
BUZZ_EXPIRES_MS = 10_000
BUZZES_MAX = 3
UNANSWERED = "unanswered"

CHECK = (
    "look at the watch: is it in quiet mode, is its vibration switched off, is it on its charger? "
    "Worn loosely it is hard to feel"
)


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """What came of it. `buzz`: the watch's word on the test cue; `felt`: the person's, None: nobody said;
    `clock_was_off_ms` and `clock_off_ms`: the watch's clock minus ours, before and as read back, None: not
    known; `routine_stored` None: likewise, or this family keeps none; `quiz_right`: of `learning.QUESTIONS`,
    None: no quiz.
    """

    buzz: str = UNANSWERED
    felt: bool | None = None
    clock_was_off_ms: int | None = None
    clock_off_ms: int | None = None
    routine_stored: bool | None = None
    quiz_right: int | None = None


async def first_steps(
    talk: PairingTalk,
    *,
    can: Capabilities,
    clock: Clock,
    entropy: Callable[[int], bytes],
    owner: Owner,
    wants_to_learn: bool,
) -> FirstSteps:
    """All of it, as far as the link lasts."""
    steps = _Steps(talk, can=can, clock=clock, entropy=entropy, owner=owner)
    try:
        await steps.clock_and_routine()
        await steps.test_buzz()
        if await may_learn(can, owner, wanted=wants_to_learn):
            steps.quiz_right = await learn(steps.play, owner=owner, entropy=entropy)
    except LinkLost as error:
        owner.say(f"the watch has left ({error}): it stays paired, and the daemon does the rest")
    except TryAgain as error:  # nobody has answered
        owner.say(f"{error}; the watch stays paired")
    return steps.result()


class _Steps:
    """What is known so far."""

    def __init__(
        self,
        talk: PairingTalk,
        *,
        can: Capabilities,
        clock: Clock,
        entropy: Callable[[int], bytes],
        owner: Owner,
    ) -> None:
        self._talk = talk
        self._can = can
        self._clock = clock
        self._entropy = entropy
        self._owner = owner
        self._buzz = UNANSWERED
        self._felt: bool | None = None
        self._was_off_ms: int | None = None
        self._off_ms: int | None = None
        self._stored: bool | None = None
        self._refusals: list[str] = []
        self.quiz_right: int | None = None

    def result(self) -> FirstSteps:
        """As it stands."""
        return FirstSteps(
            buzz=self._buzz,
            felt=self._felt,
            clock_was_off_ms=self._was_off_ms,
            clock_off_ms=self._off_ms,
            routine_stored=self._stored,
            quiz_right=self.quiz_right,
        )

    async def clock_and_routine(self) -> None:
        """The watch answers in order: who reads its clock back has taken the routine before, or said no."""
        before = await self._talk.first(self._sample, SAMPLE_S)
        now = self._clock.now()
        self._was_off_ms = self._off(before)
        self._talk.send(SetClock(unix_ms=now.unix_ms, utc_offset_min=now.utc_offset_min))
        after = await self._talk.first(lambda said: self._sample(said, read_back=True), READ_BACK_S)
        self._off_ms = self._off(after)
        self._owner.say(_clock_words(self._was_off_ms, self._off_ms))
        if self._can.runs_alone:
            self._stored = None if after is None else not self._refusals
        if self._stored:
            self._owner.say("the routine is stored on the watch: it can run it alone")
        for refusal in self._refusals:
            self._owner.say(f"the watch says: {refusal}")

    async def test_buzz(self) -> None:
        """Until it was felt, or the person has enough of it."""
        for _ in range(BUZZES_MAX):
            self._owner.say("test buzz")
            self._buzz = await self.play(CueKind.READY)
            self._felt = await self._owner.asked("Did you feel it?", True)
            if self._felt is not False:
                return
            self._owner.say(CHECK)
            if not await self._owner.asked("Buzz once more?", True):
                return

    async def play(self, kind: CueKind) -> str:
        """One cue, now; the watch's word on it."""
        cue_id = int.from_bytes(self._entropy(4), "little")
        self._talk.forget_waiting()
        cue = Cue(cue_id=cue_id, cue=kind, step=None, at_ms=None, expires_ms=BUZZ_EXPIRES_MS)
        self._talk.send(PlayCues((cue,)))
        return await self._talk.first(lambda said: _ack(said, cue_id), BUZZ_S) or UNANSWERED

    def _sample(self, said: Up, *, read_back: bool = False) -> ClockSampled | None:
        if isinstance(said, WatchRefused):
            self._refusals.append(said.text)
        is_it = isinstance(said, ClockSampled) and (said.read_back or not read_back)
        return said if is_it and isinstance(said, ClockSampled) else None

    def _off(self, sample: ClockSampled | None) -> int | None:
        """The watch's clock minus ours. A sample may have waited while a person thought of a name."""
        if sample is None or sample.watch_unix_ms is None:
            return None
        now = self._clock.now()
        waited_ms = 0 if sample.at_ms is None else now.host_ms - sample.at_ms
        return sample.watch_unix_ms - (now.unix_ms - waited_ms)


def _ack(said: Up, cue_id: int) -> str | None:
    records = said.records if isinstance(said, RecordsArrived) else ()
    acks = (record.body for record in records if isinstance(record.body, CueAcked))
    return next((ack.result.value for ack in acks if ack.cue_id == cue_id), None)


def _clock_words(was_off_ms: int | None, off_ms: int | None) -> str:
    """What became of the clock; no more than is known."""
    if off_ms is None:
        return "the watch's clock is set"
    before = "" if was_off_ms is None else f"it was {_seconds(was_off_ms)}; "
    return f"the watch's clock is set: {before}read back, it is {_seconds(off_ms)}"


def _seconds(off_ms: int) -> str:
    """An offset in words."""
    size_s = abs(off_ms) / 1000
    if size_s < 0.1:  # a tenth of a second is what people can tell
        return "right"
    which = "fast" if off_ms > 0 else "slow"
    if size_s < 120:
        return f"{size_s:.1f} s {which}"
    if size_s < 2 * 86400:
        return f"{size_s / 3600:.1f} h {which}"
    return f"{size_s / 86400:.0f} days {which}"
