"""InfiniTime's music service: what the host has written of the "track", and so what the music app shows.

Rule: pure, and as the firmware does it, faults included (src/components/ble/MusicService.cpp, 1.16.0).
"""

from dataclasses import dataclass, replace
from enum import IntEnum

__all__ = ["TEXT_MAX_BYTES", "Field", "MusicEvent", "MusicScreen", "written"]

# "MaxStringSize": the 38th to 40th byte of a longer text become dots.
TEXT_MAX_BYTES = 40
_DOTS = b"..."
_NUMBER_BYTES = 4
# A shorter number is read on into the stack: whatever lies there, so nothing may rest on it.
_RUBBISH = b"\xa5"


class Field(IntEnum):
    """What can be written: the last digits of the characteristic's UUID."""

    STATUS = 0x02
    ARTIST = 0x03
    TRACK = 0x04
    ALBUM = 0x05
    POSITION = 0x06
    LENGTH = 0x07
    TRACK_NUMBER = 0x08
    TRACKS = 0x09
    SPEED = 0x0A
    REPEAT = 0x0B
    SHUFFLE = 0x0C


class MusicEvent(IntEnum):
    """What the music app tells the host, one byte."""

    PLAY = 0x00
    PAUSE = 0x01
    NEXT = 0x03
    PREVIOUS = 0x04
    VOLUME_UP = 0x05
    VOLUME_DOWN = 0x06
    OPENED = 0xE0


@dataclass(frozen=True, slots=True)
class MusicScreen:
    """The music app's labels and bar. `position_s` was true at `as_of_s` (the event loop's clock)."""

    as_of_s: float
    artist: str = "Not Playing"
    track: str = ""
    album: str = ""
    playing: bool = False
    position_s: int = 0
    length_s: int = 0
    speed: float = 1.0

    def shown_position_s(self, now_s: float) -> int:
        """Where the bar stands."""
        return self.position_s + (self._run_s(now_s) if self.playing else 0)

    @property
    def ends_at_s(self) -> float | None:
        """When the bar is full; None while it stands still."""
        if not self.playing or self.speed <= 0:
            return None
        return self.as_of_s + (self.length_s - self.position_s) / self.speed

    def _run_s(self, now_s: float) -> int:
        return int((now_s - self.as_of_s) * self.speed)

    def switched(self, on: bool, now_s: float) -> "MusicScreen":
        """Play or pause. The firmware's pause adds the time since the last start or position, even if it
        was paused already: a pause that is written twice moves the bar.
        """
        if on:
            return replace(self, playing=True, as_of_s=now_s)
        return replace(self, playing=False, position_s=self.position_s + self._run_s(now_s))


def written(screen: MusicScreen, field: Field, raw: bytes, now_s: float) -> MusicScreen:
    """The screen after a write. What the app does not show (numbers of tracks, repeat) changes nothing."""
    match field:
        case Field.STATUS:
            return screen.switched(bool(raw[:1].strip(b"\0")), now_s)
        case Field.ARTIST:
            return replace(screen, artist=_text(raw))
        case Field.TRACK:
            return replace(screen, track=_text(raw))
        case Field.ALBUM:
            return replace(screen, album=_text(raw))
        case Field.POSITION:
            return replace(screen, position_s=_number(raw), as_of_s=now_s)
        case Field.LENGTH:
            return replace(screen, length_s=_number(raw))
        case Field.SPEED:
            return replace(screen, speed=_number(raw) / 100)
        case _:
            return screen


def _text(raw: bytes) -> str:
    """Cut to the buffer, and at the first NUL, as C does; a character that was cut in two can't be read."""
    if len(raw) > TEXT_MAX_BYTES:
        raw = raw[: TEXT_MAX_BYTES - len(_DOTS)] + _DOTS
    return raw.split(b"\0")[0].decode(errors="replace")


def _number(raw: bytes) -> int:
    return int.from_bytes(raw[:_NUMBER_BYTES].ljust(_NUMBER_BYTES, _RUBBISH), "big", signed=True)
