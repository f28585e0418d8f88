"""The fast air itself, above GATT: who stands in it, who listens, which adapters there are, and bonds.

Rule: nothing polls: an advertisement is heard a moment after somebody begins to listen, or has something new
to advertise. Nothing iterates over what is ordered by a hash.
"""

import asyncio
import contextvars
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from bumble import att

from wearsync.errors import WearsyncError
from wearsync.ports import Sighting
from wearsync_simulators.watches.antenna import ADVERTISING_INTERVAL_MS, Ears, Identity
from wearsync_simulators.watches.gatt import DOWN, INFO, KEY, SERVICE, UP
from wearsync_simulators.world.faults import Faults
from wearsync_simulators.world.radio_faults import Noise
from wearsync_simulators.world.wire import AttError, HostEnd, Wire

__all__ = ["BATTERY", "GONE", "Adapter", "Bond", "Ether", "FastAntenna", "Listener"]

GONE = "the Bluetooth adapter is gone: plug it in"
BATTERY = "00002a19-0000-1000-8000-00805f9b34fb"
# As on the Bumble air: a watch on the other side of a room.
RSSI_DBM = -60
# Behind a door, as it is heard the other time.
WEAKER_DB = 30
# Of its latest link, for whoever plays it again: a session's beginning is enough to be refused by.
OVERHEARD_FRAMES_MAX = 64


@dataclass(frozen=True, slots=True)
class Bond:
    """What a host and a watch share; the same `number` on both sides, or it is stale."""

    number: int
    authenticated: bool


@dataclass(eq=False, slots=True)
class Listener:
    """Somebody who scans. `hears` says whether that was enough; it runs in `context`, unless `deaf` now;
    `ended`: why there is nothing more to hear, None: has heard enough.
    """

    hears: Callable[[Sighting], bool]
    deaf: Callable[[], bool]
    context: contextvars.Context
    ended: "asyncio.Future[WearsyncError | None]"

    def hear(self, sighting: Sighting) -> None:
        """An advertisement."""
        if not self.ended.done() and self.hears(sighting):
            self.end(None)

    def end(self, fault: WearsyncError | None) -> None:
        """Listen no more."""
        if not self.ended.done():
            self.ended.set_result(fault)


@dataclass(eq=False, slots=True)
class Adapter:
    """A host's Bluetooth, which outlives its processes: bonds by the watch's address. `gone`: who is told
    when it is pulled out; `absent_until_s`: of the loop's time.
    """

    name: str
    bonds: dict[str, Bond] = field(default_factory=dict)
    gone: list[Callable[[], None]] = field(default_factory=list)
    absent_until_s: float = 0.0


class FastAntenna:
    """A watch's Bluetooth on this air; an `antenna.Aerial`."""

    def __init__(self, ether: "Ether", identity: Identity, ears: Ears) -> None:
        self.identity = identity
        self.ears = ears
        self.wire: Wire | None = None
        self.overheard: list[bytes] = []
        self.in_range = True
        self._ether = ether
        self._is_on = True
        self._lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._compared: asyncio.Task[bool] | None = None

    @property
    def lost(self) -> asyncio.Future[None]:
        """Never done: this air does not end."""
        return self._lost

    @property
    def advertises(self) -> bool:
        """Whether it can be seen, and connected to."""
        return self._is_on and self.in_range and self.wire is None

    def sighting(self) -> Sighting:
        """What a scan sees of it now."""
        return Sighting(
            address=self.identity.address.upper(),
            name=self.identity.name,
            rssi=RSSI_DBM,
            service_uuids=(SERVICE,),
            service_data={SERVICE: bytes([self.ears.advertised()])},
            device=self,
        )

    # What the watch does.

    def notify(self, frame: bytes) -> None:
        """Send a frame up the link."""
        if self.wire is not None:
            if len(self.overheard) < OVERHEARD_FRAMES_MAX:
                self.overheard.append(frame)
            self.wire.tell(UP, frame[: self.wire.mtu - 3])

    def drop(self) -> None:
        """Disconnect, after what was sent."""
        if self.wire is not None:
            self.wire.hang_up()

    def tell_battery(self) -> None:
        """The battery's level has changed."""
        if self.wire is not None:
            self.wire.tell(BATTERY, bytes([self.ears.battery_percent()]))

    def advertise(self) -> None:
        """The flags may have changed."""
        self._ether.present(self)

    async def set_in_range(self, in_range: bool) -> None:
        """Leave everybody's range, or come back."""
        self.in_range = in_range
        if self.wire is not None:
            self.wire.set_reachable(in_range)
        self._ether.present(self)

    async def close(self) -> None:
        """Fall silent."""
        self._is_on = False
        self._ether.remove(self)
        wire, self.wire = self.wire, None
        if wire is not None:
            wire.go_silent()

    # What a link does to it.

    def link(self, wire: Wire) -> bool:
        """A host connects; False: somebody else was faster."""
        if not self.advertises:
            return False
        self.wire = wire
        self.overheard = []
        self.ears.link_up(wire.mtu)
        return True

    def agree(self, wire: Wire, mtu: int) -> None:
        """Both agree on an ATT MTU."""
        wire.mtu = mtu
        self.ears.link_mtu(mtu)

    def compare(self, number: int) -> "asyncio.Task[bool]":
        """The wearer is asked whether the host shows that number."""

        async def answer() -> bool:
            return await self.ears.compare(number)

        self._compared = asyncio.get_running_loop().create_task(answer(), context=self._ether.context)
        return self._compared

    def unlinked(self) -> None:
        """The link is over."""
        self.wire = None
        if self._compared is not None:
            self._compared.cancel()
        if self._is_on:
            self.ears.link_down()
            self._ether.present(self)

    def read(self, attribute: str) -> bytes:
        """A host reads. Raises AttError."""
        match attribute:
            case _ if attribute == INFO:
                return self.ears.info()
            case _ if attribute == BATTERY:
                return bytes([self.ears.battery_percent()])
            case _:
                raise AttError(att.ATT_READ_NOT_PERMITTED_ERROR)

    def write(self, wire: Wire, attribute: str, value: bytes) -> None:
        """A host writes. Raises AttError."""
        if attribute not in (DOWN, KEY):
            raise AttError(att.ATT_WRITE_NOT_PERMITTED_ERROR)
        self._require_encryption(wire)
        if attribute == DOWN:
            self.ears.down(wire.noise.down(value))
            return
        if self.identity.display and not self.identity.lab and not wire.authenticated:
            raise AttError(att.ATT_INSUFFICIENT_AUTHENTICATION_ERROR)
        if (code := self.ears.key(value)) is not None:
            raise AttError(code)

    def subscribe(self, wire: Wire, attribute: str) -> None:
        """A host wants notifications. Raises AttError."""
        if attribute == UP:
            self._require_encryption(wire)
        wire.subscribed[attribute] = None

    def _require_encryption(self, wire: Wire) -> None:
        if not wire.encrypted and not self.identity.lab:
            raise AttError(att.ATT_INSUFFICIENT_ENCRYPTION_ERROR)


class Ether:
    """An air without Bumble."""

    def __init__(self, *, faults: Faults) -> None:
        self.faults = faults
        # What happens at watches goes on when a host's process, in whose context it was caused, does not.
        self.context = contextvars.copy_context()
        self._antennas: list[FastAntenna] = []
        self._listeners: list[Listener] = []
        self._adapters: dict[str, Adapter] = {}
        # The watches' side of bonds: what a watch has kept does not go with its power.
        self._watch_bonds: dict[tuple[str, str], Bond] = {}

    async def antenna(self, identity: Identity, ears: Ears) -> FastAntenna:
        """See `watches.antenna.Ground`."""
        antenna = FastAntenna(self, identity, ears)
        self._antennas.append(antenna)
        self.present(antenna)
        return antenna

    def remove(self, antenna: FastAntenna) -> None:
        """It has no power any more."""
        self._antennas = [each for each in self._antennas if each is not antenna]

    def at(self, address: str) -> FastAntenna | None:
        """Who stands here under that address."""
        return next((each for each in self._antennas if each.identity.address.upper() == address), None)

    # Bonds.

    def bond_of_watch(self, watch: str, adapter: Adapter) -> Bond | None:
        """What the watch at that address shares with that host."""
        return self._watch_bonds.get((watch, adapter.name))

    def bond(self, watch: str, adapter: Adapter, *, authenticated: bool) -> Bond:
        """The watch keeps a new bond; the host is to keep the same."""
        bond = Bond(self.faults.draw("air.bonds").getrandbits(64), authenticated)
        self._watch_bonds[watch, adapter.name] = bond
        return bond

    def forget_at_watch(self, watch: str) -> None:
        """The watch at that address loses its bonds."""
        self._watch_bonds = {pair: bond for pair, bond in self._watch_bonds.items() if pair[0] != watch}

    # Adapters.

    def adapter(self, name: str) -> Adapter:
        """The adapter of that host."""
        return self._adapters.setdefault(name, Adapter(name))

    def take_away(self, adapter: Adapter, for_s: float) -> None:
        """It is pulled out, for so long: its links fall silent, its scans end."""
        adapter.absent_until_s = asyncio.get_running_loop().time() + for_s
        for tell in list(adapter.gone):
            tell()

    def is_absent(self, adapter: Adapter) -> bool:
        """Whether it is pulled out now; when all is healed it is back."""
        return not self.faults.healed and asyncio.get_running_loop().time() < adapter.absent_until_s

    # Other people's devices.

    def stranger(self, identity: Identity, ears: Ears) -> FastAntenna:
        """A device that passes for another; it is in no list."""
        return FastAntenna(self, replace(identity, lab=True), ears)

    def take(self, antenna: FastAntenna, for_s: float) -> None:
        """Somebody else connects to that watch, says nothing, and leaves after so long."""
        wire = self.wire(_Elsewhere(), antenna)
        wire.request(lambda: antenna.link(wire), calm=True)
        asyncio.get_running_loop().call_later(for_s, wire.leave, context=self.context)

    def wire(self, host: HostEnd, antenna: FastAntenna) -> Wire:
        """A link that is to be."""
        return Wire(
            host=host,
            watch=antenna,
            context=self.context,
            noise=Noise(self.faults),
            random=self.faults.draw("air.latency"),
        )

    # Advertising.

    def listen(self, listener: Listener) -> None:
        """Somebody begins to scan."""
        self._listeners.append(listener)
        self.tell_again(listener)

    def stop_listening(self, listener: Listener) -> None:
        """Somebody has scanned enough."""
        self._listeners.remove(listener)

    def present(self, antenna: FastAntenna) -> None:
        """It has something new to advertise, if it does."""
        if any(each is antenna for each in self._antennas):
            for listener in self._listeners:
                self._announce(antenna, listener)

    def tell_again(self, listener: Listener) -> None:
        """A scan begins, or goes on."""
        for antenna in self._antennas:
            self._announce(antenna, listener)

    def _announce(self, antenna: FastAntenna, listener: Listener) -> None:
        if antenna.advertises:
            delay_s = self.faults.draw("air.advertising").uniform(0, ADVERTISING_INTERVAL_MS / 1000)
            asyncio.get_running_loop().call_later(
                delay_s, self._heard, antenna, listener, context=self.context
            )

    def _heard(self, antenna: FastAntenna, listener: Listener) -> None:
        if not antenna.advertises or listener.ended.done() or listener.deaf():
            return
        loop, sighting = asyncio.get_running_loop(), antenna.sighting()
        if self.faults.strikes("radio.duplicate_advert"):
            weaker = replace(sighting, rssi=sighting.rssi - WEAKER_DB)
            loop.call_soon(listener.hear, weaker, context=listener.context)
        loop.call_soon(listener.hear, sighting, context=listener.context)


class _Elsewhere:
    """A host that only looks."""

    def heard(self, attribute: str, value: bytes) -> None:
        """It has subscribed to nothing."""

    def lose(self, why: str) -> None:
        """It doesn't mind."""
