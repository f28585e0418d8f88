"""What the daemon asks of time."""

from typing import Protocol

from wearsync.model import Stamp


class Clock(Protocol):
    """The only source of time."""

    def now(self) -> Stamp:
        """This instant; `host_ms` carries on over restarts and never steps back."""

    def at(self, host_ms: int, error_ms: int = 0) -> Stamp:
        """The stamp of another host time: its wall label by today's relation of the two, its local offset by
        the zone.
        """
