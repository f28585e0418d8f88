"""The daemon as a process: its lock, its files, its signals.

Rule: what is wrong with the configuration or the state directory ends it before anything is started; what is
wrong with the world does not.
"""

import asyncio
import logging
import random
import secrets
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from wearsync.config import Settings
from wearsync.control.server import ControlServer
from wearsync.daemon.clock import HostClock
from wearsync.daemon.compose import Daemon
from wearsync.daemon.control_desk import ControlDesk
from wearsync.daemon.home_assistant import heard_by
from wearsync.daemon.keys import KeyStore
from wearsync.daemon.patient_radio import PatientRadio
from wearsync.journal.lock import instance_lock
from wearsync.journal.store import SqliteJournal
from wearsync.publish.client import MqttPublisher
from wearsync.radio.spec import open_radio

log = logging.getLogger(__name__)


async def serve(settings: Settings, *, lab: bool = False) -> None:
    """Run the daemon until SIGTERM or SIGINT. Raises `AlreadyRunning`, `ConfigError`, `UsageError`,
    `StorageError`.
    """
    paths, stop = settings.paths, asyncio.Event()
    with instance_lock(paths.state_dir), _stopping(stop):
        keys = KeyStore(paths.keys)
        async with await SqliteJournal.open(paths.journal) as journal:
            clock = HostClock(loop_time=machine_time(), wall=time.time, resume=await journal.host_time())
            radio = PatientRadio(lambda: open_radio(settings.radio, state_dir=paths.state_dir))
            problem = await radio.first_try()
            if problem is not None:
                log.warning("radio.missing reason=%r: it is tried again while the daemon runs", problem)
            try:
                daemon = Daemon(
                    settings=settings,
                    radio=radio,
                    publisher=MqttPublisher(
                        address=settings.broker,
                        site=settings.site,
                        beside=heard_by(settings.home_assistant),
                    ),
                    journal=journal,
                    clock=clock,
                    keys=keys,
                    entropy=secrets.token_bytes,
                    chance=random.random,
                    lab=lab,
                )
                await _run(daemon, stop)
            finally:
                await radio.close()


def machine_time() -> Callable[[], float]:
    """Seconds that never step back, and that go on while the machine is suspended, where it counts those."""
    if sys.platform == "linux":
        return lambda: time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic


async def _run(daemon: Daemon, stop: asyncio.Event) -> None:
    settings = daemon.settings
    async with ControlServer(settings.paths.control_socket, ControlDesk(daemon).handle):
        log.info(
            "daemon.ready site=%s watches=%d radio=%s broker=%s",
            settings.site,
            len(settings.watches),
            settings.radio,
            settings.broker.url,
        )
        if not settings.watches:
            log.warning("daemon.no_watch: pair one with `wearsync pair`")
        await daemon.run(stop)
        log.info("daemon.stopped")


@contextmanager
def _stopping(stop: asyncio.Event) -> Iterator[None]:
    """The first SIGTERM or SIGINT asks for an orderly end, the second ends at once."""
    loop = asyncio.get_running_loop()
    main = asyncio.current_task()

    def asked() -> None:
        if stop.is_set() and main is not None:
            main.cancel()
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
