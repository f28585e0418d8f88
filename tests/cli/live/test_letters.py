"""Letters keep their shape at every size, and say beforehand how much room they take."""

import pytest

from wearsync.cli.live.letters import height, rows, sizes, width
from wearsync.cli.live.signs import ASCII, UNICODE

EVERYTHING = ("LEFT", "RIGHT", "READY?", "PAUSED", "DONE", "0123456789")


@pytest.mark.parametrize("text", EVERYTHING)
def test_it_is_as_large_as_it_says(text: str) -> None:
    for signs in (UNICODE, ASCII):
        for size in sizes(signs):
            drawn = rows(text, size, signs)
            assert len(drawn) == height(size)
            assert {len(row) for row in drawn} == {width(text, size)}


def test_a_letter_of_the_smallest_size_is_made_of_halves() -> None:
    assert rows("L", 1, UNICODE) == ("█   ", "█   ", "▀▀▀▀")


def test_twice_the_size_is_twice_as_wide_and_in_whole_cells() -> None:
    assert rows("L", 2, ASCII) == ("##      ", "##      ", "##      ", "##      ", "########")


def test_without_halves_only_even_sizes_can_be_drawn() -> None:
    assert set(sizes(ASCII)) == {2, 4, 6, 8}
    assert 1 in sizes(UNICODE)
    assert list(sizes(UNICODE)) == sorted(sizes(UNICODE), reverse=True)
