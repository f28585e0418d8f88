"""The cue slots: what is to be felt when, and the watch's word on each (docs/hold-profile.md, section 6).

Rule: every cue of the host's that is taken or refused gets exactly one CUE_ACK; the watch's own get none.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from wearsync_simulators.watches.frames import CueOrder
from wearsync_simulators.watches.motor import Motor, MotorState
from wearsync_simulators.watches.records import CueAck
from wearsync_simulators.watches.words import Anchor, CueResult, Pattern

__all__ = ["CUE_SLOTS", "CueDeck"]

# The plan of a hold is 6 cues: room for this hold, the next, and some sent again. "At least 16".
CUE_SLOTS = 24
# "It remembers at least the last 64": more than the slots, so that no pending one is forgotten.
_SEEN_IDS = 128
# A cue of the watch's own that is this late is of no use any more.
_OWN_EXPIRES_MS = 1000


@dataclass(frozen=True, slots=True)
class _Pending:
    """A cue in its slot. `due` None: its hold has not begun. `cue_id` None: it is the watch's own."""

    cue_id: int | None
    pattern: Pattern
    step: int | None
    at: int
    due: int | None
    expires_ms: int


class CueDeck:
    """Takes cues, plays them in order of their time, one after another, and tells their fate by `write`.

    `played`: its word on a cue that plays; a watch that never learns whether its motor ran says SCHEDULED.
    """

    def __init__(
        self,
        *,
        motor: Motor,
        write: Callable[[CueAck, int], None],
        played: CueResult = CueResult.PLAYED,
    ) -> None:
        self._motor = motor
        self._write = write
        self._played = played
        self._pending: list[_Pending] = []
        self._seen: deque[int] = deque(maxlen=_SEEN_IDS)
        self._running: tuple[int, int] | None = None
        self._claimed: set[tuple[int, Pattern]] = set()

    def take(self, orders: Iterable[CueOrder], tick: int) -> None:
        """The host's cues. One seen before is not taken again; one without a slot is refused."""
        for order in orders:
            if order.cue_id in self._seen:
                continue
            self._seen.append(order.cue_id)
            if sum(cue.cue_id is not None for cue in self._pending) >= CUE_SLOTS:
                self._tell(order.cue_id, CueResult.REFUSED, tick)
            else:
                self._take(order, tick)
        self.advance(tick)

    def own(self, pattern: Pattern, *, due: int, step: int | None = None) -> None:
        """A cue of the watch's own plan; `step` if it ends with that step's hold."""
        self._pending.append(_Pending(None, pattern, step, 0, due, _OWN_EXPIRES_MS))

    def cancel(self, cue_ids: Iterable[int], tick: int) -> None:
        """Take cues of the host's back; none named means all."""
        named = set(cue_ids)
        self._drop(tick, lambda cue: cue.cue_id is not None and (not named or cue.cue_id in named))

    def hold_started(self, step: int, tick: int) -> None:
        """What is anchored to this hold has a time from now on."""
        self._running = step, tick
        self._pending = [
            _Pending(cue.cue_id, cue.pattern, cue.step, cue.at, tick + cue.at, cue.expires_ms)
            if cue.step == step and cue.due is None
            else cue
            for cue in self._pending
        ]

    def hold_ended(self, step: int, tick: int) -> None:
        """Cancel what is still anchored to this hold, apart from a cue whose time has come."""
        self._running = None
        self._claimed = {claim for claim in self._claimed if claim[0] != step}
        self._drop(tick, lambda cue: cue.step == step and not _has_come(cue, tick))

    def session_changed(self, tick: int) -> None:
        """A new session, or a session's end: cancel everything that is still anchored."""
        self._running = None
        self._claimed.clear()
        self._drop(tick, lambda cue: cue.step is not None and not _has_come(cue, tick))

    @property
    def due(self) -> int | None:
        """When there is something to play, or to give up."""
        free_at = self._motor.free_at
        times = (
            min(max(cue.due, free_at), cue.due + cue.expires_ms + 1)
            for cue in self._pending
            if cue.due is not None
        )
        return min(times, default=None)

    def advance(self, tick: int) -> None:
        """Give up what is too late, and play what has come, if the motor is free."""
        for cue in self._come(tick):
            if cue.due is not None and tick > cue.due + cue.expires_ms:
                self._pending.remove(cue)
                self._tell(cue.cue_id, CueResult.EXPIRED, tick)
        for cue in self._come(tick):
            if tick >= self._motor.free_at:
                self._pending.remove(cue)
                self._play(cue, tick)

    def _take(self, order: CueOrder, tick: int) -> None:
        step: int | None = None
        due: int | None
        match order.anchor:
            case Anchor.TICK:
                due = order.at or tick
            case Anchor.HOLD:
                step = order.step
                self._claimed.add((step, order.pattern))
                running = self._running is not None and self._running[0] == step
                due = self._running[1] + order.at if running and self._running is not None else None
        self._pending.append(_Pending(order.cue_id, order.pattern, step, order.at, due, order.expires_ms))

    def _come(self, tick: int) -> list[_Pending]:
        return sorted((cue for cue in self._pending if _has_come(cue, tick)), key=lambda cue: cue.due or 0)

    def _play(self, cue: _Pending, tick: int) -> None:
        if cue.cue_id is None and self._is_the_hosts(cue):
            return
        match self._motor.state:
            case MotorState.WORKS:
                motor_ms = self._motor.play(cue.pattern, tick, cue.cue_id)
                known_ms = motor_ms if self._played is CueResult.PLAYED else 0
                self._tell(cue.cue_id, self._played, tick, started=tick, motor_ms=known_ms)
            case MotorState.QUIET:
                self._tell(cue.cue_id, CueResult.SUPPRESSED, tick)
            case MotorState.BROKEN if self._played is CueResult.PLAYED:
                self._tell(cue.cue_id, CueResult.FAILED, tick)
            case MotorState.BROKEN:
                self._tell(cue.cue_id, self._played, tick, started=tick)

    def _is_the_hosts(self, own: _Pending) -> bool:
        """Whether the host has sent the same for this place: then its cue is the one that is felt."""
        if own.step is not None:
            return (own.step, own.pattern) in self._claimed
        return any(cue.cue_id is not None and cue.pattern is own.pattern for cue in self._pending)

    def _drop(self, tick: int, which: Callable[[_Pending], bool]) -> None:
        dropped = [cue for cue in self._pending if which(cue)]
        self._pending = [cue for cue in self._pending if cue not in dropped]
        for cue in dropped:
            self._tell(cue.cue_id, CueResult.CANCELLED, tick)

    def _tell(
        self, cue_id: int | None, result: CueResult, tick: int, *, started: int = 0, motor_ms: int = 0
    ) -> None:
        if cue_id is not None:
            self._write(CueAck(cue_id, result, started, motor_ms), tick)


def _has_come(cue: _Pending, tick: int) -> bool:
    return cue.due is not None and cue.due <= tick
