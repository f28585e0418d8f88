"""The driver of Bangle.js 2: an app of ours on the watch speaks the hold profile over the Nordic UART
(docs/watches/banglejs.md).

`session` is a connection with the app; `install` puts the app on the watch and takes it out.
"""

from collections.abc import Mapping

from wearsync.drivers.banglejs.serial_line import NUS_UUID
from wearsync.drivers.banglejs.session import BangleSession
from wearsync.drivers.base import Advertised, Capabilities, DriverSession, SessionOptions
from wearsync.model import LinkMode, Trust
from wearsync.protocol.gatt import SERVICE_UUID, read_advertised


class BangleDriver:
    """Watches with Espruino's firmware that are called Bangle.js."""

    name = "banglejs"
    title = "Bangle.js 2"
    # `scheduled`: Espruino says when a buzz's time is over, also when the motor is switched off.
    capabilities = Capabilities(
        acks="scheduled",
        felt=False,
        journal=True,
        cues_ahead=True,
        runs_alone=True,
        display="text",
        haptics="patterns",
        trust=Trust.KEY,
    )
    # The watch takes one connection, and a phone wants it too.
    link = LinkMode.VISIT
    service_uuids: tuple[str, ...] = (NUS_UUID,)
    name_prefixes: tuple[str, ...] = ("Bangle.js",)

    def advertised(self, service_data: Mapping[str, bytes]) -> Advertised:
        """The hold profile's byte, if the app advertises it; without it nothing is told."""
        data = service_data.get(SERVICE_UUID, b"")
        if not data:
            return Advertised()
        found = read_advertised(data)
        return Advertised(found.in_pairing_mode, wants_visit=found.has_news or found.asks_for_host)

    def session(self, options: SessionOptions) -> DriverSession:
        """A fresh session for a fresh link."""
        return BangleSession(options)
