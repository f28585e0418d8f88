"""What the kit lets go wrong under a story: a link that is cut, a watch that restarts, an adapter that is
silent, a radio that is slow; at one operation, which is counted.

Rule: a fault strikes once, or goes on evenly; it is drawn from nothing, so the same number is the same fault.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from wearsync.errors import LinkLost
from wearsync.radio.link import OPERATION_DEADLINE_S
from wearsync_simulators.kit.tap import Tap
from wearsync_simulators.watches.any_watch import AnyWatch

__all__ = ["PLAIN", "Deaf", "Fault", "FaultKind", "struck"]

# Above the supervision timeout that a Bumble central asks for (0.42 s).
CUT_FOR_S = 1.0
# A busy 2.4 GHz band: an operation may take a second, a notification comes up to half a second late.
SLOW_S = (0.1, 1.0)
LATE_S = (0.0, 0.5)


class FaultKind(StrEnum):
    """What goes wrong."""

    CUT = "cut"
    REBOOT = "reboot"
    SILENT = "silent"
    SLOW = "slow"


@dataclass(frozen=True, slots=True)
class Fault:
    """`kind` at the operation `at` (1 is the first after pairing); without a kind, none."""

    kind: FaultKind | None = None
    at: int = 0

    def __str__(self) -> str:
        if self.kind is None:
            return "plain"
        return self.kind.value if self.kind is FaultKind.SLOW else f"{self.kind.value}@{self.at}"


PLAIN = Fault()


def struck(fault: Fault, *, tap: Tap, watch: AnyWatch) -> None:
    """From now on that fault lies in wait; operations count from here."""
    tap.count = 0
    match fault.kind:
        case None:
            tap.mischief = None
        case FaultKind.CUT:
            tap.mischief = _Once(fault.at, lambda: _cut(watch))
        case FaultKind.REBOOT:
            tap.mischief = _Once(fault.at, watch.reboot)
        case FaultKind.SILENT:
            tap.mischief = _Silent(fault.at)
        case FaultKind.SLOW:
            tap.mischief = _Slow()


class _Once:
    """Something happens to the watch at one operation."""

    def __init__(self, at: int, what: Callable[[], Coroutine[object, object, None]]) -> None:
        self._at = at
        self._what = what
        self._happening: asyncio.Task[None] | None = None

    async def operation(self, number: int) -> None:
        if number == self._at:
            self._happening = asyncio.create_task(self._what(), name="fault")
            await asyncio.sleep(0)  # it has begun when the operation does

    def hears_after_s(self) -> float | None:
        return 0.0


async def _cut(watch: AnyWatch) -> None:
    await watch.set_in_range(False)
    await asyncio.sleep(CUT_FOR_S)
    await watch.set_in_range(True)


class _Silent:
    """One operation is never answered, and nothing is heard meanwhile."""

    def __init__(self, at: int) -> None:
        self._at = at
        self._silent = False

    async def operation(self, number: int) -> None:
        if number == self._at:
            self._silent = True
            try:
                await asyncio.sleep(OPERATION_DEADLINE_S)
            finally:
                self._silent = False
            raise LinkLost("the watch does not answer: the adapter is silent")

    def hears_after_s(self) -> float | None:
        return None if self._silent else 0.0


class _Slow:
    """All is late, in order."""

    def __init__(self) -> None:
        self._random = Random(1)

    async def operation(self, number: int) -> None:
        await asyncio.sleep(self._random.uniform(*SLOW_S))

    def hears_after_s(self) -> float | None:
        return self._random.uniform(*LATE_S)


class Deaf:
    """Nothing of the watch is heard, while all that is sent seems to arrive: its app is closed."""

    async def operation(self, number: int) -> None:
        """See `Mischief`."""

    def hears_after_s(self) -> float | None:
        """See `Mischief`."""
        return None
