"""A connection from its beginning to READY, its deadlines and its end."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drivers.bench import (
    ENTROPY,
    INFO,
    OPEN_INFO,
    WATCH,
    Bench,
    beginning,
    fault,
    greeting,
    reading,
    streaming,
    subscribing,
)
from tests.protocol.peer import SHAKE, PaperWatch, worn
from wearsync.drivers.base import (
    Connected,
    Deadline,
    DeadlineReached,
    Disconnect,
    DriverEvent,
    OperationDone,
    Read,
    Received,
    Send,
    Subscribe,
    Write,
)
from wearsync.messages import (
    Begin,
    Durable,
    WatchReady,
)
from wearsync.model import Trust
from wearsync.protocol.frames import Error, Start, encode
from wearsync.protocol.gatt import DOWN_UUID, INFO_UUID, UP_UUID

# --- the way to READY ---


def test_from_connected_to_ready() -> None:
    bench = beginning(Bench())
    assert bench.take() == [WatchReady(WATCH, 287454020, 7, 1, 9, 16, 16909060, Trust.KEY, SHAKE.watch_nonce)]
    assert bench.gone is None


def test_an_mtu_that_is_too_small() -> None:
    bench = Bench(mtu=23)
    bench.feed(Connected(23, ENTROPY))
    assert fault(bench) == (
        "unfit",
        (
            "the link carries an ATT MTU of 23, the hold profile needs 72: "
            "use an adapter or a firmware that agrees on a larger one"
        ),
    )


@pytest.mark.parametrize(
    ("info", "reason"),
    [
        (b"", "not a wearsync watch: its Info has 0 bytes, not 19"),
        (
            b"\x02\x03" + INFO[2:],
            "the watch speaks hold profile 2–3, this wearsync speaks 1: upgrade wearsync",
        ),
    ],
)
def test_info_that_makes_it_unfit(info: bytes, reason: str) -> None:
    bench = reading(Bench())
    bench.feed(OperationDone(Read(INFO_UUID), info))
    assert fault(bench) == ("unfit", reason)


def test_another_watch_at_this_address() -> None:
    bench = reading(Bench(watch_id="00" * 16))
    bench.feed(OperationDone(Read(INFO_UUID), INFO))
    assert fault(bench)[0] == "unfit"
    assert f"this is watch {WATCH}, not {'00' * 16}" in fault(bench)[1]


def test_any_watch_when_none_is_named() -> None:
    assert beginning(Bench(watch_id=None)).gone is None


def test_a_watch_without_a_key() -> None:
    bench = reading(Bench(key=None))
    bench.feed(OperationDone(Read(INFO_UUID), INFO))
    assert fault(bench) == ("trust", f"there is no key for watch {WATCH}: pair it with `wearsync pair`")


def test_an_open_watch_is_for_the_laboratory() -> None:
    bench = reading(Bench())
    bench.feed(OperationDone(Read(INFO_UUID), OPEN_INFO))
    assert fault(bench)[0] == "trust"
    assert "--lab" in fault(bench)[1]


def test_an_open_watch_in_the_laboratory() -> None:
    bench = beginning(Bench(is_open=True, lab=True))
    (ready,) = bench.take()
    assert isinstance(ready, WatchReady)
    assert ready.trust is Trust.NONE
    bench.send(Begin(9))
    bench.pong()
    assert Start(9) in bench.hear()


def test_a_watch_with_a_key_is_not_taken_as_open_in_the_laboratory_either() -> None:
    bench = reading(Bench(lab=True))
    bench.feed(OperationDone(Read(INFO_UUID), OPEN_INFO))
    assert fault(bench)[0] == "trust"
    assert "forget" in fault(bench)[1]


def test_a_key_is_used_in_the_laboratory_too() -> None:
    (ready,) = beginning(Bench(lab=True)).take()
    assert isinstance(ready, WatchReady)
    assert ready.trust is Trust.KEY


def test_a_watch_that_does_not_prove_itself_is_given_up_in_time() -> None:
    bench = subscribing(Bench())
    hello = bench.feed(OperationDone(Subscribe(UP_UUID)))[0]
    assert isinstance(hello, Write)
    stranger = PaperWatch(key=bytes(32))
    assert bench.feed(Received(UP_UUID, stranger.challenge(hello.data))) == ()
    assert bench.gone is None
    bench.wait()
    assert fault(bench)[0] == "trust"
    assert "could not prove that it has our key" in fault(bench)[1]


def test_a_watch_that_refuses_the_key() -> None:
    bench = subscribing(Bench())
    bench.feed(OperationDone(Subscribe(UP_UUID)))
    bench.feed(Received(UP_UUID, encode(Error(4, 1))))
    assert fault(bench)[0] == "trust"


def test_a_wrong_tag() -> None:
    bench = streaming(Bench())
    bench.feed(Received(UP_UUID, encode(worn(9)) + bytes(8)))
    assert fault(bench) == ("link", "a frame carries a wrong tag: nothing of it is used")
    assert bench.said == []


def test_bytes_that_are_not_of_the_profile() -> None:
    bench = streaming(Bench())
    bench.up(worn(11))
    assert fault(bench) == ("link", "record 11 came where 9 had to: one is missing without LOST")


def test_notifications_before_hello_and_of_others_are_not_for_us() -> None:
    bench = subscribing(Bench())
    assert bench.feed(Received(UP_UUID, encode(Error(4, 1)))) == ()
    bench = streaming(Bench())
    assert bench.feed(Received("2a19", b"\x50")) == ()
    assert bench.gone is None


@pytest.mark.parametrize(
    ("begin", "operation", "text"),
    [
        (reading, Read(INFO_UUID), "read failed while reading Info: out of range"),
        (subscribing, Subscribe(UP_UUID), "subscribe failed while subscribing: out of range"),
        (streaming, Write(DOWN_UUID, b""), "write failed while streaming: out of range"),
    ],
)
def test_an_operation_that_fails(
    begin: Callable[[Bench], Bench], operation: "Read | Subscribe | Write", text: str
) -> None:
    bench = begin(Bench())
    bench.feed(OperationDone(operation, error="out of range"))
    assert fault(bench) == ("link", text)


@pytest.mark.parametrize(
    ("begin", "after_ms", "text"),
    [
        (reading, 10_000, "did not give its Info"),
        (subscribing, 30_000, "did not switch its notifications on"),
        (greeting, 10_000, "did not answer the handshake"),
        (beginning, 10_000, "did not say in time where to begin"),
    ],
)
def test_every_stage_has_a_deadline(begin: Callable[[Bench], Bench], after_ms: int, text: str) -> None:
    bench = begin(Bench())
    assert bench.deadline_ms == bench.now_ms + after_ms
    bench.wait()
    assert fault(bench)[0] == "link"
    assert text in fault(bench)[1]


def test_a_new_session_waits_for_nothing() -> None:
    bench = Bench()
    assert bench.feed(DeadlineReached()) == ()


def test_a_deadline_that_comes_early_is_set_again() -> None:
    bench = reading(Bench())
    due_ms = bench.deadline_ms
    bench.now_ms += 9_999
    assert bench.feed(DeadlineReached()) == (Deadline(due_ms),)


@pytest.mark.parametrize(
    ("begin", "event", "text"),
    [
        (streaming, Connected(517, ENTROPY), "Connected came while streaming, not while new"),
        (streaming, OperationDone(Read(INFO_UUID), INFO), "Read came while streaming"),
        (streaming, OperationDone(Subscribe(UP_UUID)), "Subscribe came while streaming"),
        (streaming, Send(Begin(1)), "Begin came while streaming, not while beginning"),
        (reading, Send(Begin(1)), "Begin came while reading Info"),
        (beginning, Send(Durable(1)), "Durable came while beginning"),
    ],
)
def test_what_can_not_be_now_is_a_fault_of_the_host(
    begin: Callable[[Bench], Bench], event: DriverEvent, text: str
) -> None:
    with pytest.raises(RuntimeError, match=text):
        begin(Bench()).feed(event)


# --- whatever may come ---


@given(
    noise=st.lists(st.binary(max_size=80), max_size=6),
    begin=st.sampled_from([subscribing, greeting, beginning]),
)
def test_noise_up_to_ready_says_nothing(noise: list[bytes], begin: Callable[[Bench], Bench]) -> None:
    bench = begin(Bench())
    bench.take()
    for data in noise:
        outputs = bench.feed(Received(UP_UUID, data))
        assert all(isinstance(output, Disconnect) for output in outputs)
    assert bench.said == []
