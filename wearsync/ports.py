"""What the daemon asks of the world: radio, journal, publisher, clock, as protocols.

Rule: no implementation here. Adapters (`radio/`, `journal/`, `publish/`) satisfy these structurally; tests
and the simulated world bring others.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal, Protocol

from wearsync.alert_codes import AlertCode
from wearsync.drivers.base import Attribute, Characteristic
from wearsync.messages import ClockSampled, Record
from wearsync.model import HoldResult, SessionResult, Side, Stamp

# --- clock --------------------------------------------------------------------------------------------------


class Clock(Protocol):
    """The only source of time."""

    def now(self) -> Stamp:
        """This instant; `host_ms` carries on over restarts and never steps back."""

    def at(self, host_ms: int, error_ms: int = 0) -> Stamp:
        """The stamp of another host time: its wall label by today's relation of the two, its local offset by
        the zone.
        """


# --- radio --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sighting:
    """A watch that was seen. `device` is the adapter's own handle of it; `service_data` by service UUID;
    `rssi` in dBm.
    """

    address: str
    name: str
    rssi: int
    service_uuids: tuple[str, ...]
    service_data: Mapping[str, bytes]
    device: object = field(compare=False, repr=False)


class Link(Protocol):
    """One connection. Each operation has a deadline of its own and raises `LinkLost`, `TryAgain`,
    `UnfitWatch` or `TrustError`.
    """

    @property
    def mtu(self) -> int:
        """The ATT MTU in bytes."""

    @property
    def characteristics(self) -> tuple[Characteristic, ...]:
        """What it has, in the order of handles; none once the link is gone."""

    async def read(self, attribute: Attribute) -> bytes:
        """Read a characteristic."""

    async def write(self, attribute: Attribute, data: bytes) -> None:
        """Write with response."""

    async def subscribe(self, attribute: Attribute, received: Callable[[bytes], None]) -> None:
        """Switch notifications on; `received` is called on the loop for each."""

    async def pair(self) -> None:
        """Bond with the watch; the radio's agent asks the person. Raises `TrustError` when refused."""

    async def wait_lost(self) -> str:
        """Return why, once the link is gone."""

    async def disconnect(self) -> None:
        """Let go; never raises."""


class PairingAgent(Protocol):
    """The person, asked while a bond is made."""

    async def confirm_number(self, number: int) -> bool:
        """Does the watch show these six digits?"""

    async def passkey(self) -> int | None:
        """The six digits that the watch shows; None: given up."""

    async def confirm_just_works(self) -> bool:
        """Go on without any code (a watch without a display)?"""


class Radio(Protocol):
    """The host's adapter."""

    async def scan(
        self, duration_s: float, found: Callable[[Sighting], None] | None = None
    ) -> tuple[Sighting, ...]:
        """Everything that advertises, best signal first; `found` is told of each at once. Raises
        `RadioUnavailable`.
        """

    async def find(self, address: str, timeout_s: float) -> Sighting | None:
        """Wait for that address to advertise; None: not seen in time."""

    async def connect(self, sighting: Sighting) -> Link:
        """A fresh link, services discovered. Raises `TryAgain`, `UnfitWatch`, `TrustError`,
        `RadioUnavailable`.
        """

    def set_agent(self, agent: PairingAgent | None) -> None:
        """Who answers while pairing; None refuses."""

    async def forget(self, address: str) -> None:
        """Remove the bond with that address, if there is one."""

    async def close(self) -> None:
        """Let the adapter go."""


# --- journal ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record with its journal's name and its stamp, fixed at ingest (None: the clock was not known)."""

    journal: str
    record: Record
    stamp: Stamp | None


@dataclass(frozen=True, slots=True)
class LoggedInput:
    """One input of the coordinator, as JSON (`coordinator.log`), with the host time that it was taken at."""

    host_ms: int
    payload: str


@dataclass(frozen=True, slots=True)
class CueRow:
    """A cue as the host sees it; `result` None: no word yet. `boot` and `due_ms` None: as they were."""

    cue_id: int
    session: int
    cue: str
    boot: int | None
    due_ms: int | None
    attempts: int
    result: str | None


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """An event on its way to the broker. `event_id` is unique for ever; `topic` without the base."""

    event_id: str
    topic: str
    payload: str
    host_ms: int
    row_id: int = 0


@dataclass(frozen=True, slots=True)
class Commit:
    """All that one step changes, for one transaction. `cursor`: the next sequence number wanted of `journal`.

    `checkpoint`: the coordinator's state as JSON, when it stands alone (then older inputs are not needed to
    fold it). `opening`: a position that is not `known` yet, opened by this commit. `nonce`: the watch's, of
    the handshake that it has just proven itself in.
    """

    watch_id: str
    wearer: str
    opening: "Position | None" = None
    nonce: bytes | None = None
    journal: str | None = None
    cursor: int | None = None
    records: tuple[StoredRecord, ...] = ()
    gaps: tuple[tuple[int, int], ...] = ()
    inputs: tuple[LoggedInput, ...] = ()
    checkpoint: str | None = None
    cues: tuple[CueRow, ...] = ()
    holds: tuple[HoldResult, ...] = ()
    sessions: tuple[SessionResult, ...] = ()
    amendments: tuple["Amendment", ...] = ()
    outbox: tuple[OutboxRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Amendment:
    """A correction of one hold, appended: the latest one of a hold stands. `side`, `credited_s` None: as they
    were; `void`: that hold was none.
    """

    event_id: str
    amends: str
    side: Side | None
    credited_s: float | None
    void: bool
    at: Stamp


@dataclass(frozen=True, slots=True)
class Position:
    """Where a watch's journal stands on this host: `cursor` is the next sequence number wanted of `journal`,
    which is the local epoch `epoch` of the watch's `journal_id`.

    `news`: `known` here; or to be opened by `Commit.opening`: the `first` journal of this watch, `another`
    one (the watch was reset; the old one stays), or an `epoch`, because the watch's journal went back.
    """

    journal: str
    cursor: int
    journal_id: int
    epoch: int
    news: Literal["known", "first", "another", "epoch"]


@dataclass(frozen=True, slots=True)
class OutboxDepth:
    """Events that wait, and since when the oldest does (host ms, None: none); `parked`: refused by the
    broker; `dropped`: telemetry that had to go because too much was waiting.
    """

    waiting: int
    oldest_ms: int | None
    parked: int
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Notice:
    """Something about the journal that people should know, told as an alert."""

    code: AlertCode
    text: str


@dataclass(frozen=True, slots=True)
class StorageHealth:
    """How the journal's storage does. `state`: `full` while the disk has no room, `failing` while it can't be
    read or written; `reason`: one line, "" when ok. `commit_ms`: median of the latest commits, None before
    the first.
    """

    state: Literal["ok", "full", "failing"]
    reason: str = ""
    commit_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Erasure:
    """What is to be deleted for good: of `wearer` (None: everybody), of local dates before `before` (None:
    all).
    """

    wearer: str | None = None
    before: date | None = None


@dataclass(frozen=True, slots=True)
class RecordConflict:
    """A record that came again with other content: quarantined, neither is overwritten."""

    journal: str
    seq: int


class Journal(Protocol):
    """The host's journal. All methods raise `StorageError`."""

    @property
    def health(self) -> StorageHealth:
        """By the latest calls."""

    @property
    def unclean(self) -> bool:
        """Whether the last process ended without closing it: then `check` is worth its time."""

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What was found, or had to be done, when the journal was opened."""

    async def position(self, watch_id: str, journal_id: int, first_seq: int, next_seq: int) -> Position:
        """The cursor for that journal, or where a new one, or a local epoch of it, is to begin; opens nothing
        (`Commit.opening`).
        """

    async def nonces(self, watch_id: str) -> tuple[bytes, ...]:
        """The watch's nonces of its last handshakes, newest last."""

    async def load(self, watch_id: str) -> tuple[str | None, tuple[LoggedInput, ...]]:
        """The last checkpoint and the inputs after it, to fold."""

    async def last_clock(self, watch_id: str) -> tuple[ClockSampled, int] | None:
        """How the newest record's boot stands to host time, by its stamp, and that stamp's Unix time, ms;
        None: it has none. What the watch has written since begins in that boot.
        """

    async def commit(self, commit: Commit) -> tuple[RecordConflict, ...]:
        """One transaction, durable on return. Rows with a known key are absorbed; same key, other content:
        quarantined, and returned.
        """

    async def holds(self, wearer: str, since: date) -> tuple[HoldResult, ...]:
        """The wearer's holds from that local date on, in order of their start, as amended; without those that
        were none.
        """

    async def hold(self, event_id: str) -> tuple[str, HoldResult] | None:
        """The wearer and the hold of that id, or of an amendment's, as amended; None: there is none (or it
        was none).
        """

    async def check(self) -> Notice | None:
        """Look through the whole file for damage, without holding up others for long; None: it is sound."""

    async def backup(self, path: Path) -> None:
        """A whole copy of the journal as it stands now, mode 0600, under that name only when it is
        complete. Raises `StorageError`.
        """

    async def erase(self, erasure: Erasure) -> int:
        """Delete holds, sessions, records and all that tells of them, for good: afterwards their bytes are in
        no file of the journal, and its copies are gone. Gives how many holds and sessions; what an end of
        the process interrupts goes on when the journal is opened next. Raises `UsageError` while a session of
        theirs goes on.
        """

    async def sessions(self, wearer: str, since: date) -> tuple[SessionResult, ...]:
        """The wearer's sessions from that local date on."""

    async def outbox(self, after_row: int, limit: int) -> tuple[OutboxRow, ...]:
        """Waiting events after that row, in order."""

    async def outbox_sent(self, row_ids: tuple[int, ...]) -> None:
        """The broker has them."""

    async def outbox_parked(self, row_id: int, reason: str) -> None:
        """The broker refuses this one: set aside, the queue goes on."""

    async def outbox_resend(self, since: str | None) -> int:
        """Sent and parked events after the one with that id (None: all that are kept) wait again; gives how
        many. Raises `UsageError` for an unknown id.
        """

    async def outbox_depth(self) -> OutboxDepth:
        """How much waits."""

    async def host_time(self) -> tuple[int, int] | None:
        """The greatest (host_ms, unix_ms) that was committed; None in a new journal."""

    async def close(self) -> None:
        """Checkpoint and close."""


# --- publisher ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message on a command topic; `topic` without the base."""

    topic: str
    payload: bytes
    retained: bool


class BrokerSession(Protocol):
    """One connection to the broker; ends by raising `BrokerUnavailable` from whatever is awaited."""

    async def publish(self, topic: str, payload: str, *, retain: bool, qos: int) -> str | None:
        """Topic without the base. None once the broker has it, else its refusal (ACL, quota, size)."""

    def incoming(self) -> AsyncIterator[Incoming]:
        """Messages on the subscribed topics, while the connection lives."""


class Publisher(Protocol):
    """The way to the broker."""

    def connect(self) -> AbstractAsyncContextManager[BrokerSession]:
        """A fresh client, will set, subscribed. Raises `BrokerUnavailable`, `ConfigError` (credentials that
        can't be used).
        """
