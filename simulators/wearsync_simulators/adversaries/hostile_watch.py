"""A hostile watch: a Bluetooth LE peripheral under a watch's name and address, that says what it is told to.

    watch = HostileWatch(Guise(address, info), Guess(watch_id, Random(1)))
    await watch.power_on(air); …; await watch.power_off()

Rule: it knows what anybody in range can know, and what it is given beside that (a recorded session, the
bond's key); its frames are bytes. It asks for no encryption unless told to (BLESA).
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from wearsync_simulators.radio.air import Air
from wearsync_simulators.watches.antenna import Aerial, BumbleGround, Identity, Outfitter

__all__ = ["Guise", "HostileWatch", "Script", "Silent"]


class Script(Protocol):
    """What a hostile watch says."""

    def linked(self) -> Sequence[bytes]:
        """What it says to a host that has just connected, before it was asked anything."""

    def heard(self, frame: bytes) -> Sequence[bytes]:
        """What it says to a frame of the host's."""


class Silent:
    """Says nothing. Others begin from here."""

    def linked(self) -> Sequence[bytes]:
        """Nothing."""
        return ()

    def heard(self, frame: bytes) -> Sequence[bytes]:
        """Nothing."""
        return ()


@dataclass(frozen=True, slots=True)
class Guise:
    """Whom it looks like. `info`: 19 B as anybody can read them from the genuine one, or what it likes;
    `bonds_path`: a copy of the genuine one's bonds, for one who has broken the bond; None: it never had it.
    `display` False: it can show no code to compare, so that a bond with it is Just Works.
    """

    address: str
    info: bytes
    name: str = "Sim"
    flags: int = 0
    bonds_path: Path | None = None
    clear_text: bool = True
    display: bool = True


@dataclass
class HostileWatch:
    """One device. `outfitter`: other services than the hold profile's; `hangs_up`: on everybody, at once.
    `told`: each frame that a host wrote; `keys`: what was written to Key; `links`: how many there were.
    """

    guise: Guise
    script: Script = field(default_factory=Silent)
    outfitter: Outfitter | None = None
    hangs_up: bool = False
    told: list[bytes] = field(default_factory=list)
    keys: list[bytes] = field(default_factory=list)
    pairings: int = 0
    links: int = 0
    _aerial: Aerial | None = None

    @asynccontextmanager
    async def on(self, air: Air) -> AsyncIterator["HostileWatch"]:
        """On the air until the block ends. Raises RadioUnavailable."""
        await self.power_on(air)
        try:
            yield self
        finally:
            await self.power_off()

    async def power_on(self, air: Air) -> None:
        """Be on the air. Raises RadioUnavailable."""
        guise = self.guise
        identity = Identity(
            name=guise.name,
            address=guise.address,
            lab=guise.clear_text,
            display=guise.display,
            keystore_path=guise.bonds_path,
        )
        self._aerial = await BumbleGround(air, outfitter=self.outfitter).antenna(identity, self)

    async def power_off(self) -> None:
        """Be gone."""
        if self._aerial is not None:
            await self._aerial.close()
        self._aerial = None

    def say(self, *frames: bytes) -> None:
        """Say it to the host that is there."""
        for frame in frames:
            if self._aerial is not None:
                self._aerial.notify(frame)

    def hang_up(self) -> None:
        """Disconnect, after what was said."""
        if self._aerial is not None:
            self._aerial.drop()

    # --- Ears

    def info(self) -> bytes:
        """As its guise says."""
        return self.guise.info

    def battery_percent(self) -> int:
        """Of no interest."""
        return 100

    def advertised(self) -> int:
        """As its guise says."""
        return self.guise.flags

    def link_up(self, mtu: int) -> None:
        """Somebody has fallen for it."""
        self.links += 1
        self.say(*self.script.linked())
        if self.hangs_up:
            self.hang_up()

    def link_mtu(self, mtu: int) -> None:
        """Of no interest."""

    def link_down(self) -> None:
        """Found out."""

    def down(self, raw: bytes) -> None:
        """Answer as the script says."""
        self.told.append(raw)
        self.say(*self.script.heard(raw))

    def key(self, raw: bytes) -> int | None:
        """A key would be welcome."""
        self.keys.append(raw)
        return None

    def pairing_asked(self) -> bool:
        """So would a bond."""
        self.pairings += 1
        return True

    def pairing_failed(self) -> None:
        """Nothing is lost by it."""

    async def compare(self, code: int) -> bool:
        """It agrees to anything."""
        return True
