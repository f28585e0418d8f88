"""What passed over a link, as people read it."""

import base64
import json

from hypothesis import given
from hypothesis import strategies as st

from wearsync.protocol.frames import Ack, Challenge, Error, Hello, Pong, Records, encode
from wearsync.protocol.gatt import DOWN_UUID, INFO_UUID, KEY_UUID, UP_UUID
from wearsync_simulators.kit.lines import told_lines
from wearsync_simulators.kit.tap import Kind, Operation
from wearsync_simulators.watches.records import Battery, write_record

TAG = b"\xaa" * 8
RX = "6e400002-b5a3-f393-e0a9-e50e24dcca9e"
TX = "6e400003-b5a3-f393-e0a9-e50e24dcca9e"
MUSIC = "00000003-78fc-48fe-8e23-433b3a1942d0"


def line(kind: Kind, uuid: str = "", data: bytes = b"", error: str = "") -> str:
    [told] = told_lines([Operation(12.5, kind, uuid, data, error)], 10.0)
    return told


def test_frames_of_the_profile_are_decoded_without_what_is_secret() -> None:
    hello = Hello(1, 1, b"\xee" * 4, b"\xdd" * 16)
    assert line("write", DOWN_UUID, encode(hello)) == "   2.500 ↓ HELLO version_min=1 version_max=1"
    assert line("write", DOWN_UUID, encode(Ack(7)) + TAG) == "   2.500 ↓ ACK seq=7"
    challenge = Challenge(1, b"\x11" * 16, b"\xdd" * 16, b"\xcc" * 16)
    assert line("heard", UP_UUID, encode(challenge)) == f"   2.500 ↑ CHALLENGE version=1 watch_id={'11' * 16}"
    pong = encode(Pong(1, 2, 3, 0)) + TAG
    assert line("heard", UP_UUID, pong) == "   2.500 ↑ PONG token=1 boot=2 tick=3 unix_us=0"
    record = write_record(seq=4, boot=1, tick=5, body=Battery(80, charging=False))
    told = line("heard", UP_UUID, encode(Records(record)) + TAG)
    assert told == "   2.500 ↑ RECORDS #4 BATTERY boot=1 tick=5 percent=80 charging=0"
    assert "aa" not in line("heard", UP_UUID, encode(Error(4, 1)) + TAG)


def test_an_error_before_ready_has_no_tag() -> None:
    assert line("heard", UP_UUID, encode(Error(4, 1))) == "   2.500 ↑ ERROR code=4 of HELLO"


def test_what_is_malformed_is_shown_as_that() -> None:
    assert line("heard", UP_UUID, b"\x84\x01" + TAG).startswith("   2.500 ↑ PONG, malformed PONG")
    assert line("write", DOWN_UUID, b"") == "   2.500 ↓ nothing"
    assert "RECORDS" in line("heard", UP_UUID, b"\x83\x01\x02" + TAG)


def test_numbers_of_other_watches_are_numbers() -> None:
    assert line("write", MUSIC, b"\x00") == "   2.500 ↓ 00000003 1 bytes 00"
    assert line("write", MUSIC, b"d") == "   2.500 ↓ 00000003 1 bytes 64"
    assert line("write", MUSIC, b"\x00\x00\x00\x20") == "   2.500 ↓ 00000003 4 bytes 00000020"
    assert line("write", MUSIC, b"Hold") == "   2.500 ↓ 00000003 'Hold'"


def test_a_key_is_never_shown() -> None:
    assert line("write", KEY_UUID, b"\x42" * 32) == "   2.500 ↓ KEY 32 bytes"
    told = told_lines([Operation(0.0, "write", RX, _gb({"q": "key", "k": "QkJC"}))], 0.0)
    assert told == ['   0.000 ↓ {"q": "key", "k": "…"}']


def test_links_and_what_went_wrong() -> None:
    assert line("connect") == "   2.500 · connect"
    assert line("bond", error="refused") == "   2.500 · bond: refused"
    assert line("lost", error="out of range") == "   2.500 × lost: out of range"
    assert line("subscribe", UP_UUID) == "   2.500 · subscribe f69b0002"
    assert line("read", INFO_UUID, bytes(19)) == f"   2.500 ↑ f69b0001 19 bytes {'00' * 19}"
    assert line("read", "00002a19-0000-1000-8000-00805f9b34fb", b"\xff") == "   2.500 ↑ 2a19 1 bytes ff"
    assert line("write", MUSIC, "Hold · LEFT 1/2".encode()) == "   2.500 ↓ 00000003 'Hold · LEFT 1/2'"
    assert line("heard", MUSIC, b"\xff" * 30).endswith(f"30 bytes {'ff' * 24} …")


def test_lines_of_a_serial_watch_are_put_together_from_packets() -> None:
    frame = base64.b64encode(encode(Ack(9)) + TAG).decode()
    raw = _gb({"d": frame})
    operations = [Operation(1.0, "write", RX, raw[:30]), Operation(2.0, "write", RX, raw[30:])]
    up = json.dumps({"t": "wearsync", "u": base64.b64encode(encode(Error(4, 1))).decode()})
    operations += [Operation(3.0, "heard", TX, f"\x13{up}\x11\r\n".encode())]
    operations += [Operation(4.0, "heard", TX, b"Uncaught SyntaxError\r\n> \r\n")]
    operations += [Operation(5.0, "heard", TX, b'{"t":"wearsync","u":"?"}\n{"t":"wearsync","key":"ok"}\n')]
    assert told_lines(operations, 0.0) == [
        "   2.000 ↓ ACK seq=9",
        "   3.000 ↑ ERROR code=4 of HELLO",
        "   4.000 ↑ noise 'Uncaught SyntaxError'",
        "   5.000 ↑ a frame that is no base64",
        '   5.000 ↑ {"key": "ok"}',
    ]


@given(st.sampled_from((DOWN_UUID, UP_UUID, RX, TX, MUSIC)), st.sampled_from(("write", "heard")), st.binary())
def test_whatever_passes_can_be_shown(uuid: str, kind: Kind, data: bytes) -> None:
    for told in told_lines([Operation(0.0, kind, uuid, data + b"\n")], 0.0):
        assert told.isprintable()


def _gb(said: dict[str, str]) -> bytes:
    return f"\x10GB({json.dumps({'t': 'wearsync'} | said)})\n".encode()
