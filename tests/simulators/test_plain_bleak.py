"""docs/howto/plain_bleak_script.py completes a hold against an open watch, over the virtual radio."""

import ast
import runpy
from pathlib import Path

import pytest

from tests.simulators.watches.conftest import on_air
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync_simulators.radio.backend import VirtualClient, VirtualScanner
from wearsync_simulators.watches.records import HoldStopped
from wearsync_simulators.watches.simulated_watch import SimulatedWatch

SCRIPT = Path(__file__).parents[2] / "docs" / "howto" / "plain_bleak_script.py"


def test_it_imports_nothing_but_bleak_and_the_standard_library() -> None:
    tree = ast.parse(SCRIPT.read_text())
    imported = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    imported += [name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names]
    assert set(imported) == {"asyncio", "struct", "bleak"}


@in_virtual_time
async def test_it_completes_a_hold(capsys: pytest.CaptureFixture[str]) -> None:
    watch = SimulatedWatch(name="W", open_=True, seed=1)
    async with on_air(watch) as central:
        await runpy.run_path(str(SCRIPT))["main"](
            scanner={"backend": VirtualScanner, "central": central},
            client={"backend": VirtualClient, "central": central},
        )
    assert capsys.readouterr().out.splitlines() == ["session", "hold started", "hold stopped", "held 5.0 s"]
    assert [r.body.held_ms for r in watch.journal() if isinstance(r.body, HoldStopped)] == [5000]


@in_virtual_time
async def test_a_watch_that_is_not_open_is_told() -> None:
    async with on_air(SimulatedWatch(name="W", seed=1)) as central:
        with pytest.raises(AssertionError, match=r"W \(.*\) is not an open watch"):
            await runpy.run_path(str(SCRIPT))["main"](
                scanner={"backend": VirtualScanner, "central": central},
                client={"backend": VirtualClient, "central": central},
            )
