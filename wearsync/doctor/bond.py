"""What the system has of a watch, whichever system that is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Bond:
    """`is_lasting`: its keys are kept; `is_trusted`: it may come by itself, which no watch of ours does;
    `because`: why nothing of it is known, "": it is.
    """

    is_paired: bool = False
    is_lasting: bool = False
    is_trusted: bool = False
    is_blocked: bool = False
    is_connected: bool = False
    because: str = ""
