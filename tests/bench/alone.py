"""A watch that its wearer uses alone, day after day: the records that it writes, and its own end of the link.

Rule: a day is always the same one, so that a round is the same work: put on, taken off, a routine of four
holds in the morning and one in the evening, charge every few hours.
"""

from collections.abc import Iterator, Sequence

from tests.protocol.meeting import streaming
from tests.protocol.peer import READY, PaperWatch
from wearsync.protocol.frames import Ready, Records
from wearsync.protocol.session import HostSession
from wearsync_simulators.watches.records import (
    Battery,
    Body,
    Booted,
    HoldStarted,
    HoldStopped,
    IntentTold,
    SessionTold,
    Worn,
    write_record,
)
from wearsync_simulators.watches.words import (
    Intent,
    Reason,
    Reset,
    SessionSource,
    SessionWhat,
    Side,
    Source,
    Variant,
)

DAY_MS = 24 * 3600 * 1000
HOUR_MS = 3600 * 1000
# Its battery was empty by then, once a week.
DAYS_A_BOOT = 7
# MTU 247: 244 bytes of value, less opcode and tag.
BODY_MAX_BYTES = 235
_HOLD_MS, _GAP_MS = 30_000, 10_000
_ROUTINE_ID = 16_909_060
_BATTERY_EVERY_H = 4


def records(days: int, *, unix_ms: int) -> list[bytes]:
    """Everything that the watch has written in so many days, the first of which begins at that Unix time."""
    raws: list[bytes] = []
    for day in range(days):
        boot, since_boot = day // DAYS_A_BOOT + 1, day % DAYS_A_BOOT * DAY_MS
        moments = [(since_boot + tick, body) for tick, body in _day(day)]
        if since_boot == 0:
            moments.insert(0, (0, Booted(Reset.POWER_ON, (unix_ms + day * DAY_MS) * 1000)))
        raws += [
            write_record(seq=seq, boot=boot, tick=tick, body=body)
            for seq, (tick, body) in enumerate(moments, start=len(raws) + 1)
        ]
    return raws


def batches(raws: Sequence[bytes], size: int) -> Iterator[Sequence[bytes]]:
    """In groups of that size."""
    for first in range(0, len(raws), size):
        yield raws[first : first + size]


class Line:
    """One connection after START: what the watch notifies, tags included, and the host's session that hears
    it.
    """

    def __init__(self, count: int, boot: int) -> None:
        self._watch = PaperWatch()
        frame = Ready(
            journal_id=READY.journal_id,
            boot=boot,
            tick=0,
            first_seq=1,
            next_seq=count + 1,
            window=65_535,
            cue_slots=16,
            routine_id=_ROUTINE_ID,
            features=3,
        )
        self.session: HostSession = streaming(self._watch, frame=frame)

    def notifications(self, raws: Sequence[bytes]) -> list[bytes]:
        """These records, as many in a frame as fit."""
        bodies = [b""]
        for raw in raws:
            if len(bodies[-1]) + len(raw) > BODY_MAX_BYTES:
                bodies.append(b"")
            bodies[-1] += raw
        return [self._watch.says(Records(body)) for body in bodies]


def _day(day: int) -> Iterator[tuple[int, Body]]:
    yield 7 * HOUR_MS, Worn(worn=True)
    yield from _session(2 * day + 1, 8 * HOUR_MS)
    for number, hour in enumerate(range(9, 20, _BATTERY_EVERY_H)):
        yield hour * HOUR_MS, Battery(90 - 10 * number, charging=False)
    yield from _session(2 * day + 2, 20 * HOUR_MS)
    yield 22 * HOUR_MS, Worn(worn=False)
    yield 22 * HOUR_MS + 60_000, Battery(60, charging=True)


def _session(number: int, tick: int) -> Iterator[tuple[int, Body]]:
    yield tick, IntentTold(Intent.START, number, 0)
    yield tick, SessionTold(number, SessionWhat.STARTED, SessionSource.WATCH)
    for step in range(4):
        tick += _GAP_MS
        side = Side(step % 2)
        yield (
            tick,
            HoldStarted(number, step, side, Variant.KNEELING, step // 2 + 1, 30, Source.AUTO, _ROUTINE_ID),
        )
        tick += _HOLD_MS
        yield tick, HoldStopped(number, step, Reason.PLANNED, _HOLD_MS)
    yield tick, SessionTold(number, SessionWhat.DONE, SessionSource.WATCH)
