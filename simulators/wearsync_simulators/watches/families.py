"""The simulated watch of each driver: the package's own written out, and those that other packages bring, by
an entry point in the group `wearsync.simulated` (a callable like `Maker`, named as its driver).

Rule: what is not ours is loaded only when it is asked for.
"""

from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Final, Protocol

from wearsync.errors import Unavailable, UsageError
from wearsync_simulators.watches.any_watch import AnyWatch
from wearsync_simulators.watches.banglejs import simulated_bangle
from wearsync_simulators.watches.banglejs.node_process import node_path
from wearsync_simulators.watches.banglejs.simulated_bangle import SimulatedBangle
from wearsync_simulators.watches.infinitime.watch import SimulatedInfiniTime
from wearsync_simulators.watches.simulated_watch import SimulatedWatch
from wearsync_simulators.watches.view import WatchView
from wearsync_simulators.wearer import Wearer

__all__ = ["ENTRY_POINT_GROUP", "WATCHES", "Maker", "names", "simulated", "stand_in", "usual_name"]

ENTRY_POINT_GROUP: Final = "wearsync.simulated"


class Maker(Protocol):
    """Makes a simulated watch, which is not on yet. See `simulated` for what it is told."""

    def __call__(
        self,
        *,
        name: str,
        wearer: Wearer | None,
        seed: int | None,
        state_dir: Path | None,
        on_change: Callable[[WatchView], None] | None,
    ) -> AnyWatch: ...


# By driver: how a real one is called on the air, and what plays it.
WATCHES: Final[Mapping[str, tuple[str, Maker]]] = {
    "wearsync": ("Sim", SimulatedWatch),
    "banglejs": (simulated_bangle.NAME, SimulatedBangle),
    "infinitime": ("InfiniTime", SimulatedInfiniTime),
}


def names() -> tuple[str, ...]:
    """The drivers that have a simulated watch; none is loaded for it."""
    return (*WATCHES, *sorted({entry.name for entry in entry_points(group=ENTRY_POINT_GROUP)} - set(WATCHES)))


def usual_name(driver: str) -> str:
    """What real ones advertise as their name; of families that we don't know, the driver's."""
    return WATCHES[driver][0] if driver in WATCHES else driver


def stand_in(driver: str) -> str:
    """What plays that driver's watch here in place of its own app, in words; "" if nothing does."""
    if driver == "banglejs" and node_path() is None:
        return "there is no node here: a model plays the Bangle.js, the app's own JavaScript is not run"
    return ""


def simulated(
    driver: str,
    *,
    name: str | None = None,
    wearer: Wearer | None = None,
    seed: int | None = None,
    state_dir: Path | None = None,
    on_change: Callable[[WatchView], None] | None = None,
) -> AnyWatch:
    """A simulated watch for that driver. `name`: on the air; None: as real ones are called. `wearer`: who
    wears it; `seed`: of what it draws by chance; `state_dir`: where it is kept (None: in the object);
    `on_change`: told of each change of what can be seen or felt.

    Raises UsageError, which lists those that there are, and Unavailable for one that can't be loaded.
    """
    make = WATCHES[driver][1] if driver in WATCHES else _loaded(driver)
    return make(
        name=name or usual_name(driver), wearer=wearer, seed=seed, state_dir=state_dir, on_change=on_change
    )


def _loaded(driver: str) -> Maker:
    for entry in entry_points(group=ENTRY_POINT_GROUP, name=driver):
        try:
            make: Maker = entry.load()
        except Exception as error:  # another's code: whatever it raises, it can't be used
            raise Unavailable(
                f"the simulated watch {driver!r} can't be loaded ({error}): mend or remove its package"
            ) from error
        return make
    raise UsageError(
        f"there is no simulated watch for the driver {driver!r}; there are: {', '.join(names())}"
    )
