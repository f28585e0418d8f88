"""A simulated watch and a host on one air, in virtual time; and a watch on the bench, with a host."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from bleak import BleakClient

from tests.simulators.watches.bench import Bench
from tests.simulators.watches.paper_host import DOWN, KEY, UP, PaperHost
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.backend import VirtualClient
from wearsync_simulators.radio.central import Central
from wearsync_simulators.watches.simulated_watch import SimulatedWatch

HOST = "C4:00:00:00:00:0A"
K = bytes(range(32))


@pytest.fixture
def led() -> Bench:
    """A watch on the bench, with a host on the line."""
    bench = Bench()
    bench.connect()
    bench.told()
    return bench


@dataclass
class Person:
    """Who sits at the host: says yes or no to the numbers, and notes them."""

    says_yes: bool = True
    numbers: list[int] = field(default_factory=list)

    async def confirm_number(self, number: int) -> bool:
        self.numbers.append(number)
        return self.says_yes

    async def passkey(self) -> int | None:
        return None

    async def confirm_just_works(self) -> bool:
        return True


@asynccontextmanager
async def on_air(watch: SimulatedWatch, person: Person | None = None) -> AsyncIterator[Central]:
    """The watch has power, and there is a central in its air."""
    air = Air()
    await watch.power_on(air)
    central = await Central.open(air, address=HOST, agent=person or Person())
    try:
        yield central
    finally:
        await watch.power_off()
        await central.close()


def client(central: Central, watch: SimulatedWatch) -> BleakClient:
    """The client of bleak itself, for that watch."""
    return BleakClient(watch.address, backend=VirtualClient, central=central)


async def talk(link: BleakClient, key: bytes | None = K) -> PaperHost:
    """Subscribe to Up, and be a host on this link."""
    host = PaperHost(key, lambda raw: link.write_gatt_char(DOWN, raw, response=True))
    await link.start_notify(UP, lambda _, frame: host.heard(bytes(frame)))
    return host


async def paired(link: BleakClient) -> PaperHost:
    """Pair, write the key, and be a host on this link."""
    await link.pair()
    await link.write_gatt_char(KEY, K, response=True)
    return await talk(link)
