"""A controller as its host sees it: HCI packets in, HCI packets out."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from bumble import hci
from bumble.device import AdvertisingType

from tests.simulators.radio.conftest import OTHER_HOST, SOON_S, VALUE, WATCH, SmallWatch, client, find, until
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.central import Central
from wearsync_simulators.radio.controller import ACL_PACKET_BYTES, AirController

# In 10 ms: the longest there is, so that no stalled machine ends a link.
SUPERVISION_TIMEOUT = 3200


@dataclass
class BareHost:
    """Sends HCI packets and notes what comes back."""

    controller: AirController
    events: list[hci.HCI_Packet] = field(default_factory=list)

    def on_packet(self, packet: bytes) -> None:
        self.events.append(hci.HCI_Packet.from_bytes(packet))

    def send(self, packet: hci.HCI_Packet) -> None:
        self.controller.on_packet(bytes(packet))

    async def status_of(self, command: hci.HCI_Command) -> int:
        self.events.clear()
        self.send(command)
        await until(lambda: self.events)
        first = self.events[0]
        assert isinstance(first, hci.HCI_Command_Complete_Event | hci.HCI_Command_Status_Event)
        if isinstance(first, hci.HCI_Command_Status_Event):
            return first.status
        assert isinstance(first.return_parameters, hci.HCI_StatusReturnParameters)
        return first.return_parameters.status

    def of(self, kind: type[hci.HCI_Packet]) -> list[hci.HCI_Packet]:
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
async def host(air: Air) -> AsyncIterator[BareHost]:
    controller = AirController("bare", medium=air)
    bare = BareHost(controller)
    controller.set_packet_sink(bare)
    assert await bare.status_of(hci.HCI_Reset_Command()) == 0
    await bare.status_of(hci.HCI_LE_Set_Random_Address_Command(random_address=hci.Address(OTHER_HOST)))
    yield bare
    controller.close()


def create_connection(address: str) -> hci.HCI_LE_Create_Connection_Command:
    return hci.HCI_LE_Create_Connection_Command(
        le_scan_interval=96,
        le_scan_window=96,
        initiator_filter_policy=0,
        peer_address_type=hci.Address.RANDOM_DEVICE_ADDRESS,
        peer_address=hci.Address(address),
        own_address_type=hci.OwnAddressType.RANDOM,
        connection_interval_min=24,
        connection_interval_max=40,
        max_latency=1,
        supervision_timeout=SUPERVISION_TIMEOUT,
        min_ce_length=0,
        max_ce_length=0,
    )


async def connect(host: BareHost) -> int:
    assert await host.status_of(create_connection(WATCH)) == 0
    await until(lambda: host.of(hci.HCI_LE_Connection_Complete_Event))
    (complete,) = host.of(hci.HCI_LE_Connection_Complete_Event)
    assert isinstance(complete, hci.HCI_LE_Connection_Complete_Event)
    assert (complete.status, complete.supervision_timeout, complete.peripheral_latency) == (
        0,
        SUPERVISION_TIMEOUT,
        1,
    )
    return complete.connection_handle


async def test_buffers_of_251_bytes(host: BareHost) -> None:
    host.events.clear()
    host.send(hci.HCI_LE_Read_Buffer_Size_Command())
    await until(lambda: host.events)
    (complete,) = host.events
    assert isinstance(complete, hci.HCI_Command_Complete_Event)
    assert complete.return_parameters.le_acl_data_packet_length == ACL_PACKET_BYTES


async def test_cancelling_completes_the_command_and_then_the_connection(host: BareHost) -> None:
    cancel = hci.HCI_LE_Create_Connection_Cancel_Command()
    assert await host.status_of(cancel) == hci.HCI_COMMAND_DISALLOWED_ERROR
    assert await host.status_of(create_connection(WATCH)) == 0
    assert await host.status_of(create_connection(WATCH)) == hci.HCI_COMMAND_DISALLOWED_ERROR
    assert await host.status_of(cancel) == 0
    await until(lambda: len(host.events) == 2)
    complete = host.events[1]
    assert isinstance(complete, hci.HCI_LE_Connection_Complete_Event)
    assert complete.status == hci.HCI_UNKNOWN_CONNECTION_IDENTIFIER_ERROR
    assert await host.status_of(create_connection(WATCH)) == 0


async def test_a_packet_is_complete_when_the_peer_has_it(air: Air, watch: SmallWatch, host: BareHost) -> None:
    handle = await connect(host)
    air.set_in_range(WATCH, False)
    # An ATT Write Command for nobody: the peer takes it and says nothing.
    host.send(hci.HCI_AclDataPacket(handle, 0, 0, 8, bytes.fromhex("0400040052ffff00")))
    await asyncio.sleep(0.05)
    assert not host.of(hci.HCI_Number_Of_Completed_Packets_Event)
    air.set_in_range(WATCH, True)
    await until(lambda: host.of(hci.HCI_Number_Of_Completed_Packets_Event))


async def test_who_disconnects_learns_that_it_was_itself(watch: SmallWatch, host: BareHost) -> None:
    handle = await connect(host)
    command = hci.HCI_Disconnect_Command(
        connection_handle=handle, reason=hci.HCI_REMOTE_USER_TERMINATED_CONNECTION_ERROR
    )
    assert await host.status_of(command) == 0
    await until(lambda: host.of(hci.HCI_Disconnection_Complete_Event))
    (ended,) = host.of(hci.HCI_Disconnection_Complete_Event)
    assert isinstance(ended, hci.HCI_Disconnection_Complete_Event)
    assert ended.reason == hci.HCI_CONNECTION_TERMINATED_BY_LOCAL_HOST_ERROR
    await until(lambda: watch.reasons == [hci.HCI_REMOTE_USER_TERMINATED_CONNECTION_ERROR])
    assert await host.status_of(command) == hci.HCI_UNKNOWN_CONNECTION_IDENTIFIER_ERROR
    host.send(hci.HCI_AclDataPacket(handle, 0, 0, 4, bytes(4)))  # crossed with the end: gone


async def test_what_a_host_must_not_send_is_passed_over(host: BareHost) -> None:
    host.send(hci.HCI_Disconnection_Complete_Event(status=0, connection_handle=1, reason=0))
    assert await host.status_of(hci.HCI_LE_Rand_Command()) == 0


async def test_legacy_advertising_commands_are_heard_with_their_scan_response(
    host: BareHost, central: Central
) -> None:
    for command in (
        hci.HCI_LE_Set_Advertising_Parameters_Command(
            advertising_interval_min=32,
            advertising_interval_max=32,
            advertising_type=0,
            own_address_type=hci.OwnAddressType.RANDOM,
            peer_address_type=0,
            peer_address=hci.Address.ANY,
            advertising_channel_map=7,
            advertising_filter_policy=0,
        ),
        hci.HCI_LE_Set_Advertising_Data_Command(advertising_data=b"\x02\x01\x06"),
        hci.HCI_LE_Set_Scan_Response_Data_Command(scan_response_data=b"\x04\x09Old"),
        hci.HCI_LE_Set_Advertising_Enable_Command(advertising_enable=1),
    ):
        await host.status_of(command)
    assert (await find(central, OTHER_HOST)).name == "Old"


async def test_what_is_not_connectable_is_not_connected_to(watch: SmallWatch, central: Central) -> None:
    await watch.radio.device.start_advertising(advertising_type=AdvertisingType.UNDIRECTED_SCANNABLE)
    device = await find(central)
    with pytest.raises(TimeoutError):
        await client(central, device, timeout=0.1).connect()
    await watch.radio.device.start_advertising()
    async with client(central, device, timeout=SOON_S) as link:
        assert await link.read_gatt_char(VALUE) == b"hello"
