"""The driver interface: a session with one kind of watch, without I/O.

Rule: `step(event, now_ms)` takes what happened and returns what to do; the shell (`daemon/link_runner.py`)
carries the outputs out in order, one operation at a time, and feeds back an `OperationDone` for each `Read`,
`Write`, `Subscribe` and `Bond`.
Times are host milliseconds (`Stamp.host_ms`). A driver whose watch has ticks samples its clock before it
passes on any record.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from wearsync.messages import Down, Up
from wearsync.model import LinkMode, Trust

# A characteristic, by UUID, or by handle where a watch has one UUID twice (InfiniTime).
Attribute = str | int


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a family of watches can do; people are told, and the conformance kit asks for no more.

    `acks`: the motor ran, the buzz was queued, or no word on cues at all. `felt`: the wearer can confirm a
    cue. `journal`: records outlive the link (without: the driver numbers them itself, and an absence is a
    gap). `cues_ahead`: the watch plays cues by its own clock (without: the driver sends each just in time).
    `runs_alone`: it knows the routine. `display`: text of ours, fields of a music player, or none. `haptics`:
    the patterns of the profile, or one fixed pulse. `trust`: at best.
    """

    acks: Literal["motor", "scheduled", "none"]
    felt: bool
    journal: bool
    cues_ahead: bool
    runs_alone: bool
    display: Literal["text", "music", "none"]
    haptics: Literal["patterns", "single"]
    trust: Trust


@dataclass(frozen=True, slots=True)
class Characteristic:
    """One characteristic of the connected watch; UUIDs in full and small letters."""

    service: str
    uuid: str
    handle: int


@dataclass(frozen=True, slots=True)
class Advertised:
    """What a watch says of itself while it is not connected. `pairing` None: this family does not tell."""

    pairing: bool | None = None
    wants_visit: bool = False


@dataclass(frozen=True, slots=True)
class Connected:
    """The link is up and its services are known. `entropy`: 32 fresh random bytes, for nonces."""

    mtu: int
    entropy: bytes
    characteristics: tuple[Characteristic, ...] = ()


@dataclass(frozen=True, slots=True)
class Received:
    """A notification."""

    attribute: Attribute
    data: bytes


@dataclass(frozen=True, slots=True)
class OperationDone:
    """The operation is done. `data` of a Read; `error`: why it failed, as one line, None if it did not."""

    operation: "Read | Write | Subscribe | Bond"
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
class Bond:
    """Pair on the level of Bluetooth; the person is asked what there is to ask. A refusal ends the link.

    A key is handed over only to a watch that has bonded on this link. `needs_code`: this watch can show a
    code, so a bond without one (Just Works) is refused.
    """

    needs_code: bool = True


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


DriverOutput = Read | Write | Subscribe | Bond | Disconnect | Message | Deadline


class DriverSession(Protocol):
    """One connection with one watch. Made anew for each link."""

    def step(self, event: DriverEvent, now_ms: int) -> tuple[DriverOutput, ...]:
        """Take what happened, return what to do."""


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """What a driver session is told at its birth. `keys`: by watch id (hex); `lab`: take open watches.

    `seen_nonces`: of this watch's last handshakes, none of which may come again. `address`: where the link
    goes, for watches that have no other identity. `pairing`: the session introduces the watch
    (`messages.Introduced`) and goes on when it is told to `messages.Pair`.
    """

    keys: Mapping[str, bytes] = field(repr=False)
    watch_id: str | None
    lab: bool = False
    seen_nonces: tuple[bytes, ...] = ()
    address: str = ""
    pairing: bool = False


class Driver(Protocol):
    """A family of watches. `title`: its name for people; `link`: the mode that suits it. A watch is known by
    how its name begins, where there are `name_prefixes` (its services may be everybody's), else by one of the
    `service_uuids` that it advertises.
    """

    name: str
    title: str
    capabilities: Capabilities
    link: LinkMode
    service_uuids: tuple[str, ...]
    name_prefixes: tuple[str, ...]

    def advertised(self, service_data: Mapping[str, bytes]) -> Advertised:
        """Read what it advertises, by service UUID."""

    def session(self, options: SessionOptions) -> DriverSession:
        """A fresh session for a fresh link."""
