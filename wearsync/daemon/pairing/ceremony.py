"""Pairing, from a watch that was picked to a key that it has proven: connect, bond, hand the key over, prove.

Rule: a failure leaves nothing half done on this side: no key, no bond, no line in the configuration; and says
what to do next. From the commit on nothing can fail any more: what comes then is told, not undone.
The key is durable here before the watch gets it, and counts only when the watch has proven it. Where the link
goes in between, the watch may have it for good: the pending key waits here, and the next pairing goes on with
it. What a family does to bond and to take a key is its driver's affair.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from wearsync.daemon.keys import KEY_BYTES, KeyStore
from wearsync.daemon.link_runner import LET_GO_S, LinkRunner
from wearsync.daemon.pairing.naming import name_taken
from wearsync.daemon.pairing.owner import Owner
from wearsync.daemon.pairing.talk import PairingTalk
from wearsync.drivers.base import Disconnect, Driver, SessionOptions
from wearsync.errors import NoSlot, RadioUnavailable, StaleBond, TrustError, TryAgain, UsageError
from wearsync.messages import Goodbye, Introduced, Pair
from wearsync.model import Routine, Trust
from wearsync.ports import Clock, Link, PairingAgent, Radio, Sighting

# People look up from the terminal to the watch and back; the watch's own pairing mode lasts 60 s.
SCAN_S = 6.0
# The watch says who it is, and a person types six digits: a minute is the watch's own patience, and slow
# adapters need some more.
BOND_S = 120.0
# The handshake takes well under 2 s; slow adapters need some more.
PROVE_S = 20.0


Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Proven:
    """A watch that has proven its key, or that it has a bond where its family knows no keys."""

    watch_id: str
    address: str
    trust: Trust


@dataclass(frozen=True, slots=True)
class KnownKey:
    """The key of a watch that another host has handed over to us."""

    watch_id: str
    key: bytes = field(repr=False)


def bond_left(address: str, why: RadioUnavailable) -> str:
    """What is told of a bond that could not be removed."""
    return (
        f"its Bluetooth bond is left ({why}): remove it in the system's settings, "
        f"or with `bluetoothctl remove {address}`"
    )


class Ceremony:
    """One pairing. `entropy(n)`: n random bytes; `name_is_free(watch_id)`: whether that watch may have the
    name; `is_ours(text)`: whether the watch of that id, or at that address, is paired already, and so its
    bond is not of now; `known`: the key to be proven instead of a new one.
    """

    def __init__(
        self,
        *,
        radio: Radio,
        keys: KeyStore,
        agent: PairingAgent,
        driver: Driver,
        clock: Clock,
        routine: Routine,
        entropy: Callable[[int], bytes],
        owner: Owner,
        name_is_free: Callable[[str], bool],
        is_ours: Callable[[str], bool],
        known: KnownKey | None = None,
    ) -> None:
        self._name_is_free = name_is_free
        self._is_ours = is_ours
        self._radio = radio
        self._keys = keys
        self._agent = agent
        self._driver = driver
        self._clock = clock
        self._routine = routine
        self._entropy = entropy
        self._owner = owner
        self._known = known
        self._committed = False

    async def pair(
        self,
        sighting: Sighting,
        *,
        name: str,
        commit: Callable[[Proven], None],
        then: Callable[[Proven, PairingTalk], Awaitable[Result]],
    ) -> Result:
        """The whole ceremony with that watch: when it has proven itself, `commit` makes it ours, and `then`
        is done while the link is still there. Raises `TrustError`, `TryAgain`, `UnfitWatch`, and what
        `commit` raises; then nothing is left of it here.
        """
        talk = PairingTalk(
            routine=self._routine,
            say=self._owner.say,
            agree=lambda watch: self._agree(watch, name),
            keep=lambda watch_id, key: self._keys.add_pending(
                watch_id, name, key, self._clock.now().utc, address=sighting.address
            ),
            is_ours=lambda watch_id: self._keys.has(watch_id) or self._is_ours(watch_id),
        )
        link: Link | None = None
        running: asyncio.Task[Disconnect] | None = None
        try:
            async with self._radio.pairing(sighting.address, self._agent):
                link = await self._connected(sighting, talk)
                running = talk.run(self._runner(talk, link, sighting))
                await _prove(talk, running)
            proven = self._take(talk, sighting, name)
            commit(proven)
            self._committed = True
            if talk.pair is not None and talk.pair.key is not None:
                self._keys.prove(proven.watch_id, talk.pair.key)
            result = await then(proven, talk)
            talk.send(Goodbye())
            await asyncio.wait({running}, timeout=LET_GO_S)
            return result
        except BaseException as error:
            if not self._committed:
                await self._undo(talk, sighting, error)
            raise
        finally:
            if running is not None:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
            if link is not None:
                await link.disconnect()

    async def _connected(self, sighting: Sighting, talk: PairingTalk) -> Link:
        """A link to that watch, whose bond, if there is one already, is of a pairing of ours."""
        watch, say = sighting.name or sighting.address, self._owner.say
        is_ours = self._is_ours(sighting.address)
        strange_bond = not is_ours and await self._radio.is_bonded(sighting.address)
        # Nobody knows whether a code was compared when it was made; who can't pair now would lose it only.
        if strange_bond and self._driver.advertised(sighting.service_data).pairing is not False:
            say(f"this computer has a bond with {watch} that wearsync knows nothing of: it is made anew")
            sighting = await self._strange_again(sighting)
            strange_bond = False
        say(f"connecting to {watch}")
        try:
            link = await self._radio.connect(sighting)
        except (StaleBond, TryAgain) as error:
            await self._blame_the_bond(error, sighting)
            say(f"{watch} has forgotten this computer: the old bond is removed, and made anew")
            sighting = await self._strange_again(sighting)
            talk.made_anew = True
            link = await self._radio.connect(sighting)
        talk.strange_bond = strange_bond
        # Some watches want a bond before they say a word, and adapters make it without being asked.
        talk.new_bond = talk.made_anew or not is_ours
        return link

    async def _blame_the_bond(self, error: StaleBond | TryAgain, sighting: Sighting) -> None:
        """Return if a bond that the watch has forgotten explains `error`; else raise it again.

        Adapters seldom say so: a watch that is bonded, near, and not to be connected to has forgotten it.
        """
        if isinstance(error, NoSlot) or not await self._radio.is_bonded(sighting.address):
            raise error
        if isinstance(error, TryAgain) and await self._radio.find(sighting.address, SCAN_S) is None:
            raise error

    async def _strange_again(self, sighting: Sighting) -> Sighting:
        """The same watch, without a bond; adapters forget with it that they have seen it."""
        await self._radio.forget(sighting.address)
        seen = await self._radio.find(sighting.address, SCAN_S)
        if seen is None:
            raise TryAgain(f"{sighting.name or sighting.address} is not to be seen any more: pair again")
        return seen

    def _runner(self, talk: PairingTalk, link: Link, sighting: Sighting) -> LinkRunner:
        options = SessionOptions(keys={}, watch_id=None, address=sighting.address, pairing=True)
        return LinkRunner(
            link=link,
            session=self._driver.session(options),
            clock=self._clock,
            entropy=self._entropy(32),
            on_message=talk.heard,
            on_bonded=talk.has_bonded,
        )

    def _agree(self, watch: Introduced, name: str) -> Pair:
        """What a watch that has introduced itself is told."""
        if self._known is not None and watch.watch_id != self._known.watch_id:
            raise UsageError("this is another watch than the one whose key was exported: nothing was changed")
        begun = self._keys.pending(watch.watch_id)
        if not watch.in_pairing_mode and begun is not None and self._known is None:
            return Pair(begun, known=True)
        if not watch.in_pairing_mode:
            raise TryAgain("the watch is not in pairing mode: switch it on at the watch, then pair again")
        if not self._name_is_free(watch.watch_id):
            raise name_taken(name)
        if not watch.takes_key:
            return Pair(None)
        if self._known is not None:
            return Pair(self._known.key, known=True)
        if not watch.needs_code and watch.watch_id in self._keys.keys(proven=True):
            # "No downgrade": what Info says of a display is nobody's proof, nor is a habit of saying yes.
            raise TrustError(
                "this watch is paired here, and wants another key without a code, as a stranger in its place "
                "would: if it is yours and has no display, `wearsync watches forget` it first"
            )
        return Pair(self._entropy(KEY_BYTES))

    def _take(self, talk: PairingTalk, sighting: Sighting, name: str) -> Proven:
        """The key is proven. It waits beside the old one until the watch is ours: that may still fail."""
        assert talk.watch_id is not None, "who has proven itself has said who it is"
        if self._known is not None:
            self._keys.add_pending(talk.watch_id, name, self._known.key, self._clock.now().utc)
            talk.is_kept = True
        return Proven(watch_id=talk.watch_id, address=sighting.address, trust=talk.trust)

    async def _undo(self, talk: PairingTalk, sighting: Sighting, error: BaseException) -> None:
        """As it was before; but a key that the watch may have kept for good waits here, with its bond."""
        watch_id = talk.watch_id
        if watch_id is not None and talk.is_kept and isinstance(error, TryAgain):
            raise TryAgain(f"{error}, which goes on from here") from error
        goes_on = self._known is None and talk.pair is not None and talk.pair.known
        if watch_id is not None and goes_on and isinstance(error, TrustError):
            self._keys.drop_pending(watch_id)
            if not self._keys.has(watch_id):  # else the bond is that of the key that works
                await self._forget_bond(sighting.address)
        elif watch_id is not None and talk.is_kept:
            # Only that: who has failed may have been somebody else, who knows the watch's address and its id.
            self._keys.drop_pending(watch_id)
        if talk.new_bond:
            await self._forget_bond(sighting.address)

    async def _forget_bond(self, address: str) -> None:
        """What ended the pairing is what the person is told; beside it, that a bond could not be removed."""
        try:
            await self._radio.forget(address)
        except RadioUnavailable as error:
            self._owner.say(bond_left(address, error))


async def _prove(talk: PairingTalk, running: asyncio.Task[Disconnect]) -> None:
    """Return once the watch has proven itself. Raises why it has not."""
    try:
        async with asyncio.timeout(BOND_S) as limit:
            await _until(talk.bonded, running)
            limit.reschedule(asyncio.get_running_loop().time() + PROVE_S)
            await _until(talk.proven, running)
    except TimeoutError as error:
        raise TryAgain("the watch did not prove the key in time: bring it nearer, then pair again") from error
    if not talk.proven.is_set():
        raise talk.judge(running.result())


async def _until(event: asyncio.Event, running: asyncio.Task[Disconnect]) -> None:
    """Wait for it, or for the end of the session."""
    waiting = asyncio.create_task(event.wait(), name="pairing-stage")
    try:
        await asyncio.wait({waiting, running}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
