"""The daemon as a process: its lock, its files, its signals, and the service manager's view of it.

Rule: what is wrong with the configuration or the state directory ends it before anything is started; what is
wrong with the world does not.
"""

import asyncio
import logging
import os
import random
import secrets
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import FrameType

from wearsync.config import Settings
from wearsync.control.results import PageResult
from wearsync.control.server import ControlServer
from wearsync.daemon.clock import HostClock
from wearsync.daemon.compose import Daemon
from wearsync.daemon.control_desk import ControlDesk
from wearsync.daemon.home_assistant import heard_by
from wearsync.daemon.keys import KeyStore
from wearsync.daemon.link_view import LinkView
from wearsync.daemon.page import Page
from wearsync.daemon.patient_radio import PatientRadio
from wearsync.daemon.reload import Reloader, follow
from wearsync.daemon.reminders import LOOK_EVERY_S
from wearsync.daemon.status_line import status_line, tell_status
from wearsync.daemon.watchdog import Gauge, Watchdog, starting
from wearsync.errors import TryAgain
from wearsync.journal.lock import instance_lock
from wearsync.journal.store import SqliteJournal
from wearsync.ports import Publisher, Radio
from wearsync.publish.client import MqttPublisher
from wearsync.radio.spec import open_radio
from wearsync.service.notify import ServiceManager

# Of what the watchdog waits for, systemd's 60 s. A slow card that tidies itself up takes less, and so does
# another program that holds the journal (5 s).
JOURNAL_PATIENCE = 0.25
# As our unit has it; without a service manager, the page's health is reckoned by it.
WATCHDOG_S = 60.0
# A new process is the last remedy for an adapter that connects to nobody. More often it would be a plague:
# perhaps it is the watch.
RADIO_PATIENCE_S = 3600.0

log = logging.getLogger(__name__)


async def serve(
    settings: Settings,
    *,
    lab: bool = False,
    manager: ServiceManager | None = None,
    asked_to_end: Callable[[], None] = lambda: None,
    reread: Callable[[], Settings] | None = None,
    renewed: Callable[[Settings], None] = lambda _settings: None,
    page_ready: Callable[[PageResult], None] = lambda _told: None,
    stop: asyncio.Event | None = None,
    adapter: Callable[..., Awaitable[Radio]] = open_radio,
) -> None:
    """Run the daemon until SIGTERM or SIGINT; at SIGHUP it reads its configuration anew. Raises
    `AlreadyRunning`, `ConfigError`, `UsageError`, `StorageError`; and `TryAgain` if it is to be started anew,
    by `manager`.

    `asked_to_end` is called at each signal to end, even if the loop hangs. `reread()`: the settings as they
    are configured by now, raises `ConfigError`; None: as they are. `renewed`: told of those that hold from
    now on; `page_ready`: of where the page is, if there is one. `stop`: ends it, too.
    """
    paths, stop, manager = settings.paths, stop or asyncio.Event(), manager or ServiceManager()
    changed = asyncio.Event()
    with instance_lock(paths.state_dir), _hearing_signals(stop, changed, manager, asked_to_end):
        keys = KeyStore(paths.keys)
        with starting(manager):
            journal = await SqliteJournal.open(paths.journal)
        async with journal:
            clock = HostClock(loop_time=machine_time(), wall=time.time, resume=await journal.host_time())
            sick = _SickRadio(stop, manager)
            radio = PatientRadio(
                lambda: adapter(settings.radio, state_dir=paths.state_dir), give_up=sick.given_up
            )
            problem = await radio.first_try()
            if problem is not None:
                log.warning("radio.missing reason=%r: it is tried again while the daemon runs", problem)
            try:
                daemon = Daemon(
                    settings=settings,
                    radio=radio,
                    publisher=_publisher(settings),
                    journal=journal,
                    clock=clock,
                    keys=keys,
                    entropy=secrets.token_bytes,
                    chance=random.random,
                    lab=lab,
                )
                watchdog = _watchdog(daemon, journal, manager)
                page = Page(now=lambda: clock.now().utc, healthy=lambda: not watchdog.stuck())
                reloader = Reloader(
                    daemon=daemon,
                    reread=lambda: asyncio.to_thread(reread or (lambda: settings)),
                    publisher=_publisher,
                    renewed=renewed,
                    move_page=page.move,
                )
                async with _watched(daemon, watchdog, manager, reloader):
                    await _run(daemon, page, reloader, stop, changed, manager, page_ready)
            finally:
                await radio.close()
    sick.end()


def machine_time() -> Callable[[], float]:
    """Seconds that never step back, and that go on while the machine is suspended, where it counts those."""
    if sys.platform == "linux":
        return lambda: time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic


def _publisher(settings: Settings) -> Publisher:
    return MqttPublisher(
        address=settings.broker, site=settings.site, beside=heard_by(settings.home_assistant)
    )


async def _run(
    daemon: Daemon,
    page: Page,
    reloader: Reloader,
    stop: asyncio.Event,
    changed: asyncio.Event,
    manager: ServiceManager,
    page_ready: Callable[[PageResult], None],
) -> None:
    settings = daemon.settings
    socket, group = settings.paths.control_socket, settings.control_group
    desk = ControlDesk(daemon, reloader=reloader, page=page)
    async with ControlServer(socket, desk.handle, group=group), page.served(settings.page, desk.handle):
        log.info(
            "daemon.ready site=%s watches=%d radio=%s broker=%s",
            settings.site,
            len(settings.watches),
            settings.radio,
            settings.broker.url,
        )
        manager.ready()
        if (told := page.told()) is not None:
            page_ready(told)
        if not settings.watches:
            log.warning("daemon.no_watch: pair one with `wearsync pair`")
        following = asyncio.create_task(follow(changed, desk.reload), name="reload")
        following.add_done_callback(_tell_failure)
        try:
            await daemon.run(stop)
        finally:
            following.cancel()
        log.info("daemon.stopped")


def _watchdog(daemon: Daemon, journal: SqliteJournal, manager: ServiceManager) -> Watchdog:
    watched_s = manager.watchdog_s or WATCHDOG_S
    gauges = (
        Gauge("journal", lambda: journal.progress, JOURNAL_PATIENCE * watched_s),
        Gauge("reminders", lambda: daemon.reminders.progress, 3 * LOOK_EVERY_S),
    )
    return Watchdog(manager=manager, gauges=gauges)


@asynccontextmanager
async def _watched(
    daemon: Daemon, watchdog: Watchdog, manager: ServiceManager, reloader: Reloader
) -> AsyncIterator[None]:
    """The service manager hears how it gets on, as long as the block runs."""
    words = {"watchdog": watchdog.run()}
    if manager.listens:
        words["status line"] = tell_status(
            daemon.news, lambda: _status(daemon, reloader.refused), manager.status
        )
    tasks = [asyncio.create_task(word, name=name) for name, word in words.items()]
    for task in tasks:
        task.add_done_callback(_tell_failure)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()


def _tell_failure(task: asyncio.Task[None]) -> None:
    """Without a watchdog systemd ends a daemon that is well: why is then in the log."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("service.failed task=%r", task.get_name(), exc_info=error)


def _status(daemon: Daemon, refused: str | None) -> str:
    there = daemon.watches
    # A watch that was not begun with yet is none that is missing.
    links = [
        (watch.name, there[watch.name].link if watch.name in there else LinkView())
        for watch in daemon.settings.watches
    ]
    return status_line(links, broker=daemon.broker.connected, refused=refused)


class _SickRadio:
    """An adapter that can't be helped ends the daemon, where somebody starts it anew: not before an hour."""

    def __init__(self, stop: asyncio.Event, manager: ServiceManager) -> None:
        self._stop = stop
        self._manager = manager
        self._began_s = asyncio.get_running_loop().time()
        self._reason: str | None = None

    def given_up(self, reason: str) -> None:
        """See `PatientRadio`."""
        lived_s = asyncio.get_running_loop().time() - self._began_s
        if self._manager.listens and lived_s >= RADIO_PATIENCE_S:
            self._reason = reason
            self._manager.stopping()
            self._stop.set()

    def end(self) -> None:
        """Raises `TryAgain` if this is the end."""
        if self._reason is not None:
            raise TryAgain(f"the adapter connects to no watch any more ({self._reason}): to be started anew")


@contextmanager
def _hearing_signals(
    stop: asyncio.Event, changed: asyncio.Event, manager: ServiceManager, asked_to_end: Callable[[], None]
) -> Iterator[None]:
    """The first SIGTERM or SIGINT asks for an orderly end, the second ends at once. SIGHUP tells that the
    configuration has `changed`; or that the terminal is gone which the daemon runs in, and that ends it.
    """
    loop = asyncio.get_running_loop()
    main = asyncio.current_task()

    def asked() -> None:
        if stop.is_set() and main is not None:
            main.cancel()
        manager.stopping()
        stop.set()

    terminals = [number for number in (0, 1, 2) if os.isatty(number)]

    def hung_up(number: int, frame: FrameType | None) -> None:
        if terminals and not any(os.isatty(each) for each in terminals):
            heard(number, frame)
        else:
            loop.call_soon_threadsafe(changed.set)

    def heard(_number: int, _frame: FrameType | None) -> None:
        asked_to_end()
        loop.call_soon_threadsafe(asked)

    # Not by the loop's own handlers: they are called when it turns, and it may hang.
    before = {number: signal.signal(number, heard) for number in (signal.SIGTERM, signal.SIGINT)}
    before[signal.SIGHUP] = signal.signal(signal.SIGHUP, hung_up)
    blocked = signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        for number, handler in before.items():
            signal.signal(number, handler)
