"""The characters that a terminal can show; pure.

Rule: one cell each. A sign says it all, colour only repeats it.
"""

from dataclasses import dataclass

from wearsync.cli import heat_map


@dataclass(frozen=True, slots=True)
class Signs:
    """`full`, `rest`: of a bar, `part`: its last cell by eighths, none: it has no parts; `upper`, `lower`:
    half a cell each, none: letters are made of whole ones. `days`: of the calendar.
    """

    full: str
    rest: str
    part: str
    upper: str
    lower: str
    dot: str
    waiting: str
    days: heat_map.Signs


UNICODE = Signs("█", "·", "▏▎▍▌▋▊▉", "▀", "▄", "·", "…", heat_map.UNICODE)
# The 256 characters of the Linux console have blocks and halves, but no eighths.
CONSOLE = Signs("█", "·", "", "▀", "▄", "·", "...", heat_map.UNICODE)
ASCII = Signs("#", ".", "", "", "", "-", "...", heat_map.ASCII)
