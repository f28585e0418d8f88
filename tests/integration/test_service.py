"""The daemon as a service, in processes of its own; the test is the service manager: it listens, and waits
for what systemd would wait for.

Rule: what hangs, hangs for real: a disk that never answers (the file beside the journal is a pipe that nobody
reads), and a radio that blocks the loop (brought by an entry point, as any package may bring one).
"""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest

from tests.integration.terminal import at_a_terminal
from tests.simulators.processes import Running, running
from wearsync.config.paths import Paths
from wearsync.control.calls import CommandParams
from wearsync.control.client import ControlClient
from wearsync.control.results import Done
from wearsync.journal import mark
from wearsync.model import Verb

# So often a word is due; systemd would wait for a minute.
WATCHDOG_S = 0.9
SOON_S = 20.0
# SIGTERM leaves so many; a busy machine takes some more to look.
END_S = 5.0
HEARD_MAX_BYTES = 4096

CONFIG = f"""
[[watches]]
name = "Ours"
id = "{"a1" * 16}"
address = "C4:00:00:00:00:01"
"""

BLOCKING_RADIO = """
import time
from wearsync.errors import RadioUnavailable

class Blocking:
    tries = 0

    async def open(self, spec, *, state_dir, agent):
        Blocking.tries += 1
        if Blocking.tries == 1:
            raise RadioUnavailable("not yet")
        self.block_the_loop()

    def block_the_loop(self):
        time.sleep(600)
"""


class Manager:
    """What the service said, with the seconds at which it did."""

    def __init__(self, where: Path) -> None:
        self.words: list[tuple[float, str]] = []
        self._ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._ear.bind(str(where))
        self._ear.setblocking(False)

    def close(self) -> None:
        self._ear.close()

    async def until(self, word: str) -> None:
        """It is said from now on."""
        async with asyncio.timeout(SOON_S):
            while await self._hear() != word:
                pass

    async def until_has(self, part: str) -> None:
        """What was heard last has it, or what comes."""
        async with asyncio.timeout(SOON_S):
            while not self.words or part not in self.words[-1][1]:
                await self._hear()

    async def silence(self, seconds: float) -> None:
        """No word for so long."""
        async with asyncio.timeout(SOON_S):
            with suppress(TimeoutError):
                while True:
                    await asyncio.wait_for(self._hear(), seconds)

    async def _hear(self) -> str:
        data = await asyncio.get_running_loop().sock_recv(self._ear, HEARD_MAX_BYTES)
        self.words.append((time.monotonic(), data.decode()))
        return self.words[-1][1]


@pytest.fixture
def manager(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Manager]:
    """Of what is started from now on."""
    one = Manager(home / "notify")
    monkeypatch.setenv("NOTIFY_SOCKET", str(home / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", str(int(WATCHDOG_S * 1e6)))
    # There is neither a D-Bus nor a broker.
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={home}/no-bus")
    monkeypatch.setenv("WEARSYNC_BROKER_URL", "mqtt://127.0.0.1:1")
    monkeypatch.setenv("WEARSYNC_STATE_DIR", str(home / "state"))
    monkeypatch.setenv("WEARSYNC_CONFIG", str(home / "config.toml"))
    (home / "config.toml").write_text(CONFIG)
    yield one
    one.close()


@asynccontextmanager
async def service(*arguments: str) -> AsyncIterator[Running]:
    async with running(sys.executable, "-m", "wearsync", "run", *arguments) as process:
        yield process


async def hang_the_writer(paths: Paths) -> None:
    """The next commit waits for somebody to read what nobody reads."""
    file = mark.path_of(paths.journal)
    file.unlink(missing_ok=True)
    os.mkfifo(file)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(WATCHDOG_S):
            await ControlClient(paths.control_socket).call(CommandParams(verb=Verb.AWAY), Done)


async def test_the_manager_hears_of_the_start_of_progress_and_of_the_end(
    manager: Manager, home: Path
) -> None:
    """Neither Bluetooth nor broker are there, and nobody minds."""
    async with service() as process:
        await manager.until("READY=1")
        assert Paths(home / "state").control_socket.is_socket()
        await manager.until("STATUS=Ours no Bluetooth adapter; broker away")
        for _ in range(4):
            await manager.until("WATCHDOG=1")
        began_s = time.monotonic()
        process.process.send_signal(signal.SIGTERM)
        await manager.until("STOPPING=1")
        assert await process.ended() == 0
        assert time.monotonic() - began_s < END_S
    fed = [at_s for at_s, word in manager.words if word == "WATCHDOG=1"]
    # Not the longest pause: a busy machine may have one.
    assert median(after - before for before, after in pairwise(fed)) < WATCHDOG_S / 2
    statuses = [word for _, word in manager.words if word.startswith("STATUS=")]
    assert len(statuses) == len(set(statuses)) <= 2
    assert not any("no watch" in status for status in statuses)


async def test_a_writer_that_hangs_starves_the_watchdog_and_sigterm_still_ends_it(
    manager: Manager, home: Path
) -> None:
    paths = Paths(home / "state")
    async with service() as process:
        await manager.until("READY=1")
        await hang_the_writer(paths)
        await manager.silence(2 * WATCHDOG_S)
        assert any("watchdog.stuck what=journal" in line for line in process.err)
        began_s = time.monotonic()
        assert await process.stop() == 1
        assert time.monotonic() - began_s < END_S + 1
        assert any("mark.py" in line for line in process.err)


async def test_a_loop_that_hangs_is_ended_with_its_stack_and_the_next_one_goes_on(
    manager: Manager, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "blocking_radio.py").write_text(BLOCKING_RADIO)
    about = home / "blocking_radio-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: blocking-radio\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[wearsync.radio]\nblocking = blocking_radio:Blocking\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(home), *sys.path]))
    async with service("--radio", "blocking") as process:
        await manager.until("READY=1")
        await manager.silence(2 * WATCHDOG_S)
        # As systemd does with `WatchdogSignal=SIGABRT`.
        assert await process.stop(signal.SIGABRT) == -signal.SIGABRT
        stacks = "\n".join(process.err)
        assert "Fatal Python error: Aborted" in stacks
        assert "in block_the_loop" in stacks
        assert "Thread 0x" in stacks, "the journal's thread has one, too"
    async with service() as process:
        await manager.until("READY=1")
        assert await process.stop() == 0


async def test_a_configuration_that_is_written_anew_is_taken_or_refused_with_the_reason(
    manager: Manager, home: Path
) -> None:
    config = home / "config.toml"
    async with service() as process:
        await manager.until("READY=1")
        config.write_text(CONFIG.replace("Ours", "Theirs") + "lin = 3\n")
        process.process.send_signal(signal.SIGHUP)
        await manager.until_has("Ours no Bluetooth adapter; broker away; the new configuration is not used: ")
        await manager.until_has(f"{config}, line 6: watches[0].lin is not known: did you mean link?")
        async with running(sys.executable, "-m", "wearsync", "reload") as asked:
            assert await asked.ended() == 78
            assert asked.err[0].endswith("did you mean link? (the daemon goes on with what it had)")
        config.write_text(CONFIG.replace("Ours", "Theirs"))
        async with running(sys.executable, "-m", "wearsync", "reload") as asked:
            assert await asked.ended() == 0
            assert asked.out == ["new: watch Ours: now called Theirs"]
        await manager.until("STATUS=Theirs no Bluetooth adapter; broker away")
        assert await process.stop() == 0
    assert any("config.refused" in line for line in process.err)


async def test_a_terminal_that_is_closed_ends_the_daemon_in_it(manager: Manager, home: Path) -> None:
    """SIGHUP says that, too; a daemon that nobody sees any more would keep the adapter for itself."""
    async with at_a_terminal("run") as (terminal, ended):
        await terminal.until("daemon.ready")
        terminal.hang_up()
        assert await ended == 0
    assert not Paths(home / "state").control_socket.exists()
