"""The driver interface: a session with one kind of watch, without I/O.

Rule: `step(event, now_ms)` takes what happened and returns what to do; the shell (`daemon/link_runner.py`)
carries the outputs out in order, one operation at a time, and feeds back an `OperationDone` for each `Read`,
`Write` and `Subscribe`.
Times are host milliseconds (`Stamp.host_ms`). A driver whose watch has ticks samples its clock before it
passes on any record.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from wearsync.messages import Down, Up
from wearsync.model import Trust

# A characteristic, by UUID, or by handle where a watch has one UUID twice (InfiniTime).
Attribute = str | int


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a family of watches can do; the coordinator degrades by it, and people are told."""

    acks: Literal["motor", "scheduled", "none"]
    felt: bool
    journal: bool
    cues_ahead: bool
    runs_alone: bool
    trust: Trust


@dataclass(frozen=True, slots=True)
class Connected:
    """The link is up and its services are known. `entropy`: 32 fresh random bytes, for nonces."""

    mtu: int
    entropy: bytes


@dataclass(frozen=True, slots=True)
class Received:
    """A notification."""

    attribute: Attribute
    data: bytes


@dataclass(frozen=True, slots=True)
class OperationDone:
    """The operation is done. `data` of a Read; `error`: why it failed, as one line, None if it did not."""

    operation: "Read | Write | Subscribe"
    data: bytes = b""
    error: str | None = None


@dataclass(frozen=True, slots=True)
class DeadlineReached:
    """The time of the last `Deadline` output has come."""


@dataclass(frozen=True, slots=True)
class Send:
    """The host has something to say to the watch."""

    message: Down


DriverEvent = Connected | Received | OperationDone | DeadlineReached | Send


@dataclass(frozen=True, slots=True)
class Read:
    """Read a characteristic."""

    attribute: Attribute


@dataclass(frozen=True, slots=True)
class Write:
    """Write a characteristic, with response."""

    attribute: Attribute
    data: bytes


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Switch its notifications on."""

    attribute: Attribute


@dataclass(frozen=True, slots=True)
class Disconnect:
    """Drop the link. `fault`: whose, decides what the shell does next (`none`: on purpose; `unfit`, `trust`:
    slow retry).
    """

    reason: str
    fault: Literal["none", "link", "unfit", "trust"]


@dataclass(frozen=True, slots=True)
class Message:
    """The watch has said something."""

    message: Up


@dataclass(frozen=True, slots=True)
class Deadline:
    """Wake the session at this host time; replaces the one before; None: no need to."""

    at_ms: int | None


DriverOutput = Read | Write | Subscribe | Disconnect | Message | Deadline


class DriverSession(Protocol):
    """One connection with one watch. Made anew for each link."""

    def step(self, event: DriverEvent, now_ms: int) -> tuple[DriverOutput, ...]:
        """Take what happened, return what to do."""


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """What a driver session is told at its birth. `keys`: by watch id (hex); `lab`: take open watches.

    `seen_nonces`: of this watch's last handshakes, none of which may come again.
    """

    keys: Mapping[str, bytes]
    watch_id: str | None
    lab: bool = False
    seen_nonces: tuple[bytes, ...] = ()


class Driver(Protocol):
    """A family of watches."""

    name: str
    capabilities: Capabilities
    service_uuids: tuple[str, ...]

    def session(self, options: SessionOptions) -> DriverSession:
        """A fresh session for a fresh link."""
