"""The ATT MTU of a link, asked of BlueZ, which does not tell it of itself.

Rule: asked at each connection. BlueZ keeps the characteristics of a bonded watch between links, and says
"changed" of their MTU only on the link that they were discovered on (seen with 5.66; `characteristic_create`
in its gatt-client.c): bleak, which listens only, has the figure of another link, or the least there is.
"""

import asyncio
import logging
from contextlib import suppress
from typing import Any

from bleak import BleakClient

# bluetoothd knows it; a busy one takes its time.
ASK_DEADLINE_S = 5.0

CHARACTERISTIC = "org.bluez.GattCharacteristic1"

log = logging.getLogger(__name__)


async def refresh_mtu(client: BleakClient) -> None:
    """Let bleak know what BlueZ says now; nothing on other systems, which tell bleak themselves.

    Never raises: without an answer the figure stays what it was.
    """
    places = _places(client)
    if not places:
        return
    try:
        async with asyncio.timeout(ASK_DEADLINE_S):
            mtu = await _asked(next(iter(places)))
    except Exception:  # whatever lies beneath D-Bus; the link's next operation tells it better
        log.debug("radio.mtu_unknown", exc_info=True)
        return
    for properties in places.values():
        properties["MTU"] = mtu


def _places(client: BleakClient) -> dict[str, dict[str, Any]]:
    """By each characteristic's path on D-Bus what bleak has of its properties; none if not BlueZ's."""
    with suppress(Exception):  # bleak raises when the link is gone already
        return dict(
            each.obj
            for each in client.services.characteristics.values()
            if isinstance(each.obj, tuple) and str(each.obj[0]).startswith("/org/bluez/")
        )
    return {}


async def _asked(path: str) -> int:
    # Linux only: they come with bleak's backend for BlueZ.
    from bleak.backends.bluezdbus.utils import assert_reply, get_dbus_authenticator
    from dbus_fast.aio import MessageBus
    from dbus_fast.constants import BusType
    from dbus_fast.message import Message

    bus = MessageBus(bus_type=BusType.SYSTEM, auth=get_dbus_authenticator())
    try:
        await bus.connect()
        reply = await bus.call(
            Message(
                destination="org.bluez",
                path=path,
                interface="org.freedesktop.DBus.Properties",
                member="Get",
                signature="ss",
                body=[CHARACTERISTIC, "MTU"],
            )
        )
        assert reply is not None
        assert_reply(reply)
        return int(reply.body[0].value)
    finally:
        # It wants this also when it could not connect.
        bus.disconnect()
