"""What a host that is on the line gets done: sections 2, 5 and 8. Cues and steps have their own files."""

import struct

import pytest

from tests.simulators.watches.bench import Bench
from tests.simulators.watches.paper_host import ACK, CLOCK, HELLO, PING, START
from wearsync_simulators.watches.flash import Flash
from wearsync_simulators.watches.frames import ErrorTold, Lost, Pong, Ready
from wearsync_simulators.watches.records import ClockSet
from wearsync_simulators.watches.stream import WINDOW_RECORDS
from wearsync_simulators.watches.view import Press
from wearsync_simulators.watches.words import ErrorCode

UNIX_US = 1_700_000_000_000_000


def u32(value: int) -> bytes:
    return struct.pack("<I", value)


def test_ready_says_where_the_watch_stands() -> None:
    bench = Bench()
    bench.wait(1.5)
    bench.connect()
    ready = bench.said[0]
    assert isinstance(ready, Ready)
    assert (ready.journal_id, ready.boot, ready.tick, ready.first_seq, ready.next_seq) == (77, 1, 1500, 1, 3)
    assert (ready.window, ready.routine_id) == (WINDOW_RECORDS, 0)
    assert ready.cue_slots >= 16
    bench.routine()
    bench.say(HELLO, b"\x01\x01" + bytes(20))
    ready = bench.said[-1]
    assert isinstance(ready, Ready)
    assert ready.routine_id == 7


def test_records_come_as_they_happen() -> None:
    bench = Bench()
    bench.connect(cursor=2)
    assert list(bench.streamed()) == [2]
    bench.press(Press.SKIP)
    assert list(bench.streamed()) == [3]


def test_a_record_is_never_split_and_a_frame_fits_the_mtu() -> None:
    bench = Bench()
    for _ in range(20):
        bench.press(Press.SKIP)
    bench.connect(mtu=72)
    assert list(bench.streamed()) == list(range(1, 23))


def test_a_start_beyond_the_journal_is_not_now_and_ends_the_connection() -> None:
    bench = Bench()
    bench.connect(cursor=4)
    assert bench.error() == ErrorTold(ErrorCode.NOT_NOW, 3)
    assert bench.dropped
    bench = Bench()
    bench.connect(cursor=3)
    assert not bench.dropped


def test_what_was_overwritten_comes_as_lost() -> None:
    bench = Bench(flash=Flash(None, new_id=lambda: 5, capacity=4))
    for _ in range(8):
        bench.press(Press.SKIP)
    bench.connect(cursor=3)
    assert list(bench.streamed()) == [Lost(3, 7), 7, 8, 9, 10]


def test_an_ack_of_what_was_not_sent_is_not_now() -> None:
    bench = Bench()
    bench.connect()
    bench.say(ACK, u32(3))
    assert bench.error() == ErrorTold(ErrorCode.NOT_NOW, 4)


def test_only_ping_and_the_rest_after_start() -> None:
    bench = Bench()
    bench.watch.link_up(5000.0, 247)
    bench.say(HELLO, b"\x01\x01" + bytes(20))
    bench.say(PING, u32(1))
    assert bench.error() == ErrorTold(ErrorCode.NOT_NOW, 10)
    bench.say(START, u32(1))
    bench.say(PING, u32(1))
    assert isinstance(bench.said[-1], Pong)


@pytest.mark.parametrize("drift_ppm", [0, 1000])
def test_ping_and_the_clock(drift_ppm: float) -> None:
    bench = Bench(drift_ppm=drift_ppm)
    bench.connect()
    bench.told()
    bench.wait(10)
    tick = 10_000 + int(drift_ppm / 100)
    bench.say(PING, u32(42))
    assert bench.said[-1] == Pong(42, 1, tick, 0)
    bench.say(CLOCK, struct.pack("<qh", UNIX_US, 120))
    assert bench.told() == [ClockSet(0, UNIX_US)]
    bench.say(PING, u32(43))
    assert bench.said[-1] == Pong(43, 1, tick, UNIX_US)
    bench.say(CLOCK, struct.pack("<qh", UNIX_US + 5, 120))
    assert bench.told() == [ClockSet(UNIX_US, UNIX_US + 5)]


def test_hello_again_resets_the_stream() -> None:
    bench = Bench()
    bench.connect()
    assert list(bench.streamed()) == [1, 2]
    bench.say(HELLO, b"\x01\x01" + bytes(20))
    bench.press(Press.SKIP)
    assert list(bench.streamed()) == []
    bench.say(START, u32(1))
    assert list(bench.streamed()) == [1, 2, 3]
