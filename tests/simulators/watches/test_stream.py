"""Section 5: the stream with its cursor and window."""

from hypothesis import given
from hypothesis import strategies as st

from wearsync_simulators.watches.flash import Flash
from wearsync_simulators.watches.frames import Lost, Records
from wearsync_simulators.watches.records import Battery, read_record, write_record
from wearsync_simulators.watches.stream import WINDOW_RECORDS, Stream

ROOM = 200


def flash_with(records: int, capacity: int = 1000) -> Flash:
    flash = Flash(None, new_id=lambda: 1, capacity=capacity)
    write(flash, records)
    return flash


def write(flash: Flash, records: int) -> None:
    for _ in range(records):
        flash.append(write_record(seq=flash.next_seq, boot=1, tick=0, body=Battery(50, charging=False)))


def told(frames: list[Lost | Records]) -> list[int | Lost]:
    """Sequence numbers, and LOST in its place."""
    out: list[int | Lost] = []
    for frame in frames:
        out += [frame] if isinstance(frame, Lost) else [read_record(raw).seq for raw in frame.raw]
    return out


def test_from_the_cursor_on_in_order() -> None:
    assert told(Stream(flash_with(9), cursor=4, room=ROOM).pump()) == [4, 5, 6, 7, 8, 9]


def test_nothing_is_sent_twice_and_new_records_follow() -> None:
    flash = flash_with(3)
    stream = Stream(flash, cursor=1, room=ROOM)
    assert told(stream.pump()) == [1, 2, 3]
    assert stream.pump() == []
    write(flash, 2)
    assert told(stream.pump()) == [4, 5]


def test_a_cursor_at_next_seq_waits_for_news() -> None:
    flash = flash_with(3)
    stream = Stream(flash, cursor=4, room=ROOM)
    assert stream.pump() == []
    write(flash, 1)
    assert told(stream.pump()) == [4]


def test_a_cursor_of_0_is_the_beginning() -> None:
    assert told(Stream(flash_with(2), cursor=0, room=ROOM).pump()) == [1, 2]


def test_what_was_overwritten_is_lost_in_its_place() -> None:
    assert told(Stream(flash_with(9, capacity=4), cursor=2, room=ROOM).pump()) == [Lost(2, 6), 6, 7, 8, 9]


def test_what_is_overwritten_meanwhile_is_lost_in_its_place() -> None:
    flash = flash_with(WINDOW_RECORDS + 1, capacity=WINDOW_RECORDS + 200)
    stream = Stream(flash, cursor=1, room=ROOM)
    assert told(stream.pump())[-1] == WINDOW_RECORDS
    write(flash, WINDOW_RECORDS + 300)
    assert stream.acked(WINDOW_RECORDS)
    assert told(stream.pump())[:2] == [Lost(WINDOW_RECORDS + 1, flash.first_seq), flash.first_seq]


def test_the_window_opens_with_the_acks() -> None:
    stream = Stream(flash_with(3 * WINDOW_RECORDS, capacity=4 * WINDOW_RECORDS), cursor=11, room=ROOM)
    assert told(stream.pump()) == list(range(11, 11 + WINDOW_RECORDS))
    assert stream.pump() == []
    assert stream.acked(20)
    assert told(stream.pump()) == list(range(11 + WINDOW_RECORDS, 21 + WINDOW_RECORDS))
    assert stream.acked(15), "an older ACK is no fault"
    assert stream.pump() == []


def test_a_loss_does_not_fill_the_window() -> None:
    stream = Stream(flash_with(1000, capacity=10), cursor=1, room=ROOM)
    assert told(stream.pump()) == [Lost(1, 991), *range(991, 1001)]
    assert stream.acked(990)


def test_a_loss_in_between_is_no_ack_of_what_came_before() -> None:
    flash = flash_with(3 * WINDOW_RECORDS, capacity=4 * WINDOW_RECORDS)
    assert flash.damage(20 / flash.next_seq) is not None
    stream = Stream(flash, cursor=1, room=ROOM)
    got = told(stream.pump())
    records = [each for each in got if not isinstance(each, Lost)]
    assert len(records) == WINDOW_RECORDS
    assert any(isinstance(each, Lost) for each in got)
    assert stream.acked(records[9])
    assert len(told(stream.pump())) == 10
    assert stream.acked(records[-1])
    assert len(told(stream.pump())) == WINDOW_RECORDS - 10


def test_an_ack_of_what_was_not_sent_is_none() -> None:
    stream = Stream(flash_with(9), cursor=1, room=ROOM)
    assert not stream.acked(1)
    stream.pump()
    assert stream.acked(9)
    assert not stream.acked(10)


@given(st.integers(1, 40), st.integers(1, 41), st.integers(52, 503), st.lists(st.integers(0, 5), max_size=20))
def test_a_host_that_acks_gets_all_once_and_no_frame_is_too_big(
    records: int, cursor: int, room: int, more: list[int]
) -> None:
    flash = flash_with(records)
    stream = Stream(flash, cursor=min(cursor, flash.next_seq), room=room)
    got: list[int | Lost] = []
    for count in [*more, 0]:
        write(flash, count)
        frames = stream.pump()
        assert all(sum(map(len, frame.raw)) <= room for frame in frames if isinstance(frame, Records))
        got += told(frames)
        if got:
            assert stream.acked(int(str(got[-1])))
    assert got == list(range(min(cursor, records + 1), flash.next_seq))
