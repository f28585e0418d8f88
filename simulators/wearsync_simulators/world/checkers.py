"""All invariants of docs/reliability.md over what the world has, at its end or after any restart.

Rule: a check reads and compares, and changes nothing; each violation says which invariant, what and where.
"""

import base64
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, tzinfo

from wearsync.errors import WearsyncError
from wearsync_simulators.world.alerts import alerted
from wearsync_simulators.world.books import Books
from wearsync_simulators.world.cue_runs import played_once
from wearsync_simulators.world.delivery import delivered, in_order
from wearsync_simulators.world.dose import days_kept, summary
from wearsync_simulators.world.evidence import Violation, Watched
from wearsync_simulators.world.kept import cursors, nothing_foreign, nothing_missing
from wearsync_simulators.world.process import Dead
from wearsync_simulators.world.reminders import reminded
from wearsync_simulators.world.results import cues_settled, days, holds_counted
from wearsync_simulators.world.sessions import sessions_counted
from wearsync_simulators.world.stamps import stamped
from wearsync_simulators.world.subscriber import Subscriber

__all__ = ["Figure", "Scene", "bounded", "check", "drained", "ended_well", "no_secrets"]

# How a hold, or what is said of one, would look in a line of a log.
_HEALTH = re.compile(
    r"held_ms|measured_s|credited_s|local_date|\boutcome\b|\bside\W{1,4}(?:left|right)\b"
    r"|\b(?:left|right)_s\b|it hurt|\bpain\b",
    re.IGNORECASE,
)
# What SQLite says of a damaged table: it names a column, and no value.
_OF_DAMAGE = re.compile(r"(?:NULL|NUMERIC|INT|REAL|TEXT|BLOB|non-\w+) value (?:stored )?in \w+\.\w+")
# Shorter ones would be found in any number.
_SECRET_BYTES_MIN = 8


@dataclass(frozen=True, slots=True)
class Scene:
    """What there is to be checked. `summaries`: the one told last, by wearer; `today`: on the host's clock;
    `steps`: of the routine; `clock_errors_ms`: what the host's clock was ever wrong by; `healed`: all faults
    are over, and there was time to drain; `restored`: the host has begun from a backup once, and
    `told_before`: the ids of the events that the broker saw before it did last.
    """

    books: Books
    watches: Sequence[Watched]
    subscriber: Subscriber
    zone: tzinfo
    today: date
    steps: int
    summaries: Mapping[str, str | None] = field(default_factory=dict)
    clock_errors_ms: Set[int] = frozenset({0})
    healed: bool = True
    restored: bool = False
    told_before: Set[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Figure:
    """Something that must not grow beyond a limit (I7), both in the same unit."""

    name: str
    value: float
    limit: float


def check(scene: Scene) -> list[Violation]:
    """I1, I2, I4, I5, I8, I10 and I11; in this order."""
    return list(_all(scene))


def ended_well(name: str, error: BaseException | None) -> Violation | None:
    """I6: a life ends in order, by kill -9, or by an error that has its exit code."""
    if error is None or isinstance(error, Dead | WearsyncError):
        return None
    return Violation("I6", f"{name} ended by {type(error).__name__}: {error}")


def bounded(figures: Iterable[Figure]) -> Iterator[Violation]:
    """I7: nothing grows beyond its limit."""
    for figure in figures:
        if figure.value > figure.limit:
            yield Violation("I7", f"{figure.name}: {figure.value:g} is more than {figure.limit:g}")


def drained(books: Books, watches: Iterable[Watched]) -> Iterator[Violation]:
    """I8: nothing is under way any more; to be asked when the time for it is over."""
    for watched in watches:
        newest = max((one.seq for one in watched.written if one.journal_id == watched.journal_id), default=0)
        cursor = cursors(books, watched.watch_id).get(watched.journal_id, 1)
        if cursor <= newest:
            yield Violation("I8", f"{watched.watch_id[:8]} has written {newest}, the host wants {cursor}")
        elif watched.acknowledged != cursor - 1:
            has = f"the host has {cursor - 1}, and the watch knows of {watched.acknowledged}"
            yield Violation("I8", f"{watched.watch_id[:8]}: {has}")
    states = Counter(event.state for event in books.events)
    for state in ("waiting", "parked"):
        if states[state]:
            yield Violation("I8", f"{states[state]} events are {state}")


def no_secrets(lines: Iterable[str], secrets: Iterable[bytes]) -> Iterator[Violation]:
    """I9: no line of a log has a key or a nonce in any common form, nor tells how anybody held."""
    text = _OF_DAMAGE.sub("", "\n".join(lines))
    for match in _HEALTH.finditer(text):
        line = text[text.rfind("\n", 0, match.start()) + 1 :].partition("\n")[0]
        yield Violation("I9", f"a log line tells of health: {line}")
    folded = text.lower()
    for secret in secrets:
        in_base64 = base64.b64encode(secret).decode().rstrip("=")
        forms = (secret.hex(), secret.hex(":"), secret.hex(" "), repr(secret)[2:-1].lower())
        if len(secret) >= _SECRET_BYTES_MIN and (in_base64 in text or any(form in folded for form in forms)):
            yield Violation("I9", "a log line has a key or a nonce in it")


def _all(scene: Scene) -> Iterator[Violation]:
    books = scene.books
    for watched in scene.watches:
        yield from nothing_missing(books, watched, healed=scene.healed)
        yield from stamped(books, watched, scene.clock_errors_ms)
    yield from alerted(books, scene.subscriber)
    yield from holds_counted(books)
    yield from sessions_counted(books, steps=scene.steps)
    yield from cues_settled(books)
    yield from days(books, scene.zone)
    yield from reminded(books, scene.zone)
    yield from delivered(books, scene.subscriber, healed=scene.healed, restored=scene.restored)
    yield from in_order(books, scene.subscriber.seen, before=scene.told_before)
    yield from nothing_foreign(books, scene.watches, restored=scene.restored)
    if scene.healed:
        yield from drained(books, scene.watches)
    for watched in scene.watches:
        yield from played_once(books, watched)
    for wearer, told in scene.summaries.items():
        yield from summary(books, wearer, told, today=scene.today)
    yield from days_kept(books)
