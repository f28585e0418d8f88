"""A process that is started again whenever it ends, as systemd would; killed, stopped and ended at will.

Rule: what it ends with unasked is kept, for it must be explained. It has a session of its own, so that
Ctrl-C in the terminal is not for it; it speaks into a pipe, so that what limits its files is not for its log.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

__all__ = ["Service"]

# As `RestartSec` in a unit file: soon, and no storm.
RESTART_AFTER_S = 1.0
# The product promises 5 s; on two busy cores some more.
STOP_DEADLINE_S = 15.0
# A pipe holds as much.
LOG_CHUNK_BYTES = 65_536


class Service:
    """One process after another with the same name. `command` is asked anew at each start; what they say goes
    to `log`. `exits`: the codes of those that ended unasked (negative: a signal).
    """

    def __init__(
        self, name: str, command: Callable[[], Sequence[str]], *, log: Path, environment: Mapping[str, str]
    ) -> None:
        self.name = name
        self.exits: list[int] = []
        self._command = command
        self._log = log
        self._environment = environment
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._listener: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """Of the one that runs."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    @property
    def said(self) -> str:
        """All that they have said so far."""
        return self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""

    async def start(self) -> None:
        """Start it, and from now on again whenever it ends unasked."""
        await self._spawn()
        self._keeper = asyncio.create_task(self._keep(), name=f"keeper of {self.name}")

    async def kill(self) -> None:
        """`kill -9`; it stays down until `start`."""
        await self._end(signal.SIGKILL, STOP_DEADLINE_S)

    async def stop(self, *, deadline_s: float = STOP_DEADLINE_S) -> int | None:
        """Ask it to end, and give its exit code; None if it had to be killed in the end, or did not run."""
        return await self._end(signal.SIGTERM, deadline_s)

    def freeze(self) -> None:
        """SIGSTOP."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        self._signal(signal.SIGCONT)

    def hang_up(self) -> None:
        """SIGHUP."""
        self._signal(signal.SIGHUP)

    async def _spawn(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *self._command(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=dict(self._environment),
            start_new_session=True,
        )
        assert self._process.stdout is not None
        self._listener = asyncio.create_task(self._listen(self._process.stdout), name=f"log of {self.name}")

    async def _listen(self, said: asyncio.StreamReader) -> None:
        while data := await said.read(LOG_CHUNK_BYTES):
            with self._log.open("ab") as log:
                log.write(data)

    async def _keep(self) -> None:
        while self._process is not None:
            self.exits.append(await self._process.wait())
            await self._listened()
            await asyncio.sleep(RESTART_AFTER_S)
            await self._spawn()

    async def _end(self, how: signal.Signals, deadline_s: float) -> int | None:
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            await asyncio.wait({keeper})
        process, self._process = self._process, None
        if process is None:
            return None
        with suppress(ProcessLookupError):
            process.send_signal(how)
        try:
            async with asyncio.timeout(deadline_s):
                return await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
            return None
        finally:
            await self._listened()

    async def _listened(self) -> None:
        """Its last words are in the log."""
        if self._listener is not None:
            await asyncio.wait({self._listener})

    def _signal(self, number: signal.Signals) -> None:
        if self.pid is not None:
            os.kill(self.pid, number)
