"""Simulated watches on a serial line that stalls, and whose console talks between the lines.

Rule: only families that have a flow control of their own stand here; to all others it is not applicable.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from wearsync_simulators.watches.any_watch import AnyWatch
from wearsync_simulators.watches.banglejs.quirks import Quirks
from wearsync_simulators.watches.banglejs.simulated_bangle import SimulatedBangle
from wearsync_simulators.watches.view import WatchView
from wearsync_simulators.wearer import Wearer

__all__ = ["busy_watch", "has_busy_watch"]

# A line of 320 bytes meets two or three of these; each is shorter than a host's patience.
STALLS = Quirks(xoff_after_bytes=128, xoff_ms=400, noise=True, other_apps=True, half_line=True)

_WATCHES: Final[Mapping[str, Callable[..., AnyWatch]]] = {"banglejs": partial(SimulatedBangle, quirks=STALLS)}


def has_busy_watch(driver: str) -> bool:
    """Whether that driver's watch has a flow control of its own."""
    return driver in _WATCHES


def busy_watch(
    driver: str, *, wearer: Wearer, seed: int, state_dir: Path, on_change: Callable[[WatchView], None]
) -> AnyWatch:
    """As `families.simulated`, and its line stalls."""
    return _WATCHES[driver](wearer=wearer, seed=seed, state_dir=state_dir, on_change=on_change)
