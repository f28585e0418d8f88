"""The machine's own adapter, where there is none: one clear error, whatever is missing."""

import asyncio
from pathlib import Path

import pytest
from bleak.backends.bluezdbus.client import BleakClientBlueZDBus
from bleak.backends.bluezdbus.scanner import BleakScannerBlueZDBus

from wearsync.errors import RadioUnavailable
from wearsync.radio.native import NativeRadio, open_native
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
        await radio.forget("C4:00:00:00:00:01")


async def test_nothing_is_held_open() -> None:
    radio = NativeRadio(BleakScannerBlueZDBus, BleakClientBlueZDBus)
    assert radio.client_options == {}
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await radio.wait_closed()
    await radio.close()
