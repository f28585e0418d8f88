"""What a world is asked for, and what it tells at its end.

Rule: values only; the line of JSON is the seed's alone.
"""

import json
from dataclasses import dataclass
from typing import Literal

__all__ = ["ANY", "INVARIANTS", "Plan", "Report"]

INVARIANTS = tuple(f"I{number}" for number in range(1, 12))
# Of the invariants, whichever.
ANY = "I"


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run. `faults`: names, None: all; `until_violated`: no further than until this invariant is seen
    to be violated (I1 … I11; I: any).
    """

    seed: int
    days: int
    faults: tuple[str, ...] | None = None
    watches: int = 1
    radio: Literal["fast", "ble"] = "fast"
    until_violated: str | None = None

    def ends_with(self, invariant: str) -> bool:
        """Whether it need not go on when that one is violated."""
        return self.until_violated in (invariant, ANY)


@dataclass(frozen=True, slots=True)
class Report:
    """What came of it. `days`: that have begun; `trace`: SHA-256, hex; `violations`: in words."""

    seed: int
    days: int
    sessions: int
    records: int
    crashes: int
    duplicates_absorbed: int
    faults: tuple[tuple[str, int], ...]
    violations: tuple[str, ...]
    trace: str

    def json_line(self) -> str:
        """The last line of `wearsync-sim world --json`."""
        return json.dumps(
            {
                "seed": self.seed,
                "days": self.days,
                "sessions": self.sessions,
                "records": self.records,
                "crashes": self.crashes,
                "duplicates_absorbed": self.duplicates_absorbed,
                "faults": dict(self.faults),
                "violations": len(self.violations),
                "trace": self.trace,
            }
        )
