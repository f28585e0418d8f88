"""The people around it: one who starts sessions and skips about in them, one who calls for events that a
killed broker has forgotten.

Rule: they do what a user can, and try again when it fails; nothing that they do is needed for correctness but
`resync`, as docs/mqtt.md says.
"""

import asyncio
from contextlib import suppress
from random import Random

from wearsync.control.calls import CommandParams, StatusParams
from wearsync.control.results import Done, StatusResult
from wearsync.errors import WearsyncError
from wearsync.model import Side, Verb
from wearsync_simulators.torture.stage import Stage

__all__ = ["Caller", "command", "status", "use"]

# Between two looks at the watch: shorter than a gap.
LOOK_S = (0.2, 1.5)
# What is done in a session, and how often (None: the wearer just holds); and without one. A buzz is a cue:
# another record, another event.
IN_SESSION = {
    None: 10,
    Verb.BUZZ: 10,
    Verb.SKIP: 5,
    Verb.RESUME: 3,
    Verb.PAUSE: 1,
    Verb.BACK: 1,
    Verb.EXTRA: 1,
    Verb.STOP: 1,
}
WITHOUT = {Verb.START: 2, Verb.BUZZ: 1}
# By MQTT only six a minute that buzz are taken.
BY_MQTT = 0.15
# A daemon that does not answer is stopped, or gone.
ANSWER_S = 5.0
RETRY_S = 0.5
# Replaying a few thousand events takes seconds, unless the broker is away meanwhile.
REPLAYED_S = 30.0


async def use(stage: Stage, random: Random) -> None:
    """Start sessions, and meddle with them, until cancelled."""
    while True:
        await asyncio.sleep(random.uniform(*LOOK_S))
        verbs = WITHOUT if stage.subscriber.phase == "idle" else IN_SESSION
        [verb] = random.choices(list(verbs), list(verbs.values()))
        if verb is not None:
            await _either_way(stage, verb, random)


async def status(stage: Stage) -> StatusResult | None:
    """What the daemon says of itself; None: it does not answer."""
    try:
        async with asyncio.timeout(ANSWER_S):
            return await stage.control.call(StatusParams(), StatusResult)
    except (WearsyncError, TimeoutError):
        return None


async def command(stage: Stage, verb: Verb, side: Side | None = None) -> None:
    """Say that to the daemon; whether it takes it is its affair."""
    with suppress(WearsyncError, TimeoutError):  # refused in this phase, or nobody there
        async with asyncio.timeout(ANSWER_S):
            await stage.control.call(CommandParams(verb=verb, side=side), Done)


class Caller:
    """Calls `wearsync resync` after each broker that was killed: `broker_lost` tells of one, `run` goes on
    for ever, `owes` says whether a call is still to be made.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._since: str | None = None
        self._losses = 0
        self._settled = 0
        self._subscriptions = 0

    @property
    def owes(self) -> bool:
        """Whether events may be missing that nobody has called for yet."""
        return self._losses != self._settled

    def broker_lost(self) -> None:
        """The broker is about to lose what is in its memory: what came so far is known."""
        if not self.owes:
            self._since = self._stage.subscriber.last_id
        self._losses += 1
        self._subscriptions = self._stage.subscriber.subscriptions

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(RETRY_S)
            losses = self._losses
            if self.owes and self._is_subscribed and await self._call() and losses == self._losses:
                self._settled = losses

    @property
    def _is_subscribed(self) -> bool:
        """Again, since the last loss: what is published before goes by."""
        return self._stage.subscriber.subscriptions > self._subscriptions

    async def _call(self) -> bool:
        """One `wearsync resync`; whether all that it brings has arrived."""
        since = () if self._since is None else ("--since", self._since)
        code, _ = await self._stage.wearsync("resync", *since)
        if code != 0:
            return False
        try:
            async with asyncio.timeout(REPLAYED_S):
                while (now := await status(self._stage)) is None or now.outbox:  # noqa: ASYNC110
                    await asyncio.sleep(RETRY_S)
        except TimeoutError:
            return False
        return await self._stage.subscriber.has_all(ANSWER_S)


async def _either_way(stage: Stage, verb: Verb, random: Random) -> None:
    side = random.choice(list(Side)) if verb is Verb.EXTRA else None
    if random.random() < BY_MQTT:
        more = {} if side is None else {"side": side.value}
        stage.subscriber.command(command=verb.value, **more)
    else:
        await command(stage, verb, side)
