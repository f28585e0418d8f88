"""What the daemon asks of the host's journal, and the values that it keeps there."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, Protocol

from wearsync.alert_codes import AlertCode
from wearsync.coordinator.dose import Ledger
from wearsync.messages import ClockSampled, Record
from wearsync.model import AwaySpan, HoldResult, SessionResult, Side, Stamp


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
    the handshake that it has just proven itself in. `away`: spans that begin or end, known by their first
    day; `back`: on that day all that this wearer had open before ends, whichever watch was told of it.
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
    away: tuple[AwaySpan, ...] = ()
    back: date | None = None
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
class Progress:
    """How something gets on. `busy`: it has work; `steps`: another number, if any was done since."""

    busy: bool
    steps: int


@dataclass(frozen=True, slots=True)
class Erasure:
    """What is to be deleted for good: of `wearer` (None: everybody), of local dates before `before` (None:
    all).
    """

    wearer: str | None = None
    before: date | None = None


@dataclass(frozen=True, slots=True)
class StoredHold:
    """A hold as it was recorded, and as it stands after the latest amendment (`amended_at` None: as it was);
    `void`: it was none.
    """

    wearer: str
    recorded: HoldResult
    stands: HoldResult
    amended_at: Stamp | None
    void: bool


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session."""

    wearer: str
    session: SessionResult


Entry = StoredHold | StoredSession


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

    async def ledger(self, wearer: str, since: date, until: date) -> Ledger:
        """What the wearer's days from `since` to `until` come to: kept by each commit, so that it costs the
        same after years.
        """

    async def sessions(self, wearer: str, since: date) -> tuple[SessionResult, ...]:
        """The wearer's sessions from that local date on."""

    async def wearers(self) -> tuple[str, ...]:
        """Everybody with a hold or a session."""

    def entries(self, wearer: str | None, since: date, until: date) -> AsyncIterator[tuple[Entry, ...]]:
        """All holds and sessions of these local dates (`wearer` None: of everybody), page by page, as they
        stood when the first was asked for, however long that takes. Raises `StorageError`, also when
        something is deleted meanwhile.
        """

    async def outbox(self, after_row: int, limit: int, *, on: bool = False) -> tuple[OutboxRow, ...]:
        """Waiting events after that row, in order. `on`: some that were read before are not settled yet;
        raises `StorageError` if the journal was recovered since: their row ids tell nothing any more.
        """

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
