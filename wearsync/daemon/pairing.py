"""Pairing, the simple way: pick a watch, bond, give it a key, prove the key, test the motor, write it down.

Rule: a failure leaves nothing half done on this side: no key, no bond, no line in the configuration; and says
what to do next.
The key is durable here before the watch gets it, and counts only when the watch has proven it. What a family
does to bond and to take a key is its driver's affair.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from wearsync import families
from wearsync.daemon.keys import KEY_BYTES, KeyStore
from wearsync.daemon.link_runner import LinkRunner
from wearsync.drivers.base import Disconnect, Driver, SessionOptions
from wearsync.errors import StaleBond, TrustError, TryAgain, UnfitWatch, UsageError, WearsyncError
from wearsync.messages import (
    Begin,
    ClockSampled,
    Cue,
    CueAcked,
    Goodbye,
    Introduced,
    Pair,
    PlayCues,
    RecordsArrived,
    SetClock,
    StoreRoutine,
    Up,
    WatchReady,
)
from wearsync.model import CueKind, Routine, Trust
from wearsync.ports import Clock, Link, PairingAgent, Radio, Sighting

# People look up from the terminal to the watch and back; the watch's own pairing mode lasts 60 s.
SCAN_S = 6.0
# The watch says who it is, and a person types six digits: a minute is the watch's own patience, and slow
# adapters need some more.
BOND_S = 120.0
# Handshake, three clock samples and a buzz of 400 ms take well under 2 s; slow adapters need some more.
PROVE_S = 20.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Paired:
    """A watch that has proven its key. `buzz`: what it said to the test cue."""

    watch_id: str
    address: str
    name: str
    trust: Trust
    buzz: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A watch nearby and the driver of its family. `pairing` None: this family does not tell."""

    sighting: Sighting
    driver: Driver

    @property
    def pairing(self) -> bool | None:
        """Whether it is in pairing mode."""
        return self.driver.advertised(self.sighting.service_data).pairing


def candidates(sightings: Iterable[Sighting], drivers: Iterable[Driver]) -> tuple[Candidate, ...]:
    """What of it is a watch of these families."""
    there = tuple(drivers)
    found = ((seen, families.known(seen, there)) for seen in sightings)
    return tuple(Candidate(seen, driver) for seen, driver in found if driver is not None)


def choose(watches: tuple[Candidate, ...], address: str | None, *, ours: Collection[str] = ()) -> Candidate:
    """The watch at that address, or the only one in pairing mode, or of those that don't tell the only one,
    first of strangers. `ours`: addresses of paired watches, in small letters.

    Raises `TryAgain`, `UsageError`.
    """
    if address is not None:
        for watch in watches:
            if watch.sighting.address.lower() == address.lower():
                return watch
        raise TryAgain(
            f"no watch at {address}: is it in range, and not connected to a phone? "
            "One that was given another name is known by --driver"
        )
    ready = [watch for watch in watches if watch.pairing]
    unsaid = [watch for watch in watches if watch.pairing is None]
    strangers = [watch for watch in unsaid if watch.sighting.address.lower() not in ours]
    meant = ready or strangers or unsaid
    if len(meant) == 1:
        return meant[0]
    if meant:
        names = ", ".join(f"{each.sighting.name} ({each.sighting.address})" for each in meant)
        what = "is in pairing mode" if ready else "could be meant"
        raise UsageError(f"more than one watch {what}: {names}. Name one: wearsync pair --address ADDRESS")
    if watches:
        name = watches[0].sighting.name
        raise TryAgain(f"{name} is there, but not in pairing mode: switch that on, and pair again")
    raise TryAgain(
        "no watch is in range: switch pairing mode on at the watch, and disconnect it from other hosts"
    )


class Ceremony:
    """One pairing. `entropy(n)`: n random bytes; `name_is_free(watch_id)`: whether that watch may have the
    name; `is_ours(text)`: whether the watch of that id, or at that address, is paired already, and so its
    bond is not of now.
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
        say: Callable[[str], None],
        name_is_free: Callable[[str], bool],
        is_ours: Callable[[str], bool],
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
        self._say = say

    async def pair(self, sighting: Sighting, *, name: str) -> Paired:
        """The whole ceremony with that watch. Raises `TrustError`, `TryAgain`, `UnfitWatch`; then nothing is
        left of it here.
        """
        async with self._radio.pairing(sighting.address, self._agent):
            return await self._pair(sighting, name)

    async def _pair(self, sighting: Sighting, name: str) -> Paired:
        link: Link | None = None
        talk = _Talk(
            clock=self._clock,
            routine=self._routine,
            cue_id=int.from_bytes(self._entropy(4), "little"),
            say=self._say,
            agree=lambda watch: self._agree(watch, name),
            keep=lambda watch_id, key: self._keys.add_pending(watch_id, name, key, self._clock.now().utc),
            is_ours=lambda watch_id: self._keys.has(watch_id) or self._is_ours(watch_id),
        )
        try:
            link = await self._connected(sighting, talk)
            await self._talk(talk, link, sighting)
            assert talk.watch_id is not None, "who has proven itself has said who it is"
            if talk.key is not None:
                self._keys.prove(talk.watch_id, talk.key)
            return Paired(
                watch_id=talk.watch_id, address=sighting.address, name=name, trust=talk.trust, buzz=talk.buzz
            )
        except BaseException:
            if talk.watch_id is not None and talk.is_kept:
                self._keys.drop_pending(talk.watch_id)
            if talk.new_bond:
                await self._radio.forget(sighting.address)
            raise
        finally:
            if link is not None:
                await link.disconnect()

    async def _connected(self, sighting: Sighting, talk: "_Talk") -> Link:
        """A link to that watch, whose bond, if there is one already, is of a pairing of ours."""
        watch = sighting.name or sighting.address
        is_ours = self._is_ours(sighting.address)
        strange_bond = not is_ours and await self._radio.is_bonded(sighting.address)
        # Nobody knows whether a code was compared when it was made; who can't pair now would lose it only.
        if strange_bond and self._driver.advertised(sighting.service_data).pairing is not False:
            self._say(f"this computer has a bond with {watch} that wearsync did not make: it is made anew")
            sighting = await self._strange_again(sighting)
            strange_bond = False
        self._say(f"connecting to {watch}")
        try:
            link = await self._radio.connect(sighting)
        except StaleBond:
            self._say(f"{watch} has forgotten this computer: the old bond is removed, and made anew")
            sighting = await self._strange_again(sighting)
            talk.made_anew = True
            link = await self._radio.connect(sighting)
        talk.strange_bond = strange_bond
        # Some watches want a bond before they say a word, and adapters make it without being asked.
        talk.new_bond = talk.made_anew or not is_ours
        return link

    async def _strange_again(self, sighting: Sighting) -> Sighting:
        """The same watch, without a bond; adapters forget with it that they have seen it."""
        await self._radio.forget(sighting.address)
        seen = await self._radio.find(sighting.address, SCAN_S)
        if seen is None:
            raise TryAgain(f"{sighting.name or sighting.address} is not to be seen any more: pair again")
        return seen

    def _agree(self, watch: Introduced, name: str) -> bytes | None:
        """The key for a watch that has introduced itself; None: it takes none."""
        if not watch.in_pairing_mode:
            raise TryAgain("the watch is not in pairing mode: switch it on at the watch, then pair again")
        if not self._name_is_free(watch.watch_id):
            raise UsageError(f"another watch is called {name!r} already: choose another --name")
        return self._entropy(KEY_BYTES) if watch.takes_key else None

    async def _talk(self, talk: "_Talk", link: Link, sighting: Sighting) -> None:
        """The whole conversation; returns once the watch has proven itself."""
        options = SessionOptions(keys={}, watch_id=None, address=sighting.address, pairing=True)
        try:
            async with asyncio.timeout(BOND_S) as limit:
                talk.runner = LinkRunner(
                    link=link,
                    session=self._driver.session(options),
                    clock=self._clock,
                    entropy=self._entropy(32),
                    on_message=talk.heard,
                    on_bonded=lambda: talk.bonded(limit),
                )
                end = await talk.runner.run()
        except TimeoutError as error:
            if not talk.proven:
                raise TryAgain(
                    "the watch did not prove the key in time: bring it nearer, then pair again"
                ) from error
        else:
            talk.judge(end)


class _Talk:
    """Listens to the first session: agrees with the watch, sets clock and routine, buzzes once, says goodbye.

    `agree` gives the watch's key, `keep` makes it durable, which is done once there is a bond and before the
    watch gets it. What they raise ends the session, and `judge` raises it again. `new_bond`: if there is a
    bond, it is of now; `made_anew`: it takes the place of an old one;
    `strange_bond`: it was made by somebody else, and is not for a key.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        routine: Routine,
        cue_id: int,
        say: Callable[[str], None],
        agree: Callable[[Introduced], bytes | None],
        keep: Callable[[str, bytes], None],
        is_ours: Callable[[str], bool],
    ) -> None:
        self.runner: LinkRunner | None = None
        self.watch_id: str | None = None
        self.key: bytes | None = None
        self.is_kept = False
        self.new_bond = False
        self.made_anew = False
        self.strange_bond = False
        self.proven = False
        self.trust = Trust.NONE
        self.buzz = "unanswered"
        self._failure: WearsyncError | None = None
        self._clock = clock
        self._routine = routine
        self._cue_id = cue_id
        self._say = say
        self._agree = agree
        self._keep = keep
        self._is_ours = is_ours
        self._is_bonded = False
        self._asked = False

    def heard(self, message: Up) -> None:
        """Take one message of the watch."""
        runner = self.runner
        if runner is None:
            raise WearsyncError("a watch spoke before its link was run")
        match message:
            case Introduced():
                self._introduced(message, runner)
            case WatchReady(next_seq=next_seq, trust=trust) if self.watch_id is not None:
                self.proven, self.trust = True, trust
                runner.send(Begin(cursor=next_seq))
                runner.send(StoreRoutine(self._routine))
            case ClockSampled() if not self._asked:
                self._asked = True
                now = self._clock.now()
                runner.send(SetClock(unix_ms=now.unix_ms, utc_offset_min=now.utc_offset_min))
                self._say("test buzz")
                cue = Cue(cue_id=self._cue_id, cue=CueKind.READY, step=None, at_ms=None, expires_ms=10_000)
                runner.send(PlayCues((cue,)))
            case RecordsArrived(records):
                for record in records:
                    if isinstance(record.body, CueAcked) and record.body.cue_id == self._cue_id:
                        self.buzz = record.body.result.value
                        runner.send(Goodbye())
            case _:
                pass

    def bonded(self, limit: asyncio.Timeout) -> None:
        """What people had to do is done, and what is left is quick. Some watches bond before they say who
        they are, others after that.
        """
        limit.reschedule(asyncio.get_running_loop().time() + PROVE_S)
        self._is_bonded = True
        self._keep_key()

    def judge(self, end: Disconnect) -> None:
        """Return if the watch has proven itself. Raises what has ended it before."""
        if self._failure is not None:
            raise self._failure
        if self.proven:
            return
        if end.fault == "trust":
            raise TrustError(end.reason)
        if end.fault == "unfit":
            raise UnfitWatch(end.reason)
        raise TryAgain(f"the link was lost before the key was proven ({end.reason}): pair again")

    def _introduced(self, message: Introduced, runner: LinkRunner) -> None:
        self.new_bond = self.made_anew or not self._is_ours(message.watch_id)
        try:
            self.key = self._agree(message)
            if self.strange_bond:
                raise TryAgain("the watch is in pairing mode now: pair again")
        except WearsyncError as error:
            self._fail(error)
            return
        self.watch_id = message.watch_id
        if self._is_bonded:
            self._keep_key()
        else:
            self._say("bonding: look at the watch, which may show a code")
        runner.send(Pair(self.key))

    def _keep_key(self) -> None:
        """There is a bond: the key is made durable, for the watch gets it next."""
        if self.watch_id is None or self.key is None:
            return
        try:
            self._keep(self.watch_id, self.key)
        except WearsyncError as error:
            self._fail(error)
            return
        self.is_kept = True
        self._say("bonded; handing the key over, and proving it")

    def _fail(self, error: WearsyncError) -> None:
        self._failure = error
        if self.runner is not None:
            self.runner.stop(str(error))
