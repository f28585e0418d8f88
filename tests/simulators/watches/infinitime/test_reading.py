"""What a person reads off the artist's line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wearsync_simulators.watches.infinitime.reading import Reading, read_artist
from wearsync_simulators.watches.view import Face
from wearsync_simulators.watches.words import Side


@pytest.mark.parametrize(
    ("line", "reading"),
    [
        ("Ready? · LEFT 1/2", Reading(Face.CONFIRM, Side.LEFT, 1)),
        ("Get ready · RIGHT 10/10", Reading(Face.GAP, Side.RIGHT, 10)),
        ("Hold · LEFT 2/2", Reading(Face.HOLD, Side.LEFT, 2)),
        ("Paused · RIGHT 1/2", Reading(Face.PAUSED, Side.RIGHT, 1)),
        ("Done · RIGHT 2/2", Reading(Face.DONE, Side.RIGHT, 2)),
        ("Done", Reading(Face.DONE)),
        ("wearsync", Reading(Face.CLOCK)),
        ("Not Playing", Reading(Face.CLOCK)),
        ("", Reading(Face.CLOCK)),
        ("Hold Steady", Reading(Face.CLOCK)),
        ("Hold · LEFT", Reading(Face.CLOCK)),
    ],
)
def test_faces(line: str, reading: Reading) -> None:
    assert read_artist(line) == reading


@given(st.text(max_size=40))
def test_somebodys_music_is_no_session(line: str) -> None:
    assert read_artist(line).face is Face.CLOCK
