"""A QR code on the terminal.

Rule: light on dark in the terminal's own colours would be read by some cameras only: where colours are
allowed, it says which.
"""

import os
from io import StringIO

# Four are the standard's; cameras take two, and the code then fits 24 lines.
BORDER = 2
_WHITE_ON_BLACK, _RESET = "\x1b[97;40m", "\x1b[0m"


def drawn(text: str, *, unicode: bool, colours: bool) -> str:
    """The code, as lines; without `unicode`, of blanks in two colours, twice as large."""
    import segno

    code = segno.make(text, error="l", micro=False)
    picture = StringIO()
    if not unicode:
        code.terminal(picture, border=BORDER)
        return picture.getvalue().rstrip("\n")
    code.terminal(picture, border=BORDER, compact=True)
    lines = picture.getvalue().rstrip("\n").split("\n")
    return "\n".join(f"{_WHITE_ON_BLACK}{line}{_RESET}" if colours else line for line in lines)


def colours_allowed() -> bool:
    """NO_COLOR (no-color.org), and terminals without any."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
