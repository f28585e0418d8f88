"""A virtual controller for a host that is an operating system's kernel: Linux by /dev/vhci.

Rule: what bumble 0.0.236 announces and does not do is not announced: Linux takes a controller at its word,
and each of its commands that stays without effect costs 20 s. So this one is a plain Bluetooth 4.2 controller
that scans, connects and encrypts, with a public address, which is what Linux connects with.
"""

from bumble import hci
from bumble.controller import Controller

from wearsync_simulators.radio.controller import Advertisement, AirController, Medium

__all__ = ["KERNEL_ADDRESS", "KernelController"]

# Of nobody: the block of addresses that IANA keeps for documentation (RFC 7042, 2.1.2).
KERNEL_ADDRESS = "00:00:5E:00:53:01"

_Feature = hci.LeFeatureMask
_Kind = hci.HCI_LE_Advertising_Report_Event.EventType
_NOT_DONE = _Feature.LL_PRIVACY | _Feature.LE_EXTENDED_ADVERTISING | _Feature.LE_PERIODIC_ADVERTISING


class KernelController(AirController):
    """Answers a kernel."""

    le_features = Controller.le_features & ~_NOT_DONE

    def __init__(self, name: str, *, medium: Medium) -> None:
        super().__init__(name, medium=medium)
        self._public_address = hci.Address(KERNEL_ADDRESS, hci.Address.PUBLIC_DEVICE_ADDRESS)

    def report(self, heard: Advertisement, data: bytes, *, response: bool) -> None:
        """As controllers did before extended advertising (Vol 4, Part E, 7.7.65.2)."""
        if response:
            kind = _Kind.SCAN_RSP
        elif heard.connectable:
            kind = _Kind.ADV_IND
        else:
            kind = _Kind.ADV_SCAN_IND if heard.scannable else _Kind.ADV_NONCONN_IND
        report = hci.HCI_LE_Advertising_Report_Event.Report(
            event_type=kind,
            address_type=heard.address.address_type,
            address=heard.address,
            data=data,
            rssi=heard.advertiser.rssi_dbm,
        )
        self.send_hci_packet(hci.HCI_LE_Advertising_Report_Event([report]))
