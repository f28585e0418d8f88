"""How cost grows: with watches, with records, with years. One module for each, with its `Growth`.

Rule: points as they were measured, in the order of the abscissa; no fit and no smoothing.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Growth", "Point"]


@dataclass(frozen=True, slots=True)
class Point:
    """`panel`: which of the growth's; `x`, `y`: in the units of their axes."""

    panel: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Growth:
    """A picture: several panels above one abscissa. `x`: its label; `panels`: by name, the label of the
    ordinate, with its unit; `measured`: in an empty directory on the disk that counts.
    """

    name: str
    title: str
    x: str
    panels: Mapping[str, str]
    measured: Callable[[Path], Iterable[Point]]
