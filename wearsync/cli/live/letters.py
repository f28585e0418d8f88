"""Words and numbers as large as there is room for, to be read from two metres; pure.

Rule: a letter is five dots high. A dot is as wide as high (a cell is twice as high as wide), so a letter
keeps its shape at every size.
"""

from collections.abc import Sequence
from itertools import zip_longest

from wearsync.cli.live.signs import Signs

# Half cells: the larger sizes are for terminals across a room.
SIZES = range(8, 0, -1)
HEIGHT = 5

_FONT = {
    "A": (" ## ", "#  #", "####", "#  #", "#  #"),
    "D": ("### ", "#  #", "#  #", "#  #", "### "),
    "E": ("####", "#   ", "### ", "#   ", "####"),
    "F": ("####", "#   ", "### ", "#   ", "#   "),
    "G": (" ###", "#   ", "# ##", "#  #", " ###"),
    "H": ("#  #", "#  #", "####", "#  #", "#  #"),
    "I": ("#", "#", "#", "#", "#"),
    "L": ("#   ", "#   ", "#   ", "#   ", "####"),
    "N": ("#  #", "## #", "# ##", "#  #", "#  #"),
    "O": (" ## ", "#  #", "#  #", "#  #", " ## "),
    "P": ("### ", "#  #", "### ", "#   ", "#   "),
    "R": ("### ", "#  #", "### ", "# # ", "#  #"),
    "S": (" ###", "#   ", " ## ", "   #", "### "),
    "T": ("###", " # ", " # ", " # ", " # "),
    "U": ("#  #", "#  #", "#  #", "#  #", " ## "),
    "Y": ("# #", "# #", " # ", " # ", " # "),
    "?": ("###", "  #", " ##", "   ", " # "),
    "0": ("####", "#  #", "#  #", "#  #", "####"),
    "1": ("  # ", " ## ", "  # ", "  # ", " ###"),
    "2": ("####", "   #", "####", "#   ", "####"),
    "3": ("####", "   #", " ###", "   #", "####"),
    "4": ("#  #", "#  #", "####", "   #", "   #"),
    "5": ("####", "#   ", "####", "   #", "####"),
    "6": ("####", "#   ", "####", "#  #", "####"),
    "7": ("####", "   #", "  # ", " #  ", " #  "),
    "8": ("####", "#  #", "####", "#  #", "####"),
    "9": ("####", "#  #", "####", "   #", "####"),
}
_DOT = "#"


def width(text: str, size: int) -> int:
    """Cells from the first letter's left edge to the last one's right edge."""
    return size * (sum(len(_FONT[letter][0]) for letter in text) + max(0, len(text) - 1))


def height(size: int) -> int:
    """Lines."""
    return (HEIGHT * size + 1) // 2


def sizes(signs: Signs) -> Sequence[int]:
    """Those that can be drawn with these signs, largest first."""
    return tuple(size for size in SIZES if signs.upper or size % 2 == 0)


def rows(text: str, size: int, signs: Signs) -> tuple[str, ...]:
    """The text in lines, all `width` long."""
    dots = [" ".join(row) for row in zip(*(_FONT[letter] for letter in text), strict=True)]
    halves = [_wide(row, size) for row in dots for _ in range(size)]
    sign = {
        (True, True): signs.full,
        (True, False): signs.upper,
        (False, True): signs.lower,
        (False, False): " ",
    }
    blank = " " * width(text, size)
    return tuple(
        "".join(sign[above == _DOT, below == _DOT] for above, below in zip(*pair, strict=True))
        for pair in zip_longest(halves[::2], halves[1::2], fillvalue=blank)
    )


def _wide(row: str, size: int) -> str:
    return "".join(dot * size for dot in row)
