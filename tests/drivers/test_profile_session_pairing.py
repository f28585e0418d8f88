"""A connection while the watch is paired: who it is, the bond, the key, and on into the handshake."""

from collections.abc import Callable

import pytest

from tests.drivers.bench import ENTROPY, INFO, OPEN_INFO, WATCH, Bench, fault, reading
from tests.protocol.peer import READY, SHAKE
from wearsync.drivers.base import Bond, Connected, OperationDone, Read, Received, Send, Subscribe, Write
from wearsync.drivers.profile_stages import Stage
from wearsync.messages import Goodbye, Introduced, Pair, WatchReady
from wearsync.model import Trust
from wearsync.protocol.gatt import INFO_UUID, KEY_UUID, UP_UUID

PAIRING_INFO = INFO[:-1] + b"\x01"
HANDED = Write(KEY_UUID, SHAKE.key)


def stranger() -> Bench:
    """The host has no key of this watch, and does not know its id."""
    return Bench(key=None, watch_id=None, pairing=True)


def introduced(bench: Bench, info: bytes = PAIRING_INFO) -> Bench:
    reading(bench).feed(OperationDone(Read(INFO_UUID), info))
    assert bench.session.stage is Stage.INTRODUCED
    return bench


def bonding(bench: Bench) -> Bench:
    assert Bond() in introduced(bench).feed(Send(Pair(SHAKE.key)))
    return bench


def handing(bench: Bench) -> Bench:
    assert HANDED in bonding(bench).feed(OperationDone(Bond()))
    return bench


@pytest.mark.parametrize(("info", "open_now"), [(INFO, False), (PAIRING_INFO, True)])
def test_it_says_who_it_is_before_anything_is_agreed(info: bytes, open_now: bool) -> None:
    assert introduced(stranger(), info).take() == [Introduced(WATCH, open_now)]


def test_a_watch_without_a_display_needs_no_code_for_its_bond() -> None:
    bench = introduced(stranger(), INFO[:-1] + b"\x03")
    assert bench.take() == [Introduced(WATCH, in_pairing_mode=True, needs_code=False)]
    assert Bond(needs_code=False) in bench.feed(Send(Pair(SHAKE.key)))


def test_bond_key_and_handshake_on_one_link() -> None:
    bench = handing(stranger())
    bench.take()
    assert Subscribe(UP_UUID) in bench.feed(OperationDone(HANDED))
    hello = bench.feed(OperationDone(Subscribe(UP_UUID)))[0]
    assert isinstance(hello, Write)
    bench.feed(OperationDone(hello))
    prove = bench.feed(Received(UP_UUID, bench.watch.challenge(hello.data)))[0]
    assert isinstance(prove, Write)
    bench.watch.proven(prove.data)
    bench.up(READY)
    (ready,) = bench.take()
    assert isinstance(ready, WatchReady)
    assert (ready.watch_id, ready.trust) == (WATCH, Trust.KEY)


def test_a_key_that_the_watch_has_already_is_proven_and_not_handed_over() -> None:
    bench = introduced(stranger())
    assert Bond() in bench.feed(Send(Pair(SHAKE.key, known=True)))
    outputs = bench.feed(OperationDone(Bond()))
    assert Subscribe(UP_UUID) in outputs
    assert HANDED not in outputs


def test_a_watch_whose_key_came_without_a_code_is_trusted_no_more_than_its_bond() -> None:
    bench = Bench()
    reading(bench).feed(OperationDone(Read(INFO_UUID), INFO[:-1] + b"\x02"))
    hello = bench.feed(OperationDone(Subscribe(UP_UUID)))[0]
    assert isinstance(hello, Write)
    bench.feed(OperationDone(hello))
    prove = bench.feed(Received(UP_UUID, bench.watch.challenge(hello.data)))[0]
    assert isinstance(prove, Write)
    bench.watch.proven(prove.data)
    bench.up(READY)
    (ready,) = bench.take()
    assert isinstance(ready, WatchReady)
    assert ready.trust is Trust.BOND


def test_an_open_watch_takes_no_key_and_is_not_introduced() -> None:
    bench = reading(Bench(key=None, watch_id=None, pairing=True, lab=True, is_open=True))
    assert Subscribe(UP_UUID) in bench.feed(OperationDone(Read(INFO_UUID), OPEN_INFO))


@pytest.mark.parametrize(
    ("begin", "after_ms", "text"),
    [
        (introduced, 60_000, "nobody said in time whether to pair"),
        (bonding, 90_000, "did not bond in time"),
        (handing, 10_000, "did not take its key in time"),
    ],
)
def test_every_stage_of_pairing_has_a_deadline(
    begin: Callable[[Bench], Bench], after_ms: int, text: str
) -> None:
    bench = begin(stranger())
    assert bench.deadline_ms == bench.now_ms + after_ms
    bench.wait()
    assert fault(bench)[0] == "link"
    assert text in fault(bench)[1]


def test_a_key_that_the_watch_does_not_take() -> None:
    bench = handing(stranger())
    bench.feed(OperationDone(HANDED, error="out of range"))
    assert fault(bench) == ("link", "write failed while handing the key over: out of range")


def test_a_person_who_decides_against_it() -> None:
    bench = introduced(stranger())
    bench.feed(Send(Goodbye()))
    assert fault(bench) == ("none", "the host said goodbye")


@pytest.mark.parametrize("begin", [reading, bonding])
def test_pair_at_the_wrong_moment_is_a_fault_of_the_host(begin: Callable[[Bench], Bench]) -> None:
    with pytest.raises(RuntimeError, match="Pair came while"):
        begin(stranger()).feed(Send(Pair(SHAKE.key)))


def test_a_bond_that_nobody_wanted_is_a_fault_of_the_host() -> None:
    with pytest.raises(RuntimeError, match="Bond came while"):
        introduced(stranger()).feed(OperationDone(Bond()))
    with pytest.raises(RuntimeError, match="Connected came while"):
        introduced(stranger()).feed(Connected(517, ENTROPY))
