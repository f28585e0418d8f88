"""What goes wrong in the world: named faults, how often, and how often they have struck.

Rule: each fault draws from a random stream of its own, so that switching one off moves no other; after
`heal` none strikes any more.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

__all__ = ["Fault", "Faults"]


@dataclass(frozen=True, slots=True)
class Fault:
    """`name`: what, as `place.what`; `says`: in words; `lines`: of the catalogue in docs/reliability.md;
    `rate`: the chance at each opportunity that `Faults.strikes` is asked for (0: it comes as an episode, by
    `Faults.count`).
    """

    name: str
    says: str
    lines: tuple[int, ...]
    rate: float = 0.0


class Faults:
    """The faults of one run. `known`: all that there are; `names`: those that are switched on."""

    def __init__(self, seed: int, known: Iterable[Fault], names: Iterable[str]) -> None:
        self._seed = seed
        self._known = {fault.name: fault for fault in known}
        self._on = frozenset(names)
        self._streams: dict[str, Random] = {}
        self._healed = False
        self.counts: Counter[str] = Counter()

    @property
    def healed(self) -> bool:
        """Whether all that was wrong is over."""
        return self._healed

    def on(self, name: str) -> bool:
        """Whether that fault may strike now."""
        return not self._healed and self._known[name].name in self._on

    def strikes(self, name: str, *, factor: float = 1.0) -> bool:
        """Whether it strikes at this opportunity; then it is counted."""
        if not self.on(name) or self.draw(name).random() >= self._known[name].rate * factor:
            return False
        self.count(name)
        return True

    def count(self, name: str) -> None:
        """It has struck."""
        self.counts[self._known[name].name] += 1

    def draw(self, stream: str) -> Random:
        """The random numbers of that stream: by the seed and the name alone."""
        if stream not in self._streams:
            self._streams[stream] = Random(f"{self._seed}:{stream}")
        return self._streams[stream]

    def heal(self) -> None:
        """From now on nothing goes wrong any more."""
        self._healed = True

    def begin(self) -> None:
        """From now on it does (again)."""
        self._healed = False
