"""What of a world is violated: by all that may never be, while it runs, and by all that must be, at its end.

Rule: it looks, and changes nothing; what it looks at are files, logs and what came out of the host.
"""

import sqlite3
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path

from wearsync.daemon.keys import KeyStore
from wearsync.publish.topics import summary_of
from wearsync_simulators.world.books import Books, read_books
from wearsync_simulators.world.broker import WorldBroker
from wearsync_simulators.world.checkers import Figure, Scene, bounded, check, no_secrets
from wearsync_simulators.world.evidence import Violation, Watched
from wearsync_simulators.world.host import Host
from wearsync_simulators.world.log import WorldLog
from wearsync_simulators.world.people import STEPS
from wearsync_simulators.world.wrist import Wrist

__all__ = ["Reckoning"]

# What a person can still read, and a card of flash takes for years, a watch.
LOG_LINES_A_DAY = 3000
# The first tries follow each other quickly, then the waits double. A journal that fails begins them
# anew, every ten seconds: three tries in each.
BROKER_CONNECTS_A_MINUTE = 18
# Of a traceback: its end says what it was.
_DEFECT_MAX = 3000


@dataclass(slots=True)
class Reckoning:
    """Of one world. `keys`: the file with its host's; `wall()`: true Unix time, seconds; `told_before`: the
    ids of the events that the broker saw before the host last began from a backup; `books`: the host's, when
    it was looked at last.
    """

    host: Host
    broker: WorldBroker
    wrists: Sequence[Wrist]
    log: WorldLog
    keys: Path
    wall: Callable[[], float]
    zone: tzinfo
    told_before: Set[str] = frozenset()
    books: Books = field(default_factory=Books)

    def so_far(self) -> list[Violation]:
        """What is violated already, however it goes on. A journal that can't be read just now is no reason to
        complain: the host is to mend it.
        """
        try:
            self.books = read_books(self.host.journal_path)
        except sqlite3.Error:
            return self._logged()
        return [*check(self._scene(healed=False)), *self._logged()]

    def at_the_end(self, *, days: int) -> list[Violation]:
        """All that is violated after so many days and the healing."""
        violations: list[Violation] = []
        try:
            self.books = read_books(self.host.journal_path)
        except sqlite3.Error as error:
            violations.append(Violation("I6", f"the journal can't be read: {error}"))
            self.books = Books()
        lines_a_day, connects_a_minute = self.log.count / days, self.broker.connects_a_minute
        figures = (
            Figure("lines of log a day", lines_a_day, LOG_LINES_A_DAY * len(self.wrists)),
            Figure("connects to the broker a minute", connects_a_minute, BROKER_CONNECTS_A_MINUTE),
        )
        return [*violations, *check(self._scene(healed=True)), *self._logged(), *bounded(figures)]

    def _scene(self, *, healed: bool) -> Scene:
        wearers = (f"wearer {each.name}" for each in self.wrists)
        told = {wearer: self.broker.retained.get(summary_of(wearer)) for wearer in wearers}
        return Scene(
            books=self.books,
            watches=tuple(_watched(each) for each in self.wrists),
            subscriber=self.broker.subscriber,
            zone=self.zone,
            today=datetime.fromtimestamp(self.wall(), self.zone).date(),
            steps=STEPS,
            clock_errors_ms=frozenset(round(error_s * 1000) for error_s in self.host.clock_errors_s),
            restored=self.host.restored,
            told_before=self.told_before,
            healed=healed,
            summaries=told if healed else {},  # before, one may still be on its way
        )

    def _logged(self) -> list[Violation]:
        """What no line of the log may say."""
        entries = KeyStore(self.keys).entries()
        secrets = [key for entry in entries for key in (entry.key, entry.pending) if key is not None]
        defects = (Violation("I6", line[-_DEFECT_MAX:]) for line in self.log.defects)
        return [*no_secrets(self.log.lines, secrets), *defects]


def _watched(wrist: Wrist) -> Watched:
    return Watched(
        watch_id=wrist.watch.watch_id.hex(),
        journal_id=wrist.watch.journal_id,
        written=wrist.written,
        ring=wrist.ring,
        pulses=tuple(wrist.watch.motor_log),
        damaged=frozenset(wrist.damaged),
        own_cues=wrist.own_cues,
        acknowledged=wrist.acknowledged.get(wrist.watch.journal_id, 0),
    )
