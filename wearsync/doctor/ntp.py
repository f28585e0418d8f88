"""Whether the system's clock is kept right by somebody: the kernel knows.

Rule: it is only asked (adjtimex(2) with nothing to set), which anybody may.
"""

import ctypes
import sys

# struct timex has 208 bytes on 64-bit Linux; any kernel's fits.
_TIMEX_BYTES = 512
# Returned while nobody has set the clock, or not for long.
_TIME_ERROR = 5


def is_synchronised() -> bool | None:
    """None: this system does not tell."""
    if sys.platform != "linux":
        return None
    state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    return None if state < 0 else bool(state != _TIME_ERROR)
