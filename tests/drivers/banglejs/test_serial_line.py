"""The serial line: packets, one at a time, and none while the watch has said XOFF."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wearsync.drivers.banglejs.serial_line import (
    LINES_WAITING_MAX,
    RX_UUID,
    XOFF_DEADLINE_MS,
    SerialLine,
)
from wearsync.drivers.base import Write
from wearsync.errors import LinkLost


def drained(line: SerialLine) -> list[bytes]:
    """All packets that it gives, each done before the next."""
    packets = []
    while writes := line.advance():
        (write,) = writes
        assert write.attribute == RX_UUID
        assert line.advance() == (), "one at a time"
        packets.append(write.data)
        line.done()
    return packets


@pytest.mark.parametrize(("mtu", "packet_bytes"), [(23, 20), (20, 20), (72, 69), (131, 128), (517, 128)])
def test_packets_are_what_link_and_watch_carry(mtu: int, packet_bytes: int) -> None:
    line = SerialLine()
    line.fit(mtu)
    line.put(bytes(300))
    sizes = [len(each) for each in drained(line)]
    assert set(sizes[:-1]) == {packet_bytes}
    assert sum(sizes) == 300
    assert line.is_empty


def test_a_line_is_done_with_its_last_packet() -> None:
    line = SerialLine()
    for each in (b"a" * 50, b"b" * 20):
        line.put(each)
    done = []
    while line.advance():
        done.append(line.done())
    assert done == [False, False, True, True]


@given(
    lines=st.lists(st.binary(min_size=1, max_size=90), max_size=6),
    flow=st.lists(st.sampled_from([b"\x13", b"\x11", b"noise", b"\x11\x13", b"\x13\x11"]), max_size=30),
)
def test_nothing_is_sent_between_xoff_and_xon_and_nothing_is_lost(
    lines: list[bytes], flow: list[bytes]
) -> None:
    line = SerialLine()
    for each in lines:
        line.put(each)
    stopped, packets = False, []
    for data in flow:
        line.receive(data, 0)
        stopped = {b"\x13": True, b"\x11": False, b"\x11\x13": True, b"\x13\x11": False}.get(data, stopped)
        for write in line.advance():
            assert not stopped
            packets.append(write.data)
            line.done()
    line.receive(b"\x11", 0)
    assert b"".join(packets + drained(line)) == b"".join(lines)


def test_a_packet_under_way_at_xoff_is_the_last_before_xon() -> None:
    line = SerialLine()
    line.put(bytes(40))
    assert line.advance() == (Write(RX_UUID, bytes(20)),)
    line.receive(b"\x13", 0)
    assert line.done() is False
    assert line.advance() == ()
    line.receive(b"\x11", 0)
    assert line.advance() == (Write(RX_UUID, bytes(20)),)


def test_xoff_has_a_deadline() -> None:
    line = SerialLine()
    assert line.deadline_ms is None
    line.check(0)
    line.receive(b"\x13", 1_000)
    line.receive(b"\x13", 9_000)
    assert line.deadline_ms == 1_000 + XOFF_DEADLINE_MS
    line.check(1_000 + XOFF_DEADLINE_MS - 1)
    line.receive(b"\x11\x13", 10_000)
    line.check(1_000 + XOFF_DEADLINE_MS)
    with pytest.raises(LinkLost, match="the watch has taken nothing for 20 s"):
        line.check(10_000 + XOFF_DEADLINE_MS)


def test_too_many_lines_are_a_link_that_takes_nothing() -> None:
    line = SerialLine()
    for _ in range(LINES_WAITING_MAX):
        line.put(b"x")
    with pytest.raises(LinkLost, match="300 lines wait for the watch"):
        line.put(b"x")
