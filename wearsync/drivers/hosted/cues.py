"""The cue slots of a hosted watch: which cue is to go out now (docs/hold-profile.md, section 6).

Rule: every cue that is taken or refused gets exactly one ack; a cue id is taken once. A cue goes out at its
time, not ahead, and what could not go out in time is `expired`.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from wearsync.messages import Cue, CueAcked
from wearsync.model import AckResult

# As many as the coordinator keeps: a gap's plan has eight.
CUE_SLOTS: Final = 64
# "It remembers at least the last 64": more than the slots, so that no pending one is forgotten.
CUE_IDS_SEEN_MAX: Final = 128
# "Cues never overlap": a pulse of InfiniTime's motor (35 ms), and the profile's gap of 150.
CUE_SPACING_MS: Final = 185


class CueDeck:
    """Cues in their slots. `write(ack, at_ms)` journals; all times in host milliseconds."""

    def __init__(self, *, write: Callable[[CueAcked, int], None]) -> None:
        self._write = write
        self._pending: list[_Pending] = []
        self._seen: deque[int] = deque(maxlen=CUE_IDS_SEEN_MAX)
        self._running: tuple[int, int] | None = None
        self._free_at_ms = 0

    def take(self, cues: Iterable[Cue], now_ms: int) -> None:
        """The host's cues. One seen before is not taken again; one without a slot is refused."""
        for cue in cues:
            if cue.cue_id in self._seen:
                continue
            self._seen.append(cue.cue_id)
            if len(self._pending) == CUE_SLOTS:
                self._tell(cue, AckResult.REFUSED, now_ms)
            else:
                self._pending.append(_Pending(cue, self._due_ms(cue, now_ms)))

    def cancel(self, cue_ids: tuple[int, ...], now_ms: int) -> None:
        """Take cues back; none named means all."""
        self._drop(now_ms, lambda one: not cue_ids or one.cue.cue_id in cue_ids)

    def hold_started(self, step: int, at_ms: int) -> None:
        """What is anchored to this hold has a time from now on."""
        self._running = step, at_ms
        self._pending = [
            replace(one, due_ms=at_ms + (one.cue.at_ms or 0)) if one.cue.step == step else one
            for one in self._pending
        ]

    def hold_ended(self, step: int, at_ms: int) -> None:
        """Cancel what is still anchored to this hold, apart from a cue whose time has come."""
        self._running = None
        self._drop(at_ms, lambda one: one.cue.step == step and not one.has_come(at_ms))

    def session_changed(self, at_ms: int) -> None:
        """A new session, or a session's end: cancel everything that is still anchored."""
        self._running = None
        self._drop(at_ms, lambda one: one.cue.step is not None and not one.has_come(at_ms))

    def next_cue(self, now_ms: int) -> Cue | None:
        """The cue that is to go out now; it leaves its slot, and `sent` acknowledges it."""
        come = [one for one in self._pending if one.has_come(now_ms)]
        if not come or now_ms < self._free_at_ms:
            return None
        first = min(come, key=lambda one: one.due_ms or 0)
        self._pending.remove(first)
        return first.cue

    def sent(self, cue: Cue, now_ms: int) -> None:
        """It is on the watch, which won't say what became of it."""
        self._free_at_ms = now_ms + CUE_SPACING_MS
        self._tell(cue, AckResult.UNKNOWN, now_ms)

    def advance(self, now_ms: int) -> None:
        """Give up what is too late."""
        for one in [one for one in self._pending if one.is_late(now_ms)]:
            self._pending.remove(one)
            self._tell(one.cue, AckResult.EXPIRED, now_ms)

    def due_ms(self, now_ms: int) -> int | None:
        """When there is something to send, or, of what waits for its turn, to give up."""
        dues = [(one.due_ms, one.cue.expires_ms) for one in self._pending if one.due_ms is not None]
        turns = [max(due_ms, self._free_at_ms) for due_ms, _ in dues]
        expiries = [due_ms + expires_ms + 1 for due_ms, expires_ms in dues]
        return min((at_ms for at_ms in (*turns, *expiries) if at_ms > now_ms), default=None)

    def _due_ms(self, cue: Cue, now_ms: int) -> int | None:
        if cue.step is None:
            return now_ms if cue.at_ms is None else cue.at_ms
        if self._running is None or self._running[0] != cue.step:
            return None
        return self._running[1] + (cue.at_ms or 0)

    def _drop(self, at_ms: int, which: "Callable[[_Pending], bool]") -> None:
        dropped = [one for one in self._pending if which(one)]
        self._pending = [one for one in self._pending if one not in dropped]
        for one in dropped:
            self._tell(one.cue, AckResult.CANCELLED, at_ms)

    def _tell(self, cue: Cue, result: AckResult, at_ms: int) -> None:
        self._write(CueAcked(cue.cue_id, result, started_ms=0, motor_ms=0), at_ms)


@dataclass(frozen=True, slots=True)
class _Pending:
    """A cue in its slot. `due_ms` None: its hold has not begun."""

    cue: Cue
    due_ms: int | None

    def has_come(self, now_ms: int) -> bool:
        return self.due_ms is not None and self.due_ms <= now_ms

    def is_late(self, now_ms: int) -> bool:
        return self.due_ms is not None and self.due_ms + self.cue.expires_ms < now_ms
