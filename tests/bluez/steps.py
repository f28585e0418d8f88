"""What a step is, and which there are.

Rule: a step can fail, has a deadline, and leaves the guest as the next one wants it; they run in this order.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.bluez.stage import Stage

__all__ = ["Step", "StepFailed", "expect"]


class StepFailed(Exception):
    """The product did not do what it must; the text says what it did."""


@dataclass(frozen=True)
class Step:
    """`name`: as in docs/catalogue.toml, `bluez:NAME`. `do` gives a few words on what was seen."""

    name: str
    says: str
    do: Callable[[Stage], Awaitable[str]]
    deadline_s: float = 180.0


def expect(there: bool, what: str, instead: object = "") -> None:
    """Raises StepFailed unless it is so."""
    if not there:
        raise StepFailed(f"expected {what}" + (f"; there is:\n{instead}" if instead != "" else ""))
