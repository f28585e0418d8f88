"""What the daemon answers to a call, and the events of those that take their time.

Rule: models only, no I/O; those that belong to no other package stand here.
"""

from pydantic import Field

from wearsync.model import Border, Trust


class Done(Border):
    """It is done; `text`: one sentence for the person, if there is something to say."""

    text: str = ""


class WatchStatus(Border):
    """One configured watch. `link`: connected, searching, idle, no_adapter …;
    `last_heard_s` ago, None never; `clock_off_ms`: the watch's clock minus ours, None: not known.
    """

    name: str
    watch_id: str
    driver: str
    wearer: str
    link: str
    trust: Trust | None
    phase: str
    battery_percent: int | None = None
    last_heard_s: float | None = None
    clock_off_ms: int | None = None


class StatusResult(Border):
    """The daemon and what it holds on to. `outbox`: events that wait for the broker, the oldest since
    `outbox_oldest_s`; `outbox_parked`: refused by it for good.
    """

    version: str
    pid: int
    site: str
    radio: str
    broker: str
    outbox: int
    outbox_oldest_s: float | None = None
    outbox_parked: int = 0
    watches: tuple[WatchStatus, ...]


class SeenWatch(Border):
    """Something that advertises. `known`: the name of a watch that we have; `driver`:
    of a family that we know.
    """

    name: str
    address: str
    rssi: int
    driver: str | None = None
    known: str | None = None
    pairing: bool = False


class ScanResult(Border):
    """Best signal first."""

    watches: tuple[SeenWatch, ...]


class Progress(Border):
    """A step of something that takes its time, as an event; for the person. `percent`: how far it is;
    `paired`: the name of a watch that is theirs from now on, whatever comes.
    """

    text: str
    percent: int | None = Field(default=None, ge=0, le=100)
    paired: str | None = None


class LiveState(Border):
    """One watch's state, as an event of `live`; both are the JSON of docs/mqtt.md."""

    watch: str
    state: str
    summary: str
    watches: tuple[str, ...]
    """The names of all that are looked at: others have been renamed or forgotten."""


class HoldsResult(Border):
    """In order of their start; each is the JSON of docs/mqtt.md."""

    wearer: str
    holds: tuple[str, ...]


class BackupResult(Border):
    """A copy of the journal."""

    path: str
    bytes: int


class PairResult(Border):
    """The new watch. `buzz`: what the watch says of the test buzz; `felt`: what the person says, None: nobody
    did. `clock_was_off_ms`, `clock_off_ms`: its clock minus ours, before it was set and as read back;
    `routine_stored`; each None: not known. `quiz_right`: of three, None: there was no quiz.
    """

    name: str
    watch_id: str
    address: str
    wearer: str
    trust: Trust
    buzz: str
    felt: bool | None = None
    clock_was_off_ms: int | None = None
    clock_off_ms: int | None = None
    routine_stored: bool | None = None
    quiz_right: int | None = None


# What becomes of the daemon when the file is refused.
KEPT = "the daemon goes on with what it had"


class ReloadResult(Border):
    """What was read from `file`, in words: what holds at once, which watches follow when their session is
    over, and what does not hold before the daemon's next start.
    """

    file: str
    changed: tuple[str, ...]
    after_session: tuple[str, ...]
    at_next_start: tuple[str, ...]


class PageResult(Border):
    """The page. `here`: its address on this computer; `elsewhere`: on others of the network, the best first;
    `token`: what it asks for, None: nothing; `secure`: by https.
    """

    here: str
    elsewhere: tuple[str, ...]
    token: str | None = Field(default=None, repr=False)
    secure: bool
