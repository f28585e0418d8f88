"""The music app as a display: what is written, in which order, and not twice."""

import pytest

from tests.drivers.infinitime.bench import ALBUM, ARTIST, CHARACTERISTICS, LENGTH, POSITION, STATUS, TRACK
from wearsync.drivers.hosted import NOTHING_SHOWN, Face, Shown
from wearsync.drivers.infinitime.gatt import find_handles
from wearsync.drivers.infinitime.screen import Screen
from wearsync.model import Side

T0 = 1_000_000
GAP = Shown(Face.GAP, Side.LEFT, 1, 2, 30, None, "LEFT knee down on the pillow")
HOLD = Shown(Face.HOLD, Side.LEFT, 1, 2, 30, T0, "LEFT knee down on the pillow")


def screen() -> Screen:
    return Screen(find_handles(CHARACTERISTICS))


def written(screen: Screen, shown: Shown, now_ms: int = T0) -> list[tuple[int, bytes]]:
    writes: list[tuple[int, bytes]] = []
    while (write := screen.next_write(shown, now_ms)) is not None:
        writes.append(write)
    return writes


def test_a_display_of_which_nothing_is_known_is_written_whole() -> None:
    assert written(screen(), GAP) == [
        (STATUS, b"\x00"),
        (POSITION, bytes(4)),
        (LENGTH, b"\0\0\0\x1e"),
        (ARTIST, "Get ready · LEFT 1/2".encode()),
        (TRACK, b"LEFT knee down on the pillow"),
        (ALBUM, b"wearsync"),
    ]


def test_what_it_says_already_is_not_written_again() -> None:
    one = screen()
    written(one, GAP)
    assert written(one, GAP) == []
    assert written(one, HOLD, T0 + 90) == [
        (STATUS, b"\x01"),
        (POSITION, bytes(4)),
        (ARTIST, "Hold · LEFT 1/2".encode()),
    ]
    assert written(one, HOLD, T0 + 20_000) == [], "the bar runs by itself"


def test_what_is_forgotten_is_written_as_it_is_by_then() -> None:
    one = screen()
    written(one, HOLD)
    one.forget()
    assert dict(written(one, HOLD, T0 + 12_999))[POSITION] == b"\0\0\0\x0c"


@pytest.mark.parametrize(
    ("face", "artist"),
    [
        (Face.CONFIRM, "Ready? · RIGHT 2/3"),
        (Face.PAUSED, "Paused · RIGHT 2/3"),
        (Face.DONE, "Done · RIGHT 2/3"),
        (Face.CLOCK, "wearsync"),
    ],
)
def test_the_artist_names_phase_side_and_round(face: Face, artist: str) -> None:
    writes = written(screen(), Shown(face, Side.RIGHT, 2, 3, 30, None, ""))
    assert dict(writes)[ARTIST].decode() == artist


def test_without_a_session_there_is_only_the_name() -> None:
    assert [data for _, data in written(screen(), NOTHING_SHOWN)] == [
        b"\x00",
        bytes(4),
        bytes(4),
        b"wearsync",
        b"",
        b"wearsync",
    ]
