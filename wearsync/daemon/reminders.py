"""Reminders by the wall clock: which instant of whose plan has come, and which watch is to ask.

Rule: one reminder a wearer and instant, on one watch; whether it asks, that watch's coordinator decides. What
is next is reckoned anew from now at each look, so neither sleep, nor a clock that is set, nor another time
zone can shift it for good; a clock that was never set reminds nobody.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from wearsync.coordinator.events import DayDone, PainDays, ReminderAhead, ReminderDue, SwitchHeard
from wearsync.coordinator.reminder_plan import last_instant, next_instant
from wearsync.coordinator.reminders import DAY_MS, PAIN_DAYS_MAX, PAIN_WITHIN_DAYS
from wearsync.daemon.boots import OWN_CLOCK_EARLIEST_MS
from wearsync.daemon.watch_task import WatchTask
from wearsync.errors import StorageError
from wearsync.model import Phase, Stamp
from wearsync.ports import Clock, Journal, Progress

# A timer does not see that the machine slept, nor that its clock was set: so late a reminder may come then.
LOOK_EVERY_S = 60.0
# Nothing has come before the next instant. But somebody may have set another time zone.
RECKON_EVERY_MS = 3600 * 1000
_AHEAD = timedelta(days=1)


@dataclass(slots=True)
class _Wearer:
    """What is known of one. `after`: instants up to it are past; `fed`: the last that a watch was told of;
    `counts_on`: the last date known to count; `stale`: something was held since it was looked at.
    """

    after: datetime
    fed: datetime | None = None
    counts_on: date | None = None
    stale: bool = True
    next: datetime | None = None


class Reminders:
    """`tasks`: the watches there are; `changed`: told of a wearer whose next reminder is another one."""

    def __init__(
        self,
        *,
        tasks: Callable[[], Sequence[WatchTask]],
        journal: Journal,
        clock: Clock,
        changed: Callable[[str], None],
    ) -> None:
        self._tasks = tasks
        self._journal = journal
        self._clock = clock
        self._changed = changed
        self._wearers: dict[str, _Wearer] = {}
        self._seen: dict[str, tuple[object, ...]] = {}
        self._wake = asyncio.Event()
        # From the last reckoning on, until this Unix time, nothing comes.
        self._nothing: tuple[int, int] = (0, 0)
        self._rounds = 0

    @property
    def progress(self) -> Progress:
        """Always busy: a step at each look, `LOOK_EVERY_S` apart at most."""
        return Progress(busy=True, steps=self._rounds)

    def next_of(self, wearer: str) -> datetime | None:
        """The wearer's next reminder, in UTC; None: there is none, or they are off."""
        known = self._wearers.get(wearer)
        return None if known is None else known.next

    def dose_changed(self, wearer: str) -> None:
        """Something was held, logged or amended."""
        if wearer in self._wearers:
            self._wearers[wearer].stale = True
            self._wake.set()

    def state_changed(self, task: WatchTask) -> None:
        """A watch's state is another one: what matters here perhaps."""
        state = task.state
        seen = (state.reminders, state.snoozed_until_ms, state.away)
        if self._seen.get(task.identity.watch_id) != seen:
            self._seen[task.identity.watch_id] = seen
            self._wake.set()

    def look_again(self) -> None:
        """The plan, or this machine's time zone, may be another one."""
        self._wake.set()

    async def run(self) -> None:
        """Run for ever."""
        while True:
            self._rounds += 1
            if self._wake.is_set() or not self._nothing[0] <= self._clock.now().unix_ms < self._nothing[1]:
                self._wake.clear()
                await self.look()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._wait_s()):
                    await self._wake.wait()

    async def look(self) -> None:
        """See what has come, for everybody."""
        now = self._clock.now()
        if now.unix_ms < OWN_CLOCK_EARLIEST_MS:
            return
        of: dict[str, list[WatchTask]] = {}
        for task in self._tasks():
            of.setdefault(task.identity.wearer, []).append(task)
        for wearer, tasks in of.items():
            # A watch whose log is not folded yet may know that it is done, or that nobody is to be reminded.
            if all(task.state.configured is not None for task in tasks):
                await self._look_at(wearer, tasks, now)
        for wearer in self._wearers.keys() - of.keys():  # their last watch is gone
            if self._wearers.pop(wearer).next is not None:
                self._changed(wearer)
        plans = {task.state.reminders.plan for task in self._tasks()}
        instants = [next_instant(plan, now.utc, self._clock.zone) for plan in plans]
        come_ms = [int(instant.timestamp() * 1000) for instant in instants if instant is not None]
        self._nothing = now.unix_ms, min([now.unix_ms + RECKON_EVERY_MS, *come_ms])

    async def _look_at(self, wearer: str, tasks: list[WatchTask], now: Stamp) -> None:
        planned = [task for task in tasks if task.state.reminders.plan.times]
        known = self._wearers.setdefault(wearer, _Wearer(after=now.utc))
        if planned:
            _share_switch(tasks)
            zone = self._clock.zone
            due = _due(planned, known, now.utc, zone)
            if known.stale or due is not None:
                await self._read(wearer, known, planned, now.local_date)
            if due is not None:
                known.fed = due
                asks = chosen([task for task in planned if _last(task, now.utc, zone) == due])
                away, done = any(task.state.away for task in tasks), known.counts_on == now.local_date
                asks.tell(ReminderDue(int(due.timestamp() * 1000), done=done, away=away))
            for task in tasks:
                _tell_ahead(task, now.utc, zone)
        upcoming = self._next(tasks, planned, known, now)
        if upcoming != known.next:
            known.next = upcoming
            self._changed(wearer)

    async def _read(self, wearer: str, known: _Wearer, planned: list[WatchTask], today: date) -> None:
        """The wearer's last days, from the journal; a watch whose reminder is void by them is told."""
        known.stale = False
        since = today - timedelta(days=PAIN_WITHIN_DAYS - 1)
        try:
            ledger = await self._journal.ledger(wearer, since, today)
        except StorageError:
            self.dose_changed(wearer)  # still to be looked at
            raise
        counts = any(kept.dose.counts for kept in ledger.days if kept.dose.day == today)
        known.counts_on = today if counts else None
        hurt = tuple(kept.dose.day for kept in ledger.days if kept.dose.pain)
        if len(hurt) >= PAIN_DAYS_MAX:
            chosen(planned).tell(PainDays(hurt))
        for task in planned:
            if counts and _reminding(task):
                task.tell(DayDone(today))

    def _next(
        self, tasks: list[WatchTask], planned: list[WatchTask], known: _Wearer, now: Stamp
    ) -> datetime | None:
        if any(task.state.away for task in tasks) or not all(
            task.state.reminders.switch.on for task in planned
        ):
            return None
        zone, instants = self._clock.zone, list[datetime]()
        for task in planned:
            snoozed_ms = task.state.snoozed_until_ms
            if task.state.reminds and snoozed_ms is not None:
                instants.append(self._clock.at(snoozed_ms).utc.replace(microsecond=0))
            after = now.utc if known.fed is None else max(now.utc, known.fed)
            instant = next_instant(task.state.reminders.plan, after, zone)
            while instant is not None and known.counts_on == instant.astimezone(zone).date():
                instant = next_instant(task.state.reminders.plan, instant, zone)
            if instant is not None:
                instants.append(instant)
        return min(instants, default=None)

    def _wait_s(self) -> float:
        ahead_s = (self._nothing[1] - self._clock.now().unix_ms) / 1000
        return min(LOOK_EVERY_S, ahead_s) if ahead_s > 0 else LOOK_EVERY_S


def chosen(tasks: Sequence[WatchTask]) -> WatchTask:
    """Which of a wearer's watches is to ask: one that is in a session already, that is on the wrist, that is
    connected, that can be fetched; then the one heard last.
    """

    def rank(task: WatchTask) -> tuple[bool, bool, bool, bool, int]:
        state = task.state
        charging = state.battery is not None and state.battery.charging
        on_the_wrist = state.live and state.worn is not False and not charging
        heard_ms = task.link.last_heard_ms or 0
        return state.phase is not Phase.IDLE, on_the_wrist, state.live, state.visits, heard_ms

    return max(tasks, key=rank)


def _due(planned: list[WatchTask], known: _Wearer, now: datetime, zone: tzinfo) -> datetime | None:
    """The newest instant that has come and was not dealt with, if there is one."""
    handled = [
        handled_ms
        for task in planned
        for handled_ms in task.state.reminders.handled_ms
        if handled_ms - now.timestamp() * 1000 < DAY_MS
    ]
    after = datetime.fromtimestamp(max(handled) / 1000, UTC) if handled else known.after
    if known.fed is not None and known.fed - now < _AHEAD:
        after = max(after, known.fed)
    due = max(filter(None, (_last(task, now, zone) for task in planned)), default=None)
    return due if due is not None and due > after else None


def _last(task: WatchTask, now: datetime, zone: tzinfo) -> datetime | None:
    return last_instant(task.state.reminders.plan, now, zone)


def _share_switch(tasks: Sequence[WatchTask]) -> None:
    """The newest word on any of a wearer's watches holds for all of them."""
    newest = max((task.state.reminders.switch for task in tasks), key=lambda switch: switch.at_ms)
    for task in tasks:
        if task.state.reminders.switch.at_ms < newest.at_ms:
            task.tell(SwitchHeard(newest.on, newest.pain, newest.at_ms, newest.day))


def _tell_ahead(task: WatchTask, now: datetime, zone: tzinfo) -> None:
    """What the watch is to keep for when it is alone: it repeats daily, so no more than a day ahead."""
    reminders = task.state.reminders
    instant = next_instant(reminders.plan, now, zone)
    minute = None
    if instant is not None and instant - now <= _AHEAD:
        local = instant.astimezone(zone)
        minute = local.hour * 60 + local.minute
    if minute != reminders.ahead_min:
        task.tell(ReminderAhead(minute))


def _reminding(task: WatchTask) -> bool:
    """Whether a reminder is asked, or put off."""
    state = task.state
    return state.reminds and (state.phase is Phase.CONFIRM or state.snoozed_until_ms is not None)
