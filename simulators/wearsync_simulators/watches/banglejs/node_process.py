"""The app's own JavaScript in a child process: `espruino.js` under node, asked one thing at a time.

Rule: one line there, one line back, and nothing happens in between, so that Python owns the time. Waiting for
an answer blocks the loop, as a core's own arithmetic does: some milliseconds.
"""

import json
import os
import select
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Annotated, Final, Literal, Self, TypeAlias

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field, JsonValue

from wearsync.errors import Unavailable

__all__ = [
    "Advertise",
    "Buzz",
    "Dropped",
    "Fault",
    "NodeProcess",
    "Off",
    "Passkey",
    "Reply",
    "Tx",
    "node_path",
]

# A request takes some milliseconds; what takes so long hangs.
ANSWER_DEADLINE_S: Final = 20.0
STUB: Final = Path(__file__).with_name("espruino.js")
# More than one pipe's read gives at a time is read in the next turn.
READ_BYTES: Final = 1 << 16


class _Told(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Tx(_Told):
    """Bytes that the console sends."""

    kind: Literal["tx"]
    data: Annotated[Base64Bytes, Field(strict=False)]


class Buzz(_Told):
    """The motor runs for `ms` from `at` on."""

    kind: Literal["buzz"]
    ms: float
    strength: float
    at: float


class Passkey(_Told):
    """What pairing asks for from now on; None: nothing."""

    kind: Literal["passkey"]
    code: int | None


class Dropped(_Told):
    """The app has disconnected."""

    kind: Literal["drop"]


class Off(_Told):
    """The power has failed."""

    kind: Literal["off"]


class Advertise(_Told):
    """The byte that the app advertises; 0: it has nothing to say."""

    kind: Literal["advertise"]
    flags: int


class Fault(_Told):
    """JavaScript raised, and nobody caught it."""

    kind: Literal["error"]
    text: str


Out: TypeAlias = Tx | Buzz | Passkey | Dropped | Off | Advertise | Fault


class View(_Told):
    """What can be seen; times are the child's, ms."""

    face: str
    side: int
    step: int
    round: int
    planned_s: int
    variant: int
    text: str
    session: int | None
    since: float
    ends_at: float | None
    tap_starts: bool
    alone: bool
    host: bool
    pairing: bool
    code: int | None
    app: bool
    locked: bool


class Reply(_Told):
    """The child's answer. `due`: when it wants to be woken, ms; after `view`: where it was asked for."""

    out: list[Annotated[Out, Field(discriminator="kind")]]
    due: float | None
    view: View
    storage: dict[str, Annotated[Base64Bytes, Field(strict=False)]] = {}
    records: list[Annotated[Base64Bytes, Field(strict=False)]] = []
    screen: list[str] = []
    watch_id: Annotated[Base64Bytes | None, Field(strict=False)] = None
    journal_id: int | None = None


class NodeProcess:
    """A watch's inside. Raises Unavailable when it can't be started, or does not answer as it should."""

    def __init__(self, node: str, app: Path) -> None:
        try:
            # In a session of its own: Ctrl-C at the terminal is Python's to take, which then ends the child.
            self._child = subprocess.Popen(
                (node, str(STUB), str(app)),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,
            )
        except OSError as error:
            raise Unavailable(f"can't run {node}: {error.strerror}") from error
        self._read = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ask(self, now_ms: int, do: str, **told: JsonValue) -> Reply:
        """One request, one reply."""
        request: dict[str, JsonValue] = {"now": now_ms, "do": do, **told}
        line = b""
        try:
            self._write(json.dumps(request).encode() + b"\n")
            line = self._line()
            return Reply.model_validate_json(line)
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            self.close()
            raise Unavailable(f"the Bangle's JavaScript failed at {do!r}: {error} {line[:200]!r}") from error

    def close(self) -> None:
        """End the child."""
        self._child.kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def _write(self, raw: bytes) -> None:
        assert self._child.stdin is not None
        try:
            while raw:
                raw = raw[self._child.stdin.write(raw) or 0 :]
        except BrokenPipeError as error:
            raise OSError(self._ended()) from error

    def _line(self) -> bytes:
        assert self._child.stdout is not None
        pipe = self._child.stdout.fileno()
        parts = [self._read]
        while b"\n" not in parts[-1]:
            ready, _, _ = select.select([pipe], [], [], ANSWER_DEADLINE_S)
            if not ready:
                raise OSError(f"no answer in {ANSWER_DEADLINE_S:.0f} s")
            parts.append(os.read(pipe, READ_BYTES))
            if not parts[-1]:
                raise OSError(self._ended())
        line, _, self._read = b"".join(parts).partition(b"\n")
        return line

    def _ended(self) -> str:
        return f"it ended with exit code {self._child.wait(ANSWER_DEADLINE_S)}"


def node_path() -> str | None:
    """Where node is; None: nowhere."""
    return shutil.which("node")
