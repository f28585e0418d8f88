"""The first talk with a watch that is being paired: what it says, up to its proof and beyond.

Rule: what has to be answered at once is answered here; what takes a person's time, or is only nice to have,
waits in line for whoever asks for it.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from wearsync.daemon.link_runner import LinkRunner
from wearsync.drivers.base import Disconnect
from wearsync.errors import LinkLost, TrustError, TryAgain, UnfitWatch, WearsyncError
from wearsync.messages import Begin, Down, Introduced, Pair, StoreRoutine, Up, WatchReady
from wearsync.model import Routine, Trust

# What a watch says within minutes of being asked a handful of things; a flood loses its beginning.
WAITING_MAX = 256

Wanted = TypeVar("Wanted")


class PairingTalk:
    """Listens to the first session: agrees with the watch, hands the key over, and is proven or not.

    `agree` answers the introduction; `keep` makes a new key durable, which is done once there is a bond and
    before the watch gets it. What they raise ends the session, and `judge` raises it again. `new_bond`: if
    there is a bond, it is of now; `made_anew`: it takes the place of an old one; `strange_bond`: it was made
    by somebody else, and is not for a key.
    """

    def __init__(
        self,
        *,
        routine: Routine,
        say: Callable[[str], None],
        agree: Callable[[Introduced], Pair],
        keep: Callable[[str, bytes], None],
        is_ours: Callable[[str], bool],
    ) -> None:
        self.runner: LinkRunner | None = None
        self.watch_id: str | None = None
        self.pair: Pair | None = None
        self.is_kept = False
        self.new_bond = False
        self.made_anew = False
        self.strange_bond = False
        self.trust = Trust.NONE
        self.proven = asyncio.Event()
        self.bonded = asyncio.Event()
        self._running: asyncio.Task[Disconnect] | None = None
        self._failure: WearsyncError | None = None
        self._waiting: asyncio.Queue[Up] = asyncio.Queue(WAITING_MAX)
        self._routine = routine
        self._say = say
        self._agree = agree
        self._keep = keep
        self._is_ours = is_ours

    def run(self, runner: LinkRunner) -> asyncio.Task[Disconnect]:
        """Begin; the task ends with the session."""
        self.runner = runner
        self._running = asyncio.create_task(runner.run(), name="pairing-talk")
        return self._running

    def send(self, message: Down) -> None:
        """Say something to the watch."""
        if self.runner is not None:
            self.runner.send(message)

    async def first(self, wanted: Callable[[Up], Wanted | None], within_s: float) -> Wanted | None:
        """The first message from now on that `wanted` makes something of; None: none came in time. Raises
        `LinkLost`.
        """
        with_deadline = asyncio.get_running_loop().time() + within_s
        while (left_s := with_deadline - asyncio.get_running_loop().time()) > 0:
            message = await self._next(left_s)
            if message is not None and (found := wanted(message)) is not None:
                return found
        return None

    def forget_waiting(self) -> None:
        """What was said up to now is of no interest any more."""
        while not self._waiting.empty():
            self._waiting.get_nowait()

    def heard(self, message: Up) -> None:
        """Take one message of the watch."""
        runner = self.runner
        if runner is None:
            raise WearsyncError("a watch spoke before its link was run")
        match message:
            case Introduced():
                self._introduced(message, runner)
            case WatchReady(next_seq=next_seq, trust=trust) if self.watch_id is not None:
                self.trust = trust
                runner.send(Begin(cursor=next_seq))
                runner.send(StoreRoutine(self._routine))
                self.proven.set()
            case _:
                if self._waiting.full():
                    self._waiting.get_nowait()
                self._waiting.put_nowait(message)

    def has_bonded(self) -> None:
        """What people had to do is done, and what is left is quick. Some watches bond before they say who
        they are, others after that.
        """
        self.bonded.set()
        self._keep_key()

    def judge(self, end: Disconnect) -> WearsyncError:
        """Why a session that has ended so proved nothing."""
        if self._failure is not None:
            return self._failure
        if end.fault == "trust":
            return TrustError(end.reason)
        if end.fault == "unfit":
            return UnfitWatch(end.reason)
        if not self.bonded.is_set():  # the reason is a sentence, and what the driver puts before it is none
            reason = end.reason.removeprefix("bond failed while bonding: ")
            return TryAgain(reason if reason.endswith("again") else f"{reason}: pair again")
        return TryAgain(f"the link was lost before the key was proven ({end.reason}): pair again")

    async def _next(self, within_s: float) -> Up | None:
        assert self._running is not None, "the talk has begun"
        getting = asyncio.create_task(self._waiting.get(), name="pairing-word")
        try:
            await asyncio.wait(
                {getting, self._running}, timeout=within_s, return_when=asyncio.FIRST_COMPLETED
            )
            if getting.done():
                return getting.result()
            if self._running.done():
                raise LinkLost(self._running.result().reason)
            return None
        finally:
            getting.cancel()

    def _introduced(self, message: Introduced, runner: LinkRunner) -> None:
        self.new_bond = self.made_anew or not self._is_ours(message.watch_id)
        try:
            self.pair = self._agree(message)
            if self.strange_bond:
                raise TryAgain("the watch is in pairing mode now: pair again")
        except WearsyncError as error:
            self._fail(error)
            return
        self.watch_id = message.watch_id
        if self.bonded.is_set():
            self._keep_key()
        else:
            self._say("bonding: look at the watch, which may show a code")
        runner.send(self.pair)

    def _keep_key(self) -> None:
        """There is a bond: the key is made durable, for the watch gets it next."""
        if self.watch_id is None or self.pair is None or self.pair.key is None:
            return
        if self.pair.known:
            self._say("bonded; proving the key")
            return
        try:
            self._keep(self.watch_id, self.pair.key)
        except WearsyncError as error:
            self._fail(error)
            return
        self.is_kept = True
        self._say("bonded; handing the key over, and proving it")

    def _fail(self, error: WearsyncError) -> None:
        self._failure = error
        if self.runner is not None:
            self.runner.stop(str(error))
