"""A step on its way: the state and the effects so far, and ids drawn from the input's seed.

Rule: handlers take a draft and give a draft. What goes to the watch goes through `tell`: while the watch is
not live it is left unsaid, for the state alone says, once it has caught up, what it should show and play.
"""

import hashlib
from dataclasses import dataclass, replace
from uuid import UUID

from wearsync.alert_codes import AlertCode
from wearsync.coordinator.effects import Alerted, Effect, ToWatch
from wearsync.coordinator.state import WatchState
from wearsync.messages import Down
from wearsync.model import Alert, RecordKey, Severity, Stamp


@dataclass(frozen=True, slots=True)
class Draft:
    """A step half done. `refusal`: why a command was not carried out, None if it was."""

    state: WatchState
    now: Stamp
    seed: int
    drawn: int = 0
    effects: tuple[Effect, ...] = ()
    refusal: str | None = None

    def to(self, state: WatchState) -> "Draft":
        """The same draft with another state."""
        return Draft(state, self.now, self.seed, self.drawn, self.effects, self.refusal)

    def emit(self, *effects: Effect) -> "Draft":
        """With these effects after the ones there are."""
        return replace(self, effects=(*self.effects, *effects))

    def tell(self, message: Down) -> "Draft":
        """The watch is told, if it listens and has caught up."""
        return self.emit(ToWatch(message)) if self.state.live else self

    def refuse(self, reason: str) -> "Draft":
        """The command is not carried out; `reason` is one clear sentence."""
        return replace(self, refusal=reason)

    def draw(self) -> tuple["Draft", int]:
        """A random u32, never 0: for sessions and cues."""
        draft, noise = self._draw()
        return draft, int.from_bytes(noise[:4], "little") or 1

    def event_id(self, key: RecordKey | None, kind: str) -> tuple["Draft", str]:
        """The id of an event by the record that it rests on, or one of the host's own."""
        if key is not None:
            return self, key.event_id(kind)
        draft, noise = self._draw()
        return draft, f"host:{UUID(bytes=noise[:16], version=4)}"

    def alert(
        self,
        code: AlertCode,
        severity: Severity,
        text: str,
        *,
        key: RecordKey | None = None,
        at: Stamp | None = None,
        replayed: bool = False,
    ) -> "Draft":
        """Somebody should know; it rests on the record `key`, if on any. `at`: now unless it is given."""
        draft, event_id = self.event_id(key, f"alert-{code}")
        return draft.emit(Alerted(Alert(event_id, code, severity, text, at or self.now, replayed)))

    def _draw(self) -> tuple["Draft", bytes]:
        noise = hashlib.sha256(f"{self.seed}:{self.drawn}".encode()).digest()
        return replace(self, drawn=self.drawn + 1), noise
