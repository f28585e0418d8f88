"""The stage in virtual time: real parts, wired as the scene asks."""

from pathlib import Path

import pytest

from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.daemon.keys import KeyStore
from wearsync.drivers.hold_profile import HoldProfileDriver
from wearsync.errors import BrokerUnavailable
from wearsync_simulators.kit.virtual import NoBroker, Scene, on_virtual_stage


@in_virtual_time
async def test_a_watch_is_paired_and_the_daemon_runs(tmp_path: Path) -> None:
    async with on_virtual_stage(Scene(HoldProfileDriver(), seed=5), tmp_path) as stage:
        await stage.connected()
        assert stage.inside is not None
        assert stage.inside.watch.view.host
        assert stage.inside.pulses_before == 1, "the test buzz is over"
        assert stage.tap.count > 0
        keys = KeyStore(tmp_path / "state" / "keys.json").keys(proven=True)
        assert list(keys) == [stage.task.identity.watch_id]
    assert not stage.inside.watch.is_on


@in_virtual_time
async def test_a_foreign_key_is_refused(tmp_path: Path) -> None:
    async with on_virtual_stage(Scene(HoldProfileDriver(), foreign_key=True), tmp_path) as stage:
        await stage.until("it is refused", lambda: stage.task.link.state == "refused")


@in_virtual_time
async def test_there_is_no_broker() -> None:
    with pytest.raises(BrokerUnavailable):
        async with NoBroker().connect():
            pass
