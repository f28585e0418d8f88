"""What the daemon tells the world: retained states, the summary of each wearer, replies; to the broker and to
whoever looks on.

Rule: states are told when they change, and all of them again on every connect; results are not told here,
they are committed with their outbox rows.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Protocol

from wearsync import __version__
from wearsync.coordinator import progression
from wearsync.coordinator.dose import HISTORY_DAYS
from wearsync.coordinator.state import Progression, WatchState
from wearsync.daemon.broadcast import Broadcast
from wearsync.daemon.states import state_payload, summary_payload
from wearsync.daemon.turn import Fact
from wearsync.daemon.watch_task import WatchTask
from wearsync.model import Alert, CueFate, HoldResult, LinkMode, SessionResult
from wearsync.ports import BrokerSession, Clock, Journal, OutboxRow
from wearsync.publish import events, payloads
from wearsync.publish.payloads import AdapterInfo, InfoPayload, StatePayload, SummaryPayload, WatchInfo
from wearsync.publish.topics import INFO, Leaf, of_watch, summary_of

# A timer does not see that the machine slept, or that its clock was set: the day is looked
# at again this often.
DAY_LOOKED_AT_EVERY_S = 600
# A visit is due every half hour; who has missed four of them is away.
VISITED_WITHIN_MS = 2 * 3600 * 1000

log = logging.getLogger(__name__)


class StatePublisher(Protocol):
    """Where retained states go: the newest of each topic wins."""

    def publish_state(self, topic: str, payload: str) -> None:
        """Publish at once, or forget it while the broker is away."""


def event_row(task: WatchTask, fact: Fact, *, now_ms: int, publish_pain: bool) -> OutboxRow | None:
    """The outbox row of a fact learnt at `now_ms` (host time); None where it is not for dashboards."""
    wearer, watch = task.identity.wearer, task.identity.name
    match fact:
        case HoldResult():
            text: str | None = events.hold(fact, wearer=wearer, publish_pain=publish_pain)
            topic = of_watch(watch, Leaf.HOLD)
        case SessionResult():
            text = events.session(fact, wearer=wearer)
            topic = of_watch(watch, Leaf.SESSION)
        case CueFate():
            text = events.cue(fact, wearer=wearer)
            topic = of_watch(watch, Leaf.CUE)
        case Alert():
            text = events.alert(fact, wearer=wearer, publish_pain=publish_pain)
            topic = of_watch(watch, Leaf.ALERT)
    return None if text is None else OutboxRow(fact.event_id, topic, text, now_ms)


async def read_summary(
    journal: Journal, wearer: str, today: date, *, watches: Sequence[WatchState]
) -> SummaryPayload:
    """A wearer's summary as of a day, from the journal; `watches`: the wearer's."""
    ledger = await journal.ledger(wearer, today - timedelta(days=HISTORY_DAYS - 1), today)
    return summary_payload(wearer, ledger, today, leading=progression.leading(watches))


class Reporter:
    """Tells of `tasks`. `radio`: the adapter's spec; `next_reminder`: a wearer's, in UTC."""

    def __init__(
        self,
        *,
        site: str,
        radio: str,
        journal: Journal,
        clock: Clock,
        tasks: Callable[[], Sequence[WatchTask]],
        states: StatePublisher,
        next_reminder: Callable[[str], datetime | None] = lambda _wearer: None,
    ) -> None:
        self._site = site
        self._radio = radio
        self._journal = journal
        self._clock = clock
        self._tasks = tasks
        self._states = states
        self._next_reminder = next_reminder
        self._told: dict[str, str] = {}
        self._of_wearer: dict[str, tuple[bool, Progression | None, int, int]] = {}
        self._stale_wearers: set[str] = set()
        self._stale = asyncio.Event()
        self.live: Broadcast[tuple[str, StatePayload]] = Broadcast()

    def changed(self, task: WatchTask) -> None:
        """A watch's state or link may have changed: tell, if it did."""
        payload = state_payload(task.state, task.link, self._clock)
        topic = of_watch(task.identity.name, Leaf.STATE)
        if self._tell(topic, payload.json_text()):
            self.live.tell((task.identity.name, payload))
        available = payloads.ONLINE if self._available(task) else payloads.OFFLINE
        self._tell(of_watch(task.identity.name, Leaf.AVAILABILITY), available)
        self._tell(INFO, self._info().json_text())
        state = task.state
        of_wearer = (state.away, state.progression, state.routine.left_s, state.routine.right_s)
        if self._of_wearer.get(task.identity.watch_id) != of_wearer:
            self._of_wearer[task.identity.watch_id] = of_wearer
            self.dose_changed(task.identity.wearer)

    def dose_changed(self, wearer: str) -> None:
        """A wearer's summary is not up to date any more."""
        self._stale_wearers.add(wearer)
        self._stale.set()

    async def run(self) -> None:
        """Keep the summaries up to date: after each result, and when a day begins."""
        for task in self._tasks():
            self._stale_wearers.add(task.identity.wearer)
        while True:
            wearers, self._stale_wearers = self._stale_wearers, set()
            self._stale.clear()
            today = self._clock.now().local_date
            for wearer in sorted(wearers):
                summary = await self.summary(wearer)
                if self._tell(summary_of(wearer), summary.json_text()):
                    self._tell_onlookers(wearer)
            await self._until_stale_or_another_day(today)

    def _tell_onlookers(self, wearer: str) -> None:
        """Who looks at a watch sees its wearer's day, too."""
        for task in self._tasks():
            if task.identity.wearer == wearer:
                payload = state_payload(task.state, task.link, self._clock)
                self.live.tell((task.identity.name, payload))

    async def summary(self, wearer: str) -> SummaryPayload:
        """The wearer's summary as of now."""
        today = self._clock.now().local_date
        watches = [task.state for task in self._tasks() if task.identity.wearer == wearer]
        summary = await read_summary(self._journal, wearer, today, watches=watches)
        return summary.model_copy(update={"next_reminder": self._next_reminder(wearer)})

    async def announce(self, session: BrokerSession) -> None:
        """Tell the broker all states anew."""
        for task in self._tasks():
            self.changed(task)
        for topic, payload in tuple(self._told.items()):
            refusal = await session.publish(topic, payload, retain=True, qos=1)
            if refusal is not None:
                log.warning("broker.refused topic=%s reason=%r", topic, refusal)

    def repeat(self) -> None:
        """Tell the broker all states anew in the midst of a connection: it, or somebody else, has cleared
        them.
        """
        for topic, payload in self._told.items():
            self._states.publish_state(topic, payload)

    def withdraw(self, task: WatchTask) -> None:
        """A watch is gone: its retained topics too, now or when the broker is back. Its wearer's summary
        stays, for there is a history, and a dashboard that still shows it would stumble over an empty one.
        """
        for leaf in (Leaf.STATE, Leaf.AVAILABILITY):
            self._tell(of_watch(task.identity.name, leaf), "")
        self._tell(INFO, self._info().json_text())

    def _tell(self, topic: str, payload: str) -> bool:
        if self._told.get(topic) == payload:
            return False
        self._told[topic] = payload
        self._states.publish_state(topic, payload)
        return True

    async def _until_stale_or_another_day(self, today: date) -> None:
        while not self._stale.is_set():
            now = self._clock.now()
            if now.local_date != today:
                self._stale_wearers |= {task.identity.wearer for task in self._tasks()}
                return
            into_day_s = (now.unix_ms // 1000 + now.utc_offset_min * 60) % 86400
            with suppress(TimeoutError):
                async with asyncio.timeout(min(86400 - into_day_s + 1, DAY_LOOKED_AT_EVERY_S)):
                    await self._stale.wait()

    def _available(self, task: WatchTask) -> bool:
        """A visited watch is there while it is visited often enough; one that should be connected, while it
        is.
        """
        if not task.identity.visits:
            return task.link.state == "connected"
        heard_ms = task.link.last_heard_ms
        return heard_ms is not None and self._clock.now().host_ms - heard_ms < VISITED_WITHIN_MS

    def _info(self) -> InfoPayload:
        tasks = self._tasks()
        missing = any(task.link.state == "no_adapter" for task in tasks)
        return InfoPayload(
            version=__version__,
            site=self._site,
            adapters=(AdapterInfo(name=self._radio, state="no_adapter" if missing else "ready"),),
            watches=tuple(
                WatchInfo(
                    name=task.identity.name,
                    topic=of_watch(task.identity.name, Leaf.STATE).partition("/")[0],
                    id=task.identity.watch_id,
                    driver=task.identity.driver,
                    wearer=task.identity.wearer,
                    link=LinkMode.VISIT if task.identity.visits else LinkMode.ALWAYS,
                    trust=task.link.trust,
                )
                for task in tasks
            ),
        )
