"""A real MQTT 5 broker in a child process, so that the demo needs nothing else: rumqttd, by way of iotcore.

Rule: loopback only, for a demo or a test; it keeps nothing when it ends. Run as a module it is that child: it
serves until its standard input closes, so it never outlives its parent, not even one that was killed.
"""

import asyncio
import contextlib
import os
import socket
import sys
import tempfile
import threading
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self

from wearsync.errors import BrokerUnavailable

# It starts in 50–300 ms; on two busy cores a hundred times that.
START_DEADLINE_S = 30.0
# It has nothing to save.
STOP_DEADLINE_S = 5.0
# Between two looks at whether it answers.
POLL_S = 0.02
# rumqttd's own default of 20 kB would cut the connection at a long command, where a real broker passes it on.
PAYLOAD_MAX_BYTES = 4 * 1024 * 1024

_CONFIGURATION = """\
id = 0

[router]
id = 0
max_connections = 100
max_outgoing_packet_count = 200
max_segment_size = 16777216
max_segment_count = 4

[v5.1]
name = "wearsync"
listen = "127.0.0.1:{port}"
next_connection_delay_ms = 1

[v5.1.connections]
connection_timeout_ms = 60000
max_payload_size = {payload_max}
max_inflight_count = 100
dynamic_filters = true
"""


class EmbeddedBroker:
    """`async with EmbeddedBroker() as broker: broker.url`. `port` 0: a free one. Raises BrokerUnavailable."""

    def __init__(self, *, port: int = 0) -> None:
        self.port = port
        self._process: asyncio.subprocess.Process | None = None
        self._directory: tempfile.TemporaryDirectory[str] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"mqtt://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        """Start it; it answers on return."""
        if find_spec("iotcore") is None:
            raise BrokerUnavailable(
                "the embedded broker is not installed: pip install 'wearsync[all]', or use --broker URL"
            )
        self.port = _free_port(self.port)
        self._directory = tempfile.TemporaryDirectory(prefix="wearsync-broker-")
        file = Path(self._directory.name) / "rumqttd.toml"
        file.write_text(
            _CONFIGURATION.format(port=self.port, payload_max=PAYLOAD_MAX_BYTES), encoding="utf-8"
        )
        try:
            # A session of its own: Ctrl-C in the terminal is for the demo, which still has things to say to
            # its broker.
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", __spec__.name, str(file)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )
            await self._answers(self._process)
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Stop it."""
        await self.stop()

    async def stop(self) -> None:
        """Stop it, if it runs; the port is free on return."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            try:
                async with asyncio.timeout(STOP_DEADLINE_S):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()
        directory, self._directory = self._directory, None
        if directory is not None:
            directory.cleanup()

    async def _answers(self, process: asyncio.subprocess.Process) -> None:
        try:
            async with asyncio.timeout(START_DEADLINE_S):
                while not await _listens(self.port):
                    if process.returncode is not None:
                        raise BrokerUnavailable(
                            f"the embedded broker ended at once, with code {process.returncode}"
                        )
                    await asyncio.sleep(POLL_S)
        except TimeoutError as error:
            raise BrokerUnavailable(
                f"the embedded broker did not answer on port {self.port} in {START_DEADLINE_S:.0f} s"
            ) from error


def serve(configuration: str) -> None:
    """Be the broker, until standard input closes."""
    from iotcore import IotCoreBroker

    threading.Thread(target=_end_with_parent, daemon=True).start()
    IotCoreBroker(config_path=configuration).run_forever()


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def _free_port(wanted: int) -> int:
    """That port, or any free one for 0: whoever answers on it later is no stranger."""
    try:
        with socket.create_server(("127.0.0.1", wanted)) as probe:
            port: int = probe.getsockname()[1]
            return port
    except OSError as error:
        raise BrokerUnavailable(
            f"port {wanted} is not free for the embedded broker: {error.strerror}"
        ) from error


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True


if __name__ == "__main__":
    serve(sys.argv[1])
