"""`world`: how much faster than life the simulated world is, with all faults: above GATT, and over BLE.

Rule: a round is a seed of its own, as `wearsync-sim world --seed N` runs it, with the reckoning at its end.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Literal

from tests.bench.figure import RATIO, Figure, Part, Round, at_least
from wearsync_simulators.world import show

__all__ = ["WORLD"]

DAYS = 1
DAY_S = 86_400


@contextmanager
def _prepared(_place: Path) -> Iterator[Round]:
    # What is imported only when it is needed is there.
    _times_life(seed=0, radio="fast")
    _times_life(seed=0, radio="ble")
    seeds = count(1)

    def once() -> Mapping[str, float]:
        seed = next(seeds)
        return {RATIO: _times_life(seed, "fast"), "ble": _times_life(seed, "ble")}

    yield once


def _times_life(seed: int, radio: Literal["fast", "ble"]) -> float:
    begun = time.perf_counter()
    code = show.run(
        seed=seed,
        days=DAYS,
        faults=None,
        watches=1,
        radio=radio,
        plant=None,
        until_violated=None,
        as_json=False,
        say=_unheard,
        warn=_unheard,
    )
    if code:
        raise RuntimeError(f"wearsync-sim world --seed {seed} --days {DAYS} --radio {radio} found something")
    return DAYS * DAY_S / (time.perf_counter() - begun)


def _unheard(_line: str) -> None:
    """What a world says is the same for each seed, and known."""


WORLD = Figure(
    name="world",
    says="simulated ÷ real time of the world with all its faults",
    parts=(
        Part(RATIO, "×", "life, above GATT", at_least(20_000)),
        Part("ble", "×", "life, over full BLE", at_least(500)),
    ),
    rounds=5,
    prepared=_prepared,
)
