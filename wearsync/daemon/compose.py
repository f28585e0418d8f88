"""The daemon, wired: the only place where all parts meet.

Rule: parts are given to each other here and nowhere else; what fails in one of them ends in a state that
people see, not in an exit, but for
a configuration that can't be used.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace

from wearsync import families
from wearsync.alert_codes import AlertCode
from wearsync.config import Settings, WatchSettings
from wearsync.coordinator.effects import Reply
from wearsync.daemon.broker_link import BrokerLink
from wearsync.daemon.command_desk import CommandDesk, pick
from wearsync.daemon.connector import Connector
from wearsync.daemon.fence import fenced, first, patiently
from wearsync.daemon.health import Health
from wearsync.daemon.home_assistant import HomeAssistant, device_of
from wearsync.daemon.journal_care import JournalCare
from wearsync.daemon.journal_desk import JournalDesk
from wearsync.daemon.keys import KeyStore
from wearsync.daemon.mqtt_commands import MqttCommands
from wearsync.daemon.pump import OutboxPump
from wearsync.daemon.reconcile import Reconciler, Running
from wearsync.daemon.reminders import Reminders
from wearsync.daemon.reporter import Reporter, event_row
from wearsync.daemon.rotation import Rotation
from wearsync.daemon.turn import Fact
from wearsync.daemon.watch_identity import identity_of
from wearsync.daemon.watch_task import WatchTask
from wearsync.drivers.base import Driver, SessionOptions
from wearsync.errors import WearsyncError
from wearsync.model import CueFate, HoldResult, Phase, SessionResult
from wearsync.ports import BrokerSession, Clock, Incoming, Journal, Notice, OutboxRow, Publisher, Radio
from wearsync.publish.topics import ELSEWHERE

# SIGTERM leaves five seconds: these for the watches to let go, a second for links that hang, a second for the
# adapter, the rest for the broker and the last commit.
GOODBYE_S = 1.5
# With more watches than connections each keeps its own for a minute at least.
KEPT_MS = 60_000

log = logging.getLogger(__name__)


class Daemon:
    """Everything but the control socket and the signals. `entropy(n)`: n random bytes; `chance`: uniform in
    [0, 1).
    """

    def __init__(
        self,
        *,
        settings: Settings,
        radio: Radio,
        publisher: Publisher,
        journal: Journal,
        clock: Clock,
        keys: KeyStore,
        entropy: Callable[[int], bytes],
        chance: Callable[[], float],
        lab: bool = False,
        driver_named: Callable[[str], Driver] = families.named,
    ) -> None:
        self.settings = settings
        self.radio = radio
        self.journal = journal
        self.clock = clock
        self.keys = keys
        self.entropy = entropy
        self.commands = CommandDesk(others=self._others, away_changed=self._dose_changed)
        self._chance = chance
        self._lab = lab
        self._driver_named = driver_named
        # Set when a link, or the broker's, may have changed.
        self.news = asyncio.Event()
        self._running: dict[str, Running] = {}
        self._group: asyncio.TaskGroup | None = None
        self._pump = OutboxPump(journal=journal, clock=clock, refused=self._refused)
        self._mqtt = MqttCommands(
            find=self.named, commands=self.commands, resync=self.resync, clock=clock, answer=self._answer
        )
        self.broker = BrokerLink(
            publisher=publisher,
            pump=self._pump,
            announce=self._announce,
            received=self._received,
            changed=self._broker_changed,
            chance=chance,
        )
        self.reminders = Reminders(
            tasks=lambda: tuple(self.watches.values()),
            journal=journal,
            clock=clock,
            changed=self._next_reminder_changed,
        )
        self.reporter = Reporter(
            site=settings.site,
            radio=settings.radio,
            journal=journal,
            clock=clock,
            tasks=lambda: tuple(self.watches.values()),
            states=self.broker,
            next_reminder=self.reminders.next_of,
        )
        self._health = Health(
            journal=journal, clock=clock, broker=self.broker, refused=lambda: self._mqtt.refused
        )
        self.home_assistant = self._telling_home_assistant()
        self._care = JournalCare(journal=journal, clock=clock, tell=self._tell_everybody)
        self.journal_desk = JournalDesk(
            journal=journal,
            clock=clock,
            entropy=entropy,
            directory=settings.paths.backups,
            publish_pain=settings.publish_pain,
        )
        self._rotation = self._rotating()
        self._reconciler = self._reconciling()

    def _telling_home_assistant(self) -> HomeAssistant:
        return HomeAssistant(
            settings=self.settings.home_assistant,
            site=self.settings.site,
            watches=lambda: tuple(running.device for running in self._running.values()),
            states=self.broker,
            repeat=self.reporter.repeat,
            chance=self._chance,
        )

    def _rotating(self) -> Rotation:
        return Rotation(
            back_up=self.journal_desk.back_up,
            clock=self.clock,
            directory=self.settings.paths.backups,
            tell=self._tell_everybody,
            daily=self.settings.backups.days,
            weekly=self.settings.backups.weeks,
        )

    def _reconciling(self) -> Reconciler:
        return Reconciler(
            settings=lambda: self.settings, running=self._running, add=self.add, remove=self.remove
        )

    @property
    def watches(self) -> Mapping[str, WatchTask]:
        """The watches by name."""
        return {name: running.task for name, running in self._running.items()}

    def named(self, name: str) -> WatchTask | None:
        """The watch of that name, slug or id."""
        for running in self._running.values():
            if name in (running.settings.name, running.settings.topic, running.settings.id):
                return running.task
        return None

    def pick(self, name: str | None) -> WatchTask:
        """The watch of that name, or the only one. Raises `UsageError`."""
        return pick(self.watches, name, self.named)

    def _others(self, task: WatchTask) -> tuple[WatchTask, ...]:
        """The other watches of its wearer."""
        mine = (each for each in self.watches.values() if each.identity.wearer == task.identity.wearer)
        return tuple(each for each in mine if each is not task)

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set, then let go in order. Raises `ConfigError`, `StorageError`."""
        try:
            await self._run(stop)
        except BaseExceptionGroup as errors:
            # Not by `except*`: before Python 3.11.4 it puts what is raised in it into a group again.
            expected, defects = errors.split(WearsyncError)
            if expected is None or defects is not None:
                raise
            raise first(expected) from errors

    async def _run(self, stop: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as group:
            self._group = group
            for watch in self.settings.watches:
                self.add(watch)
            services = [
                group.create_task(patiently(self.broker.run), name="broker"),
                group.create_task(patiently(self.reporter.run), name="reporter"),
                group.create_task(patiently(self._health.run), name="health"),
                group.create_task(patiently(self._care.run), name="journal-care"),
                group.create_task(patiently(self._rotation.run), name="rotation"),
                group.create_task(patiently(self.reminders.run), name="reminders"),
                group.create_task(self._mqtt.run(), name="mqtt-commands"),
                group.create_task(self.home_assistant.run(), name="home-assistant"),
            ]
            await stop.wait()
            await self._let_go()
            for job in (*services, *(job for running in self._running.values() for job in running.jobs)):
                job.cancel()
        self._group = None

    def add(self, watch: WatchSettings) -> None:
        """Take a watch in, or take it in anew with other settings."""
        group = self._group
        if group is None:
            raise RuntimeError("the daemon is not running")
        old = next((name for name, running in self._running.items() if running.settings.id == watch.id), None)
        if old is not None:
            self.remove(old)
        task = WatchTask(
            identity=identity_of(watch, self.settings),
            journal=self.journal,
            clock=self.clock,
            entropy=self.entropy,
            listener=self,
            event_row=lambda task, fact: event_row(
                task, fact, now_ms=self.clock.now().host_ms, publish_pain=self.settings.publish_pain
            ),
        )
        driver = self._driver_named(watch.driver)
        connector = Connector(
            name=watch.name,
            address=watch.address,
            link_mode=watch.link,
            radio=self.radio,
            driver=driver,
            options=lambda: self._session_options(watch),
            clock=self.clock,
            chance=self._chance,
            entropy=self.entropy,
            listener=task,
            quiet=lambda: any(other.in_session for other in self.watches.values() if other is not task),
            obstacle=lambda: task.obstacle,
            crowded=self._make_room,
        )
        task.attach(connector)
        device = device_of(watch, wearer=task.identity.wearer, driver=driver)
        jobs = (
            group.create_task(fenced(task, connector), name=f"watch-{watch.topic}"),
            group.create_task(connector.run(), name=f"link-{watch.topic}"),
        )
        self._running[watch.name] = Running(watch, task, connector, device, jobs)
        self.home_assistant.changed()
        self.reporter.dose_changed(task.identity.wearer)

    def _make_room(self) -> None:
        """Somebody has no connection: who has had one the longest, and nothing to do with it, gives it up."""
        idle = [running.connector for running in self._running.values() if not running.task.in_session]
        longest = max(idle, key=lambda connector: connector.connected_ms, default=None)
        if longest is not None and longest.connected_ms >= KEPT_MS:
            longest.make_room()

    async def _session_options(self, watch: WatchSettings) -> SessionOptions:
        seen = await self.journal.nonces(watch.id)
        return SessionOptions(self.keys.keys(), watch.id, self._lab, seen, watch.address)

    def remove(self, name: str) -> None:
        """Let a watch go; its history stays."""
        running = self._running.pop(name)
        for job in running.jobs:
            job.cancel()
        self.reporter.withdraw(running.task)
        self.home_assistant.changed()
        self._dose_changed(running.task.identity.wearer)

    @property
    def running(self) -> bool:
        """Whether it takes watches in."""
        return self._group is not None

    def renew(self, settings: Settings, *, publisher: Publisher | None = None) -> tuple[str, ...]:
        """Go on with these settings, which have the same site, radio and places. `publisher`: where the
        broker is another one. Gives the watches that follow later, when their session is over.
        """
        before, self.settings = self.settings, settings
        self.journal_desk.publish_pain = settings.publish_pain
        self._rotation.keep(daily=settings.backups.days, weekly=settings.backups.weeks)
        self.home_assistant.renew(settings.home_assistant)
        if publisher is not None:
            self.broker.renew(publisher)
        self.reminders.look_again()
        self._reconciler.all(before)
        return self._reconciler.waits

    def renew_watches(self, watches: tuple[WatchSettings, ...]) -> None:
        """The configuration's watches have changed."""
        self.settings = replace(self.settings, watches=watches)

    def hold_logged(self, wearer: str) -> None:
        """A hold was written down by hand, and is durable."""
        self._pump.wake()
        self._dose_changed(wearer)

    def _next_reminder_changed(self, wearer: str) -> None:
        self.reporter.dose_changed(wearer)

    def _dose_changed(self, wearer: str) -> None:
        self.reporter.dose_changed(wearer)
        self.reminders.dose_changed(wearer)

    def default_wearer(self) -> str:
        """Who is meant when nobody is named: the one wearer of the watches, else the configuration's."""
        match sorted({task.identity.wearer for task in self.watches.values()}):
            case [only]:
                return only
            case _:
                return self.settings.wearer

    async def resync(self, since: str | None) -> int:
        """Publish all states again, and what was sent after that event; gives how many of these."""
        self.reporter.repeat()
        count = await self.journal.outbox_resend(since)
        self._pump.wake()
        return count

    # --- listener of the watches ----------------------------------------------------------------------------

    def facts(self, watch: WatchTask, facts: tuple[Fact, ...]) -> None:
        """New facts are durable: the pump has work, summaries may have changed."""
        self._pump.wake()
        if any(isinstance(fact, HoldResult | SessionResult) for fact in facts):
            self._dose_changed(watch.identity.wearer)
        for fact in facts:
            if isinstance(fact, CueFate) and fact.latency_ms is not None:
                self._health.cue_played(fact.latency_ms)

    def changed(self, watch: WatchTask) -> None:
        """A watch's state or link may have changed."""
        if watch.identity.name in self._running:
            self.reporter.changed(watch)
            self.news.set()
            self.reminders.state_changed(watch)
            if self._reconciler.is_waiting and watch.state.phase is Phase.IDLE:  # not amid its own turn
                asyncio.get_running_loop().call_soon(self._follow_up)

    def replied(self, reply: Reply) -> None:
        """A command was answered."""
        self.commands.replied(reply)

    def _tell_everybody(self, notice: Notice) -> None:
        for task in self.watches.values():
            task.alert(notice.code, notice.text)

    def _follow_up(self) -> None:
        if self.running:
            self._reconciler.follow_up()

    # --- broker ---------------------------------------------------------------------------------------------

    def _broker_changed(self, connected: bool) -> None:
        log.info("broker.%s", "connected" if connected else "away")
        self.news.set()

    def _received(self, message: Incoming) -> None:
        is_ours = not message.topic.startswith(ELSEWHERE)
        (self._mqtt if is_ours else self.home_assistant).received(message)

    async def _announce(self, session: BrokerSession) -> None:
        await self.reporter.announce(session)
        await self.home_assistant.announce(session)
        self._pump.wake()

    def _answer(self, topic: str, payload: str) -> None:
        self.broker.publish_passing(topic, payload)

    def _refused(self, row: OutboxRow, reason: str) -> None:
        log.error("outbox.parked id=%s topic=%s reason=%s", row.event_id, row.topic, reason)
        task = self.named(row.topic.partition("/")[0])
        # What was written down by hand is on no watch's topic.
        for concerned in self.watches.values() if task is None else (task,):
            concerned.alert(AlertCode.PUBLISH_REFUSED, f"the broker refuses {row.topic}: {reason}")

    async def _let_go(self) -> None:
        for running in self._running.values():
            running.connector.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_S):
                for running in self._running.values():
                    await running.connector.wait_closed()
