"""A connection while it streams: clock, records, messages down, liveness, goodbye."""

from collections.abc import Callable

import pytest

from tests.drivers.bench import (
    BOOTED_MS,
    ENTROPY,
    GAP,
    NOW_MS,
    Bench,
    beginning,
    fault,
    greeting,
    reading,
    streaming,
    subscribing,
)
from tests.protocol.peer import worn
from wearsync.drivers.base import (
    Connected,
    Deadline,
    DeadlineReached,
    Disconnect,
    Message,
    OperationDone,
    Received,
    Send,
    Write,
)
from wearsync.drivers.profile_session import MESSAGES_WAITING_MAX
from wearsync.messages import (
    Attend,
    Begin,
    CancelCues,
    CaughtUp,
    ClockSampled,
    Cue,
    Durable,
    Goodbye,
    PlayCues,
    RecordsArrived,
    RecordsLost,
    SetClock,
    StopHold,
    StoreRoutine,
    WatchRefused,
)
from wearsync.model import CueKind, Routine
from wearsync.protocol import frames
from wearsync.protocol.frames import Error, Lost, Ping, Pong, Start
from wearsync.protocol.gatt import DOWN_UUID, UP_UUID

# --- the clock ---


def test_three_samples_and_the_best_is_kept() -> None:
    bench = beginning(Bench())
    bench.take()
    bench.send(Begin(9))
    bench.pong(rtt_ms=80, unix_us=1_795_385_670_123_456)
    bench.pong(rtt_ms=20)
    bench.pong(rtt_ms=40)
    assert [frame for frame in bench.heard if isinstance(frame, Ping)] == [Ping(1), Ping(2), Ping(3)]
    assert bench.take() == [
        ClockSampled(7, BOOTED_MS, 41, 1_795_385_670_123, NOW_MS + 80),
        CaughtUp(),
        ClockSampled(7, BOOTED_MS, 11, None, NOW_MS + 100),
    ]


def test_a_clock_that_was_set_is_read_back_also_by_a_sample_that_is_no_better() -> None:
    bench = beginning(Bench())
    bench.send(Begin(9))
    for _ in range(3):
        bench.pong()
    bench.take()
    bench.hear()
    bench.send(SetClock(1_795_385_670_123, 60))
    clock, reads_back = bench.hear()
    assert isinstance(clock, frames.Clock)
    assert isinstance(reads_back, Ping)
    bench.heard = [reads_back]
    bench.pong(rtt_ms=500, unix_us=1_795_385_670_200_000)
    (sampled,) = bench.take()
    assert sampled == ClockSampled(7, BOOTED_MS, 11, 1_795_385_670_200, bench.now_ms, read_back=True)
    assert [frame for frame in bench.hear() if isinstance(frame, Ping)] == [reads_back], "once is enough"


def test_a_ping_that_was_under_way_when_the_clock_was_set_is_no_reading_back() -> None:
    bench = beginning(Bench())
    bench.take()
    bench.send(Begin(9))
    bench.pong()
    bench.pong()
    bench.take()
    bench.send(SetClock(1_795_385_670_123, 60))
    bench.pong()
    assert [said.read_back for said in bench.take() if isinstance(said, ClockSampled)] == [False]
    bench.pong(unix_us=1_795_385_670_200_000)
    (sampled,) = bench.take()
    assert isinstance(sampled, ClockSampled)
    assert (sampled.watch_unix_ms, sampled.read_back) == (1_795_385_670_200, True)


def test_records_wait_for_the_clock() -> None:
    bench = beginning(Bench())
    bench.take()
    bench.send(Begin(7))
    bench.up(worn(7, 8))
    bench.up(worn(9))
    assert bench.take() == []
    bench.pong()
    clock, first, caught_up, live = bench.take()
    assert isinstance(clock, ClockSampled)
    assert isinstance(first, RecordsArrived)
    assert [record.seq for record in first.records] == [7, 8]
    assert caught_up == CaughtUp()
    assert isinstance(live, RecordsArrived)
    assert [record.seq for record in live.records] == [9]


def test_messages_wait_for_the_clock_and_keep_their_order() -> None:
    bench = beginning(Bench())
    for message in (StoreRoutine(Routine()), GAP):
        assert bench.send(message) == ()
    bench.send(Begin(9))
    bench.send(CancelCues())
    assert bench.hear() == [Start(9), Ping(1)]
    bench.heard = [Ping(1)]
    bench.pong()
    _, routine, step, cancel, ping = bench.hear()
    assert isinstance(routine, frames.Routine)
    assert isinstance(step, frames.Step)
    assert step.starts_at == 75_000
    assert (cancel, ping) == (frames.Cancel(), Ping(2))


def test_too_many_messages_wait() -> None:
    bench = beginning(Bench())
    for _ in range(MESSAGES_WAITING_MAX):
        bench.send(CancelCues())
    assert bench.gone is None
    bench.send(CancelCues())
    assert fault(bench) == ("link", "64 messages wait for the watch's clock: the link is built anew")


def test_a_backlog_makes_poor_samples_so_there_are_three_more_behind_it() -> None:
    bench = streaming(Bench(), cursor=5)
    bench.up(worn(5, 6, 7, 8))
    assert bench.hear() == [Ping(4)]
    bench.heard = [Ping(4)]
    for _ in range(3):
        bench.pong()
    assert bench.hear() == [Ping(4), Ping(5), Ping(6)]


def test_a_backlog_that_ends_while_a_ping_is_under_way() -> None:
    bench = beginning(Bench())
    bench.send(Begin(5))
    bench.pong()
    bench.hear()
    bench.up(worn(5, 6, 7, 8))
    assert bench.hear() == [], "the second PING is under way, three samples begin with it"
    bench.heard = [Ping(2)]
    for _ in range(3):
        bench.pong()
    assert bench.hear() == [Ping(2), Ping(3), Ping(4)]


def test_pongs_that_answer_nothing() -> None:
    bench = streaming(Bench())
    assert bench.up(Pong(3, 7, 99, 0)) == (), "the third was answered already"
    bench.send(GAP)
    bench.hear()
    bench.wait()
    assert bench.hear() == [Ping(4)]
    bench.up(Pong(3, 7, 99, 0))
    assert bench.take() == []


def test_messages_come_last_so_that_an_answer_overtakes_nothing() -> None:
    bench = beginning(Bench())
    bench.send(Begin(9))
    bench.send(CancelCues())
    kinds = [type(output) for output in bench.pong()]
    assert kinds == [Write, Write, Deadline, Message, Message]


# --- the stream ---


def test_records_and_acks() -> None:
    bench = streaming(Bench())
    bench.up(worn(9, 10))
    (arrived,) = bench.take()
    assert isinstance(arrived, RecordsArrived)
    bench.send(Durable(10))
    assert bench.hear() == [frames.Ack(10)]
    assert bench.send(Durable(10)) == ()


def test_lost() -> None:
    bench = streaming(Bench(), cursor=2)
    bench.up(Lost(2, 5))
    assert bench.take() == [RecordsLost(2, 5)]
    bench.send(Durable(4))
    assert bench.hear() == [frames.Ack(4)]


def test_a_watch_that_has_records_and_sends_none() -> None:
    bench = streaming(Bench(), cursor=5)
    bench.up(worn(5))
    waiting_for_us = bench.deadline_ms
    assert waiting_for_us == bench.now_ms + 300_000
    bench.now_ms += 1_000
    bench.send(Durable(5))
    assert bench.deadline_ms == bench.now_ms + 30_000
    bench.wait()
    assert fault(bench) == ("link", "the watch has records and does not send them: the link is built anew")


def test_errors_are_passed_on() -> None:
    bench = streaming(Bench())
    bench.up(Error(9, 5))
    assert bench.take() == [WatchRefused(9, "the watch refused CUES: another boot")]


# --- what the host says ---


def test_everything_that_the_host_says() -> None:
    bench = streaming(Bench())
    for message in (
        GAP,
        PlayCues((Cue(1, CueKind.FORM, 0, 10_000, 500), Cue(2, CueKind.READY, None, NOW_MS + 1_000, 500))),
        CancelCues((1,)),
        StopHold("pause"),
        StoreRoutine(Routine()),
        SetClock(1_795_385_670_123, 60),
    ):
        bench.send(message)
    step, cues, cancel, hold, routine, clock, _reads_back = bench.hear()
    assert isinstance(step, frames.Step)
    assert (step.starts_at, step.text) == (75_000, "LEFT")
    assert cues == frames.Cues(7, (frames.Cue(1, 3, 1, 0, 10_000, 500), frames.Cue(2, 1, 0, 0, 61_000, 500)))
    assert cancel == frames.Cancel((1,))
    assert hold == frames.Hold(2)
    assert isinstance(routine, frames.Routine)
    assert clock == frames.Clock(1_795_385_670_123_000, 60)


@pytest.mark.parametrize(("mtu", "sizes"), [(72, [4, 4, 2]), (517, [10])])
def test_cues_fit_the_mtu(mtu: int, sizes: list[int]) -> None:
    bench = streaming(Bench(mtu=mtu))
    bench.send(PlayCues(tuple(Cue(n, CueKind.NUDGE, None, None, 1) for n in range(10))))
    assert [len(frame.cues) for frame in bench.hear() if isinstance(frame, frames.Cues)] == sizes


def test_an_open_watch_has_room_for_a_tag_more() -> None:
    bench = streaming(Bench(mtu=78, is_open=True, lab=True))
    bench.send(PlayCues(tuple(Cue(n, CueKind.NUDGE, None, None, 1) for n in range(5))))
    (cues,) = bench.hear()
    assert isinstance(cues, frames.Cues)


def test_goodbye() -> None:
    bench = streaming(Bench())
    bench.feed(Send(Goodbye()))
    assert fault(bench) == ("none", "the host said goodbye")


def test_goodbye_writes_bye_first() -> None:
    bench = streaming(Bench())
    bye, gone = bench.session.step(Send(Goodbye()), bench.now_ms)
    assert isinstance(bye, Write)
    assert bench.watch.hears(bye.data) == frames.Bye()
    assert isinstance(gone, Disconnect)


@pytest.mark.parametrize("begin", [reading, subscribing, greeting, beginning])
def test_goodbye_before_the_stream_is_without_a_word(begin: Callable[[Bench], Bench]) -> None:
    bench = begin(Bench())
    assert bench.feed(Send(Goodbye())) == (Disconnect("the host said goodbye", "none"),)


def test_after_the_end_nothing_is_said() -> None:
    bench = streaming(Bench())
    bench.feed(Send(Goodbye()))
    for event in (
        Connected(517, ENTROPY),
        Received(UP_UUID, b"\xff"),
        DeadlineReached(),
        Send(Durable(99)),
        OperationDone(Write(DOWN_UUID, b""), error="gone"),
    ):
        assert bench.feed(event) == ()


# --- liveness ---


def test_idle_silence_is_broken_after_five_minutes() -> None:
    bench = streaming(Bench())
    assert bench.deadline_ms == bench.now_ms + 300_000
    bench.wait()
    assert bench.hear() == [Ping(4)]
    assert bench.gone is None


def test_silence_in_a_session_is_broken_after_ten_seconds() -> None:
    bench = streaming(Bench())
    heard_ms = bench.now_ms
    bench.now_ms += 3_000
    bench.send(Attend(in_session=True))
    assert bench.deadline_ms == heard_ms + 10_000
    bench.send(Attend(in_session=False))
    assert bench.deadline_ms == heard_ms + 300_000


def test_what_is_heard_puts_the_ping_off() -> None:
    bench = streaming(Bench())
    bench.send(Attend(in_session=True))
    bench.now_ms += 9_000
    bench.up(worn(9))
    assert bench.deadline_ms == bench.now_ms + 10_000


def test_no_pong_in_fifteen_seconds() -> None:
    bench = streaming(Bench())
    bench.send(Attend(in_session=True))
    bench.wait()
    assert bench.deadline_ms == bench.now_ms + 15_000
    bench.up(worn(9))
    bench.wait()
    assert fault(bench) == ("link", "the watch did not answer a PING: the link is built anew")


def test_a_pong_keeps_the_link() -> None:
    bench = streaming(Bench())
    bench.send(Attend(in_session=True))
    for _ in range(5):
        bench.wait()
        bench.pong()
    assert bench.gone is None
    assert len([frame for frame in bench.hear() if isinstance(frame, Ping)]) == 5
