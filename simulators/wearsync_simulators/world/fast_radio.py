"""The host's end of the fast air: a `ports.Radio` above GATT, for one process.

Rule: what a caller of `BleakRadio` on the Bumble air sees, a caller of this one sees: the same errors, in the
same places; tests tell both the same stories. Every operation is a point at which the process may die.
"""

import asyncio
import contextvars
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from bleak.exc import BleakError

from wearsync.errors import LinkLost, RadioUnavailable, TryAgain
from wearsync.ports import PairingAgent, Sighting
from wearsync.radio.faults import connect_fault
from wearsync_simulators.world.ether import GONE, Ether, FastAntenna, Listener
from wearsync_simulators.world.fast_link import ABSENT_S, FastLink
from wearsync_simulators.world.impostor import Impostor
from wearsync_simulators.world.process import Process

__all__ = ["FastRadio"]

# As wearsync.radio.adapter.
CONNECT_DEADLINE_S = 30.0
# From the connection's first event to services that are known: a dozen requests.
SET_UP_S = (0.3, 0.6)
MTU = 247
# The least that the profile takes, and less than that.
SMALL_MTUS = (23, 72)
# A connection attempt that fails does so at once, or after some seconds.
FAILED_CONNECT_S = (0.1, 6.0)
# Somebody else looks at the watch: shorter than the 30 s after which it hangs up on who says nothing.
TAKEN_S = (2.0, 25.0)
# Of links without the right services, those with other ones: the firmware was another when it was cached.
STALE_SHARE = 0.25


class FastRadio:
    """A `ports.Radio` of `process` on the adapter of `host`, which keeps bonds from process to process."""

    def __init__(self, air: Ether, *, process: Process, host: str = "host") -> None:
        self.process = process
        self._air = air
        self._adapter = air.adapter(host)
        self._agent: PairingAgent | None = None
        self._connecting = asyncio.Lock()
        self._resting = False
        self._closed = False
        self._links: list[FastLink] = []
        self._listeners: list[Listener] = []
        self._adapter.gone.append(self._adapter_gone)

    async def scan(
        self, duration_s: float, found: Callable[[Sighting], None] | None = None
    ) -> tuple[Sighting, ...]:
        """See `ports.Radio`."""
        seen: dict[str, Sighting] = {}

        def note(sighting: Sighting) -> bool:
            before = seen.get(sighting.address)
            seen[sighting.address] = sighting
            if found is not None and (before is None or before.service_data != sighting.service_data):
                found(sighting)
            return False

        async with self._operation("radio.scan"):
            await self._listen(note, duration_s)
        return tuple(sorted(seen.values(), key=lambda sighting: -sighting.rssi))

    async def find(self, address: str, timeout_s: float) -> Sighting | None:
        """See `ports.Radio`."""
        wanted = address.upper()
        async with self._operation("radio.find"):
            antenna = self._air.at(wanted)
            if antenna is not None and antenna.advertises and self._air.faults.strikes("radio.taken"):
                self._air.take(antenna, self._air.faults.draw("radio.taken").uniform(*TAKEN_S))
            return await self._seen(wanted, timeout_s)

    async def connect(self, sighting: Sighting) -> "FastLink":
        """See `ports.Radio`."""
        async with self._operation("radio.connect"), self._connecting:
            self._resting = True
            try:
                return await self._attempt(sighting)
            finally:
                self._resting = False
                for listener in self._listeners:
                    self._air.tell_again(listener)

    def set_agent(self, agent: PairingAgent | None) -> None:
        """Who answers from now on, for whichever watch; None refuses."""
        self._agent = agent

    @asynccontextmanager
    async def pairing(self, address: str, agent: PairingAgent) -> AsyncIterator[None]:
        """See `ports.Radio`."""
        self.process.check()
        self._require_adapter()
        self._agent = agent
        try:
            yield
        finally:
            self._agent = None

    async def is_bonded(self, address: str) -> bool:
        """See `ports.Radio`."""
        self.process.check()
        self._require_adapter()
        return address.upper() in self._adapter.bonds

    async def forget(self, address: str) -> None:
        """See `ports.Radio`."""
        async with self._operation("radio.forget"):
            self._adapter.bonds.pop(address.upper(), None)

    async def close(self) -> None:
        """See `ports.Radio`."""
        self.process.check()
        self.vanish()

    def vanish(self) -> None:
        """Its links and scans are no more; the watches are not told."""
        self._closed = True
        self._adapter_gone()
        if self._adapter_gone in self._adapter.gone:
            self._adapter.gone.remove(self._adapter_gone)

    def _adapter_gone(self) -> None:
        for link in self._links:
            link.wire.abandon(GONE)
        for listener in self._listeners:
            listener.end(RadioUnavailable(GONE))

    @asynccontextmanager
    async def _operation(self, name: str) -> AsyncIterator[None]:
        self.process.point(name)
        faults = self._air.faults
        if faults.strikes("radio.no_adapter"):
            self._air.take_away(self._adapter, faults.draw("radio.no_adapter").uniform(*ABSENT_S))
        self._require_adapter()
        yield
        self.process.point(name)

    def _require_adapter(self) -> None:
        if self._closed or self._air.is_absent(self._adapter):
            raise RadioUnavailable(GONE)

    async def _listen(
        self, hears: Callable[[Sighting], bool], timeout_s: float, *, connecting: bool = False
    ) -> None:
        listener = Listener(
            hears=hears,
            deaf=lambda: self._resting and not connecting,
            context=contextvars.copy_context(),
            ended=asyncio.get_running_loop().create_future(),
        )
        self._listeners.append(listener)
        self._air.listen(listener)
        try:
            await asyncio.wait({listener.ended}, timeout=timeout_s)
        finally:
            self._listeners.remove(listener)
            self._air.stop_listening(listener)
        self.process.check()
        if listener.ended.done() and (fault := listener.ended.result()) is not None:
            raise fault

    async def _seen(self, address: str, timeout_s: float, *, connecting: bool = False) -> Sighting | None:
        seen: list[Sighting] = []

        def note(sighting: Sighting) -> bool:
            if sighting.address == address:
                seen.append(sighting)
            return bool(seen)

        await self._listen(note, timeout_s, connecting=connecting)
        return seen[0] if seen else None

    # --- connecting

    async def _attempt(self, sighting: Sighting) -> "FastLink":
        watch = sighting.name or sighting.address
        faults = self._air.faults
        if faults.strikes("radio.connect_fails"):
            await self._pause(faults.draw("radio.connect_fails").uniform(*FAILED_CONNECT_S))
            raise connect_fault(BleakError("the connection could not be established"), watch)
        if faults.strikes("radio.connect_hangs"):
            await self._pause(CONNECT_DEADLINE_S)
            raise connect_fault(TimeoutError(), watch)
        watch_itself = await self._reached(sighting)
        stranger = self._stranger(watch_itself)
        link = FastLink(
            air=self._air,
            adapter=self._adapter,
            antenna=stranger or watch_itself,
            process=self.process,
            agent=lambda: self._agent,
        )
        self._links = [*(each for each in self._links if each.wire.is_open), link]
        try:
            await self._set_up(link, watch, bonded=stranger is None)
        except BaseException as error:
            if self.process.alive:
                link.let_go()
            if isinstance(error, LinkLost):
                self._require_adapter()
                raise TryAgain(f"{watch} hung up while connecting") from error
            raise
        return link

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self.process.check()
        self._require_adapter()

    async def _reached(self, sighting: Sighting) -> FastAntenna:
        """The watch, once it lets itself be connected to."""
        seen = await self._seen(sighting.address.upper(), CONNECT_DEADLINE_S, connecting=True)
        antenna = None if seen is None else seen.device
        if not isinstance(antenna, FastAntenna):
            raise connect_fault(TimeoutError(), sighting.name or sighting.address)
        return antenna

    def _stranger(self, antenna: FastAntenna) -> FastAntenna | None:
        """Somebody else who is faster to answer than that watch, once in a while."""
        faults = self._air.faults
        if faults.strikes("radio.impostor"):
            name, overheard = "radio.impostor", []
        elif antenna.overheard and faults.strikes("radio.session_replayed"):
            name, overheard = "radio.session_replayed", antenna.overheard
        else:
            return None
        ears = Impostor(model=antenna.ears, overheard=overheard, random=faults.draw(name))
        stranger = ears.transmitter = self._air.stranger(antenna.identity, ears)
        return stranger

    async def _set_up(self, link: FastLink, watch: str, *, bonded: bool) -> None:
        """Connect, encrypt if there is a bond, agree on the MTU, discover the services."""
        faults = self._air.faults
        if not await link.open():
            raise connect_fault(TimeoutError(), watch)
        if bonded:
            await link.encrypt()
        await self._pause(faults.draw("air.connecting").uniform(*SET_UP_S))
        mtu = MTU
        if faults.strikes("radio.mtu_small"):
            mtu = faults.draw("radio.mtu_small").choice(SMALL_MTUS)
        await link.agree(mtu)
        if faults.strikes("radio.no_services"):
            link.is_stale = faults.draw("radio.no_services").random() < STALE_SHARE
            if not link.is_stale:
                raise TryAgain(f"{watch} shows no services: its cache is cleared")
