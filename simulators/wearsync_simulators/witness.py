"""Somebody who looks at the watch and feels it: what was shown and buzzed, noted as it happens.

Rule: it sees what a wearer sees, and nothing of the host's.
"""

from collections.abc import Callable
from dataclasses import dataclass

from wearsync_simulators.watches.view import Face, WatchView

__all__ = ["ShownHold", "Account", "Witness"]


@dataclass(frozen=True, slots=True)
class ShownHold:
    """A hold as the display showed it, for so long."""

    side: str
    round: int
    shown_s: float


@dataclass(frozen=True, slots=True)
class Account:
    """Holds in their order; how often the end of a session was shown; how often the motor ran."""

    holds: tuple[ShownHold, ...]
    sessions_done: int
    pulses: int


class Witness:
    """`sees` is told of each change; `pulses()` counts the motor's."""

    def __init__(self, *, pulses: Callable[[], int]) -> None:
        self._pulses = pulses
        self._pulses_before = 0
        self._holds: list[ShownHold] = []
        self._sessions_done = 0
        self._seen = WatchView()

    def begin(self) -> None:
        """What was until now does not count."""
        self._pulses_before = self._pulses()
        self._holds.clear()
        self._sessions_done = 0

    def sees(self, view: WatchView) -> None:
        """Another look."""
        before = self._seen
        if (before.face, before.side, before.round) == (view.face, view.side, view.round):
            return
        self._seen = view
        if before.face is Face.HOLD:
            shown_s = view.since_s - before.since_s
            self._holds.append(ShownHold(before.side.name.lower(), before.round, shown_s))
        if view.face is Face.DONE:
            self._sessions_done += 1

    def account(self) -> Account:
        """All that was seen and felt since `begin`."""
        return Account(tuple(self._holds), self._sessions_done, self._pulses() - self._pulses_before)
