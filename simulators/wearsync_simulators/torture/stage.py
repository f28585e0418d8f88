"""All that is under fire: broker, air, watch and daemon as processes, the ways between them, the disk.

Rule: everything below one directory; the processes speak to each other by TCP through `Passage`s, and to us
by what a user has: command line, control socket, broker.
"""

import asyncio
import os
import shutil
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random

from wearsync.control.calls import StatusParams
from wearsync.control.client import ControlClient
from wearsync.control.results import StatusResult
from wearsync.errors import BrokerUnavailable, WearsyncError
from wearsync_simulators.mosquitto import mosquitto_configuration, mosquitto_executable
from wearsync_simulators.torture.disk import small_disk
from wearsync_simulators.torture.proxy import Passage
from wearsync_simulators.torture.service import Service
from wearsync_simulators.torture.subscriber import DurableSubscriber
from wearsync_simulators.watches.memory import read_memory

__all__ = ["SITE", "Stage"]

SITE = "torture"
SIM = (sys.executable, "-c", "from wearsync_simulators.cli import main; main()")
# One hold a side, the shortest gaps: as many sessions as fit.
CONFIGURATION = """\
site = "torture"
wearer = "you"
[routine]
rounds = 1
first_gap_s = 3
switch_gap_s = 3
"""
# Pairing takes three seconds; the processes start on a busy machine.
READY_DEADLINE_S = 60.0
# A command of the CLI waits for the daemon, which may stand still for as long as we have stopped it.
CLI_DEADLINE_S = 45.0
# A daemon that answers does so within some milliseconds.
ANSWER_DEADLINE_S = 5.0
# After every other start of the watch its wearer starts a session there, this much later.
STARTS_ON_WATCH = 0.5
START_AFTER_S = (2.0, 8.0)
POLL_S = 0.05


class Stage:
    """`await open()`, and `await close()` at the end, whatever happened. `random`: for what the watch
    does.
    """

    def __init__(self, directory: Path, random: Random) -> None:
        self.directory = directory
        self.state = directory / "state"
        self.journal = self.state / "journal.sqlite"
        self.flash = directory / "watch" / "flash"
        self._random = random
        self._home = directory / "home"
        self._home.mkdir()
        self._config = directory / "config.toml"
        self._config.write_text(CONFIGURATION)
        self._configured = CONFIGURATION
        self._broker_port, air_port = _free_port(), _free_port()
        self.disk = small_disk(self.state)
        self.to_broker = Passage(self._broker_port)
        self.to_subscriber = Passage(self._broker_port)
        self.radio = Passage(air_port)
        self.watch_radio = Passage(air_port)
        self._pairing = True
        self.broker = self._service("broker", self._broker_command)
        self.air = self._service("air", lambda: [*SIM, "air", "--listen", f"tcp:127.0.0.1:{air_port}"])
        self.watch = self._service("watch", self._watch_command)
        self.daemon = self._service("daemon", self._daemon_command)
        self.subscriber = DurableSubscriber(SITE)
        self.control = ControlClient(self.state / "control.sock")

    @property
    def services(self) -> tuple[Service, ...]:
        """In the order of their start."""
        return (self.broker, self.air, self.watch, self.daemon)

    @property
    def watch_id(self) -> str:
        """The watch's, as it is in events."""
        memory = read_memory(self.flash.with_name("memory.json"))
        assert memory is not None, "the watch was never on"
        return memory.watch_id.hex()

    @property
    def passages(self) -> tuple[Passage, ...]:
        """The ways that can be cut."""
        return (self.to_broker, self.to_subscriber, self.radio, self.watch_radio)

    def pulse(self) -> int:
        """A number that changes when the watch has written something."""
        return self.flash.stat().st_mtime_ns

    async def reconfigure(self, change: Callable[[str], str]) -> None:
        """Write the configuration changed so, as it was first, and SIGHUP to a daemon that runs: one that
        only just starts reads the file anyway, and has no ear for signals yet.
        """
        new = self._config.with_suffix(".new")
        new.write_text(change(self._configured), encoding="utf-8")
        new.replace(self._config)
        with suppress(WearsyncError, TimeoutError):
            async with asyncio.timeout(ANSWER_DEADLINE_S):
                await self.control.call(StatusParams(), StatusResult)
            self.daemon.hang_up()

    async def open(self) -> None:
        """Start it all, with the watch paired. Raises `WearsyncError` when something does not come up."""
        for passage in self.passages:
            await passage.open()
        await self.broker.start()
        self.subscriber.start(self.to_subscriber.port)
        await self.air.start()
        await self._until("air:", self.air)
        await self.watch.start()
        await self._until("pairing: open", self.watch)
        code, said = await self.wearsync("pair", "--radio", self._radio_spec, "--yes", "--name", "W")
        if code != 0:
            raise WearsyncError(f"the watch could not be paired: {said}")
        self._pairing = False
        self._configured = self._config.read_text(encoding="utf-8")
        await self.daemon.start()

    async def close(self, *, keep: Path | None) -> None:
        """End all processes, take the disk away; `keep`: where logs and journals are copied to."""
        self.subscriber.stop()
        for service in reversed(self.services):
            await service.kill()
        for passage in self.passages:
            await passage.close()
        if keep is not None:
            gone = shutil.ignore_patterns("*.sock", "filler", "home")
            await asyncio.to_thread(shutil.copytree, self.directory, keep, ignore=gone, dirs_exist_ok=True)
        await asyncio.to_thread(self.disk.close)

    async def wearsync(self, *arguments: str) -> tuple[int, str]:
        """`wearsync …` as a user has it: its exit code, and what it said."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "wearsync", *arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=self._environment,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(CLI_DEADLINE_S):
                said, _ = await process.communicate()
        except TimeoutError:
            said = b"it did not end"
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return process.returncode or 0, said.decode().strip()

    def _service(self, name: str, command: Callable[[], Sequence[str]]) -> Service:
        return Service(name, command, log=self.directory / f"{name}.log", environment=self._environment)

    @property
    def _environment(self) -> dict[str, str]:
        """Ours, but for what wearsync would take its settings from."""
        ours = {
            name: value for name, value in os.environ.items() if not name.startswith(("WEARSYNC_", "XDG_"))
        }
        return ours | {
            "HOME": str(self._home),
            "WEARSYNC_CONFIG": str(self._config),
            "WEARSYNC_STATE_DIR": str(self.state),
            "TZ": "UTC",
        }

    @property
    def _radio_spec(self) -> str:
        return f"tcp:127.0.0.1:{self.radio.port}"

    def _broker_command(self) -> Sequence[str]:
        executable = mosquitto_executable()
        if executable is None:
            raise BrokerUnavailable("mosquitto is not installed (Debian: apt install mosquitto)")
        configuration = self.directory / "mosquitto.conf"
        lines = mosquitto_configuration(self._broker_port, self.directory)
        configuration.write_text("\n".join([*lines, ""]), encoding="utf-8")
        return [executable, "-c", str(configuration)]

    def _watch_command(self) -> Sequence[str]:
        transport = f"tcp-client:127.0.0.1:{self.watch_radio.port}"
        command = [*SIM, "watch", "--transport", transport, "--wearer", "hasty"]
        command += ["--state-dir", str(self.flash.parent), "--seed", str(self._random.getrandbits(32))]
        if self._pairing:
            return [*command, "--pairing"]
        if self._random.random() < STARTS_ON_WATCH:
            command += ["--start-after", f"{self._random.uniform(*START_AFTER_S):.1f}"]
        return command

    def _daemon_command(self) -> Sequence[str]:
        broker = f"mqtt://127.0.0.1:{self.to_broker.port}"
        return [
            sys.executable,
            "-m",
            "wearsync",
            "-v",
            "run",
            "--radio",
            self._radio_spec,
            "--broker",
            broker,
        ]

    async def _until(self, said: str, service: Service) -> None:
        try:
            async with asyncio.timeout(READY_DEADLINE_S):
                while said not in service.said:  # noqa: ASYNC110  # a log file tells nobody
                    await asyncio.sleep(POLL_S)
        except TimeoutError as error:
            raise WearsyncError(f"the {service.name} does not come up: {service.said}") from error


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
