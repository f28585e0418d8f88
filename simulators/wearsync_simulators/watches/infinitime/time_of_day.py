"""InfiniTime's Current Time Service: ten bytes of local time, written and read back.

Rule: pure, and as the firmware does it (src/components/ble/CurrentTimeService.cpp, 1.16.0).
"""

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

__all__ = ["CURRENT_TIME_BYTES", "TimeOfDay", "time_set"]

CURRENT_TIME_BYTES = 10
# Year, month, day, hour, minute, second; then day of the week, fractions, reason.
_SET = struct.Struct("<HBBBBB")
# The firmware answers with a structure whose day of the week and reason it never sets.
_RUBBISH = 0xA5
# Until somebody tells it.
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """It was `local` at `as_of_s` (the event loop's clock). Local time: its UTC stands for no zone."""

    as_of_s: float
    local: datetime = _EPOCH

    def at(self, now_s: float) -> datetime:
        """What the watch shows."""
        return self.local + timedelta(seconds=now_s - self.as_of_s)

    def read(self, now_s: float) -> bytes:
        """The characteristic's value."""
        now = self.at(now_s)
        told = _SET.pack(now.year, now.month, now.day, now.hour, now.minute, now.second)
        return told + bytes([_RUBBISH, 0, _RUBBISH])


def time_set(raw: bytes, now_s: float) -> TimeOfDay | None:
    """What a write says; None: fewer than ten bytes, or a date that no calendar has."""
    if len(raw) < CURRENT_TIME_BYTES:
        return None
    try:
        year, month, day, hour, minute, second = _SET.unpack_from(raw)
        return TimeOfDay(now_s, datetime(year, month, day, hour, minute, second, tzinfo=UTC))
    except ValueError:
        return None
