"""A powered device: on the air, on a transport, with a capture and a key store."""

import asyncio
import socket
import struct
from pathlib import Path

import pytest
from bumble.controller import Controller
from bumble.hci import (
    HCI_Command_Status_Event,
    HCI_Packet,
    HCI_Read_BD_ADDR_Command,
    HCI_Reset_Command,
)
from bumble.transport.tcp_server import open_tcp_server_transport_with_socket

from tests.simulators.radio.conftest import HOST, VALUE, WATCH, Person, SmallWatch, Wrist, client, until
from wearsync.errors import RadioUnavailable
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.central import Central
from wearsync_simulators.radio.peripheral import open_device


async def test_a_capture_is_a_btsnoop_file_of_the_hci_traffic(
    air: Air, central: Central, tmp_path: Path
) -> None:
    path = tmp_path / "watch.btsnoop"
    radio = await open_device(air, name="Sim", address=WATCH, capture=path)
    watch = SmallWatch(radio)
    await watch.start()
    async with client(central, WATCH) as link:
        await link.write_gatt_char(VALUE, b"find me", response=True)
    captured = path.read_bytes()  # whole before the end: nothing is buffered
    await radio.close()
    assert captured.startswith(b"btsnoop\0" + struct.pack(">II", 1, 1002))
    packets, offset = [], 16
    while offset < len(captured):
        length, included, *_ = struct.unpack_from(">IIIIQ", captured, offset)
        assert length == included
        packets.append(captured[offset + 24 : offset + 24 + length])
        offset += 24 + length
    assert isinstance(HCI_Packet.from_bytes(packets[0]), HCI_Reset_Command)
    assert any(b"find me" in packet for packet in packets)


async def test_bonds_survive_a_restart_of_the_watch(air: Air, central: Central, tmp_path: Path) -> None:
    central.set_agent(Person())
    for turn in range(2):
        radio = await open_device(air, name="Sim", address=WATCH, keystore_path=tmp_path / "bonds.json")
        watch = SmallWatch(radio)
        watch.pair_by(Wrist())
        await watch.start()
        async with client(central, WATCH, pair=turn == 0):
            assert watch.link.is_encrypted
        await radio.close()
    assert HOST in (tmp_path / "bonds.json").read_text()


async def test_an_answer_that_comes_while_its_command_is_given_up_answers_nobody(air: Air) -> None:
    radio = await open_device(air, name="Sim", address=WATCH)
    host = radio.device.host
    host.pending_response = asyncio.get_running_loop().create_future()
    host.pending_response.cancel()
    host.on_command_processed(
        HCI_Command_Status_Event(
            status=0, num_hci_command_packets=1, command_opcode=HCI_Read_BD_ADDR_Command.op_code
        )
    )
    host.pending_response = None
    assert (await radio.device.send_sync_command(HCI_Read_BD_ADDR_Command())).status == 0
    await radio.close()


async def test_resetting_the_controller_ends_what_it_did(watch: SmallWatch, central: Central) -> None:
    link = client(central, WATCH)
    await link.connect()
    await watch.radio.device.power_off()
    await watch.radio.device.power_on()
    await until(lambda: not link.is_connected)
    assert not watch.radio.device.connections


async def test_a_radio_that_has_no_such_command_says_so() -> None:
    """Bumble's own controller, over TCP: as a real adapter, it knows nothing of our command."""
    listening = socket.create_server(("127.0.0.1", 0))
    served = await open_tcp_server_transport_with_socket(listening)
    Controller("stock", host_source=served.source, host_sink=served.sink)
    radio = await open_device(f"tcp-client:127.0.0.1:{listening.getsockname()[1]}", name="Sim", address=WATCH)
    with pytest.raises(RadioUnavailable, match="only the virtual air can"):
        await radio.set_in_range(False)
    await radio.close()
    served.server.close()  # type: ignore[attr-defined]


async def test_what_takes_bytes_and_hangs_up_is_no_controller() -> None:
    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4)
        writer.close()

    server = await asyncio.start_server(swallow, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(RadioUnavailable, match="no Bluetooth controller answers"):
        await open_device(f"tcp-client:127.0.0.1:{port}", name="Sim", address=WATCH)
    server.close()
    await server.wait_closed()
