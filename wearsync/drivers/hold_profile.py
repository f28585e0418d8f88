"""The driver of watches that speak the hold profile itself, on a GATT service of its own
(docs/hold-profile.md).
"""

from collections.abc import Mapping

from wearsync.drivers.base import Advertised, Capabilities, DriverSession, SessionOptions
from wearsync.drivers.profile_session import HoldProfileSession
from wearsync.model import LinkMode, Trust
from wearsync.protocol.gatt import SERVICE_UUID, read_advertised


class HoldProfileDriver:
    """Watches that advertise the hold profile's service."""

    name = "wearsync"
    title = "hold profile"
    capabilities = Capabilities(
        acks="motor",
        felt=True,
        journal=True,
        cues_ahead=True,
        runs_alone=True,
        display="text",
        haptics="patterns",
        trust=Trust.KEY,
    )
    link = LinkMode.ALWAYS
    service_uuids: tuple[str, ...] = (SERVICE_UUID,)
    name_prefixes: tuple[str, ...] = ()

    def advertised(self, service_data: Mapping[str, bytes]) -> Advertised:
        """The byte in the scan response."""
        found = read_advertised(service_data.get(SERVICE_UUID, b""))
        return Advertised(found.in_pairing_mode, wants_visit=found.has_news or found.asks_for_host)

    def session(self, options: SessionOptions) -> DriverSession:
        """A fresh session for a fresh link."""
        return HoldProfileSession(options)
