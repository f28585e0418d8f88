"""A host's radio and a small watch (see tests/simulators/radio) on one virtual air: real bleak and Bumble."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.radio.fake_bluez import FakeBluez, PrivateBus, dbus_executable
from tests.simulators.radio.conftest import WATCH, SmallWatch
from wearsync.ports import PairingAgent
from wearsync.radio.adapter import BleakRadio
from wearsync.radio.link import BleakLink
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.peripheral import open_device
from wearsync_simulators.radio.provider import InProcessRadio, VirtualRadio

# A watch that is in range is seen within two of its advertising intervals of 20 ms.
SEEN_WITHIN_S = 5.0


@dataclass(frozen=True)
class Host:
    """The radio as the daemon has it, and the virtual adapter behind it."""

    radio: BleakRadio
    adapter: VirtualRadio

    @property
    def is_scanning(self) -> bool:
        return bool(self.adapter.central.radio.device.is_scanning)

    @property
    def links(self) -> int:
        return len(self.adapter.central.radio.device.connections)

    async def connect(self, address: str = WATCH) -> BleakLink:
        sighting = await self.radio.find(address, SEEN_WITHIN_S)
        assert sighting is not None
        return await self.radio.connect(sighting)


@asynccontextmanager
async def host_on(
    air: Air,
    *,
    state_dir: Path | None = None,
    agent: PairingAgent | None = None,
    adapter: VirtualRadio | None = None,
) -> AsyncIterator[Host]:
    adapter = adapter or await InProcessRadio(air).open(state_dir=state_dir, agent=agent)
    radio = BleakRadio(adapter)
    yield Host(radio, adapter)
    await radio.close()


@asynccontextmanager
async def watch_on(air: Air, address: str = WATCH) -> AsyncIterator[SmallWatch]:
    radio = await open_device(air, name="Sim", address=address)
    watch = SmallWatch(radio)
    await watch.start()
    yield watch
    await radio.close()


@pytest.fixture
async def air() -> Air:
    return Air()


@pytest.fixture
async def watch(air: Air) -> AsyncIterator[SmallWatch]:
    async with watch_on(air) as watch:
        yield watch


@pytest.fixture
async def host(air: Air) -> AsyncIterator[Host]:
    async with host_on(air) as host:
        yield host


@pytest.fixture(scope="session")
def private_bus() -> Iterator[PrivateBus]:
    executable = dbus_executable()
    if executable is None:
        pytest.skip("dbus-daemon is not installed (on Debian: package dbus)")
    # Not pytest's own: the path of a Unix socket ends at 107 bytes.
    directory = Path(tempfile.mkdtemp(prefix="b"))
    bus = PrivateBus(executable, directory)
    yield bus
    bus.close()
    shutil.rmtree(directory)


@pytest.fixture
def system_bus(private_bus: PrivateBus, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the system's own."""
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", private_bus.address)


@pytest.fixture
async def bluez(private_bus: PrivateBus, system_bus: None) -> AsyncIterator[FakeBluez]:
    """BlueZ where this machine's own would be."""
    bluez = await FakeBluez.start(private_bus.address)
    yield bluez
    await bluez.stop()
