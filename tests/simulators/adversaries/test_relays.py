"""Each meddling does what it says, once, and then lets everything pass."""

import pytest

from wearsync_simulators.adversaries.middle import Relay, Way
from wearsync_simulators.adversaries.relays import (
    Again,
    Mirror,
    Op,
    Strike,
    Swap,
    doubled,
    dropped,
    flipped,
)

A, B, C = b"\x0aA", b"\x83B", b"\x0aC"


def passed(relay: Relay, *frames: bytes, way: Way = Way.DOWN) -> list[bytes]:
    return [out for number, frame in enumerate(frames) for out in relay.passed(way, number, frame)]


@pytest.mark.parametrize(
    ("relay", "comes"),
    [
        (Relay(), [A, B, C]),
        (Strike(Op.PING, dropped), [B, C]),
        (Strike(Op.PING, dropped, strikes=2), [B]),
        (Strike(Op.PING, doubled), [A, A, B, C]),
        (Strike(Op.RECORDS, flipped(0)), [A, b"\x82B", C]),
        (Swap(Op.PING), [B, A, C]),
        (Again(Op.PING, later=1), [A, B, A, C]),
        (Again(Op.PING, later=2), [A, B, C, A]),
    ],
)
def test_what_comes_of_three_frames(relay: Relay, comes: list[bytes]) -> None:
    assert passed(relay, A, B, C) == comes


def test_what_is_kept_waits_for_a_frame_of_its_own_direction() -> None:
    for relay in (Swap(Op.PING), Again(Op.PING, later=1)):
        passed(relay, A)
        assert passed(relay, B, way=Way.UP) == [B]


def test_what_comes_back_has_the_number_of_what_was_to_come() -> None:
    """Of one connection, and once."""
    relay = Mirror(Way.UP)
    for _ in range(2):
        assert passed(relay, b"\x01", b"\x02", b"\x03", A) == [b"\x01", b"\x02", b"\x03", A]
    assert passed(relay, b"\x81", b"\x82", B, way=Way.UP) == [b"\x81", b"\x03", B]


def test_bits_are_counted_around_the_frame() -> None:
    assert flipped(16 + 9)(A) == (b"\x0aC",)
    assert flipped(9)(A) == (b"\x0aC",)
