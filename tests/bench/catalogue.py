"""The figures, in the order in which they are told."""

from tests.bench.figure import Figure

__all__ = ["FIGURES"]

FIGURES: tuple[Figure, ...] = ()
