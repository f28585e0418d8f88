"""The machine's own adapter, where there is none: one clear error, whatever is missing."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from bleak import BleakClient
from bleak.backends.bluezdbus.client import BleakClientBlueZDBus
from bleak.backends.bluezdbus.scanner import BleakScannerBlueZDBus

from tests.simulators.radio.conftest import WATCH, Person
from wearsync.errors import RadioUnavailable
from wearsync.radio.native import NativeRadio, open_native
from wearsync.radio.provider import PairingFailure
from wearsync_simulators.scaled_loop import ScaledLoop, run_scaled


@pytest.fixture(autouse=True)
def bus(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where bleak looks for the system bus on Linux: nothing is there."""
    path = home / "bus"
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={path}")
    return path


async def test_no_d_bus() -> None:
    with pytest.raises(RadioUnavailable, match=r"no D-Bus, and so no Bluetooth: .* --radio") as raised:
        await open_native()
    assert "\n" not in str(raised.value)


async def test_address_of_d_bus_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "nowhere")
    with pytest.raises(RadioUnavailable, match="adapter fails"):
        await open_native()


def test_d_bus_that_is_silent(bus: Path) -> None:
    writers: list[asyncio.StreamWriter] = []

    async def main(loop: ScaledLoop) -> None:
        async with await asyncio.start_unix_server(lambda _reader, writer: writers.append(writer), bus):
            loop.set_speed(20)
            try:
                await open_native()
            finally:
                for writer in writers:
                    writer.close()

    with pytest.raises(RadioUnavailable, match=r"silent for 10 s"):
        run_scaled(main)


async def test_forgetting_without_d_bus() -> None:
    radio = NativeRadio(BleakScannerBlueZDBus, BleakClientBlueZDBus)
    with pytest.raises(RadioUnavailable, match="no D-Bus"):
        await radio.forget(WATCH)


class Closed(BleakClientBlueZDBus):
    """macOS: bonds are the system's own affair."""

    async def pair(self, *_args: object, **_kwargs: object) -> None:
        raise NotImplementedError

    async def unpair(self) -> None:
        raise NotImplementedError


class Silent(Closed):
    """Windows: bonds without a code, when it is told to."""

    def __init__(self, address: str, **options: Any) -> None:
        super().__init__(address, **options)
        self.bonds = 0

    async def pair(self, *_args: object, **_kwargs: object) -> None:
        self.bonds += 1


@pytest.mark.parametrize("backend", [Closed, Silent])
async def test_code_is_the_systems_own_affair_and_a_bond_without_one_the_persons(
    backend: type[BleakClientBlueZDBus],
) -> None:
    radio = NativeRadio(BleakScannerBlueZDBus, backend)
    client, person = BleakClient(WATCH, backend=backend), Person()
    async with radio.pairing(WATCH, person):
        await radio.pair(client, needs_code=True)
        assert getattr(client._backend, "bonds", 0) == 0
        await radio.pair(client, needs_code=False)
        assert getattr(client._backend, "bonds", 1) == 1
        assert person.asked_just_works == 1
        person.says_yes = False
        with pytest.raises(PairingFailure, match="declined"):
            await radio.pair(client, needs_code=False)
    with pytest.raises(PairingFailure, match="nobody"):
        await radio.pair(client, needs_code=False)
    assert await radio.is_bonded(WATCH) is None
    await radio.hang_up(WATCH)


async def test_bond_that_only_the_system_can_remove_is_left_and_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    await NativeRadio(BleakScannerBlueZDBus, Closed).forget(WATCH)
    assert "remove it in the Bluetooth settings" in caplog.text


async def test_nothing_is_held_open() -> None:
    radio = NativeRadio(BleakScannerBlueZDBus, BleakClientBlueZDBus)
    assert radio.client_options == {}
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await radio.wait_closed()
    await radio.close()
