"""How far a connection with a watch of the hold profile has come, and how long each stage may take."""

from collections.abc import Mapping
from enum import Enum
from typing import Final

# Reading 19 bytes takes two connection intervals; ten seconds is a watch that is not there any more.
INFO_DEADLINE_MS: Final = 10_000
# The caller decides on an introduction by itself, or asks a person who has the name to choose.
INTRODUCTION_DEADLINE_MS: Final = 60_000
# A person compares six digits, or types them; Bluetooth itself gives up after 30 s of silence.
BOND_DEADLINE_MS: Final = 90_000
# A write with response; some watches make the key durable before they answer.
KEY_DEADLINE_MS: Final = 10_000
# Up is encrypted: the link may have to be encrypted first, and slow watches take seconds for that.
SUBSCRIBE_DEADLINE_MS: Final = 30_000
# The watch's own limit for PROVE is 10 s.
GREETING_DEADLINE_MS: Final = 10_000
# "… or START not in a further 10 s": the watch leaves then.
BEGIN_DEADLINE_MS: Final = 10_000
# A watch that has records, and room in its window, sends; half a minute covers erasing flash many times over.
STALL_DEADLINE_MS: Final = 30_000
# "On connect the host samples three times".
CLOCK_SAMPLES: Final = 3


class Stage(Enum):
    """How far the connection has come; see the drawing above."""

    NEW = "new"
    READING = "reading Info"
    INTRODUCED = "introduced"
    BONDING = "bonding"
    HANDING = "handing the key over"
    SUBSCRIBING = "subscribing"
    GREETING = "greeting"
    BEGINNING = "beginning"
    STREAMING = "streaming"
    OVER = "over"


# "Every state has a deadline": how long each stage may take, and what it means when it takes longer.
STAGE_DEADLINES: Final[Mapping[Stage, tuple[int, str]]] = {
    Stage.READING: (INFO_DEADLINE_MS, "the watch did not give its Info in time"),
    Stage.INTRODUCED: (INTRODUCTION_DEADLINE_MS, "nobody said in time whether to pair with the watch"),
    Stage.BONDING: (BOND_DEADLINE_MS, "the watch and this host did not bond in time"),
    Stage.HANDING: (KEY_DEADLINE_MS, "the watch did not take its key in time"),
    Stage.SUBSCRIBING: (SUBSCRIBE_DEADLINE_MS, "the watch did not switch its notifications on in time"),
    Stage.GREETING: (GREETING_DEADLINE_MS, "the watch did not answer the handshake in time"),
    Stage.BEGINNING: (BEGIN_DEADLINE_MS, "the journal did not say in time where to begin"),
}
