"""The one HCI command that is ours: a host tells its virtual controller whether it is within range.

Rule: opcodes of group 0x3F belong to the controller's maker; a real controller refuses this one.
"""

from dataclasses import dataclass, field

from bumble import hci

__all__ = ["HCI_WEARSYNC_SET_IN_RANGE_COMMAND", "SetInRange"]

# Far from the vendor commands that Bumble knows (Android 0x15x, Zephyr 0x00x).
HCI_WEARSYNC_SET_IN_RANGE_COMMAND = hci.hci_vendor_command_op_code(0x2A7)

hci.HCI_Command.register_commands(globals())


@hci.HCI_SyncCommand.sync_command(hci.HCI_StatusReturnParameters)
@dataclass
class SetInRange(hci.HCI_SyncCommand[hci.HCI_StatusReturnParameters]):
    """Carry this device out of everybody's range (0), or back (1)."""

    op_code = HCI_WEARSYNC_SET_IN_RANGE_COMMAND
    name = "HCI_WEARSYNC_SET_IN_RANGE_COMMAND"

    in_range: int = field(metadata=hci.metadata(1))
