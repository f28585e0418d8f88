"""When to PING, and when to give a link up (docs/hold-profile.md, section 8).

Rule: immutable; only the PONG with the right token answers a PING, and one PING is under way at a time.
"""

from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

# "Something goes over the link at least every 10 s in a session and every 5 min else".
SESSION_SILENCE_MAX_MS: Final = 10_000
IDLE_SILENCE_MAX_MS: Final = 300_000
# "no answer in 15 s: the host drops the link".
PONG_DEADLINE_MS: Final = 15_000


class Verdict(Enum):
    """What has to be done now."""

    ALIVE = "alive"
    PING = "ping"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Liveness:
    """When the watch was last heard, and since when a PING waits. `token`: of the last PING."""

    heard_ms: int
    token: int = 0
    pinged_ms: int | None = None

    def deadline_ms(self, *, in_session: bool) -> int:
        """When `verdict` is next to be asked."""
        if self.pinged_ms is not None:
            return self.pinged_ms + PONG_DEADLINE_MS
        return self.heard_ms + (SESSION_SILENCE_MAX_MS if in_session else IDLE_SILENCE_MAX_MS)

    def verdict(self, now_ms: int, *, in_session: bool) -> Verdict:
        """What has to be done now."""
        if now_ms < self.deadline_ms(in_session=in_session):
            return Verdict.ALIVE
        return Verdict.PING if self.pinged_ms is None else Verdict.DEAD

    def heard(self, now_ms: int) -> "Liveness":
        """A frame has come."""
        return replace(self, heard_ms=now_ms)

    def pinged(self, now_ms: int) -> "Liveness":
        """A PING goes out, with the new `token`."""
        return replace(self, token=(self.token + 1) & 0xFFFFFFFF, pinged_ms=now_ms)

    def answered(self, token: int) -> "Liveness":
        """A PONG has come; with another token it answers nothing."""
        return replace(self, pinged_ms=None) if token == self.token else self
