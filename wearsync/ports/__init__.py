"""What the daemon asks of the world: radio, journal, publisher, clock, as protocols.

Rule: no implementation here. Adapters (`radio/`, `journal/`, `publish/`) satisfy these structurally; tests
and the simulated world bring others.
"""

from wearsync.ports.clock import Clock
from wearsync.ports.journal import (
    Amendment,
    Commit,
    CueRow,
    Entry,
    Erasure,
    Journal,
    LoggedInput,
    Notice,
    OutboxDepth,
    OutboxRow,
    Position,
    Progress,
    RecordConflict,
    StorageHealth,
    StoredHold,
    StoredRecord,
    StoredSession,
)
from wearsync.ports.publisher import BrokerSession, Incoming, Publisher
from wearsync.ports.radio import Link, PairingAgent, Radio, Sighting

__all__ = [
    "Amendment",
    "BrokerSession",
    "Clock",
    "Commit",
    "CueRow",
    "Entry",
    "Erasure",
    "Incoming",
    "Journal",
    "Link",
    "LoggedInput",
    "Notice",
    "OutboxDepth",
    "OutboxRow",
    "PairingAgent",
    "Position",
    "Progress",
    "Publisher",
    "Radio",
    "RecordConflict",
    "Sighting",
    "StorageHealth",
    "StoredHold",
    "StoredRecord",
    "StoredSession",
]
