"""A and B, next to each other: whatever is slow today is in both."""

from collections.abc import Callable
from itertools import cycle
from typing import TypeVar

__all__ = ["alternately"]

A = TypeVar("A")
B = TypeVar("B")


def alternately(a: Callable[[], A], b: Callable[[], B]) -> Callable[[], tuple[A, B]]:
    """Run both, each time in the other order: what the first leaves to the second cancels out."""
    first = cycle((True, False))

    def both() -> tuple[A, B]:
        if next(first):
            one = a()
            return one, b()
        other = b()
        return a(), other

    return both
