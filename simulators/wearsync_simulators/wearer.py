"""The wearer of a simulated watch: what a person does at what the watch shows.

Rule: a wearer sees a `WatchView` when the face changes and says what its hand will do after how long. It
holds no timer and reaches nothing: the watch's body carries the deeds out, and forgets them when the face
changes again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Protocol

from wearsync_simulators.watches.view import Face, Press, WatchView

__all__ = [
    "WEARERS",
    "Absent",
    "Comparison",
    "Deed",
    "Diligent",
    "Forgetful",
    "Hasty",
    "Starting",
    "Wearer",
    "Wearing",
    "wearer_named",
]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The answer to "is this the code that the host shows?"."""

    same: bool


@dataclass(frozen=True, slots=True)
class Wearing:
    """The watch is put on, or taken off."""

    worn: bool


@dataclass(frozen=True, slots=True)
class Deed:
    """What the hand does, this long after the face was seen."""

    after_s: float
    what: Press | Comparison | Wearing


class Wearer(Protocol):
    """A person. Asked once for each face, code or step that comes up."""

    def sees(self, view: WatchView) -> Sequence[Deed]:
        """What it will do about what it sees; nothing is an answer."""
        ...


class Diligent:
    """Answers in 1 to 3 s, taps when that is needed, never stops early."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def sees(self, view: WatchView) -> Sequence[Deed]:
        """As the class says."""
        soon_s = self._random.uniform(1.0, 3.0)
        if view.code is not None:
            return [Deed(soon_s, Comparison(same=True))]
        match view.face:
            case Face.CONFIRM:
                return [Deed(soon_s, Press.TAP)]
            case Face.GAP if view.tap_starts:
                return [Deed(soon_s + 3.0, Press.TAP)]
            case Face.QUESTION:
                return [Deed(soon_s, Press.ANSWER_DONE)]
            case Face.PAUSED:
                return [Deed(soon_s + 10.0, Press.TAP)]
            case _:
                return []


class Hasty:
    """Starts early by a tap, sometimes stops early by a double press, sometimes because it was too much."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._diligent = Diligent(random)

    def sees(self, view: WatchView) -> Sequence[Deed]:
        """As the class says."""
        random = self._random
        match view.face:
            case Face.GAP if view.tap_starts or random.random() < 0.7:
                return [Deed(random.uniform(1.0, 2.5), Press.TAP)]
            case Face.HOLD if random.random() < 0.3:
                return [Deed(view.planned_s * random.uniform(0.3, 0.9), Press.DOUBLE_PRESS)]
            case Face.QUESTION if random.random() < 0.2:
                return [Deed(random.uniform(0.5, 2.0), Press.ANSWER_TOO_MUCH)]
            case _:
                return self._diligent.sees(view)


class Forgetful:
    """Misses some questions, answers others late; leaves a session lying now and then."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._diligent = Diligent(random)

    def sees(self, view: WatchView) -> Sequence[Deed]:
        """As the class says."""
        if view.code is None and self._random.random() < 0.4:
            return []
        late_s = self._random.uniform(0.0, 25.0)
        if view.code is not None:  # asked at the computer too, and a watch gives up after 25 s
            late_s = min(late_s, 20.0)
        return [Deed(deed.after_s + late_s, deed.what) for deed in self._diligent.sees(view)]


class Absent:
    """The watch lies on its charger: takes it off, and does nothing."""

    def sees(self, view: WatchView) -> Sequence[Deed]:
        """As the class says."""
        return [Deed(0.0, Wearing(worn=False))] if view.worn else []


class Starting:
    """Another wearer, who also starts one session on the watch, `after_s` after the clock face is seen."""

    def __init__(self, wearer: Wearer, *, after_s: float) -> None:
        self._wearer = wearer
        self._after_s = after_s
        self._clock_since_s: float | None = None

    def sees(self, view: WatchView) -> Sequence[Deed]:
        """As the other one, and the start."""
        if self._clock_since_s is None and view.face is Face.CLOCK:
            self._clock_since_s = view.since_s
        deeds = self._wearer.sees(view)
        # The same clock face, seen again after a code was on it; a later one is of another time.
        if view.face is Face.CLOCK and view.code is None and view.since_s == self._clock_since_s:
            return [*deeds, Deed(self._after_s, Press.START)]
        return deeds


# Who can be named on the command line (`--wearer`), beside `keyboard`, who is a person.
WEARERS: dict[str, Callable[[Random], Wearer]] = {
    "diligent": Diligent,
    "hasty": Hasty,
    "forgetful": Forgetful,
    "absent": lambda _random: Absent(),
}


def wearer_named(name: str, random: Random) -> Wearer:
    """The wearer of that name. Raises KeyError if there is none."""
    return WEARERS[name](random)
