"""What a person reads off the music app, as wearsync fills it: a face, a side, a round.

Rule: from the words on the display alone. The artist's line is "Phase · SIDE round/rounds" or a phase alone;
whatever else stands there is somebody's music, or nothing.
"""

import re
from dataclasses import dataclass

from wearsync_simulators.watches.view import Face
from wearsync_simulators.watches.words import Side

__all__ = ["Reading", "read_artist"]

_FACES = {
    "Ready?": Face.CONFIRM,
    "Get ready": Face.GAP,
    "Hold": Face.HOLD,
    "Paused": Face.PAUSED,
    "Done": Face.DONE,
    "wearsync": Face.CLOCK,
}
_LINE = re.compile(r"(?P<phase>[^·]+?)(?: · (?P<side>LEFT|RIGHT) (?P<round>\d+)/\d+)?")


@dataclass(frozen=True, slots=True)
class Reading:
    """What the artist's line says. `round` counts from 1; 0: it names none."""

    face: Face = Face.CLOCK
    side: Side = Side.LEFT
    round: int = 0


def read_artist(line: str) -> Reading:
    """Read the artist's line."""
    said = _LINE.fullmatch(line)
    if said is None or said["phase"] not in _FACES:
        return Reading()
    face = _FACES[said["phase"]]
    if said["side"] is None:
        return Reading(face)
    return Reading(face, Side[said["side"]], int(said["round"]))
