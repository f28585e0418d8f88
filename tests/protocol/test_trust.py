"""Keys, proofs and tags: the vectors have the values, here are the manners."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol.vectors import handshake, load, shake_of
from wearsync.errors import TrustError
from wearsync.protocol.trust import Direction, Handshake, TagLine, key_id, same

SHAKE = shake_of(handshake("one"))
KEY = SHAKE.session_key()
FRAMES = [b"\x03\x05\x00\x00\x00", b"\x0c", b"\x04\x05\x00\x00\x00", b"\x0c"]


def test_a_line_opens_what_its_other_end_sealed() -> None:
    down, watch = TagLine(KEY, Direction.DOWN), TagLine(KEY, Direction.DOWN)
    assert [watch.open(down.seal(frame)) for frame in FRAMES] == FRAMES


def test_a_line_counts_as_the_vectors_do() -> None:
    conversation = [entry for entry in load("tags") if entry["handshake"] == "one"]
    for direction in Direction:
        line = TagLine(KEY, direction)
        entries = [entry for entry in conversation if entry["direction"] == direction][:6]
        assert [entry["counter"] for entry in entries] == [0, 1, 2, 3, 4, 5]
        for entry in entries:
            frame = bytes.fromhex(entry["frame"])
            assert line.seal(frame) == frame + bytes.fromhex(entry["tag"])


def test_the_same_frame_never_has_the_same_tag() -> None:
    line = TagLine(KEY, Direction.DOWN)
    assert len({line.seal(b"\x0c") for _ in range(100)}) == 100


def test_order_matters() -> None:
    line = TagLine(KEY, Direction.UP)
    first, second = (line.seal(frame) for frame in FRAMES[:2])
    other = TagLine(KEY, Direction.UP)
    with pytest.raises(TrustError, match="wrong tag"):
        other.open(second)
    other = TagLine(KEY, Direction.UP)
    other.open(first)
    with pytest.raises(TrustError, match="wrong tag"):
        other.open(first)


@pytest.mark.parametrize("direction", Direction)
def test_a_frame_that_comes_back_is_not_taken(direction: Direction) -> None:
    """Reflection: its tag is whole, and has the right number."""
    other = next(each for each in Direction if each is not direction)
    with pytest.raises(TrustError, match="wrong tag"):
        TagLine(KEY, other).open(TagLine(KEY, direction).seal(FRAMES[0]))


@pytest.mark.parametrize("frame", FRAMES)
def test_any_bit_and_any_truncation_is_noticed(frame: bytes) -> None:
    sealed = TagLine(KEY, Direction.UP).seal(frame)
    for bit in range(8 * len(sealed)):
        bent = bytearray(sealed)
        bent[bit // 8] ^= 1 << bit % 8
        with pytest.raises(TrustError):
            TagLine(KEY, Direction.UP).open(bytes(bent))
    for length in range(len(sealed)):
        with pytest.raises(TrustError):
            TagLine(KEY, Direction.UP).open(sealed[:length])


@given(st.binary(max_size=64))
def test_nobody_guesses_a_tag(data: bytes) -> None:
    with pytest.raises(TrustError):
        TagLine(KEY, Direction.UP).open(data)


def test_a_proof_depends_on_all_that_was_seen() -> None:
    others = [
        dataclasses.replace(SHAKE, key=bytes(32)),
        dataclasses.replace(SHAKE, versions=b"\x01\x02\x01"),
        dataclasses.replace(SHAKE, watch_id=bytes(16)),
        dataclasses.replace(SHAKE, host_nonce=bytes(16)),
        dataclasses.replace(SHAKE, watch_nonce=bytes(16)),
    ]
    proofs = [proof for each in (SHAKE, *others) for proof in (each.watch_proof(), each.host_proof())]
    assert len(set(proofs)) == len(proofs)
    assert len({each.session_key() for each in (SHAKE, *others)}) == 4, (
        "versions and watch are in the proofs only"
    )


def test_a_key_is_not_shown() -> None:
    shake = Handshake(b"k" * 32, b"\x01\x01\x01", bytes(16), bytes(16), bytes(16))
    assert "k" * 4 not in repr(shake)
    assert repr(shake.session_key()) not in repr(TagLine(shake.session_key(), Direction.UP))


def test_key_ids_tell_keys_apart() -> None:
    assert len({key_id(bytes((n,)) * 32) for n in range(50)}) == 50


def test_same() -> None:
    assert same(b"a", b"a")
    assert not same(b"a", b"b")
