"""InfiniTime's notifications: how a write becomes one, and the list that the watch keeps.

Rule: pure, and as the firmware does it (src/components/ble/AlertNotificationService.cpp,
ImmediateAlertService.cpp, NotificationManager.cpp, 1.16.0).
"""

from dataclasses import dataclass
from enum import IntEnum

__all__ = ["KEPT_MAX", "MESSAGE_MAX_BYTES", "CallAnswer", "Notice", "alert", "immediate_alert"]

# "TotalNbNotifications": the oldest goes.
KEPT_MAX = 5
# "MessageSize" with the NUL at its end: title, NUL and body together.
MESSAGE_MAX_BYTES = 99
# Category, count, NUL; a write of these alone is ignored.
_HEADER_BYTES = 3
_CALL = 3
_LEVELS = {0: "Alert : None", 1: "Alert : Mild", 2: "Alert : High"}


class CallAnswer(IntEnum):
    """A call's three buttons, as they are notified."""

    REJECT = 0
    ACCEPT = 1
    MUTE = 2


@dataclass(frozen=True, slots=True)
class Notice:
    """A notification, with when it came (the event loop's clock); `title` None: the watch shows its own."""

    at_s: float
    title: str | None
    body: str
    call: bool = False


def alert(raw: bytes, now_s: float) -> Notice | None:
    """What a write to New Alert says; None: ignored. Any category but a call's is a simple alert."""
    if len(raw) <= _HEADER_BYTES:
        return None
    title, has_title, body = raw[_HEADER_BYTES : _HEADER_BYTES + MESSAGE_MAX_BYTES].partition(b"\0")
    if not has_title:
        title, body = b"", title
    return Notice(
        at_s=now_s,
        title=_words(title) if has_title else None,
        body=_words(body.split(b"\0")[0]),
        call=raw[0] == _CALL,
    )


def immediate_alert(raw: bytes, now_s: float) -> Notice:
    """What a write to Alert Level says: every level is a notification, also 0, which should be silence."""
    return Notice(at_s=now_s, title=None, body=_LEVELS.get(raw[0] if raw else 0, ""))


def _words(raw: bytes) -> str:
    return raw.decode(errors="replace")
