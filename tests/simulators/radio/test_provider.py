"""Radios as wearsync opens them."""

import asyncio
from importlib.metadata import entry_points
from pathlib import Path
from stat import S_IMODE

import pytest
from bleak import BleakClient, BleakScanner

from tests.simulators.radio.conftest import SOON_S, VOUCHED, WATCH, Person, SmallWatch, Wrist
from wearsync.errors import RadioUnavailable
from wearsync.radio.provider import RadioProvider
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.peripheral import open_device
from wearsync_simulators.radio.provider import (
    ADAPTER_FILE,
    BONDS_FILE,
    InProcessRadio,
    TcpRadio,
    VirtualRadio,
)
from wearsync_simulators.radio.tcp import serve_air


async def read_vouched(radio: VirtualRadio, *, pair: bool) -> bytearray:
    found = await BleakScanner.find_device_by_name(
        "Sim",
        SOON_S,
        backend=radio.scanner_backend,
        **radio.client_options,  # type: ignore[arg-type]
    )
    assert found is not None
    async with BleakClient(found, backend=radio.client_backend, pair=pair, **radio.client_options) as link:  # type: ignore[arg-type]
        return await link.read_gatt_char(VOUCHED)


async def test_over_tcp_address_and_bonds_persist_for_their_owner_only(tmp_path: Path) -> None:
    server = await serve_air("127.0.0.1", 0)
    radio = await open_device(f"tcp-client:{server.address}", name="Sim", address=WATCH)
    watch = SmallWatch(radio)
    await watch.start()
    watch.pair_by(Wrist())
    state = tmp_path / "state"

    first = await TcpRadio().open(f"tcp:{server.address}", state_dir=state, agent=Person())
    assert await read_vouched(first, pair=True) == b"vouched"
    address = first.central.address
    await first.close()

    second = await TcpRadio().open(f"tcp:{server.address}", state_dir=state, agent=None)
    assert second.central.address == address
    assert await read_vouched(second, pair=False) == b"vouched"
    assert {S_IMODE((state / name).stat().st_mode) for name in (ADAPTER_FILE, BONDS_FILE)} == {0o600}
    await second.forget(WATCH)
    assert not second.central.is_bonded(WATCH)

    gone = asyncio.create_task(second.wait_closed())
    await asyncio.sleep(0)
    assert not gone.done()
    await server.close()
    async with asyncio.timeout(SOON_S):
        await gone
    await second.close()
    await radio.close()


async def test_in_process_without_a_state_directory(air: Air, watch: SmallWatch) -> None:
    watch.pair_by(Wrist())
    radio = await InProcessRadio(air).open()
    radio.set_agent(Person())
    assert await read_vouched(radio, pair=True) == b"vouched"
    await radio.close()
    async with asyncio.timeout(SOON_S):
        await radio.wait_closed()


async def test_a_refused_connection_is_a_clear_error(tmp_path: Path) -> None:
    server = await serve_air("127.0.0.1", 0)
    await server.close()
    with pytest.raises(RadioUnavailable, match="is `wearsync-sim air` running"):
        await TcpRadio().open(f"tcp:{server.address}", state_dir=tmp_path, agent=None)


@pytest.mark.parametrize("content", ["", "[]", '{"address": "04:00:00:00:00:01"}', '{"address": 1}', "\xff"])
async def test_a_spoilt_adapter_file_is_named(air: Air, tmp_path: Path, content: str) -> None:
    (tmp_path / ADAPTER_FILE).write_text(content, encoding="latin-1")
    with pytest.raises(RadioUnavailable, match=ADAPTER_FILE):
        await InProcessRadio(air).open(state_dir=tmp_path)


def test_the_entry_point_leads_here() -> None:
    provider: RadioProvider = TcpRadio()  # a matter for the type checker
    assert isinstance(provider, TcpRadio)
    (entry,) = entry_points(group="wearsync.radio", name="tcp")
    assert entry.load() is TcpRadio
