"""What the daemon asks of the world: radio, journal, publisher, clock, as protocols.

Rule: no implementation here. Adapters (`radio/`, `journal/`, `publish/`) satisfy these structurally; tests
and the simulated world bring others.
"""

from wearsync.ports.clock import Clock
from wearsync.ports.journal import (
    Amendment,
    Commit,
    CueRow,
    Erasure,
    Journal,
    LoggedInput,
    Notice,
    OutboxDepth,
    OutboxRow,
    Position,
    RecordConflict,
    StorageHealth,
    StoredRecord,
)
from wearsync.ports.publisher import BrokerSession, Incoming, Publisher
from wearsync.ports.radio import Link, PairingAgent, Radio, Sighting

__all__ = [
    "Amendment",
    "BrokerSession",
    "Clock",
    "Commit",
    "CueRow",
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
    "Publisher",
    "Radio",
    "RecordConflict",
    "Sighting",
    "StorageHealth",
    "StoredRecord",
]
