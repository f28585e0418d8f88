"""What real Bangles do to a host that real hosts should be ready for, as switches.

Rule: values only.
"""

from dataclasses import dataclass
from typing import Final

__all__ = ["ROOM_BYTES", "USUAL", "Quirks"]

# Espruino says XOFF when its input buffer of 2048 is six eighths full; what has no room after that is lost.
ROOM_BYTES = 512


@dataclass(frozen=True, slots=True)
class Quirks:
    """All off, but the packets' size.

    `xoff_after_bytes`: after so many bytes it says XOFF, takes nothing in for `xoff_ms`, then says XON; of
    what comes meanwhile `room_bytes` are kept.
    `noise`: console output between lines. `other_apps`: JSON lines that are not for us. `half_line`: the last
    connection left half a line in the console. `programmable` False: only JSON is taken. `mtu`: at most.
    """

    xoff_after_bytes: int | None = None
    xoff_ms: int = 200
    room_bytes: int = ROOM_BYTES
    noise: bool = False
    other_apps: bool = False
    half_line: bool = False
    programmable: bool = True
    mtu: int = 131


# As most Bangles are, most of the time.
USUAL: Final = Quirks()
