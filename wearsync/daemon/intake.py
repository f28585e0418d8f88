"""Records that have arrived, taken in: where they belong, when they happened, what is missing.

Rule: pure bookkeeping over one link's stream; nothing here is durable yet.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from wearsync.coordinator.events import RecordSeen
from wearsync.daemon.boots import BootClocks
from wearsync.messages import RecordsArrived, RecordsLost
from wearsync.model import RecordKey
from wearsync.ports import Clock, Commit, Position, StoredRecord


@dataclass(frozen=True, slots=True)
class Taken:
    """What came: `commit` with records, gaps and cursor, `events` for the coordinator, and the `position`
    that holds once they are durable.
    """

    commit: Commit
    events: tuple[RecordSeen, ...]
    position: Position


def take_in(
    messages: Iterable[RecordsArrived | RecordsLost],
    *,
    commit: Commit,
    position: Position,
    boots: BootClocks,
    clock: Clock,
    live: bool,
) -> Taken:
    """Take these in, in order. `commit`: an empty one of the watch; `live`: it had caught up before."""
    messages = tuple(messages)
    now = clock.now()
    # First, for a clock that was set late in a boot dates what that boot had recorded before, too.
    for message in messages:
        for record in message.records if isinstance(message, RecordsArrived) else ():
            boots.learn(record, now)
    stored: list[StoredRecord] = []
    gaps: list[tuple[int, int]] = []
    events: list[RecordSeen] = []
    cursor = position.cursor
    for message in messages:
        if isinstance(message, RecordsLost):
            gaps.append((message.from_seq, message.next_seq))
            cursor = message.next_seq
            continue
        for record in message.records:
            stamp = boots.stamp(record, clock)
            stored.append(StoredRecord(position.journal, record, stamp))
            key = RecordKey(commit.watch_id, position.journal, record.seq)
            events.append(RecordSeen(key, record.boot, record.tick_ms, record.body, stamp, live))
            cursor = record.seq + 1
    whole = replace(commit, journal=position.journal, cursor=cursor, records=tuple(stored), gaps=tuple(gaps))
    return Taken(whole, tuple(events), replace(position, cursor=cursor))
