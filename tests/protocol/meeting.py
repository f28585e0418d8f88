"""Sessions of a host, brought to a state by a watch on paper."""

from tests.protocol.peer import READY, SHAKE, PaperWatch
from wearsync.messages import CaughtUp, RecordsArrived, RecordsLost, WatchReady
from wearsync.protocol.frames import (
    Ready,
    Start,
)
from wearsync.protocol.session import HostSession, Said, Transmit


def host(*, is_open: bool = False, seen_nonces: tuple[bytes, ...] = ()) -> HostSession:
    key = None if is_open else SHAKE.key
    return HostSession(watch_id=SHAKE.watch_id, key=key, nonce=SHAKE.host_nonce, seen_nonces=seen_nonces)


def greeted(watch: PaperWatch) -> HostSession:
    session = host(is_open=watch.is_open)
    session.greet()
    return session


def proving(watch: PaperWatch) -> HostSession:
    session = host()
    (prove,) = session.receive(watch.challenge(session.greet()))
    assert isinstance(prove, Transmit)
    watch.proven(prove.data)
    return session


def ready(watch: PaperWatch, frame: Ready = READY) -> HostSession:
    session = greeted(watch) if watch.is_open else proving(watch)
    (said,) = session.receive(watch.says(frame))
    assert isinstance(said, WatchReady)
    return session


def streaming(watch: PaperWatch, cursor: int = 1, frame: Ready = READY) -> HostSession:
    session = ready(watch, frame)
    start, *_ = session.begin(cursor)
    assert isinstance(start, Transmit)
    assert watch.hears(start.data) == Start(cursor)
    return session


def seqs(said: tuple[Said, ...]) -> list[int | str]:
    """What came of the stream, in short: sequence numbers, and `|` for CaughtUp."""
    out: list[int | str] = []
    for each in said:
        match each:
            case RecordsArrived(records):
                out += [record.seq for record in records]
            case CaughtUp():
                out.append("|")
            case RecordsLost(from_seq, next_seq):
                out.append(f"lost {from_seq}-{next_seq - 1}")
            case _:
                out.append(type(each).__name__)
    return out
