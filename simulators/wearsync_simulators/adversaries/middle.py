"""Somebody in the middle: between a watch and its Bluetooth, so above the bond, which counts as broken.

    middle = Middle(Relay())                            # listens only
    await watch.power_on(middle.ground(BumbleGround(air)))
    middle.heard                                        # every frame that has passed, both ways

Rule: it sees and changes whole frames and knows no key: whatever it does must be found out by the tags.
"""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from enum import Enum

from wearsync_simulators.watches.antenna import Aerial, Ears, Ground, Identity

__all__ = ["Middle", "Overheard", "Relay", "Way"]


class Way(Enum):
    """Which way a frame goes."""

    DOWN = "down"
    UP = "up"


@dataclass(frozen=True, slots=True)
class Overheard:
    """A frame as it was sent, tag included. `link`: of which connection, counted from 1."""

    way: Way
    frame: bytes
    link: int


class Relay:
    """What is done with frames: nothing. Who attacks overrides `passed`."""

    def passed(self, way: Way, number: int, frame: bytes) -> Sequence[bytes]:
        """What goes on in place of a frame; `number`: from 0, in that direction of this connection."""
        return (frame,)


class Middle:
    """Listens, and lets `relay` do what it likes; `relay` may be changed at any time."""

    def __init__(self, relay: Relay | None = None) -> None:
        self.relay = relay or Relay()
        self.heard: list[Overheard] = []
        self._links = 0
        self._numbers = {Way.DOWN: 0, Way.UP: 0}
        self._ears: Ears | None = None
        self._aerial: Aerial | None = None

    def ground(self, inner: Ground) -> Ground:
        """Where a watch stands that it is to be in the middle of."""
        return _Ground(self, inner)

    def frames(self, way: Way, *, link: int | None = None) -> list[bytes]:
        """What has passed that way; of that connection, or of all."""
        return [each.frame for each in self.heard if each.way is way and link in (None, each.link)]

    def say(self, way: Way, frame: bytes) -> None:
        """Put in a frame of its own."""
        if way is Way.UP and self._aerial is not None:
            self._aerial.notify(frame)
        elif way is Way.DOWN and self._ears is not None:
            self._ears.down(frame)

    def hang_up(self) -> None:
        """End the connection, as the watch would."""
        if self._aerial is not None:
            self._aerial.drop()

    def between(self, ears: Ears, aerial: Aerial | None) -> None:
        """Take its place."""
        self._ears, self._aerial = ears, aerial

    def linked(self) -> None:
        """A host has connected: it counts anew."""
        self._links += 1
        self._numbers = {Way.DOWN: 0, Way.UP: 0}

    def passes(self, way: Way, frame: bytes) -> None:
        """A frame comes by."""
        number = self._numbers[way]
        self._numbers[way] += 1
        self.heard.append(Overheard(way, frame, self._links))
        for each in self.relay.passed(way, number, frame):
            self.say(way, each)


@dataclass(frozen=True, slots=True)
class _Ground:
    middle: Middle
    inner: Ground

    async def antenna(self, identity: Identity, ears: Ears) -> Aerial:
        self.middle.between(ears, None)
        aerial = await self.inner.antenna(identity, _Ears(self.middle, ears))
        self.middle.between(ears, aerial)
        return _Aerial(self.middle, aerial)


class _Aerial:
    """The watch's antenna, with frames going up through the middle."""

    def __init__(self, middle: Middle, inner: Aerial) -> None:
        self._middle = middle
        self._inner = inner
        self.lost = inner.lost
        self.drop = inner.drop
        self.advertise = inner.advertise
        self.tell_battery = inner.tell_battery
        self.set_in_range = inner.set_in_range
        self.close = inner.close

    def notify(self, frame: bytes) -> None:
        self._middle.passes(Way.UP, frame)


class _Ears:
    """The watch's ears, with frames going down through the middle."""

    def __init__(self, middle: Middle, inner: Ears) -> None:
        self._middle = middle
        self._inner = inner
        self.info = inner.info
        self.battery_percent = inner.battery_percent
        self.advertised = inner.advertised
        self.link_mtu = inner.link_mtu
        self.link_down = inner.link_down
        self.key = inner.key
        self.pairing_asked = inner.pairing_asked
        self.pairing_failed = inner.pairing_failed

    def link_up(self, mtu: int) -> None:
        self._middle.linked()
        self._inner.link_up(mtu)

    def down(self, raw: bytes) -> None:
        self._middle.passes(Way.DOWN, raw)

    def compare(self, code: int) -> Awaitable[bool]:
        return self._inner.compare(code)
