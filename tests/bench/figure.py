"""What a figure is: a few numbers that each round gives, some with a goal.

Rule: the first number is the ratio to the floor (or ceiling) of the same round; noise that lasts longer than
a round is in both. What a round gives is written down as it is: nothing is left out, nothing is repeated.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Self

__all__ = ["RATIO", "Figure", "Goal", "Measured", "Part", "Round", "at_least", "at_most"]

RATIO = "ratio"
# The table's first column.
SAYS_MAX = 28

Round = Callable[[], Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Goal:
    """What the median is to be: at most `limit`, or at least."""

    limit: float
    at_most: bool

    def met(self, value: float) -> bool:
        """Whether this value is good enough."""
        return value <= self.limit if self.at_most else value >= self.limit

    def __str__(self) -> str:
        return f"{'≤' if self.at_most else '≥'} {self.limit:,g}"


def at_most(limit: float) -> Goal:
    """So much or less."""
    return Goal(limit, at_most=True)


def at_least(limit: float) -> Goal:
    """So much or more."""
    return Goal(limit, at_most=False)


@dataclass(frozen=True, slots=True)
class Part:
    """One number of a figure. `name`: its key in what a round gives, the first part's is `ratio`; `says`: a
    few words for the table; `goal`: None, it is shown and not judged.
    """

    name: str
    unit: str
    says: str
    goal: Goal | None = None

    def __post_init__(self) -> None:
        if len(self.says) > SAYS_MAX:
            raise ValueError(f"{self.says!r} is longer than {SAYS_MAX}: the table has no room for it")


@dataclass(frozen=True, slots=True)
class Figure:
    """`says`: the numerator ÷ the floor, in words; `rounds`: by default; `prepared`: prepares in a directory
    of its own, and yields the round, which measures both once, next to each other, and gives a value for each
    part. `cause`: why a goal is missed, where that is known; docs/performance.md has the profile.
    """

    name: str
    says: str
    parts: tuple[Part, ...]
    rounds: int
    prepared: Callable[[Path], AbstractContextManager[Round]]
    cause: str = ""

    def __post_init__(self) -> None:
        if self.parts[0].name != RATIO or self.parts[0].goal is None:
            raise ValueError(f"{self.name}: the first part is the ratio, and has a goal")

    def measured(self, place: Path, rounds: int) -> "Measured":
        """Prepare, and measure so many rounds. `place`: an empty directory, on the disk that counts."""
        with self.prepared(place) as once:
            values = [dict(once()) for _ in range(rounds)]
        names = {part.name for part in self.parts}
        for each in values:
            if each.keys() != names:
                raise ValueError(f"{self.name}: a round gave {sorted(each)}, not {sorted(names)}")
        return Measured(tuple(Summary.of(part, [each[part.name] for each in values]) for part in self.parts))


@dataclass(frozen=True, slots=True)
class Summary:
    """The rounds of one part, in few numbers."""

    part: Part
    median: float
    least: float
    most: float
    rounds: int

    @classmethod
    def of(cls, part: Part, values: Sequence[float]) -> Self:
        """Of at least one value."""
        return cls(part, median(values), min(values), max(values), len(values))

    @property
    def met(self) -> bool:
        """Whether the median meets the goal; without one there is nothing to miss."""
        return self.part.goal is None or self.part.goal.met(self.median)


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure's summaries, in the order of its parts."""

    parts: tuple[Summary, ...]

    @property
    def met(self) -> bool:
        """Whether all goals are."""
        return all(each.met for each in self.parts)

    def __str__(self) -> str:
        """One line of JSON, which `read` understands."""
        return json.dumps(
            [[each.part.name, each.median, each.least, each.most, each.rounds] for each in self.parts]
        )

    @classmethod
    def read(cls, figure: Figure, line: str) -> Self:
        """What another process measured of this figure. Raises ValueError."""
        parts = {part.name: part for part in figure.parts}
        try:
            return cls(tuple(Summary(parts[name], *numbers) for name, *numbers in json.loads(line)))
        except (KeyError, TypeError) as error:
            raise ValueError(f"{figure.name}: not what a figure gives: {line!r}") from error
