"""What people are told that a watch can't do: all that its driver does not declare, and nothing else."""

from dataclasses import replace

import pytest

from wearsync.drivers.base import Capabilities
from wearsync.drivers.limits import limits
from wearsync.families import named
from wearsync.model import Trust

ALL = named("wearsync").capabilities


def test_the_hold_profile_lacks_nothing() -> None:
    assert limits(ALL) == ()


@pytest.mark.parametrize(
    ("can", "text"),
    [
        (replace(ALL, acks="scheduled"), "cues: queued, the watch can't say whether they ran"),
        (replace(ALL, acks="none"), "cues: the watch acknowledges none"),
        (replace(ALL, felt=False), "cues: the wearer can't confirm"),
        (replace(ALL, cues_ahead=False), "cues: sent just in time"),
        (replace(ALL, haptics="single"), "cues: each is the same short pulse"),
        (replace(ALL, journal=False), "journal: none"),
        (replace(ALL, runs_alone=False), "routine: not on the watch"),
        (replace(ALL, display="music"), "display: the music player's"),
        (replace(ALL, display="none"), "display: none"),
        (replace(ALL, trust=Trust.BOND), "trust: the Bluetooth bond alone"),
        (replace(ALL, trust=Trust.NONE), "trust: none"),
    ],
)
def test_each_lack_is_one_line(can: Capabilities, text: str) -> None:
    (line,) = limits(can)
    assert line.startswith(text)


def test_infinitime_can_do_little() -> None:
    assert len(limits(named("infinitime").capabilities)) == 8
