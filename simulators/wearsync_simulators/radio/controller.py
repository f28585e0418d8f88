"""A virtual Bluetooth LE controller: Bumble's, mended where real ones behave otherwise.

Rule: it speaks HCI to its host and knows nothing of distance or time; those are the medium's (air.py).
What bumble 0.0.236 lacks, and this has: create-connection-cancel, ACL packets of 251 bytes that are complete
when the peer has them, scan responses of their own, RSSI, real connection parameters, a connection that opens
on both sides or on none, reset.
"""

import asyncio
from abc import abstractmethod
from dataclasses import dataclass

from bumble import hci, ll
from bumble.controller import AdvertisingSet, Connection, Controller, LegacyAdvertiser
from bumble.core import PhysicalTransport
from bumble.link import LocalLink

from wearsync_simulators.radio.vendor import SetInRange

__all__ = ["Advertisement", "AirController", "LinkParameters", "Medium", "DEFAULT_RSSI_DBM"]

# A watch on the other side of a room.
DEFAULT_RSSI_DBM = -60

# The most that a data PDU carries (Vol 6, Part B, 2.4): five times the throughput of the stock 27.
ACL_PACKET_BYTES = 251

_EventType = hci.HCI_LE_Extended_Advertising_Report_Event.EventType
_Property = hci.HCI_LE_Set_Extended_Advertising_Parameters_Command.AdvertisingProperties
_PendingConnection = hci.HCI_LE_Create_Connection_Command | hci.HCI_LE_Extended_Create_Connection_Command


@dataclass(frozen=True, slots=True)
class LinkParameters:
    """What a central asks for: `interval` × 1.25 ms, `latency` events, `supervision_timeout` × 10 ms."""

    interval: int
    latency: int
    supervision_timeout: int


@dataclass(frozen=True, slots=True)
class Advertisement:
    """What one advertising event puts on the air; the scan response is for those who ask."""

    advertiser: "AirController"
    address: hci.Address
    data: bytes
    scan_response: bytes
    connectable: bool
    scannable: bool


class Medium(LocalLink):
    """What a controller asks of the air."""

    @abstractmethod
    def is_quiet(self, advertiser: "AirController") -> bool:
        """Whether nobody else listens now: what is advertised then need not even be put together."""

    @abstractmethod
    def broadcast(self, advertisement: Advertisement) -> None:
        """Let everybody in range hear this."""

    @abstractmethod
    def connect(
        self, central: "AirController", own: hci.Address, heard: Advertisement, how: LinkParameters
    ) -> bool:
        """Open a link on both sides, and say so; or on none."""

    @abstractmethod
    def send_acl(
        self, sender: "AirController", connection: Connection, packet: hci.HCI_AclDataPacket
    ) -> None:
        """Carry one ACL packet to the other end, and tell the sender when it is there."""

    @abstractmethod
    def end(self, connection: Connection) -> None:
        """This end of the link is closed; the peer was told."""

    @abstractmethod
    def forget(self, controller: "AirController") -> None:
        """All ends of this controller are closed; nobody was told."""

    @abstractmethod
    def carry(self, controller: "AirController", in_range: bool) -> None:
        """Carry a device out of everybody's range, or back."""


class AirController(Controller):
    """One device's controller. Its host is whatever sends it HCI packets: in this process, or over TCP."""

    acl_data_packet_length = ACL_PACKET_BYTES
    le_acl_data_packet_length = ACL_PACKET_BYTES
    supported_max_tx_octets = ACL_PACKET_BYTES
    supported_max_rx_octets = ACL_PACKET_BYTES
    suggested_max_tx_octets = ACL_PACKET_BYTES

    def __init__(self, name: str, *, medium: Medium) -> None:
        self.medium = medium
        self.rssi_dbm = DEFAULT_RSSI_DBM
        super().__init__(name, link=medium)

    @property
    def listening(self) -> bool:
        """Whether it does anything with an advertisement: it scans, or waits to connect."""
        return self.le_scan_enable or self.pending_le_connection is not None

    def close(self) -> None:
        """Lose power: it is gone from the air at once, and tells nobody."""
        if not self.terminated.done():
            self.fall_silent()
            self.host = None
            self.medium.remove_controller(self)
            self.terminated.set_result(None)

    def fall_silent(self) -> None:
        """Stop advertising, scanning and connecting; forget every link."""
        self.le_legacy_advertiser.stop()
        for advertising_set in self.advertising_sets.values():
            advertising_set.stop()
        self.advertising_sets.clear()
        self.le_scan_enable = False
        self.pending_le_connection = None
        self.le_connections.clear()
        self.medium.forget(self)

    def report(self, heard: Advertisement, data: bytes, *, response: bool) -> None:
        """Tell the host of an advertisement, or of the response to its scan."""
        kind = _EventType.LEGACY_ADVERTISING_PDU_USED
        if heard.connectable:
            kind |= _EventType.CONNECTABLE_ADVERTISING
        if heard.scannable:
            kind |= _EventType.SCANNABLE_ADVERTISING
        if response:
            kind |= _EventType.SCAN_RESPONSE
        report = hci.HCI_LE_Extended_Advertising_Report_Event.Report(
            event_type=kind,
            address_type=heard.address.address_type,
            address=heard.address,
            primary_phy=hci.Phy.LE_1M,
            secondary_phy=hci.Phy.LE_1M,
            advertising_sid=0,
            tx_power=hci.HCI_LE_Extended_Advertising_Report_Event.TX_POWER_INFORMATION_NOT_AVAILABLE,
            rssi=heard.advertiser.rssi_dbm,
            periodic_advertising_interval=0,
            direct_address_type=0,
            direct_address=hci.Address.ANY,
            data=data,
        )
        self.send_hci_packet(hci.HCI_LE_Extended_Advertising_Report_Event([report]))

    # --- what the medium calls

    def hear(self, heard: Advertisement) -> None:
        """Somebody in range advertises: report it if scanning, connect if it is who is waited for."""
        if self.le_scan_enable:
            self._report(heard)
        pending = self.pending_le_connection
        if pending is None or not heard.connectable or pending.peer_address != heard.address:
            return
        public = pending.own_address_type == hci.OwnAddressType.PUBLIC
        own = self.public_address if public else self.random_address
        if self.medium.connect(self, own, heard, _link_parameters(pending)):
            self.pending_le_connection = None

    def advertiser_at(self, address: hci.Address) -> LegacyAdvertiser | AdvertisingSet | None:
        """Who advertises here under this address, if anybody does."""
        advertisers: list[LegacyAdvertiser | AdvertisingSet] = [
            *self.advertising_sets.values(),
            self.le_legacy_advertiser,
        ]
        return next((each for each in advertisers if each.enabled and each.address == address), None)

    def open_link(self, role: hci.Role, own: hci.Address, peer: hci.Address, how: LinkParameters) -> None:
        """Take up one end of a link, and tell the host; a peripheral stops advertising by it."""
        connection = Connection(
            controller=self,
            handle=self.allocate_connection_handle(),
            role=role,
            self_address=own,
            peer_address=peer,
            link=self.medium,
            transport=PhysicalTransport.LE,
            link_type=hci.HCI_Connection_Complete_Event.LinkType.ACL,
        )
        self.le_connections[peer] = connection
        self._tell_connected(hci.HCI_ErrorCode.SUCCESS, connection.handle, role, peer, how)
        advertiser = self.advertiser_at(own) if role is hci.Role.PERIPHERAL else None
        if isinstance(advertiser, AdvertisingSet):
            self.send_hci_packet(
                hci.HCI_LE_Advertising_Set_Terminated_Event(
                    status=hci.HCI_ErrorCode.SUCCESS,
                    advertising_handle=advertiser.handle,
                    connection_handle=connection.handle,
                    num_completed_extended_advertising_events=0,
                )
            )
        if advertiser is not None:
            advertiser.stop()

    def lose_link(self, peer: hci.Address, reason: hci.HCI_ErrorCode) -> None:
        """End the link with `peer`, if there still is one, and tell the host why."""
        if connection := self.le_connections.get(peer):
            self.on_le_disconnected(connection, reason)

    def receive_acl(self, peer: hci.Address, sent: hci.HCI_AclDataPacket) -> None:
        """A packet of the peer's host, for ours."""
        if connection := self.le_connections.get(peer):
            # To the host a first fragment is "automatically flushable", 0b10 (Vol 4, Part E, 5.4.2).
            boundary = (
                sent.pb_flag
                if sent.pb_flag == hci.HCI_ACL_PB_CONTINUATION
                else hci.HCI_ACL_PB_FIRST_FLUSHABLE
            )
            self.send_hci_packet(
                hci.HCI_AclDataPacket(connection.handle, boundary, 0, sent.data_total_length, sent.data)
            )

    def complete_acl(self, connection: Connection) -> None:
        """The peer has one packet of ours: the host may send another."""
        if self.le_connections.get(connection.peer_address) is connection:
            self.send_hci_packet(
                hci.HCI_Number_Of_Completed_Packets_Event(
                    connection_handles=[connection.handle], num_completed_packets=[1]
                )
            )

    # --- what Bumble's controller calls

    def on_hci_packet(self, packet: hci.HCI_Packet) -> None:
        """As Bumble's, without formatting the packet for a log."""
        match packet:
            case hci.HCI_Command():
                self.on_hci_command_packet(packet)
            case hci.HCI_AclDataPacket():
                self.on_hci_acl_data_packet(packet)
            case _:
                pass  # a host sends nothing else to an LE controller

    def send_hci_packet(self, packet: hci.HCI_Packet) -> None:
        """As Bumble's, without formatting the packet for a log."""
        if self.host is not None:
            asyncio.get_running_loop().call_soon(self.host.on_packet, bytes(packet))

    def on_hci_acl_data_packet(self, packet: hci.HCI_AclDataPacket) -> None:
        """Hand it to the medium as it is; what crosses with the end of its link is gone, as on the air."""
        if connection := self.find_le_connection_by_handle(packet.connection_handle):
            self.medium.send_acl(self, connection, packet)

    def on_ll_control_pdu(self, sender_address: hci.Address, packet: ll.ControlPdu) -> None:
        """What crosses with the end of its link is gone, as on the air."""
        if sender_address in self.le_connections:
            super().on_ll_control_pdu(sender_address, packet)

    def on_le_disconnected(self, connection: Connection, reason: int) -> None:
        """Tell the host once, and leave the link."""
        if self.le_connections.get(connection.peer_address) is connection:
            super().on_le_disconnected(connection, reason)
            self.medium.end(connection)

    def on_le_long_term_key_reply(
        self, connection: Connection, request: ll.EncReq, long_term_key: bytes | None
    ) -> None:
        """A key for a link that is gone meanwhile helps nobody."""
        if self.le_connections.get(connection.peer_address) is connection:
            super().on_le_long_term_key_reply(connection, request, long_term_key)

    def send_advertising_pdu(self, packet: ll.AdvertisingPdu) -> None:
        """One advertising event: with the scan response that belongs to it."""
        if self.medium.is_quiet(self):
            return
        match packet:
            case ll.AdvExtInd():
                for each in self.advertising_sets.values():
                    if (
                        each.enabled
                        and each.address == packet.advertiser_address
                        and each.data == packet.data
                    ):
                        self.medium.broadcast(_extended(self, packet, each))
                        return
            case ll.AdvInd():
                response = self.le_legacy_advertiser.scan_response_data
                self.medium.broadcast(
                    Advertisement(self, packet.advertiser_address, packet.data, response, True, True)
                )
            case _:
                pass  # nothing else is sent by this controller's advertisers

    # --- HCI commands

    def on_hci_wearsync_set_in_range_command(self, command: SetInRange) -> hci.HCI_StatusReturnParameters:
        """Ours (vendor.py)."""
        self.medium.carry(self, bool(command.in_range))
        return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.SUCCESS)

    def on_hci_reset_command(self, _command: hci.HCI_Reset_Command) -> hci.HCI_StatusReturnParameters:
        """Vol 4, Part E, 7.3.2: the link layer goes to standby, all links are gone."""
        self.fall_silent()
        return super().on_hci_reset_command(_command)

    def on_hci_disconnect_command(self, command: hci.HCI_Disconnect_Command) -> None:
        """Vol 4, Part E, 7.1.6: the peer hears the host's reason, the host that it was itself."""
        connection = self.find_le_connection_by_handle(command.connection_handle)
        if connection is None:
            self._send_hci_command_status(
                hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR, command.op_code
            )
            return
        self._send_hci_command_status(hci.HCI_COMMAND_STATUS_PENDING, command.op_code)
        connection.send_ll_control_pdu(ll.TerminateInd(command.reason))
        self.on_le_disconnected(connection, hci.HCI_ErrorCode.CONNECTION_TERMINATED_BY_LOCAL_HOST_ERROR)

    def on_hci_le_set_extended_scan_parameters_command(
        self, command: hci.HCI_LE_Set_Extended_Scan_Parameters_Command
    ) -> hci.HCI_StatusReturnParameters:
        """As Bumble's, and remember whether to ask for scan responses."""
        self.le_scan_type = command.scan_types[0]
        return super().on_hci_le_set_extended_scan_parameters_command(command)

    def on_hci_le_create_connection_cancel_command(
        self, _command: hci.HCI_LE_Create_Connection_Cancel_Command
    ) -> hci.HCI_StatusReturnParameters:
        """Vol 4, Part E, 7.8.13: the pending connection completes with "unknown connection identifier"."""
        pending = self.pending_le_connection
        if pending is None:
            return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR)
        self.pending_le_connection = None
        # The command completes first, then the connection.
        asyncio.get_running_loop().call_soon(
            self._tell_connected,
            hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
            0,
            hci.Role.CENTRAL,
            pending.peer_address,
            LinkParameters(0, 0, 0),
        )
        return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.SUCCESS)

    # --- helpers

    def _tell_connected(
        self, status: hci.HCI_ErrorCode, handle: int, role: hci.Role, peer: hci.Address, how: LinkParameters
    ) -> None:
        self.send_hci_packet(
            hci.HCI_LE_Connection_Complete_Event(
                status=status,
                connection_handle=handle,
                role=role,
                peer_address_type=peer.address_type,
                peer_address=peer,
                connection_interval=how.interval,
                peripheral_latency=how.latency,
                supervision_timeout=how.supervision_timeout,
                central_clock_accuracy=0,
            )
        )

    def _report(self, heard: Advertisement) -> None:
        self.report(heard, heard.data, response=False)
        if heard.scannable and self.le_scan_type:
            self.report(heard, heard.scan_response, response=True)


def _extended(advertiser: AirController, packet: ll.AdvExtInd, source: AdvertisingSet) -> Advertisement:
    flags = source.parameters.advertising_event_properties if source.parameters else 0
    return Advertisement(
        advertiser,
        packet.advertiser_address,
        packet.data,
        bytes(source.scan_response_data),
        connectable=bool(flags & _Property.CONNECTABLE_ADVERTISING),
        scannable=bool(flags & _Property.SCANNABLE_ADVERTISING),
    )


def _link_parameters(pending: _PendingConnection) -> LinkParameters:
    if isinstance(pending, hci.HCI_LE_Extended_Create_Connection_Command):
        return LinkParameters(
            pending.connection_interval_mins[0], pending.max_latencies[0], pending.supervision_timeouts[0]
        )
    return LinkParameters(pending.connection_interval_min, pending.max_latency, pending.supervision_timeout)
