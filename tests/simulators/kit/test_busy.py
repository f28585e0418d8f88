"""The watch whose line stalls."""

from pathlib import Path
from random import Random

from wearsync_simulators.kit.actor import Actor
from wearsync_simulators.kit.busy import busy_watch, has_busy_watch
from wearsync_simulators.watches.banglejs.simulated_bangle import SimulatedBangle


def test_only_serial_watches_stall(tmp_path: Path) -> None:
    assert has_busy_watch("banglejs")
    assert not has_busy_watch("wearsync")
    watch = busy_watch(
        "banglejs", wearer=Actor(Random(1)), seed=1, state_dir=tmp_path, on_change=lambda _view: None
    )
    assert isinstance(watch, SimulatedBangle)
