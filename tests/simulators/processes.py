"""`wearsync-sim` and its like as processes of a test: started, listened to, stopped."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

# A process that starts on a busy machine; what is waited for comes in a fraction of it.
SOON_S = 30.0
SIM = (sys.executable, "-c", "from wearsync_simulators.cli import main; main()")


@dataclass
class Running:
    """A process; its lines are read as they come."""

    process: asyncio.subprocess.Process
    out: list[str] = field(default_factory=list)
    err: list[str] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    readers: list[asyncio.Task[None]] = field(default_factory=list)

    async def until(self, part: str, *, times: int = 1, err: bool = False) -> str:
        """The line with this in it, the n-th such."""
        lines = self.err if err else self.out
        async with asyncio.timeout(SOON_S):
            while len(found := [line for line in lines if part in line]) < times:
                if self.process.returncode is not None:
                    raise AssertionError(f"ended without {part!r}: {self.out} {self.err}")
                self.came.clear()
                await self.came.wait()
        return found[times - 1]

    async def ended(self) -> int:
        """Its exit code; all its lines have been read."""
        async with asyncio.timeout(SOON_S):
            code = await self.process.wait()
            await asyncio.gather(*self.readers)
        return code

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end."""
        self.process.send_signal(number)
        return await self.ended()

    async def read(self, stream: asyncio.StreamReader, lines: list[str]) -> None:
        """Keep what it says."""
        async for line in stream:
            lines.append(line.decode().rstrip("\n"))
            self.came.set()
        self.came.set()


@asynccontextmanager
async def running(*command: str | Path, stdin: int = asyncio.subprocess.DEVNULL) -> AsyncIterator[Running]:
    """Run it while the block runs; killed at its end if it still lives."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*map(str, command), stdin=stdin, stdout=pipe, stderr=pipe)
    one = Running(process)
    assert process.stdout is not None
    assert process.stderr is not None
    one.readers = [
        asyncio.create_task(one.read(process.stdout, one.out)),
        asyncio.create_task(one.read(process.stderr, one.err)),
    ]
    try:
        yield one
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await one.ended()


@asynccontextmanager
async def sim(*arguments: str | Path, stdin: int = asyncio.subprocess.DEVNULL) -> AsyncIterator[Running]:
    """`wearsync-sim` with these arguments."""
    async with running(*SIM, *arguments, stdin=stdin) as one:
        yield one


@asynccontextmanager
async def an_air(port: str = "0") -> AsyncIterator[tuple[Running, str]]:
    """`wearsync-sim air`, and its HOST:PORT."""
    async with sim("air", "--listen", f"tcp:127.0.0.1:{port}") as air:
        line = await air.until("air: tcp:")
        yield air, line.split()[1].removeprefix("tcp:")
