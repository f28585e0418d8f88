"""A plain bleak client beside an adversary, in its air."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bleak import BleakClient

from tests.simulators.watches.conftest import HOST, Person
from tests.simulators.watches.paper_host import UP
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.backend import VirtualClient
from wearsync_simulators.radio.central import Central

ADDRESS = "C4:00:00:00:00:01"
# Virtual seconds: what is on its way has come.
SOON_S = 1.0


@asynccontextmanager
async def client_on(
    air: Air, address: str, *, pair: bool = False
) -> AsyncIterator[tuple[BleakClient, list[bytes]]]:
    """A link to that address, subscribed to Up, and what came up it."""
    central = await Central.open(air, address=HOST, agent=Person())
    up: list[bytes] = []
    try:
        async with BleakClient(address, backend=VirtualClient, central=central) as link:
            if pair:
                await link.pair()
            await link.start_notify(UP, lambda _, frame: up.append(bytes(frame)))
            yield link, up
    finally:
        await central.close()


async def soon() -> None:
    """Until all that is on its way has come."""
    await asyncio.sleep(SOON_S)
