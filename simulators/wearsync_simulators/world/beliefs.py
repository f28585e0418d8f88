"""I8: an ACK that was lost is said again: a watch that is connected, and has nothing new, knows of it.

Rule: looked at from outside, now and then while the world runs, for at its end there is news in any case. One
look proves nothing; a watch that is behind for so many in a row, with a host that has all, stays so.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wearsync_simulators.world.books import read_cursor
from wearsync_simulators.world.evidence import Violation
from wearsync_simulators.world.host import Host
from wearsync_simulators.world.wrist import Wrist

__all__ = ["LOOK_EVERY_S", "Beliefs", "Look", "look_at"]

# A silent link is dropped in five minutes and a quarter, and built anew in a minute or two: what is not known
# at the third look was not said again.
LOOK_EVERY_S = 240.0
LOOKS = 3


@dataclass(frozen=True, slots=True)
class Look:
    """One watch, now: the `newest` record that it has written, the last one that it believes to be
    `acknowledged`, and the last that the host `has`; None: there is no host, or no link to it, or nothing to
    ask for, since the watch believes that it has all.
    """

    watch_id: str
    newest: int
    acknowledged: int
    has: int | None


class Beliefs:
    """What some watches believe that their host has."""

    def __init__(self) -> None:
        # By watch: how often in a row it was behind, and with what.
        self._behind: dict[str, tuple[Look, int]] = {}

    def judge(self, looks: Sequence[Look]) -> Iterator[Violation]:
        """Who stays behind, once for each record that this happens with."""
        for look in looks:
            last, count = self._behind.pop(look.watch_id, (look, 0))
            if look.has != look.newest or look.acknowledged == look.newest:
                continue
            count = count + 1 if look == last else 1
            self._behind[look.watch_id] = look, count
            if count == LOOKS:
                said = f"the host has {look.has}, and the watch knows of {look.acknowledged}"
                yield Violation("I8", f"{look.watch_id[:8]}: {said}")


def look_at(host: Host, wrists: Sequence[Wrist]) -> list[Look]:
    """All of them, now; without a word to anybody."""
    return [_look_at(host, wrist) for wrist in wrists]


def _look_at(host: Host, wrist: Wrist) -> Look:
    newest, acknowledged = wrist.watch.next_seq - 1, wrist.acknowledged.get(wrist.watch.journal_id, 0)
    return Look(
        watch_id=wrist.watch.watch_id.hex(),
        newest=newest,
        acknowledged=acknowledged,
        has=None if acknowledged == newest else _has(host, wrist),
    )


def _has(host: Host, wrist: Wrist) -> int | None:
    daemon = host.ready
    task = None if daemon is None else daemon.named(wrist.name)
    if task is None or task.link.state != "connected":
        return None
    try:
        return read_cursor(host.journal_path, wrist.watch.watch_id.hex(), wrist.watch.journal_id) - 1
    except sqlite3.Error:
        return None  # damaged just now, and soon mended
