"""Finding the line of a key, however the file is laid out."""

import pytest

from wearsync.config.explain import Location, line_of

TEXT = """\
site = "x"
# left_s = 3
[broker]
  url = "u"

[[watches]]
name = "A"
[watches.routine]
rounds = 1

[[watches]]
name = "B"
"id" = "c"
[ watches . routine ]
rounds = 2
routine.x = 1
"""


@pytest.mark.parametrize(
    ("location", "line"),
    [
        (("site",), 1),
        (("broker",), 3),
        (("broker", "url"), 4),
        (("broker", "missing"), 3),
        (("watches", 0, "name"), 7),
        (("watches", 0, "routine", "rounds"), 9),
        (("watches", 1), 11),
        (("watches", 1, "name"), 12),
        (("watches", 1, "id"), 13),
        (("watches", 1, "routine", "rounds"), 15),
        (("watches", 1, "address"), 11),
        (("elsewhere",), None),
        (("elsewhere", "left_s"), None),
        ((), None),
    ],
)
def test_the_line_of_a_key_or_of_its_table(location: Location, line: int | None) -> None:
    assert line_of(location, TEXT) == line


def test_a_dotted_key_is_found() -> None:
    assert line_of(("broker", "url"), 'x = 1\nbroker.url = "u"\n') == 2
