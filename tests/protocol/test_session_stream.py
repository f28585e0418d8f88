"""The host's session, streaming: cursor, window, gaps, doubles, and when it has caught up."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol.meeting import ready, seqs, streaming
from tests.protocol.peer import READY, PaperWatch, worn
from tests.protocol.vectors import Entry, broken
from wearsync.errors import ProtocolError
from wearsync.messages import CaughtUp, RecordsLost
from wearsync.protocol.frames import (
    Ack,
    Lost,
    Pong,
    Records,
    UpFrame,
)
from wearsync.protocol.session import Transmit

# --- the stream ---


def test_records_in_order() -> None:
    watch = PaperWatch()
    session = streaming(watch, 3)
    assert seqs(session.receive(watch.says(worn(3)))) == [3]
    assert seqs(session.receive(watch.says(worn(4, 5)))) == [4, 5]
    session.acknowledge(5)
    assert seqs(session.receive(watch.says(worn(6)))) == [6]


def test_caught_up_stands_between_what_is_replayed_and_what_is_live() -> None:
    watch = PaperWatch()
    session = streaming(watch, 7)
    assert seqs(session.receive(watch.says(worn(7, 8, 9, 10)))) == [7, 8, "|", 9, 10]
    session.acknowledge(10)
    assert seqs(session.receive(watch.says(worn(11)))) == [11]


def test_caught_up_comes_with_the_last_one() -> None:
    watch = PaperWatch()
    session = streaming(watch, 7)
    assert seqs(session.receive(watch.says(worn(7, 8)))) == [7, 8, "|"]
    assert seqs(session.receive(watch.says(worn(9)))) == [9]


def test_caught_up_at_once_when_there_is_nothing() -> None:
    watch = PaperWatch()
    session = ready(watch)
    assert seqs(session.begin(9)) == ["Transmit", "|"]
    assert seqs(session.receive(watch.says(worn(9)))) == [9]


@pytest.mark.parametrize("cursor", [0, 10])
def test_a_cursor_outside_of_the_journal_is_a_fault_of_ours(cursor: int) -> None:
    with pytest.raises(RuntimeError, match=f"START at {cursor} in a journal that ends before 9"):
        ready(PaperWatch()).begin(cursor)


@pytest.mark.parametrize("entry", broken("stream"), ids=lambda entry: entry["name"])
def test_streams_of_the_vectors(entry: Entry) -> None:
    watch = PaperWatch()
    frame = dataclasses.replace(READY, next_seq=entry["next"], window=entry["window"])
    session = streaming(watch, entry["cursor"], frame)
    taken: list[int | str] = []
    then = "absorbed"
    for data in entry["frames"]:
        body = bytes.fromhex(data)
        up: UpFrame = (
            Records(body[1:])
            if body[0] == 0x83
            else Lost(int.from_bytes(body[1:5], "little"), int.from_bytes(body[5:], "little"))
        )
        try:
            taken += seqs(session.receive(watch.says(up)))
        except ProtocolError:
            then = "broken link"
    assert (taken, then) == (entry["taken"], entry["then"])


def test_what_was_before_the_cursor_may_be_said_to_be_durable_once() -> None:
    watch = PaperWatch()
    session = streaming(watch, 3)
    (ack,) = session.acknowledge(2)
    assert isinstance(ack, Transmit)
    assert watch.hears(ack.data) == Ack(2)
    assert session.acknowledge(2) == ()
    assert streaming(PaperWatch(), 1).acknowledge(0) == ()


def test_an_empty_journal() -> None:
    watch = PaperWatch()
    session = ready(watch, dataclasses.replace(READY, first_seq=1, next_seq=1, window=1))
    assert seqs(session.begin(1)) == ["Transmit", "|"]
    assert seqs(session.receive(watch.says(worn(1)))) == [1]


def test_lost_at_the_beginning_and_in_the_middle() -> None:
    watch = PaperWatch()
    session = streaming(watch, 2, dataclasses.replace(READY, first_seq=4, next_seq=90))
    assert session.receive(watch.says(Lost(2, 4))) == (RecordsLost(2, 4),)
    assert seqs(session.receive(watch.says(worn(4)))) == [4]
    assert session.receive(watch.says(Lost(5, 90))) == (RecordsLost(5, 90), CaughtUp())
    assert seqs(session.receive(watch.says(worn(90)))) == [90]


def test_what_is_lost_takes_no_room_in_the_window() -> None:
    watch = PaperWatch()
    session = streaming(watch, 1, dataclasses.replace(READY, first_seq=50, next_seq=90))
    session.receive(watch.says(Lost(1, 50)))
    assert seqs(session.receive(watch.says(worn(50, 51, 52, 53)))) == [50, 51, 52, 53]
    (ack,) = session.acknowledge(49)
    assert isinstance(ack, Transmit)
    assert watch.hears(ack.data) == Ack(49)
    with pytest.raises(ProtocolError, match="record 54 came, 5 behind the last ACK: the window is 4"):
        session.receive(watch.says(worn(54)))


def test_an_ack_opens_the_window() -> None:
    watch = PaperWatch()
    session = streaming(watch, 1, dataclasses.replace(READY, next_seq=900))
    for first in range(1, 400, 4):
        session.receive(watch.says(worn(*range(first, first + 4))))
        (ack,) = session.acknowledge(first + 3)
        assert isinstance(ack, Transmit)
        assert watch.hears(ack.data) == Ack(first + 3)


def test_the_same_ack_is_not_sent_twice_and_none_for_what_has_not_come() -> None:
    watch = PaperWatch()
    session = streaming(watch, 3)
    session.receive(watch.says(worn(3, 4)))
    assert len(session.acknowledge(4)) == 1
    assert session.acknowledge(4) == session.acknowledge(3) == session.acknowledge(2) == ()
    with pytest.raises(RuntimeError, match="ACK of 5, and 5 is the next to come"):
        session.acknowledge(5)


def test_whose_turn_it_is() -> None:
    watch = PaperWatch()
    assert not ready(PaperWatch()).awaits_records
    session = streaming(watch, 6)
    assert session.awaits_records
    session.receive(watch.says(worn(6, 7)))
    assert not session.awaits_records, "two wait for our ACK"
    session.acknowledge(6)
    assert not session.awaits_records
    session.acknowledge(7)
    assert session.awaits_records
    session.receive(watch.says(worn(8)))
    session.acknowledge(8)
    assert not session.awaits_records, "caught up: what comes now comes when it comes"


def test_records_that_can_not_be_read_break_the_link() -> None:
    watch = PaperWatch()
    with pytest.raises(ProtocolError, match="at byte 0 of RECORDS"):
        streaming(watch).receive(watch.says(Records(b"\x00")))


def test_pong_of_another_boot() -> None:
    watch = PaperWatch()
    session = streaming(watch)
    assert session.receive(watch.says(Pong(1, 7, 2, 3))) == (Pong(1, 7, 2, 3),)
    with pytest.raises(ProtocolError, match="PONG of boot 8 in a session with boot 7"):
        session.receive(watch.says(Pong(2, 8, 2, 3)))


@given(
    cursor=st.integers(1, 9),
    batches=st.lists(st.integers(1, 4), max_size=12),
    repeats=st.lists(st.booleans(), min_size=12, max_size=12),
)
def test_any_way_of_sending_the_journal_gives_it_once_and_in_order(
    cursor: int, batches: list[int], repeats: list[bool]
) -> None:
    watch = PaperWatch()
    session = ready(watch)
    heard = seqs(session.begin(cursor))[1:]
    position = cursor
    for count, repeat in zip(batches, repeats, strict=False):
        frame = worn(*range(position, position + count))
        heard += seqs(session.receive(watch.says(frame)))
        if repeat:
            assert session.receive(watch.says(frame)) == ()
        position += count
        session.acknowledge(position - 1)
    numbers = list(range(cursor, position))
    assert [each for each in heard if each != "|"] == numbers
    assert heard.count("|") == (position >= 9)
    assert "|" not in heard or heard.index("|") == 9 - cursor
