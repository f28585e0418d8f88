"""What the watch's core wants done; the shell around it does it, in order.

Rule: values only.
"""

from dataclasses import dataclass

from wearsync_simulators.watches.frames import Down, Up

__all__ = ["Drop", "Effect", "Heard", "Print", "Renew", "Send"]


@dataclass(frozen=True, slots=True)
class Send:
    """Notify these bytes on Up; `frame` is what they say."""

    raw: bytes
    frame: Up


@dataclass(frozen=True, slots=True)
class Print:
    """Notify these bytes, which are no frame: the console of a watch that has one."""

    raw: bytes


@dataclass(frozen=True, slots=True)
class Heard:
    """A frame came down that could be read: for the trace."""

    frame: Down


@dataclass(frozen=True, slots=True)
class Drop:
    """Disconnect, after what was sent."""

    why: str


@dataclass(frozen=True, slots=True)
class Renew:
    """Boot again: the tick comes near its end."""


Effect = Send | Print | Heard | Drop | Renew
