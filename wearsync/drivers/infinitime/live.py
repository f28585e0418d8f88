"""A link with InfiniTime once it has begun: a hosted watch on one side, characteristics on the other.

Rule: one operation is under way at a time, and the next is chosen when it is done: cues first, then the
clock, then what the display lacks, then a sign of life. So nothing queues up behind a slow watch, and what is
out of date by its turn is never sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from wearsync.drivers.base import Attribute, Read, Write
from wearsync.drivers.hosted import NOTHING_SHOWN, Gesture, HostedWatch, Told
from wearsync.drivers.infinitime.gatt import Handles, alert_bytes, read_percent, read_time, time_bytes
from wearsync.drivers.infinitime.screen import Screen
from wearsync.errors import LinkLost
from wearsync.messages import CaughtUp, ClockSampled, Cue, RecordsArrived, SetClock, Up, WatchRefused

# Signs of life as in the hold profile (section 8); an answer that does not come, the link gives up.
SESSION_SILENCE_MAX_MS: Final = 10_000
IDLE_SILENCE_MAX_MS: Final = 300_000
# In a hold a watch that takes so long to answer may be gone, and the host would go on measuring a hold that
# nobody can say was held. A link in order answers in a few connection intervals, far below a second.
ANSWER_DEADLINE_MS: Final = 3_000
# The watch tells whole seconds, and a round trip may see the next one.
CLOCK_DOUBT_MS: Final = 2_000
# `WatchRefused.code` is the watch's; this one has said nothing.
NO_CODE: Final = 0


class Live:
    """The link from `Begin(cursor)` on. `advance` first, then what happened, then `next` and `said`."""

    def __init__(self, handles: Handles, *, boot: int, cursor: int, began_ms: int, entropy: bytes) -> None:
        self._handles = handles
        self._boot = boot
        self._began_ms = began_ms
        self._watch = HostedWatch(boot=boot, first_seq=cursor, began_ms=began_ms, entropy=entropy)
        self._screen = Screen(handles)
        # Ticks are counted by this host's own clock: known without doubt, and what the watch's says, not yet.
        self._said: list[Up] = [ClockSampled(boot, began_ms, 0, None), CaughtUp()]
        # Since when an operation is under way; None: there is none.
        self._asked_ms: int | None = None
        self._heard_ms = began_ms
        self._charge_asked = False
        self._cue: Cue | None = None
        self._time_wanted: _Time | None = None
        self._time_written: _Time | None = None

    def advance(self, now_ms: int) -> None:
        """Let happen what is due. Raises `LinkLost`."""
        answer_by_ms = self._answer_by_ms
        if answer_by_ms is not None and answer_by_ms <= now_ms:
            raise LinkLost(f"the watch did not answer in {ANSWER_DEADLINE_MS // 1000} s of a hold")
        self._watch.advance(now_ms)

    def tell(self, message: Told | SetClock, now_ms: int) -> None:
        """The host has something to say."""
        if isinstance(message, SetClock):
            self._time_wanted = _Time(message.unix_ms, message.utc_offset_min, now_ms)
        else:
            self._watch.tell(message, now_ms)

    def received(self, attribute: Attribute, data: bytes, now_ms: int) -> None:
        """A notification: a button of the music app, or the charge."""
        self._heard_ms = now_ms
        if attribute == self._handles.battery:
            self._charge(data, now_ms)
        elif data == _APP_OPENED:
            self._screen.forget()
        elif data in _GESTURES:
            self._watch.gesture(_GESTURES[data], now_ms)

    def done(self, operation: Read | Write, data: bytes, now_ms: int) -> None:
        """The operation under way is done."""
        self._asked_ms, self._heard_ms = None, now_ms
        if self._cue is not None:
            self._watch.cue_sent(self._cue, now_ms)
            self._cue = None
        elif operation == Read(self._handles.battery):
            self._charge(data, now_ms)
        elif operation == Read(self._handles.time):
            self._time_read(read_time(data), now_ms)

    def next(self, now_ms: int) -> Read | Write | None:
        """The next operation, None while there is none to do, or one is under way."""
        if self._asked_ms is not None:
            return None
        operation = self._choose(now_ms)
        self._asked_ms = None if operation is None else now_ms
        return operation

    def said(self) -> tuple[Up, ...]:
        """What there is to tell the host, once."""
        said, self._said = self._said, []
        records = self._watch.records()
        return (*said, RecordsArrived(records)) if records else tuple(said)

    def due_ms(self, now_ms: int) -> int | None:
        """When `advance` and `next` are wanted at the latest."""
        waits_ms = self._silent_at_ms if self._asked_ms is None else self._answer_by_ms
        times = (self._watch.due_ms(now_ms), waits_ms)
        return min((at_ms for at_ms in times if at_ms is not None), default=None)

    def farewell(self, now_ms: int) -> tuple[Write, ...]:
        """What leaves the display without a session that nobody leads any more."""
        writes: list[Write] = []
        while (told := self._screen.next_write(NOTHING_SHOWN, now_ms)) is not None:
            writes.append(Write(*told))
        return tuple(writes)

    def _choose(self, now_ms: int) -> Read | Write | None:
        self._cue = self._watch.next_cue(now_ms)
        if self._cue is not None:
            return Write(self._handles.alert, alert_bytes(self._cue.cue))
        if self._time_wanted is not None:
            self._time_written, self._time_wanted = self._time_wanted, None
            return Write(self._handles.time, time_bytes(self._time_written.local(now_ms)))
        if self._time_written is not None:
            return Read(self._handles.time)
        if (told := self._screen.next_write(self._watch.shown, now_ms)) is not None:
            return Write(*told)
        if self._silent_at_ms <= now_ms:
            self._charge_asked = True
            return Read(self._handles.battery)
        return None

    @property
    def _answer_by_ms(self) -> int | None:
        """When the operation under way has to be done; None: there is none, or no hold to be measured."""
        if self._asked_ms is None or self._watch.shown.started_ms is None:
            return None
        return self._asked_ms + ANSWER_DEADLINE_MS

    @property
    def _silent_at_ms(self) -> int:
        """When the link has been silent for too long: at once, as long as the charge is not known."""
        if not self._charge_asked:
            return self._began_ms
        return self._heard_ms + (SESSION_SILENCE_MAX_MS if self._watch.in_session else IDLE_SILENCE_MAX_MS)

    def _charge(self, data: bytes, now_ms: int) -> None:
        percent = read_percent(data)
        if percent is not None:
            self._watch.battery(percent, now_ms)

    def _time_read(self, read: datetime | None, now_ms: int) -> None:
        """Payloads that it does not like the watch ignores without a word: only reading back tells."""
        told, self._time_written = self._time_written, None
        assert told is not None, "the time is read when it has been written"
        if read is None:
            self._said.append(WatchRefused(NO_CODE, "the watch's clock was set, and reads back as no time"))
            return
        unix_ms = (read - _EPOCH) // timedelta(milliseconds=1) - told.utc_offset_min * 60_000
        if abs(unix_ms - told.now_unix_ms(now_ms)) > CLOCK_DOUBT_MS:
            text = f"the watch's clock was set, and reads back as {read:%Y-%m-%d %H:%M:%S}"
            self._said.append(WatchRefused(NO_CODE, text))
        self._said.append(ClockSampled(self._boot, self._began_ms, 0, unix_ms, read_back=True))


@dataclass(frozen=True, slots=True)
class _Time:
    """Unix time and local offset, as they were at the host time `at_ms`."""

    unix_ms: int
    utc_offset_min: int
    at_ms: int

    def now_unix_ms(self, now_ms: int) -> int:
        """Unix time at a host time."""
        return self.unix_ms + now_ms - self.at_ms

    def local(self, now_ms: int) -> datetime:
        """The local time then, to the nearest second: the watch takes no less."""
        local_ms = self.now_unix_ms(now_ms) + self.utc_offset_min * 60_000
        return _EPOCH + timedelta(seconds=(local_ms + 500) // 1000)


_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - the watch has no zone
_APP_OPENED = b"\xe0"
# Play, pause, next, previous (MusicService.h); the volume has no meaning here.
_GESTURES: Mapping[bytes, Gesture] = {
    b"\x00": Gesture.GO,
    b"\x01": Gesture.STOP,
    b"\x03": Gesture.SKIP,
    b"\x04": Gesture.BACK,
}
