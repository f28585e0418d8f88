"""What a family of watches can't do, in words for people, from what its driver declares."""

from wearsync.drivers.base import Capabilities
from wearsync.model import Trust


def limits(can: Capabilities) -> tuple[str, ...]:
    """A line for each thing that the hold profile can do and this family can't; none: it can do all."""
    lacks = (
        (can.acks == "scheduled", "cues: queued, the watch can't say whether they ran"),
        (can.acks == "none", "cues: the watch acknowledges none, so whether one was played is not known"),
        (not can.felt, "cues: the wearer can't confirm that one was felt"),
        (not can.cues_ahead, "cues: sent just in time, so there are none without the link"),
        (can.haptics == "single", "cues: each is the same short pulse"),
        (not can.journal, "journal: none, so what happens without the link is not known"),
        (not can.runs_alone, "routine: not on the watch, so nothing goes on without the link"),
        (can.display == "music", "display: the music player's fields"),
        (can.display == "none", "display: none of ours"),
        (can.trust is Trust.BOND, "trust: the Bluetooth bond alone, no key is proven"),
        (can.trust is Trust.NONE, "trust: none"),
    )
    return tuple(text for lacking, text in lacks if lacking)
