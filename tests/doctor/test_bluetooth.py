"""Which radio it is: one that is not this computer's own needs no BlueZ."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.doctor.examining import configured, finding, looked
from tests.doctor.test_daemon import STATUS, daemon
from wearsync.journal.lock import instance_lock
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.tcp import serve_air


async def test_a_virtual_air_that_is_there(home: Path) -> None:
    server = await serve_air("127.0.0.1", 0, air=Air())
    request = replace(configured(home), radio=f"tcp:{server.address}")
    found = await looked(request, "bluetooth")
    await server.close()
    assert found["radio"].finding == "radio_there"
    assert found["dbus"].finding == "bluetooth_unused"
    assert found["adapter"].says == "not looked at: see dbus"
    assert list((home / "s").iterdir()) == [], "an address of the moment"


@pytest.mark.parametrize(
    ("spec", "named"),
    [("tcp:127.0.0.1:1", "radio_away"), ("infrared", "radio_unknown"), ("tcp:nonsense", "radio_unknown")],
)
async def test_radios_that_are_none(home: Path, spec: str, named: str) -> None:
    assert (await finding(replace(configured(home), radio=spec), "radio")).finding == named


async def test_the_radio_is_left_to_whom_has_it(home: Path) -> None:
    request = replace(configured(home), radio="tcp:127.0.0.1:1")
    with instance_lock(home / "s"):
        assert (await finding(request, "radio")).finding == "radio_held"
    async with daemon(home, STATUS.model_copy(update={"radio": "tcp:127.0.0.1:2"})):
        check = await finding(request, "radio")
    assert (check.finding, check.says) == ("radio_of_daemon", "the daemon uses tcp:127.0.0.1:2")
