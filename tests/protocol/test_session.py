"""The host's session: handshake, tags, order, and what may come before and between."""

import contextlib
import dataclasses
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol.meeting import greeted, host, proving, ready, seqs, streaming
from tests.protocol.peer import READY, SHAKE, PaperWatch, worn
from tests.protocol.vectors import Entry, broken, handshake, load
from wearsync.errors import ProtocolError, TrustError, UnfitWatch, WatchError
from wearsync.messages import RecordsLost, WatchReady, WatchRefused
from wearsync.model import Trust
from wearsync.protocol.frames import (
    Ack,
    Bye,
    Challenge,
    Error,
    Hello,
    Lost,
    Ping,
    Pong,
    Ready,
    Start,
    Unknown,
    UpFrame,
    decode_down,
    encode,
)
from wearsync.protocol.session import HostSession, State, Transmit

# --- handshake ---


def test_the_conversation_of_the_vectors_byte_by_byte() -> None:
    shake, tags = handshake("one"), {entry["name"]: entry for entry in load("tags")}

    def sealed(name: str) -> bytes:
        return bytes.fromhex(tags[name]["frame"] + tags[name]["tag"])

    session = host()
    assert session.greet() == bytes.fromhex(shake["hello"])
    assert session.receive(bytes.fromhex(shake["challenge"])) == (Transmit(bytes.fromhex(shake["prove"])),)
    assert session.receive(sealed("READY, the first frame up")) == (
        WatchReady(SHAKE.watch_id.hex(), 287454020, 7, 1, 6, 16, 16909060, Trust.KEY, SHAKE.watch_nonce),
    )
    assert session.boot == 7
    assert session.begin(5) == (Transmit(sealed("START, the first frame down")),)
    assert session.send(Ping(0xDEADBEEF)) == sealed("PING")
    assert seqs(session.receive(sealed("RECORDS"))) == [5, "|"]
    assert session.receive(sealed("PONG")) == (Pong(0xDEADBEEF, 7, 123456, 1795385670123456),)
    assert session.acknowledge(5) == (Transmit(sealed("ACK")),)
    assert session.send(decode_down(bytes.fromhex(tags["CUES"]["frame"]))) == sealed("CUES")
    assert session.receive(sealed("ERROR after READY")) == (
        WatchRefused(9, "the watch refused CUES: another boot"),
    )
    assert session.send(decode_down(bytes.fromhex(tags["STEP"]["frame"]))) == sealed("STEP")
    assert session.receive(sealed("a frame up of a later version")) == ()
    assert session.unknown_frames == 1
    assert session.receive(sealed("LOST")) == (RecordsLost(6, 4097),)
    assert session.send(Bye()) == sealed("BYE")


def test_states_of_a_whole_session() -> None:
    watch, session = PaperWatch(), host()
    states = [session.state]
    hello = session.greet()
    states.append(session.state)
    session.receive(watch.challenge(hello))
    states.append(session.state)
    session.receive(watch.says(READY))
    states.append(session.state)
    session.begin(1)
    states.append(session.state)
    assert states == list(State)
    assert session.watch_nonce == SHAKE.watch_nonce


def test_before_the_proof_stale_frames_are_dropped() -> None:
    watch, old = PaperWatch(), PaperWatch()
    session = greeted(watch)
    stale = [old.says(READY), old.says(worn(1)), old.says(Error(9, 5)), b"", encode(READY), encode(worn(1))]
    for data in stale:
        assert session.receive(data) == ()
        assert session.state is State.GREETED
    assert session.dropped_frames == len(stale)
    assert session.unproven_challenges == 0
    (prove,) = session.receive(watch.challenge(host().greet()))
    assert isinstance(prove, Transmit)


def test_before_hello_everything_is_dropped() -> None:
    session = host()
    assert session.receive(encode(Error(4, 1))) == ()
    assert session.receive(PaperWatch().challenge(host().greet())) == ()
    assert session.dropped_frames == 2


@pytest.mark.parametrize(
    "entry",
    [entry for entry in broken("proof") if entry["of"] == "watch"],
    ids=lambda entry: entry["name"],
)
def test_a_challenge_without_the_right_proof_is_not_taken(entry: Entry) -> None:
    watch = PaperWatch()
    session = greeted(watch)
    challenge = Challenge(
        1, bytes.fromhex(entry["made_watch_id"]), SHAKE.watch_nonce, bytes.fromhex(entry["proof"])
    )
    assert session.receive(encode(challenge)) == ()
    assert (session.unproven_challenges, session.state) == (1, State.GREETED)


def test_a_challenge_bent_in_any_bit_is_not_taken() -> None:
    watch = PaperWatch()
    challenge = watch.challenge(host().greet())
    session = greeted(watch)
    for bit in range(8 * len(challenge)):
        bent = bytearray(challenge)
        bent[bit // 8] ^= 1 << bit % 8
        assert session.receive(bytes(bent)) == ()
    for length in range(len(challenge)):
        assert session.receive(challenge[:length]) == ()
    assert session.state is State.GREETED
    assert session.receive(challenge) != ()


def test_a_proven_version_that_was_not_offered() -> None:
    shake = dataclasses.replace(SHAKE, versions=b"\x01\x01\x02")
    session = greeted(PaperWatch())
    with pytest.raises(UnfitWatch, match="chose hold profile 2, which was not offered"):
        session.receive(encode(Challenge(2, shake.watch_id, shake.watch_nonce, shake.watch_proof())))


def test_a_nonce_that_was_used_before() -> None:
    session = host(seen_nonces=(bytes(16), SHAKE.watch_nonce))
    challenge = PaperWatch().challenge(session.greet())
    with pytest.raises(TrustError, match="used a nonce again"):
        session.receive(challenge)


@pytest.mark.parametrize(
    ("code", "error", "text"),
    [
        (3, UnfitWatch, "does not speak hold profile 1: upgrade the older"),
        (4, TrustError, "unknown key.*wearsync pair"),
        (5, TrustError, "wrong proof.*wearsync pair"),
        (8, TrustError, "locked out for 60 s"),
        (7, ProtocolError, "ended the handshake: not now"),
        (99, ProtocolError, "ended the handshake: error 99"),
    ],
)
def test_an_error_before_ready_ends_it(code: int, error: type[WatchError], text: str) -> None:
    for session in (greeted(PaperWatch()), proving(PaperWatch()), greeted(PaperWatch(is_open=True))):
        with pytest.raises(error, match=text):
            session.receive(encode(Error(code, 1)))


def test_ready_without_a_tag_or_with_another_frames_tag() -> None:
    with pytest.raises(TrustError, match="wrong tag"):
        proving(PaperWatch()).receive(encode(READY))
    stranger = PaperWatch(key=bytes(32))
    with pytest.raises(TrustError, match="wrong tag"):
        proving(PaperWatch()).receive(stranger.says(READY))


@pytest.mark.parametrize(
    "wrong",
    [
        dataclasses.replace(READY, first_seq=0),
        dataclasses.replace(READY, first_seq=10),
        dataclasses.replace(READY, window=0),
    ],
)
def test_ready_that_can_not_be(wrong: Ready) -> None:
    watch = PaperWatch()
    with pytest.raises(ProtocolError, match="READY of a journal from"):
        proving(watch).receive(watch.says(wrong))


# --- order ---


@pytest.mark.parametrize("frame", [worn(1), Lost(1, 2), Pong(1, 7, 1, 0), READY])
def test_nothing_but_errors_and_unknown_frames_between_ready_and_start(frame: UpFrame) -> None:
    watch = PaperWatch()
    with pytest.raises(ProtocolError, match=f"{type(frame).__name__} came in state ready"):
        ready(watch).receive(watch.says(frame))


def test_errors_and_unknown_frames_between_ready_and_start() -> None:
    watch = PaperWatch()
    session = ready(watch)
    assert session.receive(watch.says(Error(7, 4))) == (WatchRefused(7, "the watch refused ACK: not now"),)
    assert session.receive(watch.says(Error(77, 0x42))) == (
        WatchRefused(77, "the watch refused frame 42: error 77"),
    )
    assert session.receive(watch.says(Unknown(0x90, b""))) == ()
    assert session.unknown_frames == 1


@pytest.mark.parametrize("frame", [READY, Challenge(1, bytes(16), bytes(16), bytes(16))])
def test_the_handshake_does_not_come_again(frame: UpFrame) -> None:
    watch = PaperWatch()
    with pytest.raises(ProtocolError, match=f"{type(frame).__name__} came in state streaming"):
        streaming(watch).receive(watch.says(frame))


def test_only_ready_follows_prove() -> None:
    watch = PaperWatch()
    with pytest.raises(ProtocolError, match="Unknown came in state proving"):
        proving(watch).receive(watch.says(Unknown(0x90, b"")))


def test_the_host_keeps_the_order_too() -> None:
    with pytest.raises(RuntimeError, match="Ping can't be sent in state new"):
        host().send(Ping(1))
    with pytest.raises(RuntimeError, match="Ack can't be sent in state ready"):
        ready(PaperWatch()).send(Ack(1))
    with pytest.raises(RuntimeError, match="Start can't be sent in state streaming"):
        streaming(PaperWatch()).begin(1)
    with pytest.raises(RuntimeError, match="Hello can't be sent in state greeted"):
        greeted(PaperWatch()).greet()


def test_a_wrong_tag_that_the_watch_found() -> None:
    watch = PaperWatch()
    with pytest.raises(TrustError, match="found a wrong tag on CUES"):
        streaming(watch).receive(watch.says(Error(6, 5)))


# --- open watches ---


def test_an_open_watch() -> None:
    watch, session = PaperWatch(is_open=True), host(is_open=True)
    hello = decode_down(session.greet())
    assert hello == Hello(1, 1, bytes(4), SHAKE.host_nonce)
    for stale in (worn(1), Challenge(1, SHAKE.watch_id, SHAKE.watch_nonce, bytes(16)), Unknown(0x90, b"")):
        assert session.receive(encode(stale)) == ()
    (said,) = session.receive(encode(READY))
    assert isinstance(said, WatchReady)
    assert said.trust is Trust.NONE
    assert session.begin(8) == (Transmit(encode(Start(8))),)
    assert seqs(session.receive(watch.says(worn(8)))) == [8, "|"]
    assert session.acknowledge(8) == (Transmit(encode(Ack(8))),)


def test_a_watch_with_a_key_does_not_become_open() -> None:
    session = greeted(PaperWatch())
    assert session.receive(encode(READY)) == ()
    assert session.state is State.GREETED


# --- whatever may come ---


@given(data=st.binary(max_size=120), begin=st.sampled_from([greeted, proving, ready, streaming]))
def test_noise_is_dropped_or_ends_the_session(
    data: bytes, begin: Callable[[PaperWatch], HostSession]
) -> None:
    session = begin(PaperWatch())
    before = session.state
    with contextlib.suppress(WatchError):
        assert session.receive(data) == ()
    assert session.state is before


@given(bits=st.sets(st.integers(0, 8 * 24 - 1), min_size=1, max_size=4))
def test_a_bent_frame_ends_the_session_with_nothing_of_it_used(bits: set[int]) -> None:
    watch = PaperWatch()
    session = streaming(watch)
    bent = bytearray(watch.says(worn(1)))
    assert len(bent) == 24
    for bit in bits:
        bent[bit // 8] ^= 1 << bit % 8
    with pytest.raises(TrustError):
        session.receive(bytes(bent))
