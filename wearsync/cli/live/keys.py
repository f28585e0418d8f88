"""Keys and what they mean; pure.

Rule: a key stands for one command of `wearsync`, under the same name. What looks like a key and is none (an
arrow, a paste) means nothing: nobody's session ends by it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from wearsync.model import Phase, Side, Verb

QUIT = "q"
HELP = "?"
EXTRA = "e"
NEXT = "\t"
BEFORE = "\x1b[Z"
REDRAW = "\x0c"
SIDES = {"l": Side.LEFT, "r": Side.RIGHT}

_VERBS = {
    "s": Verb.START,
    "k": Verb.SKIP,
    "b": Verb.BACK,
    "x": Verb.STOP,
    "z": Verb.SNOOZE,
    "v": Verb.BUZZ,
}
PAUSE = "p"
AWAY = "a"

# Typed by hand, more do not come at once, also over a slow line.
TYPED_AT_ONCE_MAX = 4

# An escape sequence, whole or cut off at the end; else one character.
_KEY = re.compile(r"\x1b\[[0-?]*[ -/]*(?:[@-~]|$)|\x1bO?.?|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Wish:
    """A verb that was asked for."""

    verb: Verb
    side: Side | None = None
    away: bool | None = None


def pressed(text: str) -> Sequence[str]:
    """The keys in what the terminal has sent: characters, and shift-tab. A paste is none."""
    keys = [key for key in _KEY.findall(text) if not key.startswith("\x1b") or key == BEFORE]
    return keys if len(keys) <= TYPED_AT_ONCE_MAX else ()


def wish(key: str, phase: Phase, *, away: bool) -> Wish | None:
    """The verb that a key stands for in that phase; None: for none."""
    match key:
        case "p":
            return Wish(Verb.RESUME if phase is Phase.PAUSED else Verb.PAUSE)
        case "a":
            return Wish(Verb.AWAY, away=not away)
        case _ if key in _VERBS:
            return Wish(_VERBS[key])
        case _:
            return None


def offered(phase: Phase, *, several: bool, away: bool) -> Sequence[tuple[str, str]]:
    """The keys that make sense now, the most important first, each with its word."""
    of_phase: dict[Phase, Sequence[tuple[str, str]]] = {
        Phase.IDLE: (("s", "start"), ("v", "buzz"), ("a", "back again" if away else "away")),
        Phase.CONFIRM: (("x", "stop"), ("z", "snooze")),
        Phase.GAP: (("p", "pause"), ("k", "skip"), ("x", "stop"), ("b", "back"), ("e", "extra")),
        Phase.HOLD: (("p", "pause"), ("k", "skip"), ("x", "stop"), ("b", "back"), ("e", "extra")),
        Phase.PAUSED: (("p", "resume"), ("k", "skip"), ("x", "stop"), ("b", "back"), ("e", "extra")),
        Phase.CLOSING: (),
    }
    tab = (("tab", "next watch"),) if several else ()
    return (*of_phase[phase], *tab, (HELP, "keys"), (QUIT, "quit"))


ALL: Sequence[tuple[str, str]] = (
    ("s", "start"),
    ("p", "pause, resume"),
    ("k", "skip this step"),
    ("b", "back one step"),
    ("e", "extra: l or r"),
    ("x", "stop session"),
    ("z", "snooze 10 min"),
    ("v", "buzz to find it"),
    ("a", "away, or back"),
    ("tab", "next watch"),
    ("q", "quit"),
    ("?", "these keys"),
)
"""Every key with what it does, for the help."""
