"""A device's attributes, with their permissions held.

Rule: what an attribute does not permit is refused before it is tried. Bumble 0.0.236 asks for encryption, but
not whether an attribute may be read or written at all: anybody in range could rename a device, or write over
the declarations of its services, for everybody who comes after.
"""

from bumble import att
from bumble.device import Device
from bumble.gatt_server import Server
from bumble.utils import setup_event_forwarding

__all__ = ["AttributeServer"]

_Permissions = att.Attribute.Permissions
# What needs more than the bare permission implies it.
_READABLE = (
    _Permissions.READABLE
    | _Permissions.READ_REQUIRES_ENCRYPTION
    | _Permissions.READ_REQUIRES_AUTHENTICATION
    | _Permissions.READ_REQUIRES_AUTHORIZATION
)
_WRITEABLE = (
    _Permissions.WRITEABLE
    | _Permissions.WRITE_REQUIRES_ENCRYPTION
    | _Permissions.WRITE_REQUIRES_AUTHENTICATION
    | _Permissions.WRITE_REQUIRES_AUTHORIZATION
)


class AttributeServer(Server):
    """Bumble's server, in the place of the one that `device` has, with the services that this has."""

    def __init__(self, device: Device) -> None:
        super().__init__(device)
        before = device.gatt_server
        self.services, self.attributes = before.services, before.attributes
        self.attributes_by_handle = before.attributes_by_handle
        device.gatt_server = self
        setup_event_forwarding(self, device, self.EVENT_CHARACTERISTIC_SUBSCRIPTION)

    def on_gatt_pdu(self, bearer: att.Bearer, att_pdu: att.ATT_PDU) -> None:
        """As Bumble's, for what is permitted."""
        match att_pdu:
            case (
                att.ATT_Write_Request(attribute_handle=handle)
                | att.ATT_Prepare_Write_Request(attribute_handle=handle)
            ) if not self._permits(handle, _WRITEABLE):
                self._refuse(bearer, att_pdu, handle, att.ATT_WRITE_NOT_PERMITTED_ERROR)
            case (
                att.ATT_Read_Request(attribute_handle=handle)
                | att.ATT_Read_Blob_Request(attribute_handle=handle)
            ) if not self._permits(handle, _READABLE):
                self._refuse(bearer, att_pdu, handle, att.ATT_READ_NOT_PERMITTED_ERROR)
            case att.ATT_Write_Command(attribute_handle=handle) if not self._permits(handle, _WRITEABLE):
                pass  # "no response is sent" (Vol 3, Part F, 3.4.5.3)
            case _:
                super().on_gatt_pdu(bearer, att_pdu)

    def _permits(self, handle: int, permission: _Permissions) -> bool:
        """Whether it can be so at all; a handle that is not there is Bumble's to refuse."""
        attribute = self.get_attribute(handle)
        return attribute is None or bool(attribute.permissions & permission)

    def _refuse(self, bearer: att.Bearer, asked: att.ATT_PDU, handle: int, error: att.ErrorCode) -> None:
        self.send_response(
            bearer,
            att.ATT_Error_Response(
                request_opcode_in_error=asked.op_code, attribute_handle_in_error=handle, error_code=error
            ),
        )
