"""The music service's fields, as the firmware takes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wearsync_simulators.watches.infinitime.music import TEXT_MAX_BYTES, Field, MusicScreen, written

NOW_S = 100.0
FRESH = MusicScreen(as_of_s=NOW_S)


def after(*writes: tuple[Field, bytes, float]) -> MusicScreen:
    screen = FRESH
    for field, raw, at_s in writes:
        screen = written(screen, field, raw, NOW_S + at_s)
    return screen


def test_a_watch_that_nobody_has_written_to() -> None:
    assert (FRESH.artist, FRESH.track, FRESH.playing) == ("Not Playing", "", False)
    assert FRESH.ends_at_s is None


def test_numbers_are_big_endian() -> None:
    assert after((Field.LENGTH, b"\x00\x00\x01\x2c", 0)).length_s == 300
    assert after((Field.LENGTH, (300).to_bytes(4, "little"), 0)).length_s != 300


def test_a_number_that_is_too_short_is_read_on_into_rubbish() -> None:
    assert after((Field.POSITION, b"\x00\x00\x01", 0)).position_s not in (1, 256)


@pytest.mark.parametrize("field", [Field.ARTIST, Field.TRACK, Field.ALBUM])
def test_a_text_of_more_than_forty_bytes_ends_in_dots(field: Field) -> None:
    def shown(raw: bytes) -> str:
        screen = after((field, raw, 0))
        return {Field.ARTIST: screen.artist, Field.TRACK: screen.track, Field.ALBUM: screen.album}[field]

    assert shown(b"x" * 40) == "x" * 40
    assert shown(b"x" * 41) == "x" * 37 + "..."
    assert shown("ä".encode() * 21) == "ä" * 18 + "�..."
    assert shown(b"as C\0reads it") == "as C"


def test_the_bar_runs_while_playing_and_stands_while_not() -> None:
    held = (Field.LENGTH, (30).to_bytes(4, "big"), 0), (Field.POSITION, bytes(4), 0), (Field.STATUS, b"\1", 0)
    running = after(*held)
    assert running.ends_at_s == NOW_S + 30
    assert running.shown_position_s(NOW_S + 12.9) == 12
    paused = after(*held, (Field.STATUS, b"\0", 12.9))
    assert paused.ends_at_s is None
    assert paused.shown_position_s(NOW_S + 20) == 12


def test_a_pause_that_is_written_twice_moves_the_bar() -> None:
    once = (Field.POSITION, bytes(4), 0), (Field.STATUS, b"\0", 5)
    assert after(*once).position_s == 5
    assert after(*once, (Field.STATUS, b"\0", 7)).position_s == 5 + 7


def test_the_speed_is_in_hundredths() -> None:
    fast = after((Field.LENGTH, (30).to_bytes(4, "big"), 0), (Field.SPEED, (200).to_bytes(4, "big"), 0))
    assert written(fast, Field.STATUS, b"\1", NOW_S).ends_at_s == NOW_S + 15
    still = written(fast, Field.SPEED, bytes(4), NOW_S)
    assert written(still, Field.STATUS, b"\1", NOW_S).ends_at_s is None


def test_what_the_app_does_not_show_changes_nothing() -> None:
    for field in (Field.TRACK_NUMBER, Field.TRACKS, Field.REPEAT, Field.SHUFFLE):
        assert after((field, b"\1\2\3\4", 0)) == FRESH


@given(st.sampled_from(Field), st.binary(max_size=512))
def test_no_write_breaks_it(field: Field, raw: bytes) -> None:
    screen = after((field, raw, 0))
    for text in (screen.artist, screen.track, screen.album):
        assert len(text) <= TEXT_MAX_BYTES
    assert -(2**31) <= screen.shown_position_s(NOW_S) < 2**31
