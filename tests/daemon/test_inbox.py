"""What waits for a turn: in order, bounded, in batches that a transaction can take."""

from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.daemon.inbox import BATCH_MAX, INBOX_MAX, Inbox
from wearsync.messages import Record, RecordsArrived, Unknown


def records(count: int) -> RecordsArrived:
    return RecordsArrived(tuple(Record(seq, 1, seq, Unknown(9), b"") for seq in range(count)))


@in_virtual_time
async def test_what_is_there_comes_at_once_and_in_order() -> None:
    inbox: Inbox[int] = Inbox()
    assert all(inbox.put(number) for number in range(3))
    assert await inbox.batch() == [0, 1, 2]
    inbox.put(3)
    assert await inbox.batch() == [3]


@in_virtual_time
async def test_who_does_not_fit_in_is_told() -> None:
    inbox: Inbox[int] = Inbox()
    assert [inbox.put(number) for number in range(INBOX_MAX + 2)] == [True] * INBOX_MAX + [False] * 2
    assert len(await inbox.batch()) == BATCH_MAX
    assert inbox.put(7)


@in_virtual_time
async def test_records_weigh_what_they_are() -> None:
    inbox: Inbox[object] = Inbox()
    frames = [records(36) for _ in range(20)]
    for frame in frames:
        inbox.put(frame)
    first = await inbox.batch()
    assert first == frames[:8]
    assert BATCH_MAX <= 8 * 36 < BATCH_MAX + 36
    inbox.put(records(10_000))
    assert len(await inbox.batch()) == 8
