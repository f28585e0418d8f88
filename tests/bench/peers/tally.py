"""What one watch has sent under a name that can be told again, and what of it arrived, and when; pure.

Rule: sent and arrived are told by one clock, the host's. What arrives again under the same name is a repeat:
whether that does harm is the reader's business, so it is counted, and not called a fault.
"""

from collections import Counter
from dataclasses import dataclass, field

__all__ = ["Loss", "Tally"]


@dataclass(frozen=True, slots=True)
class Loss:
    """Of `sent` things `lost` never came (`names`), and `repeated` messages were of things that had come."""

    sent: int
    lost: int
    repeated: int
    names: tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """Names with the seconds at which they were sent; names as they arrived."""

    sent: dict[str, float] = field(default_factory=dict)
    arrived: list[tuple[str, float]] = field(default_factory=list)

    def send(self, name: str, now_s: float) -> None:
        self.sent[name] = now_s

    def arrive(self, name: str, now_s: float) -> None:
        self.arrived.append((name, now_s))

    def loss(self, begin_s: float, end_s: float) -> Loss:
        """Of what was sent in that time, whenever it came."""
        names = {name for name, at_s in self.sent.items() if begin_s <= at_s < end_s}
        came = Counter(name for name, _ in self.arrived if name in names)
        lost = tuple(sorted(names - came.keys()))
        return Loss(len(names), len(lost), sum(came.values()) - len(came), lost)

    def latencies_ms(self, begin_s: float, end_s: float) -> list[float]:
        """From sending to the first arrival, of what was sent in that time and came."""
        first: dict[str, float] = {}
        for name, at_s in self.arrived:
            first.setdefault(name, at_s)
        return [
            (first[name] - at_s) * 1000
            for name, at_s in self.sent.items()
            if begin_s <= at_s < end_s and name in first
        ]

    def came_since(self, since_s: float) -> bool:
        """Whether something has come that was sent after that."""
        return any(at_s >= since_s and self.sent.get(name, 0.0) >= since_s for name, at_s in self.arrived)

    @property
    def invented(self) -> list[str]:
        """Names that came and were never sent."""
        return sorted({name for name, _ in self.arrived} - self.sent.keys())
