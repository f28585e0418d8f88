"""A liar's handshake and tags are right: the product's own session believes it, up to what it lies about."""

from random import Random

from wearsync.messages import CaughtUp, WatchReady
from wearsync.protocol.frames import Ping, Pong
from wearsync.protocol.session import HostSession, Transmit
from wearsync_simulators.adversaries.liar import Liar
from wearsync_simulators.watches.frames import ErrorTold, Ready, write_up
from wearsync_simulators.watches.frames import Pong as PongOfWatch
from wearsync_simulators.watches.words import ErrorCode

KEY, WATCH_ID = bytes(range(32)), b"w" * 16
READY = Ready(5, 9, 1000, 1, 3, 32, 16, 0, 0)
ERROR = write_up(ErrorTold(ErrorCode.NOT_NOW, 5))


def liar() -> Liar:
    return Liar(KEY, WATCH_ID, Random(1), READY, at_start=[ERROR], at_prove=[ERROR])


def talk(watch: Liar) -> HostSession:
    """Up to the stream."""
    host = HostSession(watch_id=WATCH_ID, key=KEY, nonce=bytes(16))
    (challenge,) = watch.heard(host.greet())
    (prove,) = host.receive(challenge)
    assert isinstance(prove, Transmit)
    ready, error = watch.heard(prove.data)
    (said,) = host.receive(ready)
    assert isinstance(said, WatchReady)
    assert host.receive(error)
    start, caught_up = host.begin(3)
    assert isinstance(start, Transmit)
    assert caught_up == CaughtUp()
    (error,) = watch.heard(start.data)
    assert host.receive(error)
    assert watch.told[-1][0] == 3
    return host


def test_it_answers_a_ping_as_it_likes() -> None:
    watch = liar()
    host = talk(watch)
    (pong,) = watch.heard(host.send(Ping(7)))
    assert host.receive(pong) == (Pong(7, 9, 1000, 0),)
    watch.pong = lambda token: PongOfWatch(token, 9, 1, 2)
    (pong,) = watch.heard(host.send(Ping(8)))
    assert host.receive(pong) == (Pong(8, 9, 1, 2),)
    assert watch.sessions == 1


def test_it_has_nothing_to_say_to_other_frames_nor_without_a_session() -> None:
    watch = liar()
    host = talk(watch)
    (acknowledge,) = host.acknowledge(2)
    assert isinstance(acknowledge, Transmit)
    assert watch.heard(acknowledge.data) == ()
    assert watch.heard(b"\x0a bent") == ()
    assert liar().heard(b"\x0a early") == ()
    assert liar().seal(b"early") == ()
