"""The driver of PineTime watches with InfiniTime as it is: the host plays the watch (`drivers/hosted/`), the
music app is display and buttons, a notification is a cue. docs/watches/infinitime.md.
"""

from collections.abc import Mapping

from wearsync.drivers.base import Advertised, Capabilities, DriverSession, SessionOptions
from wearsync.drivers.infinitime.session import InfiniTimeSession
from wearsync.model import LinkMode, Trust


class InfiniTimeDriver:
    """Watches that call themselves InfiniTime; they advertise no service of their own kind."""

    name = "infinitime"
    title = "InfiniTime"
    capabilities = Capabilities(
        acks="none",
        felt=False,
        journal=False,
        cues_ahead=False,
        runs_alone=False,
        display="music",
        haptics="single",
        trust=Trust.BOND,
    )
    link = LinkMode.ALWAYS
    service_uuids: tuple[str, ...] = ()
    name_prefixes: tuple[str, ...] = ("InfiniTime",)

    def advertised(self, service_data: Mapping[str, bytes]) -> Advertised:
        """It has no pairing mode, and no news to be fetched."""
        return Advertised()

    def session(self, options: SessionOptions) -> DriverSession:
        """A fresh session for a fresh link."""
        return InfiniTimeSession(options)
