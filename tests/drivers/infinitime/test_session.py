"""The way of a connection: found fit, paired or known, begun, and ended."""

from dataclasses import replace

import pytest

from tests.drivers.infinitime.bench import (
    ADDRESS,
    ALERT,
    ARTIST,
    BATTERY,
    CHARACTERISTICS,
    EVENT,
    FIRMWARE,
    NOW_MS,
    PLAY,
    STATUS,
    Bench,
    fault,
    live,
)
from wearsync.drivers.base import (
    Bond,
    Connected,
    DeadlineReached,
    OperationDone,
    Read,
    Received,
    Send,
    Subscribe,
    Write,
)
from wearsync.drivers.infinitime.session import Stage, watch_id_of
from wearsync.messages import (
    Begin,
    CaughtUp,
    ClockSampled,
    Durable,
    Goodbye,
    Introduced,
    Pair,
    StopHold,
    WatchReady,
)
from wearsync.model import Trust

WATCH = watch_id_of(ADDRESS)


def test_a_watch_is_called_by_its_address_in_either_case() -> None:
    assert len(WATCH) == 32
    assert watch_id_of(ADDRESS.lower()) == WATCH != watch_id_of("C0:11:22:33:44:56")


def test_a_known_watch_is_checked_subscribed_and_ready() -> None:
    bench = Bench(watch_id=WATCH).connect()
    assert [operation for _, operation in bench.done] == [
        Read(FIRMWARE),
        Subscribe(EVENT),
        Subscribe(BATTERY),
    ]
    (ready,) = bench.said
    assert isinstance(ready, WatchReady)
    assert (ready.watch_id, ready.trust, ready.boot) == (WATCH, Trust.BOND, 0x03020100)


def test_the_clock_and_the_end_of_a_backlog_that_it_has_not_come_at_once() -> None:
    bench = live(Bench())
    assert bench.said[1:3] == [ClockSampled(0x03020100, NOW_MS, 0, None), CaughtUp()]
    assert [record.seq for record in bench.records] == [41], "the charge"


def test_pairing_is_asked_for_then_bonded() -> None:
    bench = Bench(pairing=True).connect()
    assert bench.said == [Introduced(WATCH, in_pairing_mode=True, takes_key=False)]
    assert bench.session.stage is Stage.INTRODUCED
    bench.send(Pair(None))
    assert [operation for _, operation in bench.done][1:] == [Bond(), Subscribe(EVENT), Subscribe(BATTERY)]
    assert isinstance(bench.said[-1], WatchReady)


def test_an_introduction_that_nobody_answers_ends() -> None:
    bench = Bench(pairing=True).connect().wait(59)
    assert bench.gone is None
    bench.wait(1)
    assert fault(bench) == ("link", "nobody said in time whether to pair with the watch")


def test_a_journal_that_does_not_answer_ends_it() -> None:
    bench = Bench().connect()
    bench.feed(DeadlineReached())
    assert bench.gone is None, "a timer that comes early is none"
    bench.wait(10)
    assert fault(bench) == ("link", "the journal did not say in time where to begin")


def test_another_address_is_another_watch() -> None:
    bench = Bench(watch_id="0f" * 16).connect()
    kind, reason = fault(bench)
    assert (kind, ADDRESS in reason, "wearsync pair" in reason) == ("unfit", True, True)


def test_a_watch_without_music_is_unfit() -> None:
    bench = Bench(characteristics=CHARACTERISTICS[:4]).connect()
    assert fault(bench)[0] == "unfit"
    assert "event characteristic" in fault(bench)[1]


def test_old_firmware_is_unfit_before_anybody_is_asked() -> None:
    bench = Bench(pairing=True, firmware=b"1.7.0").connect()
    assert fault(bench)[0] == "unfit"
    assert bench.said == []


@pytest.mark.parametrize(
    ("stage", "operation", "words"),
    [
        (Stage.CHECKING, Read(FIRMWARE), "read failed while reading the firmware's version: gone"),
        (Stage.SUBSCRIBING, Subscribe(EVENT), "subscribe failed while subscribing: gone"),
    ],
)
def test_an_operation_that_fails_ends_the_link(stage: Stage, operation: Read | Subscribe, words: str) -> None:
    bench = Bench()
    bench.deaf = True
    bench.connect()
    if stage is Stage.SUBSCRIBING:
        bench.feed(OperationDone(bench.under_way.popleft(), b"1.16.0"))
    assert (bench.session.stage, list(bench.under_way)) == (stage, [operation])
    bench.feed(OperationDone(operation, error="gone"))
    assert fault(bench) == ("link", words)


def test_what_is_meant_for_the_link_before_is_not_taken_for_this_one() -> None:
    bench = Bench().connect()
    bench.feed(Received(EVENT, PLAY))
    bench.send(StopHold("end"), Durable(7))
    assert bench.gone is None
    assert bench.session.stage is Stage.BEGINNING
    live(Bench()).send(Durable(41))


@pytest.mark.parametrize(
    "event",
    [
        Connected(247, bytes(32), CHARACTERISTICS),
        Send(Begin(1)),
        Send(Pair(None)),
        OperationDone(Read(FIRMWARE), b"1.16.0"),
        OperationDone(Bond()),
        OperationDone(Subscribe(EVENT)),
        OperationDone(Write(STATUS, b"")),
    ],
)
def test_what_can_not_be_now_is_a_defect_and_named(event: Connected | Send | OperationDone) -> None:
    bench = Bench(pairing=True).connect()
    if event == Send(Pair(None)):
        bench.send(Pair(None))
    with pytest.raises(RuntimeError, match=r"came while (introduced|beginning)"):
        bench.feed(event)


def test_goodbye_before_the_beginning_says_nothing_to_the_watch() -> None:
    bench = Bench().connect().send(Goodbye())
    assert fault(bench) == ("none", "the host said goodbye")
    assert bench.wrote(STATUS, ARTIST, ALERT) == []


def test_after_the_end_nothing_is_said() -> None:
    bench = live(Bench()).send(Goodbye()).clear()
    bench.press(PLAY).send(Begin(3), Goodbye())
    assert (bench.done, bench.said, bench.records) == ([], [], [])


def test_the_address_is_taken_whatever_the_services_are_called() -> None:
    shuffled = tuple(replace(each) for each in reversed(CHARACTERISTICS))
    assert isinstance(Bench(characteristics=shuffled).connect().said[0], WatchReady)
