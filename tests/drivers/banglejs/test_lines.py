"""Lines of a Bangle.js: what counts, what is noise, and that it doesn't matter how they are cut."""

import json
from base64 import b64encode
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drivers.banglejs.bench import INFO, info_line, line, up_line
from wearsync.drivers.banglejs.lines import (
    ASK_INFO_LINE,
    LINE_MAX_BYTES,
    ConsoleTold,
    FrameTold,
    InfoTold,
    KeyTold,
    LineReader,
    console_line,
    frame_line,
    key_line,
    read_answer,
)

NOISE = [
    b"",
    b">",
    b"\r",
    b"=true\r",
    b"=undefined\r",
    b'Uncaught ReferenceError: "GB" is not defined\r',
    b'Uncaught Error: Function "GB" not found!\r',
    b" at line 1 col 2 in REPL\r",
    b"New interpreter error: LOW_MEMORY,MEMORY\r",
    b"password>",
    b"Execution Interrupted\r",
    b'{"t":"status","bat":87,"chg":0}\r',
    b'{"t":"info","msg":"wearsync"}\r',
    # echoes of what the host says
    ASK_INFO_LINE[1:-1],
    b">" + frame_line(b"\x0c")[1:-1],
    b">" + key_line(bytes(32))[1:-1],
    # halves, and wholes that are not JSON
    info_line()[:-4],
    info_line()[9:],
    b'{"t":"wearsync","u":"AA\x07=="}',
    b'{"t":"wearsync","u":"AA\xff=="}',
    b'{"t":"wearsync","u":"AA=="} and more',
    b'{"t":"wearsync","u":NaN}',
    b'{"t":"wearsync","u":' + b"[" * 3000,
    # JSON of ours that says nothing
    b'{"t":"wearsync"}',
    b'{"t":"wearsync","u":7}',
    b'{"t":"wearsync","u":"AA"}',
    b'{"t":"wearsync","u":"A A=="}',
    '{"t":"wearsync","u":"ÄÄ=="}'.encode(),
    b'{"t":"wearsync","key":"perhaps"}',
    b'{"t":"wearsync","key":true}',
    b'{"t":"wearsync","info":"AQ=="}',
    b'{"t":"wearsync","info":"AQ==","app":1}',
    b'{"t":"wearsync-app"}',
    b'{"t":"wearsync-app","n":"1","v":true}',
    b'{"t":"wearsync-app","n":1,"v":[true]}',
    b'{"t":"wearsync2","u":"AA=="}',
    # commands to the terminal of whoever is told the app's version
    b'{"t":"wearsync","info":"AQ==","app":"1.0\\u001b[2J"}',
    b'{"t":"wearsync-app","n":1,"v":"1.0\\u001b[2J"}',
]


@pytest.mark.parametrize("noise", NOISE)
def test_noise_says_nothing(noise: bytes) -> None:
    assert read_answer(noise) is None


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (info_line(), InfoTold(INFO, "1.0")),
        (up_line(b"\x84\x00\xff"), FrameTold(b"\x84\x00\xff")),
        (line(t="wearsync", key="ok"), KeyTold(True)),
        (line(t="wearsync", key="refused"), KeyTold(False)),
        (line(t="wearsync-app", n=3, v="1.0"), ConsoleTold(3, "1.0")),
        (line(t="wearsync-app", n=3, v=4294967295), ConsoleTold(3, 4294967295)),
        (line(t="wearsync-app", n=3, v=False), ConsoleTold(3, False)),
        (line(t="wearsync-app", n=3, v=None), ConsoleTold(3, None)),
        (line(t="wearsync-app", n=3), ConsoleTold(3, None)),
        # a later app may say more
        (line(t="wearsync", key="ok", why="in pairing mode"), KeyTold(True)),
    ],
)
def test_what_counts(said: bytes, answer: object) -> None:
    assert read_answer(said) == answer


@pytest.mark.parametrize("before", [b">", b"\x1b[J>", b">\r\x1b[J", info_line()[:30], b'{"t":"act","stp":7'])
def test_what_stands_before_it_on_its_line_does_not_count(before: bytes) -> None:
    assert read_answer(before + info_line()) == InfoTold(INFO, "1.0")


@given(st.binary(max_size=200))
def test_any_bytes_are_noise_or_an_answer(data: bytes) -> None:
    read_answer(data)
    read_answer(b'{"t":"wearsync' + data)
    read_answer(b'{"t":"wearsync","u":"' + data + b'"}')


@given(st.binary(max_size=200))
def test_a_frame_is_a_line_that_the_watch_can_take(frame: bytes) -> None:
    said = frame_line(frame)
    assert said.startswith(b"\x10GB({")
    assert said.endswith(b"})\n")
    assert len(said) <= 320
    assert json.loads(said[4:-2]) == {"t": "wearsync", "d": b64encode(frame).decode()}


def test_what_else_the_host_says() -> None:
    assert ASK_INFO_LINE == b'\x10GB({"t":"wearsync","q":"info"})\n'
    assert json.loads(key_line(bytes(32))[4:-2]) == {"t": "wearsync", "q": "key", "k": "A" * 43 + "="}
    assert console_line(7, "1+1") == b'\x10Bluetooth.println(JSON.stringify({t:"wearsync-app",n:7,v:1+1}))\n'


# --- bytes to lines ---


@given(
    said=st.lists(st.binary(max_size=60), max_size=8),
    cuts=st.lists(st.integers(0, 400), max_size=8),
    flow=st.lists(st.tuples(st.integers(0, 400), st.sampled_from([b"\x11", b"\x13"])), max_size=6),
)
def test_neither_cuts_nor_flow_control_change_the_lines(
    said: list[bytes], cuts: list[int], flow: list[tuple[int, bytes]]
) -> None:
    lines = [each.translate(None, b"\n\x11\x13") for each in said]
    stream = b"".join(each + b"\n" for each in lines)
    for at, sign in flow:
        stream = stream[:at] + sign + stream[at:]
    reader = LineReader()
    bounds = [0, *sorted(cuts), len(stream)]
    parts = [stream[begin:end] for begin, end in pairwise(bounds)]
    assert [each for part in parts for each in reader.take(part)] == lines


@pytest.mark.parametrize("step", [1, 128, 5000, 20_000])
def test_a_line_that_is_too_long_is_dropped_to_its_end(step: int) -> None:
    longest, too_long = b"a" * LINE_MAX_BYTES, b"b" * (LINE_MAX_BYTES + 1)
    stream = longest + b"\n" + too_long + b"\n" + too_long * 2 + b"\nnext\nhalf"
    reader = LineReader()
    lines = [each for at in range(0, len(stream), step) for each in reader.take(stream[at : at + step])]
    assert lines == [longest, b"next"]
