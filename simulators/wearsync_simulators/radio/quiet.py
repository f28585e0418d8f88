"""Bumble formats every packet for its debug log, also when nobody reads it: half of the CPU of a busy link.

Rule: a stop-gap for bumble 0.0.236, to go when its log calls format lazily. Where its debug log is on,
nothing is touched.
"""

import logging

from bumble import att, hci, l2cap, smp

__all__ = ["stub_packet_formatting"]

# The packets that are formatted once a hop, from HCI up to ATT and SMP.
_FORMATTED = (
    hci.HCI_Command,
    hci.HCI_Event,
    hci.HCI_Command_Complete_Event,
    hci.HCI_AclDataPacket,
    l2cap.L2CAP_Control_Frame,
    att.ATT_PDU,
    smp.SMP_Command,
)


def stub_packet_formatting() -> None:
    """Make a packet's text its class name, for the whole process, unless Bumble's debug log is on."""
    if not logging.getLogger("bumble").isEnabledFor(logging.DEBUG):
        for packet in _FORMATTED:
            setattr(packet, "__str__", _class_name)  # noqa: B010 - assigning a method is what mypy forbids


def _class_name(packet: object) -> str:
    return type(packet).__name__
