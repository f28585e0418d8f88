"""Pairing, the simple way: pick a watch, bond, give it a key, prove the key, test the motor, write it down.

Rule: a failure leaves nothing half done on this side: no key, no bond, no line in the configuration; and says
what to do next.
The key is durable here before the watch gets it, and counts only when the watch has proven it.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from wearsync.daemon.keys import KeyStore
from wearsync.daemon.link_runner import LinkRunner
from wearsync.drivers.base import Driver, SessionOptions
from wearsync.errors import TrustError, TryAgain, UnfitWatch, UsageError, WearsyncError
from wearsync.messages import (
    Begin,
    ClockSampled,
    Cue,
    CueAcked,
    Goodbye,
    PlayCues,
    RecordsArrived,
    SetClock,
    StoreRoutine,
    Up,
    WatchReady,
)
from wearsync.model import CueKind, Routine, Trust
from wearsync.ports import Clock, Link, PairingAgent, Radio, Sighting
from wearsync.protocol.gatt import INFO_UUID, KEY_UUID, SERVICE_UUID, read_advertised, read_info

# People look up from the terminal to the watch and back; the watch's own pairing mode lasts 60 s.
SCAN_S = 6.0
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


def is_pairing(sighting: Sighting) -> bool:
    """Whether it advertises that it is in pairing mode."""
    return read_advertised(sighting.service_data.get(SERVICE_UUID, b"")).in_pairing_mode


def choose(sightings: tuple[Sighting, ...], address: str | None) -> Sighting:
    """The watch at that address, or the only one in pairing mode. Raises `TryAgain`, `UsageError`."""
    watches = [seen for seen in sightings if SERVICE_UUID in seen.service_uuids]
    if address is not None:
        for seen in watches:
            if seen.address.lower() == address.lower():
                return seen
        raise TryAgain(f"no watch at {address}: is it in range, and not connected to a phone?")
    ready = [seen for seen in watches if is_pairing(seen)]
    if len(ready) == 1:
        return ready[0]
    if ready:
        names = ", ".join(f"{seen.name} ({seen.address})" for seen in ready)
        raise UsageError(
            f"more than one watch is in pairing mode: {names}. Name one: wearsync pair --address ADDRESS"
        )
    if watches:
        raise TryAgain(f"{watches[0].name} is there, but not in pairing mode: switch that on, and pair again")
    raise TryAgain(
        "no watch is in range: switch pairing mode on at the watch, and disconnect it from other hosts"
    )


class Ceremony:
    """One pairing. `entropy(n)`: n random bytes; `name_is_free(watch_id)`: whether that watch may have the
    name.
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
    ) -> None:
        self._name_is_free = name_is_free
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
        self._radio.set_agent(self._agent)
        link: Link | None = None
        watch_id: str | None = None
        new_bond = False
        try:
            self._say(f"connecting to {sighting.name or sighting.address}")
            link = await self._radio.connect(sighting)
            info = read_info(await link.read(INFO_UUID))
            if not info.in_pairing_mode:
                raise TryAgain("the watch is not in pairing mode: switch it on at the watch, then pair again")
            if not self._name_is_free(info.watch_id.hex()):
                raise UsageError(f"another watch is called {name!r} already: choose another --name")
            self._say("bonding: compare the code with the one on the watch")
            new_bond = not self._keys.has(info.watch_id.hex())  # one that worked goes on to work
            await link.pair()
            key = self._entropy(32)
            self._keys.add_pending(info.watch_id.hex(), name, key, self._clock.now().utc)
            watch_id = info.watch_id.hex()
            await link.write(KEY_UUID, key)
            self._say("key handed over; proving it")
            proof = await self._prove(link, watch_id, key)
            self._keys.prove(watch_id, key)
            return Paired(
                watch_id=watch_id, address=sighting.address, name=name, trust=proof.trust, buzz=proof.buzz
            )
        except BaseException:
            if watch_id is not None:
                self._keys.drop_pending(watch_id)
            if new_bond:
                await self._radio.forget(sighting.address)
            raise
        finally:
            self._radio.set_agent(None)
            if link is not None:
                await link.disconnect()

    async def _prove(self, link: Link, watch_id: str, key: bytes) -> "_Proof":
        proof = _Proof(self._clock, self._routine, int.from_bytes(self._entropy(4), "little"), self._say)
        runner = LinkRunner(
            link=link,
            session=self._driver.session(SessionOptions(keys={watch_id: key}, watch_id=watch_id)),
            clock=self._clock,
            entropy=self._entropy(32),
            on_message=proof.heard,
        )
        proof.runner = runner
        try:
            async with asyncio.timeout(PROVE_S):
                end = await runner.run()
        except TimeoutError as error:
            if proof.proven:
                return proof
            raise TryAgain(
                "the watch did not prove the key in time: bring it nearer, then pair again"
            ) from error
        if proof.proven:
            return proof
        if end.fault == "trust":
            raise TrustError(end.reason)
        if end.fault == "unfit":
            raise UnfitWatch(end.reason)
        raise TryAgain(f"the link was lost before the key was proven ({end.reason}): pair again")


class _Proof:
    """Listens to the first session: sets clock and routine, buzzes once, says goodbye."""

    def __init__(self, clock: Clock, routine: Routine, cue_id: int, say: Callable[[str], None]) -> None:
        self.runner: LinkRunner | None = None
        self.proven = False
        self.trust = Trust.NONE
        self.buzz = "unanswered"
        self._clock = clock
        self._routine = routine
        self._cue_id = cue_id
        self._say = say
        self._asked = False

    def heard(self, message: Up) -> None:
        """Take one message of the watch."""
        runner = self.runner
        if runner is None:
            raise WearsyncError("a watch spoke before its link was run")
        match message:
            case WatchReady(next_seq=next_seq, trust=trust):
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
