"""What the checkers are given, and what they give.

Rule: values only. The watch's word is what it wrote in its own journal, the host's what stands in its file
(`books`), the dashboards' what their subscriber got.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass, field

from wearsync_simulators.watches.view import Pulse
from wearsync_simulators.world.wrist import Written

__all__ = ["LIVE_MAX_MS", "TEXT_MAX", "Violation", "Watched"]

# A link that brings nothing is dropped sooner, a host that was stopped goes on within ten minutes: what is
# learnt later than this was waiting on the watch, and is told as replayed.
LIVE_MAX_MS = 20 * 60 * 1000

# Two lines of a terminal: a world that is broken says so on a screen, not in a file.
TEXT_MAX = 160


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant (I1 … I11 of docs/reliability.md) that does not hold: what, and where."""

    invariant: str
    text: str

    def __str__(self) -> str:
        text = self.text if len(self.text) <= TEXT_MAX else self.text[: TEXT_MAX - 1] + "…"
        return f"{self.invariant}: {text}"


@dataclass(frozen=True, slots=True)
class Watched:
    """One watch, as the world has watched it. `watch_id` in hex; `journal_id`: of the journal that it writes
    now; `written`: all that it ever wrote, in order; `damaged`: (journal_id, seq) that its flash has lost;
    `ring`: records that its flash holds; `own_cues`: cues that stand in no host's journal (the test buzz
    while pairing); `acknowledged`: the last record of that journal which the host has, as the watch believes.
    """

    watch_id: str
    journal_id: int
    written: Sequence[Written]
    ring: int
    pulses: Sequence[Pulse] = ()
    damaged: Set[tuple[int, int]] = field(default_factory=frozenset)
    own_cues: Set[int] = field(default_factory=frozenset)
    acknowledged: int = 0
