"""InfiniTime's characteristics and what is in them (its doc/ble.md and src/components/ble, version 1.16).

Rule: bytes in, values out, and back; handles, never UUIDs: `00000007` (the track's length) is there twice.
"""

import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from wearsync.drivers.base import Characteristic
from wearsync.errors import UnfitWatch
from wearsync.model import CueKind

# Passkey and bond came with 1.8.0 (January 2022): before it there is nothing to trust a watch by.
FIRMWARE_OLDEST: Final = (1, 8)
# MusicService.cpp, MaxStringSize: what is longer is cut there, at any byte, and ends in dots.
TEXT_MAX_BYTES: Final = 40
# A pair of stuck bytes must not look like a charge.
PERCENT_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class Handles:
    """Where the characteristics are that this driver uses."""

    firmware: int
    battery: int
    time: int
    alert: int
    event: int
    status: int
    artist: int
    track: int
    album: int
    position: int
    length: int


def find_handles(characteristics: Iterable[Characteristic]) -> Handles:
    """The first of each kind, in the order of handles; both lengths do. Raises `UnfitWatch`."""
    found: dict[tuple[str, str], int] = {}
    for each in sorted(characteristics, key=lambda each: each.handle):
        found.setdefault((each.service, each.uuid), each.handle)
    for name, key in _WANTED.items():
        if key not in found:
            raise UnfitWatch(
                f"this watch has no {name.replace('_', ' ')} characteristic: is it a PineTime with "
                f"InfiniTime {_words(FIRMWARE_OLDEST)} or newer?"
            )
    return Handles(**{name: found[key] for name, key in _WANTED.items()})


def check_firmware(data: bytes) -> None:
    """Of the firmware revision, as `1.16.0`. Raises `UnfitWatch` when it is none, or too old."""
    text = data.decode(errors="replace")
    numbers = re.match(r"(\d{1,3})\.(\d{1,3})\b", text)
    if numbers is None:
        raise UnfitWatch(f"this watch calls its firmware {text[:20]!r}: that is no version of InfiniTime")
    if (int(numbers[1]), int(numbers[2])) < FIRMWARE_OLDEST:
        raise UnfitWatch(
            f"InfiniTime {text[:20]} is too old: install {_words(FIRMWARE_OLDEST)} or newer on the watch"
        )


def read_percent(data: bytes) -> int | None:
    """The charge; None when it is none."""
    return data[0] if len(data) == 1 and data[0] <= PERCENT_MAX else None


def alert_bytes(cue: CueKind) -> bytes:
    """A New Alert: category, count, 0, title, 0, words; the watch's one pulse, or, as a call, its ringing."""
    category = _CALL if cue is CueKind.PROBLEM else _SIMPLE_ALERT
    return bytes((category, 1, 0)) + b"wearsync\0" + _WORDS[cue].encode()


def time_bytes(local: datetime) -> bytes:
    """Current Time: all ten bytes, for less is ignored without a word (InfiniTime#1724)."""
    when = (local.year, local.month, local.day, local.hour, local.minute, local.second)
    return _TIME.pack(*when) + bytes((local.isoweekday(), 0, 0))


def read_time(data: bytes) -> datetime | None:
    """The watch's local time, to the second; None when it is none."""
    try:
        return datetime(*_TIME.unpack_from(data))  # noqa: DTZ001 - the watch has no zone
    except (struct.error, ValueError):
        return None


def text_bytes(text: str) -> bytes:
    """What of the text fits, cut at a character."""
    return text.encode()[:TEXT_MAX_BYTES].decode(errors="ignore").encode()


def seconds_bytes(seconds: int) -> bytes:
    """Position and length: four bytes, big-endian."""
    return struct.pack(">I", seconds)


def _own(number: int) -> str:
    return f"{number:08x}-78fc-48fe-8e23-433b3a1942d0"


def _sig(number: int) -> str:
    return f"{number:08x}-0000-1000-8000-00805f9b34fb"


def _words(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))


_MUSIC = _own(0)
# By the names of `Handles`.
_WANTED: Final = {
    "firmware": (_sig(0x180A), _sig(0x2A26)),
    "battery": (_sig(0x180F), _sig(0x2A19)),
    "time": (_sig(0x1805), _sig(0x2A2B)),
    "alert": (_sig(0x1811), _sig(0x2A46)),
    "event": (_MUSIC, _own(1)),
    "status": (_MUSIC, _own(2)),
    "artist": (_MUSIC, _own(3)),
    "track": (_MUSIC, _own(4)),
    "album": (_MUSIC, _own(5)),
    "position": (_MUSIC, _own(6)),
    "length": (_MUSIC, _own(7)),
}

# "year u16, month, day, hour, minute, second", then weekday (1: Monday), fractions and reason.
_TIME = struct.Struct("<HBBBBB")

_SIMPLE_ALERT = 0
_CALL = 3
# What the notification says; title, words and four bytes more are 100 at most (NotificationManager.h).
_WORDS: Final = {
    CueKind.READY: "Get ready",
    CueKind.START: "Hold",
    CueKind.FORM: "Mind your form",
    CueKind.HALFWAY: "Halfway",
    CueKind.LAST_THREE: "Three seconds left",
    CueKind.DONE: "Done",
    CueKind.SWITCH: "Switch sides",
    CueKind.SESSION_DONE: "Session done",
    CueKind.NUDGE: "Ready when you are",
    CueKind.REMINDER: "Time to stretch: ready?",
    CueKind.PROBLEM: "Something is wrong",
}
