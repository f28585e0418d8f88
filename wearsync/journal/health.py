"""How the storage does, by the latest transactions that write.

Rule: written by the journal's thread, read by any: each step is one that Python does not interrupt.
"""

import time
from collections import deque
from collections.abc import Callable
from statistics import median
from typing import Literal

from wearsync.ports import StorageHealth

# Enough that one slow fsync does not count, few enough that a dying card shows within a session.
COMMITS_REMEMBERED = 64

_State = Literal["ok", "full", "failing"]


class HealthWatch:
    """`monotonic`: a clock in s that durations are taken by."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._told: tuple[_State, str] = ("ok", "")
        self._latest_ms: deque[float] = deque(maxlen=COMMITS_REMEMBERED)

    @property
    def now(self) -> StorageHealth:
        """Reckoned when it is asked for: a commit has no time for it."""
        latest_ms = self._latest_ms.copy()
        return StorageHealth(*self._told, round(median(latest_ms), 3) if latest_ms else None)

    def begin(self) -> float:
        """A transaction begins; the value is for `committed`."""
        return self._monotonic()

    def committed(self, started_s: float, *, low: str = "") -> None:
        """It is durable. `low`: why the disk is as good as full all the same, "": it is not."""
        self._latest_ms.append((self._monotonic() - started_s) * 1000)
        self._told = ("full" if low else "ok", low)

    def failed(self, state: Literal["full", "failing"], reason: str) -> None:
        """It came to nothing."""
        self._told = (state, reason)
