"""A watch's link as people see it.

Rule: nothing is decided by it; what it says was seen or heard.
"""

from dataclasses import dataclass

from wearsync.model import LinkState, Trust


@dataclass(frozen=True, slots=True)
class LinkView:
    """The link as people see it. `trust` None: not known before the first link. `rssi`: in dBm, of the
    advertisement that the latest link was made by: a connected watch advertises no more, and no adapter tells
    the strength of a connection. `app`: the version of our app on the watch, where it has one.
    """

    state: LinkState = "searching"
    reason: str = ""
    trust: Trust | None = None
    clock_offset_ms: int | None = None
    last_heard_ms: int | None = None
    rssi: int | None = None
    app: str | None = None
