"""What the daemon asks of time."""

from datetime import tzinfo
from typing import Protocol

from wearsync.model import Stamp


class Clock(Protocol):
    """The only source of time."""

    @property
    def zone(self) -> tzinfo:
        """The wearer's time zone, with its rules for summer and winter."""

    def now(self) -> Stamp:
        """This instant; `host_ms` carries on over restarts and never steps back."""

    def at(self, host_ms: int, error_ms: int = 0) -> Stamp:
        """The stamp of another host time: its wall label by today's relation of the two, its local offset by
        the zone.
        """
