"""The serial port: what it keeps back, what it loses, and what it says in between."""

from wearsync_simulators.watches.banglejs.quirks import ROOM_BYTES, Quirks
from wearsync_simulators.watches.banglejs.serial_port import XOFF, XON, SerialPort
from wearsync_simulators.watches.effects import Drop, Print

LINE = Print(b'{"t":"wearsync"}\r\n')


def printed(port: SerialPort, *effects: Print | Drop) -> list[bytes]:
    return [effect.raw for effect in port.output(effects) if isinstance(effect, Print)]


def test_without_quirks_it_is_a_wire() -> None:
    port = SerialPort(Quirks())
    assert port.connected() == b""
    assert port.take(1.0, b"x" * 5000) == b"x" * 5000
    assert port.due_s is None
    assert port.wake(2.0) == b""
    assert list(port.output([LINE, Drop("why")])) == [LINE, Drop("why")]


def test_after_so_many_bytes_it_stops_and_what_comes_waits() -> None:
    port = SerialPort(Quirks(xoff_after_bytes=10, xoff_ms=200))
    assert port.take(1.0, b"12345") == b"12345"
    assert printed(port) == []
    assert port.take(1.0, b"67890") == b"67890", "what fills it is still taken"
    assert printed(port, LINE) == [XOFF, LINE.raw]
    assert port.due_s == 1.2
    assert port.take(1.1, b"ab") == b""
    assert port.take(1.1, b"cd") == b""
    assert port.wake(1.19) == b""
    assert port.wake(1.2) == b"abcd"
    assert printed(port) == [XON]
    assert port.due_s is None
    assert port.take(1.3, b"123456789") == b"123456789"
    assert printed(port) == [], "counted from XON on"


def test_who_does_not_obey_loses_bytes() -> None:
    port = SerialPort(Quirks(xoff_after_bytes=1))
    port.take(0.0, b"x")
    for _ in range(30):
        port.take(0.1, b"y" * 128)
    assert len(port.wake(1.0)) == ROOM_BYTES < 30 * 128


def test_a_new_connection_begins_with_an_empty_buffer_and_what_was_left_in_the_console() -> None:
    port = SerialPort(Quirks(xoff_after_bytes=1, half_line=True))
    port.take(0.0, b"x")
    port.take(0.0, b"y")
    left = port.connected()
    assert left.startswith(b"\x10GB(")
    assert b"\n" not in left
    assert port.due_s is None


def test_noise_follows_every_line_and_none_of_it_is_ours() -> None:
    port = SerialPort(Quirks(noise=True, other_apps=True))
    said = [raw for _ in range(8) for raw in printed(port, LINE, Drop("why"))]
    assert said[::2] == [LINE.raw] * 8
    assert len(set(said[1::2])) == 7
    assert not any(b'{"t":"wearsync"' in noise for noise in said[1::2])
