r"""The host's end of the wire to the guest: commands in it, with their output, and its Bluetooth adapter.

    guest = await Guest.listen(log);  …boot, told guest.port…;  await guest.up(timeout_s=120)
    done = await guest.run("wearsync", "scan", "--json")         # Done(status, output, errors)
    pair = await guest.start("wearsync", "pair", terminal=True)
    await pair.says("Does the watch show"); pair.type("y\n"); done = await pair.ended()

Rule: everything has a deadline, and what a command said so far is in the error when it passes.
"""

import asyncio
import base64
import json
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

__all__ = ["Command", "Done", "Guest", "GuestFailed"]

# Under emulation importing the product takes some seconds, on a busy machine four times that.
COMMAND_DEADLINE_S = 120.0


class GuestFailed(Exception):
    """What was waited for did not come; its text says what came instead."""


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended. At a terminal `output` has everything."""

    status: int
    output: str
    errors: str


@dataclass(eq=False)
class Command:
    """A command in the guest, running or ended."""

    guest: "Guest"
    number: int
    words: str
    output: str = ""
    errors: str = ""
    status: int | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    seen: int = 0

    async def says(self, text: str, timeout_s: float = COMMAND_DEADLINE_S) -> str:
        """Wait until it says that, after what it was last waited for; gives what it said up to there."""

        def there() -> bool:
            return text in self.output[self.seen :] or self.status is not None

        await self._until(there, f"says {text!r}", timeout_s)
        at = self.output.find(text, self.seen)
        if at < 0:
            raise GuestFailed(f"{self.words} ended ({self.status}) and did not say {text!r}:\n{self._said()}")
        before = self.output[self.seen : at + len(text)]
        self.seen = at + len(text)
        return before

    async def ended(self, timeout_s: float = COMMAND_DEADLINE_S) -> Done:
        """Wait for its end."""
        await self._until(lambda: self.status is not None, "ends", timeout_s)
        assert self.status is not None
        return Done(self.status, self.output, self.errors)

    def type(self, text: str) -> None:
        """To its terminal, or stdin; "" closes stdin."""
        self.guest.tell(input=self.number, text=base64.b64encode(text.encode()).decode())

    def signal(self, number: int) -> None:
        """To it and its children."""
        self.guest.tell(signal=self.number, number=number)

    async def _until(self, there: Callable[[], bool], what: str, timeout_s: float) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                while not there():
                    self.changed.clear()
                    await self.guest.while_up(self.changed.wait())
        except TimeoutError as error:
            raise GuestFailed(
                f"{self.words}: not within {timeout_s:.0f} s: {what}\n{self._said()}"
            ) from error

    def _said(self) -> str:
        return f"{self.output}{self.errors}".replace("\r\n", "\n")[-3000:]


class Guest:
    """The guest, once it has called."""

    def __init__(self, log: TextIO) -> None:
        self._log = log
        self._began_s = time.monotonic()
        self._server: asyncio.Server | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._here = asyncio.Event()
        self._gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._commands: dict[int, Command] = {}
        self._numbers = 0
        self.python = ""

    @classmethod
    async def listen(cls, log: Path) -> "Guest":
        """Wait for its call, on a free port of loopback. `log`: what was said, both ways."""
        guest = cls(log.open("w", encoding="utf-8", buffering=1))
        guest._server = await asyncio.start_server(guest._called, "127.0.0.1", 0, limit=1 << 24)
        return guest

    @property
    def port(self) -> int:
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def up(self, timeout_s: float) -> None:
        """Wait until it is up."""
        try:
            async with asyncio.timeout(timeout_s):
                await self.while_up(self._here.wait())
        except TimeoutError as error:
            raise GuestFailed(f"the guest did not boot within {timeout_s:.0f} s: see console.log") from error

    async def start(
        self, *argv: str, terminal: bool = False, env: Mapping[str, str] | None = None
    ) -> Command:
        """Start a command, at a terminal of 80 columns if it is to have one."""
        self._numbers += 1
        command = Command(self, self._numbers, " ".join(argv))
        self._commands[self._numbers] = self.latest = command
        self.tell(start=self._numbers, argv=argv, env=dict(env or {}), pty=terminal)
        return command

    async def run(
        self,
        *argv: str,
        stdin: str = "",
        env: Mapping[str, str] | None = None,
        timeout_s: float = COMMAND_DEADLINE_S,
    ) -> Done:
        """Run a command to its end."""
        command = await self.start(*argv, env=env)
        if stdin:
            command.type(stdin)
        command.type("")
        return await command.ended(timeout_s)

    async def plug(self, host: str, port: int) -> None:
        """Plug an adapter in, whose other side is the air at that address (as the guest sees it)."""
        await self._done("plug", {"air": [host, port]})

    async def unplug(self) -> None:
        """Pull the adapter out."""
        await self._done("unplug", {})

    def tell(self, **message: Any) -> None:
        """One message to the guest."""
        assert self._writer is not None
        line = json.dumps(message)
        self._note(">", line)
        self._writer.write(line.encode() + b"\n")

    async def while_up(self, work: Coroutine[Any, Any, Any]) -> None:
        """Wait for that, or fail when the guest is gone."""
        task = asyncio.create_task(work)
        try:
            await asyncio.wait({task, self._gone}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise GuestFailed("the guest is gone: see console.log")
        finally:
            task.cancel()

    def remark(self, line: str) -> None:
        """Into the log."""
        self._note("#", line)

    async def close(self) -> None:
        """Hang up."""
        if self._writer is not None:
            self._writer.close()
        assert self._server is not None
        self._server.close()
        self._log.close()

    async def _done(self, what: str, more: Mapping[str, Any]) -> None:
        self._numbers += 1
        self._commands[self._numbers] = command = Command(self, self._numbers, what)
        self.tell(**{what: self._numbers, **more})
        await command.ended()

    async def _called(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        try:
            while line := await reader.readline():
                self._hear(json.loads(line))
        except OSError:
            pass
        finally:
            if not self._gone.done():
                self._gone.set_result(None)

    def _hear(self, message: dict[str, Any]) -> None:
        text = base64.b64decode(message.get("text", "")).decode("utf-8", "replace")
        match message:
            case {"hello": version}:
                self.python = version
                self._here.set()
            case {"output": number}:
                self._commands[number].output += text
            case {"errors": number}:
                self._commands[number].errors += text
            case {"ended": number, "status": status}:
                self._commands[number].status = status
            case _:
                pass  # its troubles: they stand in the log
        number = message.get("output") or message.get("errors") or message.get("ended")
        self._note("<", f"{number}: {text.rstrip()}" if text else json.dumps(message))
        if number in self._commands:
            self._commands[number].changed.set()

    def _note(self, direction: str, line: str) -> None:
        if not self._log.closed:
            self._log.write(f"{time.monotonic() - self._began_s:8.2f} {direction} {line}\n")
