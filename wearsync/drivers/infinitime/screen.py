"""The music app as a display: what a hosted watch shows, as artist, track and a running bar.

Rule: what the display says already is not written again: each write costs the watch some of its battery.
"""

from collections.abc import Mapping
from typing import Final

from wearsync.drivers.hosted import Face, Shown
from wearsync.drivers.infinitime.gatt import Handles, seconds_bytes, text_bytes

TITLE: Final = "wearsync"
PHASES: Final = {
    Face.CLOCK: TITLE,
    Face.CONFIRM: "Ready?",
    Face.GAP: "Get ready",
    Face.HOLD: "Hold",
    Face.PAUSED: "Paused",
    Face.DONE: "Done",
}


class Screen:
    """What the watch has been told, and what it is to be told next. Of a new link nothing is known."""

    def __init__(self, handles: Handles) -> None:
        self._handles = handles
        self._told: dict[int, int | str | None] = {}

    def forget(self) -> None:
        """Everything is to be told again."""
        self._told.clear()

    def next_write(self, shown: Shown, now_ms: int) -> tuple[int, bytes] | None:
        """Handle and bytes of the next thing to tell; None: the watch shows it all."""
        for handle, (value, data) in self._screen(shown, now_ms).items():
            if handle not in self._told or self._told[handle] != value:
                self._told[handle] = value
                return handle, data
        return None

    def _screen(self, shown: Shown, now_ms: int) -> Mapping[int, tuple[int | str | None, bytes]]:
        """By handle, in the order of writing: what is told, and its bytes.

        The bar runs by itself: its start is what is told. The status comes before the position, for it makes
        the watch count on from the position that it had (MusicService.cpp).
        """
        handles, started_ms = self._handles, shown.started_ms
        held_s = 0 if started_ms is None else (now_ms - started_ms) // 1000
        place = "" if shown.face is Face.CLOCK else f" · {shown.side.upper()} {shown.round}/{shown.rounds}"
        artist = PHASES[shown.face] + place
        playing = started_ms is not None
        return {
            handles.status: (playing, bytes((playing,))),
            handles.position: (started_ms, seconds_bytes(held_s)),
            handles.length: (shown.planned_s, seconds_bytes(shown.planned_s)),
            handles.artist: (artist, text_bytes(artist)),
            handles.track: (shown.text, text_bytes(shown.text)),
            handles.album: (TITLE, text_bytes(TITLE)),
        }
