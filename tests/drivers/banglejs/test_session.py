"""A connection with the app of a Bangle.js: the profile's frames in lines, and what goes wrong there."""

import json
from base64 import b64encode
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drivers.banglejs.bench import (
    ENTROPY,
    INFO,
    NOW_MS,
    WATCH,
    Bench,
    PaperApp,
    frame_in,
    info_line,
    line,
    up_line,
)
from tests.protocol.peer import READY, SHAKE, worn
from tests.protocol.vectors import handshake
from wearsync.drivers.banglejs.serial_line import TX_UUID
from wearsync.drivers.banglejs.session import BangleSession
from wearsync.drivers.base import (
    Bond,
    Connected,
    DeadlineReached,
    Disconnect,
    Message,
    OperationDone,
    Read,
    Received,
    Send,
    SessionOptions,
    Subscribe,
    Write,
)
from wearsync.messages import (
    Begin,
    CaughtUp,
    ClockSampled,
    Cue,
    Durable,
    Goodbye,
    Introduced,
    Pair,
    PlayCues,
    RecordsArrived,
    WatchReady,
)
from wearsync.model import CueKind
from wearsync.protocol import frames
from wearsync.protocol.frames import Ack, Bye, Cues, Ping, Pong, Start

ASK = b'\x10GB({"t":"wearsync","q":"info"})'
PAIRING_INFO = INFO[:-1] + b"\x01"
KEY = bytes(range(32))
UNTAGGED_ERROR = b"\x8f\x04\x01"


def bench_with(*, pairing: bool = False, mtu: int = 131) -> Bench:
    keys = {} if pairing else {WATCH: SHAKE.key}
    watch_id = None if pairing else WATCH
    return Bench(BangleSession(SessionOptions(keys, watch_id, pairing=pairing)), mtu=mtu)


def begun(bench: Bench, app: PaperApp) -> None:
    """Up to READY and START, with nothing to catch up."""
    bench.connect()
    app.shake(bench)
    bench.tx(app.says(READY))
    bench.feed(Send(Begin(9)))


def pong(app: PaperApp, heard: frames.DownFrame) -> bytes:
    assert isinstance(heard, Ping)
    return app.says(Pong(heard.token, READY.boot, 60_000, 0))


def streaming(bench: Bench, app: PaperApp) -> None:
    """Begun, and the clock known."""
    begun(bench, app)
    bench.tx(pong(app, app.hears(bench.hear())[-1]))
    bench.take()


# --- the way to READY ---


def test_first_the_subscription_then_the_line_is_cleared_then_info_is_asked_for() -> None:
    bench = bench_with()
    bench.keeps_back = True
    bench.connect()
    assert bench.under_way == [Subscribe(TX_UUID)]
    bench.keeps_back = False
    bench.carry_out()
    assert bench.packets == [b"\x1b[2H\n", ASK + b"\n"]


def test_a_whole_conversation_with_the_frames_of_the_vectors() -> None:
    bench, app, one = bench_with(), PaperApp(), handshake("one")
    bench.connect()
    bench.hear()
    bench.tx(b">" + info_line())
    hello = bench.hear()
    assert [frame_in(each) for each in hello] == [bytes.fromhex(one["hello"])]
    bench.tx(b'{"t":"status","bat":88}\r\n' + up_line(bytes.fromhex(one["challenge"])))
    (prove,) = bench.hear()
    assert frame_in(prove) == bytes.fromhex(one["prove"])
    app.watch.proven(frame_in(prove))
    bench.tx(app.says(READY))
    (ready,) = bench.take()
    assert isinstance(ready, WatchReady)
    assert (ready.watch_id, ready.app) == (WATCH, "1.0")

    bench.feed(Send(Begin(9)))
    start, ping = app.hears(bench.hear())
    assert start == Start(9)
    bench.tx(pong(app, ping))
    clock, caught_up = bench.take()
    assert isinstance(clock, ClockSampled)
    assert caught_up == CaughtUp()
    bench.tx(app.says(worn(9, 10)))
    (arrived,) = bench.take()
    assert isinstance(arrived, RecordsArrived)
    assert [each.seq for each in arrived.records] == [9, 10]
    bench.feed(Send(Durable(10)))
    bench.feed(Send(Goodbye()))
    second_ping, ack, bye = app.hears(bench.hear())
    assert isinstance(second_ping, Ping)
    assert (ack, bye) == (Ack(10), Bye())
    assert bench.fault() == ("none", "the host said goodbye")
    assert bench.connect() == ()


@pytest.mark.parametrize("mtu", [23, 64, 131, 517])
def test_frames_stay_short_whatever_the_link_carries(mtu: int) -> None:
    bench, app = bench_with(mtu=mtu), PaperApp()
    streaming(bench, app)
    app.hears(bench.hear())
    cues = tuple(Cue(number, CueKind.FORM, 0, 10_000, 2_000) for number in range(16))
    bench.feed(Send(PlayCues(cues)))
    heard = app.hears(bench.hear())  # holds each line to 320 bytes
    assert [len(each.cues) for each in heard if isinstance(each, Cues)] == [14, 2]
    assert max(map(len, bench.packets)) == max(20, min(mtu - 3, 128)) or mtu == 517


def test_any_cut_of_the_watchs_bytes_gives_the_same_conversation() -> None:
    @given(st.lists(st.integers(0, 700), max_size=6))
    def cut(cuts: list[int]) -> None:
        bench, app = bench_with(), PaperApp()
        begun(bench, app)
        _, ping = app.hears(bench.hear())
        said = pong(app, ping) + b"noise\r\n>\x13\x11" + app.says(worn(9))
        bounds = [0, *sorted(cuts), len(said)]
        for begin, end in pairwise(bounds):
            bench.tx(said[begin:end])
        assert [type(each) for each in bench.take()] == [WatchReady, ClockSampled, CaughtUp, RecordsArrived]

    cut()


# --- the app that does not answer ---


def test_info_is_asked_for_again_while_the_watch_loads_something() -> None:
    bench, app = bench_with(), PaperApp()
    bench.connect()
    bench.wait()
    bench.wait()
    assert bench.now_ms == NOW_MS + 6_000
    assert bench.hear()[1:] == [ASK, ASK, ASK]
    app.shake(bench)
    assert bench.tx(info_line()) == (), "the answers to the other questions"
    assert bench.deadline_ms == bench.now_ms + 10_000


def test_no_app() -> None:
    bench = bench_with()
    bench.connect()
    while bench.gone is None:
        bench.tx(b'Uncaught ReferenceError: "GB" is not defined\r\n at line 1 col 1 in REPL\r\n>')
        bench.wait()
    assert bench.fault() == ("unfit", "no wearsync app answers: install it with `wearsync pair`")
    assert bench.now_ms == NOW_MS + 10_000


def test_a_watch_that_does_not_let_itself_be_subscribed_to() -> None:
    bench = bench_with()
    bench.keeps_back = True
    bench.connect()
    bench.wait()
    assert bench.fault() == ("link", "the watch did not switch its notifications on in time")
    assert bench.now_ms == NOW_MS + 30_000


# --- pairing ---


def test_the_bond_comes_before_the_subscription() -> None:
    bench = bench_with(pairing=True)
    bench.keeps_back = True
    bench.connect()
    assert bench.under_way == [Bond()]
    bench.carry_out(1)
    assert bench.under_way == [Subscribe(TX_UUID)]
    bench.wait()
    assert bench.fault() == ("link", "the watch did not switch its notifications on in time")
    assert bench.now_ms == NOW_MS + 30_000


def test_a_watch_that_does_not_bond() -> None:
    bench = bench_with(pairing=True)
    bench.keeps_back = True
    bench.connect()
    bench.wait()
    assert bench.fault() == ("link", "the watch did not bond with this host in time")
    assert bench.now_ms == NOW_MS + 90_000


def introduced(bench: Bench) -> None:
    bench.connect()
    bench.tx(info_line(PAIRING_INFO))
    assert bench.take() == [Introduced(WATCH, in_pairing_mode=True)]
    bench.hear()
    bench.feed(Send(Pair(KEY)))
    (said,) = bench.hear()
    assert json.loads(said[4:-1]) == {"t": "wearsync", "q": "key", "k": b64encode(KEY).decode()}


def test_the_key_is_handed_over_on_a_bonded_link_and_then_proven() -> None:
    bench = bench_with(pairing=True)
    introduced(bench)
    assert bench.tx(info_line(PAIRING_INFO)) == (), "a late answer is none to the key"
    assert bench.hear() == []
    bench.tx(line(t="wearsync", key="ok"))
    (hello,) = bench.hear()
    assert frame_in(hello)[0] == 1
    assert bench.tx(line(t="wearsync", key="refused")) == (), "nobody asks any more"
    assert bench.gone is None


def test_a_key_that_is_refused() -> None:
    bench = bench_with(pairing=True)
    introduced(bench)
    bench.tx(line(t="wearsync", key="refused"))
    assert bench.fault()[0] == "trust"
    assert "open pairing mode in its wearsync app" in bench.fault()[1]


def test_a_key_without_an_answer() -> None:
    bench = bench_with(pairing=True)
    introduced(bench)
    bench.wait()
    assert bench.fault() == ("link", "the watch did not take its key in time")


# --- a line that stops, or breaks ---


def test_nothing_is_sent_while_the_watch_says_xoff() -> None:
    bench, app = bench_with(), PaperApp()
    begun(bench, app)
    bench.hear()
    bench.tx(b"\x13")
    bench.feed(Send(Goodbye()))
    assert (bench.hear(), bench.gone) == ([], None)
    bench.tx(b"\x11")
    assert len(bench.hear()) == 1
    assert bench.fault() == ("none", "the host said goodbye")


def test_the_next_packet_waits_for_the_one_before() -> None:
    bench = bench_with(mtu=23)
    bench.connect()
    bench.hear()
    bench.keeps_back = True
    bench.tx(info_line())
    packets = 0
    while bench.under_way:
        assert len(bench.under_way) == 1
        assert bench.lines == []
        bench.carry_out(1)
        packets += 1
    (hello,) = bench.hear()
    assert packets == -(-len(hello + b"\n") // 20)


def test_xoff_for_too_long() -> None:
    bench = bench_with(pairing=True)
    bench.connect()
    bench.tx(info_line(PAIRING_INFO))
    bench.tx(b"\x13")
    bench.wait()
    assert bench.now_ms == NOW_MS + 20_000
    assert bench.fault() == ("link", "the watch has taken nothing for 20 s: the link is built anew")


@pytest.mark.parametrize("way", ["deadline", "failure"])
def test_a_goodbye_that_the_watch_does_not_take_is_one_all_the_same(way: str) -> None:
    bench, app = bench_with(), PaperApp()
    begun(bench, app)
    bench.keeps_back = True
    bench.feed(Send(Goodbye()))
    assert bench.gone is None
    if way == "deadline":
        bench.wait()
        assert bench.now_ms == NOW_MS + 2_000
    else:
        (write,) = bench.under_way
        assert isinstance(write, Write)
        bench.feed(OperationDone(write, error="out of range"))
    assert bench.fault() == ("none", "the host said goodbye")


def test_a_goodbye_before_anything_is_said() -> None:
    bench = bench_with()
    bench.keeps_back = True
    bench.connect()
    bench.feed(Send(Goodbye()))
    assert bench.fault() == ("none", "the host said goodbye")


def test_an_operation_that_fails() -> None:
    bench = bench_with()
    bench.keeps_back = True
    bench.connect()
    bench.feed(OperationDone(Subscribe(TX_UUID), error="out of range"))
    assert bench.fault() == ("link", "subscribe failed: out of range")


def test_a_wrong_tag_is_a_broken_link_and_what_came_before_it_counts() -> None:
    bench, app = bench_with(), PaperApp()
    streaming(bench, app)
    outputs = bench.tx(app.says(worn(9)) + up_line(bytes(20)) + app.says(worn(10)))
    assert [type(each) for each in outputs] == [Message, Disconnect]
    assert bench.fault() == ("link", "a frame carries a wrong tag: nothing of it is used")


def test_another_watchs_frames_before_hello_are_not_for_us() -> None:
    bench = bench_with()
    bench.keeps_back = True
    bench.connect()
    assert bench.tx(up_line(UNTAGGED_ERROR)) == ()
    assert bench.feed(Received("2a19", up_line(UNTAGGED_ERROR))) == ()
    assert bench.gone is None


def test_an_app_that_refuses_the_key_in_the_handshake() -> None:
    bench = bench_with()
    bench.connect()
    bench.tx(info_line())
    bench.tx(up_line(UNTAGGED_ERROR))
    assert bench.fault()[0] == "trust"
    assert "unknown key" in bench.fault()[1]


# --- time ---


def test_the_profiles_own_deadlines_hold() -> None:
    bench, app = bench_with(), PaperApp()
    streaming(bench, app)
    (again,) = app.hears(bench.hear())
    assert isinstance(again, Ping)
    bench.wait()
    assert bench.fault()[1] == "the watch did not answer a PING: the link is built anew"


def test_a_deadline_that_comes_early_is_set_again() -> None:
    bench = bench_with()
    bench.connect()
    due_ms = bench.deadline_ms
    bench.deadline_ms = None
    bench.feed(DeadlineReached())
    assert bench.deadline_ms == due_ms


def test_what_can_not_be_now_is_a_fault_of_the_host() -> None:
    bench = bench_with()
    bench.connect()
    with pytest.raises(RuntimeError, match="nothing is read on a serial line"):
        bench.feed(OperationDone(Read("2a19")))
    with pytest.raises(RuntimeError, match="Begin came while reading Info"):
        bench.feed(Send(Begin(1)))


@given(st.lists(st.binary(max_size=120), max_size=6))
def test_noise_up_to_ready_says_nothing(noise: list[bytes]) -> None:
    bench = bench_with()
    bench.feed(Connected(131, ENTROPY))
    for data in noise:
        bench.tx(data)
        bench.tx(b'{"t":"wearsync","u":"' + b64encode(data) + b'"}\n')
    assert bench.said == []
    assert bench.gone is None
