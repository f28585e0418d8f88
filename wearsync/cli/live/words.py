"""What a live view says in words; pure.

Rule: the words of design and documentation. What comes from elsewhere is shown as text, never as something
that a terminal obeys.
"""

import textwrap
from datetime import datetime, timedelta
from math import ceil

from wearsync.model import CueKind, Phase, Side
from wearsync.publish.payloads import PlannedCue, StatePayload

COLOURS = {Side.LEFT: "cyan", Side.RIGHT: "magenta"}
WORDS = {
    Phase.IDLE: "no session",
    Phase.CONFIRM: "ready? tap the watch",
    Phase.GAP: "get ready",
    Phase.HOLD: "hold",
    Phase.PAUSED: "paused",
    Phase.CLOSING: "session done",
}
CUES = {
    CueKind.LAST_THREE: "last three seconds",
    CueKind.SESSION_DONE: "session done",
    CueKind.SWITCH: "change sides",
}
# Nothing is held then: side, round and prompt of a step would be read as if it ran.
_WITHOUT_STEP = {Phase.CONFIRM, Phase.CLOSING}

_MINUTE_S = 60
_HOUR_S = 3600
_DAY_S = 86400
# Seconds are of interest for a moment only.
_SECONDS_UP_TO_S = 2 * _MINUTE_S


def line(state: StatePayload) -> str:
    """One line of text for terminals that can't be drawn on."""
    if state.phase in _WITHOUT_STEP:
        return WORDS[state.phase]
    place = "" if state.side is None else f" {state.side.value} (round {state.round} of {state.rounds})"
    return f"{WORDS[state.phase]}{place}{': ' + state.text if state.text else ''}"


def plain(text: str) -> str:
    """Without anything that can't be seen: escapes, turned writing, line ends."""
    return "".join(each for each in text if each.isprintable())


def wrapped(text: str, width: int, lines_max: int) -> list[str]:
    """In lines, as many at most; dots stand for what is left out."""
    lines = textwrap.wrap(plain(text), max(1, width))
    if len(lines) > lines_max:
        lines[lines_max - 1 :] = [f"{lines[lines_max - 1][: max(0, width - 4)]} ..."]
    return lines


def cue(kind: CueKind) -> str:
    """A cue's name, for people."""
    return CUES.get(kind, kind.value)


def ahead(state: StatePayload, now: datetime) -> PlannedCue | None:
    """The next cue; None: none is to come in this hold."""
    return next((planned for planned in state.planned_cues if planned.at > now), None)


def span(state: StatePayload) -> tuple[datetime, datetime] | None:
    """From when to when the seconds run; None: they don't."""
    if state.phase is Phase.HOLD and state.hold_started_at is not None and state.hold_ends_at is not None:
        return state.hold_started_at, state.hold_ends_at
    if state.phase is Phase.GAP and state.gap_ends_at is not None:
        gap_s = 0
        if state.routine is not None:
            gap_s = state.routine.first_gap_s if state.step == 0 else state.routine.switch_gap_s
        return state.gap_ends_at - timedelta(seconds=gap_s), state.gap_ends_at
    return None


def seconds_to(instant: datetime, now: datetime) -> int:
    """Whole seconds that are left, the running one too: the watch's last three begin at 3."""
    return max(0, ceil((instant - now).total_seconds()))


def lasting(seconds: float) -> str:
    """A time that has passed: 45 s, 12 min, 3 h, 2 days."""
    whole = max(0, int(seconds))
    if whole < _SECONDS_UP_TO_S:
        return f"{whole} s"
    if whole < _HOUR_S:
        return f"{whole // _MINUTE_S} min"
    return f"{whole // _HOUR_S} h" if whole < 2 * _DAY_S else f"{whole // _DAY_S} days"


def days(count: int) -> str:
    """1 day, 2 days."""
    return f"{count} day{'' if count == 1 else 's'}"
