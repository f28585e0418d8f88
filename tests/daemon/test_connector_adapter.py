"""What the link's loop says while there is no adapter."""

import asyncio

from tests.daemon.home import NoRadio
from tests.daemon.test_connector import Told, connector_of
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.errors import RadioUnavailable
from wearsync.ports import Sighting


class Unplugged(NoRadio):
    """Has no adapter until it is plugged in; then it sees nothing."""

    plugged = False

    async def find(self, address: str, timeout_s: float) -> Sighting | None:
        if not self.plugged:
            raise RadioUnavailable("no adapter")
        await asyncio.sleep(timeout_s)
        return None


@in_virtual_time
async def test_absent_adapter_is_one_state_however_often_it_is_tried() -> None:
    radio, told = Unplugged(), Told()
    running = asyncio.create_task(connector_of(radio, told).run())
    await asyncio.sleep(100)
    assert told.states[0] == ("searching", "")
    assert len(told.states) > 3
    assert set(told.states[1:]) == {("no_adapter", "no adapter")}
    radio.plugged = True
    await asyncio.sleep(100)
    assert told.states[-1][0] == "searching"
    running.cancel()
    await asyncio.wait({running})
