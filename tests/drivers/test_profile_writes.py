"""What is on its way to a watch: one ACK at a time, and not without limit."""

from tests.drivers.bench import Bench, fault, streaming
from tests.protocol.peer import worn
from wearsync.drivers.base import OperationDone, Send, Write
from wearsync.drivers.profile_writes import WRITES_UNDER_WAY_MAX
from wearsync.messages import CancelCues, Durable, Goodbye
from wearsync.protocol import frames


def test_of_acks_that_fall_due_while_one_is_on_its_way_the_last_is_written() -> None:
    bench = streaming(Bench())
    bench.up(worn(9, 10, 11))
    (first,) = (each for each in bench.feed(Send(Durable(9))) if isinstance(each, Write))
    bench.watch.hears(first.data)
    for seq in (10, 11):
        assert not any(isinstance(each, Write) for each in bench.feed(Send(Durable(seq))))
    bench.send(CancelCues())
    assert bench.hear() == [frames.Cancel(())], "what else there is to say goes on"
    bench.write(OperationDone(first))
    assert bench.hear() == [frames.Ack(11)]


def test_what_is_durable_is_acknowledged_before_the_goodbye() -> None:
    bench = streaming(Bench())
    bench.up(worn(9, 10))
    (first,) = (each for each in bench.feed(Send(Durable(9))) if isinstance(each, Write))
    bench.watch.hears(first.data)
    bench.send(Durable(10))
    bench.send(Goodbye())
    assert bench.hear() == [frames.Ack(10), frames.Bye()]


def test_writes_that_are_never_done() -> None:
    bench = streaming(Bench())
    for _ in range(WRITES_UNDER_WAY_MAX):
        bench.feed(Send(CancelCues()))
    assert bench.gone is None
    bench.feed(Send(CancelCues()))
    assert fault(bench) == ("link", "256 writes wait for the watch: the link is built anew")
