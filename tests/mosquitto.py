"""A real mosquitto for one test: its own port on loopback, its own directory, stopped and killed at will.

Rule: nothing here knows wearsync; what the broker holds is asked of the broker.
"""

import signal
import socket
import subprocess
import time
from pathlib import Path

from wearsync_simulators.mosquitto import mosquitto_configuration, mosquitto_executable

__all__ = ["Mosquitto", "mosquitto_executable"]

START_DEADLINE_S = 10
"""Starting takes 7-30 ms; on two busy cores a hundred times that."""
STOP_DEADLINE_S = 10
"""A clean stop writes the persistence file: milliseconds, unless the machine is busy."""
POLL_S = 0.005


class Mosquitto:
    """One broker process on a port of its own that stays the same over restarts.

    It takes anonymous clients and keeps retained messages and sessions over `stop`, not over `kill`.
    """

    def __init__(self, *, executable: str, directory: Path) -> None:
        self.executable = executable
        self.directory = directory
        self.port = _free_port()
        self._lines: tuple[str, ...] = ()
        self._anybody = True
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """What the broker has said so far, all its lives together."""
        path = self.directory / "mosquitto.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def configure(self, *lines: str, anybody: bool = True) -> None:
        """Adds these lines to the configuration, in place of earlier ones; a running broker is restarted.

        `anybody` False: they say themselves who listens, on `port`, and who may come.
        """
        self._lines = lines
        self._anybody = anybody
        if self._process is not None:
            self.stop()
            self.start()

    def start(self) -> None:
        """Returns when the port answers. Raises RuntimeError with the broker's log when it does not."""
        config = self.directory / "mosquitto.conf"
        ours = mosquitto_configuration(self.port, self.directory)
        if not self._anybody:
            ours = [line for line in ours if not line.startswith(("listener", "allow_anonymous"))]
        lines = [*ours, *self._lines, ""]
        config.write_text("\n".join(lines), encoding="utf-8")
        with (self.directory / "mosquitto.log").open("ab") as log:
            self._process = subprocess.Popen(
                [self.executable, "-c", str(config)], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        deadline = time.monotonic() + START_DEADLINE_S
        while not _answers(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"mosquitto did not start on port {self.port}:\n{self.log}")
            time.sleep(POLL_S)

    def stop(self) -> None:
        """A clean stop: what it keeps is on disk afterwards."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Pulls the plug: what was not on disk is gone."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(STOP_DEADLINE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    """Whether it answers nonsense by hanging up, and not only listens.

    mosquitto 2.0 listens before it is ready, and forgets a SIGTERM sent in between (2 in 300, measured).
    """
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as probe:
            probe.sendall(bytes(8))  # neither MQTT nor TLS begins like that
            probe.recv(1)
    except ConnectionResetError:
        return True
    except OSError:
        return False
    return True
