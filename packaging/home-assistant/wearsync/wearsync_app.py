"""wearsync as an app of Home Assistant: its options and its broker become our configuration, then the daemon
runs.

    wearsync_app.py [--data DIR] [--supervisor URL] [--page-port PORT] [--radio SPEC]

An app has no terminal: what a person would type there comes from the action `hassio.addon_stdin` as lines,
such as `pair Kitchen`, and then the six digits that the watch shows. What is said to that is in its log.

Rule: what the options page has, it decides at each start; all else in the configuration file is the person's.
Nothing of the daemon's own is decided here.
"""

import argparse
import asyncio
import http.client
import io
import json
import os
import shlex
import signal
import sys
import tempfile
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from wearsync.config.edit import Value, change
from wearsync.errors import ConfigError

# By which Home Assistant shows the page; `config.yaml` says the same.
INGRESS_PORT = 8099
# The Supervisor is on this computer, and has much to do while it starts.
ASK_DEADLINE_S = 20.0
# What may be asked for by a line. Not: what runs on, or wants a terminal.
COMMANDS = (
    *("scan", "pair", "watches", "doctor", "healthy", "today", "history", "holds", "log", "routine", "set"),
    *("start", "stop", "pause", "resume", "skip", "back", "extra", "snooze", "away", "remind", "buzz"),
    *("backup", "reload", "resync"),
)
USAGE = "write a command such as `scan`, `pair Kitchen`, `watches`, `doctor`"
CODE_DIGITS = 6
CONFIG_EXIT_CODE = 78


class Options(BaseModel):
    """The options page: what is not filled in is None."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    wearer: str | None = None
    variant: str | None = None
    rounds: int | None = None
    left_s: int | None = None
    right_s: int | None = None
    reminders: list[str] = []
    broker: str | None = None
    broker_username: str | None = None
    broker_password: str | None = None
    verbose: bool = False


class MqttService(BaseModel):
    """The broker as the Supervisor knows it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    host: str
    port: int
    ssl: bool = False
    username: str | None = None
    password: str | None = None


class ServiceAnswer(BaseModel):
    """What the Supervisor says to `GET /services/mqtt`."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    data: MqttService


@dataclass(frozen=True, slots=True)
class Place:
    """Where everything is; `options.json` is the Supervisor's."""

    data: Path

    @property
    def directory(self) -> Path:
        """All of wearsync: as the container's XDG_CONFIG_HOME and XDG_STATE_HOME have it."""
        return self.data / "wearsync"

    @property
    def config(self) -> Path:
        """The configuration."""
        return self.directory / "config.toml"

    @property
    def password(self) -> Path:
        """The broker's password, and nothing else."""
        return self.directory / "broker.password"


def main() -> None:
    """Run until the Supervisor says stop; ends with the daemon's exit code."""
    parser = argparse.ArgumentParser(description="wearsync as an app of Home Assistant.")
    parser.add_argument("--data", type=Path, default=Path("/data"))
    parser.add_argument("--supervisor", default="http://supervisor")
    parser.add_argument("--page-port", type=int, default=INGRESS_PORT)
    parser.add_argument("--radio", default=None)
    asked = parser.parse_args()
    place = Place(asked.data)
    try:
        options = read_options(asked.data / "options.json")
        try:
            service, is_told = service_of(asked.supervisor, options), True
        except NoWord as error:
            say(f"{error}")
            service, is_told = None, False
        configure(place, options, service, page_port=asked.page_port, is_told=is_told)
    except (ConfigError, OSError) as error:
        say(f"{error}")
        sys.exit(CONFIG_EXIT_CODE)
    program = [sys.executable, "-m", "wearsync", "--config", str(place.config)]
    program += ["--state-dir", str(place.directory), *(["-v"] if options.verbose else [])]
    radio = [] if asked.radio is None else ["--radio", asked.radio]
    sys.exit(asyncio.run(App(program).run("run", *radio)))


def say(text: str) -> None:
    """A line in the app's log."""
    sys.stderr.write(f"app: {text}\n")
    sys.stderr.flush()


def read_options(path: Path) -> Options:
    """The options page, as the Supervisor wrote it. Raises `ConfigError`."""
    try:
        return Options.model_validate_json(path.read_bytes())
    except ValidationError as error:
        where = ".".join(map(str, error.errors(include_url=False, include_input=False)[0]["loc"]))
        raise ConfigError(
            f"the options page has something unexpected in {where or 'it'}: save it anew"
        ) from error


class NoWord(Exception):
    """The Supervisor does not say whether there is a broker: it is busy, or at fault."""


def service_of(supervisor: str, options: Options) -> MqttService | None:
    """The Supervisor's broker; None: there is none, or the options name another. Raises `NoWord`."""
    if options.broker:
        return None
    request = urllib.request.Request(
        f"{supervisor}/services/mqtt",
        headers={"Authorization": f"Bearer {os.environ.get('SUPERVISOR_TOKEN', '')}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=ASK_DEADLINE_S) as answer:
            return ServiceAnswer.model_validate_json(answer.read()).data
    except (OSError, http.client.HTTPException, ValidationError) as error:
        code = error.code if isinstance(error, urllib.error.HTTPError) else None
        if code is None or code >= 500:
            raise NoWord(
                f"Home Assistant does not say which MQTT broker it has ({code or type(error).__name__}): the "
                "one that was known stays; if there was none, restart this app in a while"
            ) from error
        say(
            f"Home Assistant knows no MQTT broker ({code}): install the app Mosquitto broker, or name one in "
            "the options, then restart this app. Until then results stay here"
        )
        return None


def configure(
    place: Place, options: Options, service: MqttService | None, *, page_port: int, is_told: bool = True
) -> None:
    """Write what options and Supervisor say into the configuration. `is_told` False: the Supervisor said
    nothing, and its broker stays as it is. Raises `ConfigError`, `OSError`.
    """
    place.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    broker = broker_of(place, options, service) if is_told or options.broker else {}
    first: dict[str, Value] = {} if place.config.exists() else {"site": "home"}
    change(
        place.config,
        {
            **first,
            "wearer": options.wearer or "me",
            **broker,
            "routine.variant": options.variant,
            "routine.rounds": options.rounds,
            "routine.left_s": options.left_s,
            "routine.right_s": options.right_s,
            "reminder.times": list(options.reminders),
            "web.listen": f"0.0.0.0:{page_port}",
            "web.ingress": True,
        },
    )


def broker_of(place: Place, options: Options, service: MqttService | None) -> dict[str, Value]:
    """The broker's keys; its password goes into the file for it."""
    password = options.broker_password if options.broker else service and service.password
    if password:
        write_secret(place.password, password)
    else:
        place.password.unlink(missing_ok=True)
    keys = broker_keys(options, service)
    return {**keys, "broker.password_file": str(place.password) if password else None}


def broker_keys(options: Options, service: MqttService | None) -> dict[str, Value]:
    """Where the results go. The Supervisor's network is inside this computer: plain text is fine there."""
    if options.broker:
        url = options.broker if "://" in options.broker else f"mqtt://{options.broker}"
        return {"broker.url": url, "broker.username": options.broker_username, "broker.allow_insecure": None}
    if service is None:
        return {"broker.url": None, "broker.username": None, "broker.allow_insecure": None}
    return {
        "broker.url": f"{'mqtts' if service.ssl else 'mqtt'}://{service.host}:{service.port}",
        "broker.username": service.username,
        "broker.allow_insecure": None if service.ssl else True,
    }


def write_secret(path: Path, secret: str) -> None:
    """The file with this one line, its owner's alone, in the old one's place at once."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".secret-")  # 0600 from the start
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(f"{secret}\n")
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(path)


class App:
    """The daemon, and one command at a time beside it. `program`: wearsync, and what comes first."""

    def __init__(self, program: list[str]) -> None:
        self._program = program
        self._command: asyncio.subprocess.Process | None = None
        self._ending: asyncio.Task[None] | None = None

    async def run(self, *arguments: str) -> int:
        """Until the daemon ends; gives its exit code."""
        daemon = await self._begin(*arguments, stdin=asyncio.subprocess.DEVNULL)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, daemon.send_signal, number)
        lines: asyncio.Queue[str] = asyncio.Queue()
        threading.Thread(target=_listen, args=(loop, lines), name="stdin", daemon=True).start()
        obeying = asyncio.create_task(self._obey(lines), name="lines")
        code = await daemon.wait()
        obeying.cancel()
        if self._command is not None:
            self._command.terminate()
            await self._command.wait()
        return code if code >= 0 else 128 - code

    async def _begin(self, *arguments: str, stdin: int) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(*self._program, *arguments, stdin=stdin)

    async def _obey(self, lines: asyncio.Queue[str]) -> None:
        while True:
            text = text_of(await lines.get())
            if self._command is not None and self._command.stdin is not None:
                self._command.stdin.write(f"{text}\n".encode())
            elif (arguments := arguments_of(text)) is None:
                say(USAGE)
            else:
                try:
                    self._command = await self._begin(*arguments, stdin=asyncio.subprocess.PIPE)
                except (OSError, ValueError) as error:  # too long, a NUL in it, no process to be had
                    say(f"{arguments[0]}: can't be run: {error}")
                    continue
                if arguments[0] == "pair":
                    say(f"when the watch shows {CODE_DIGITS} digits, send them like this, in quotes")
                self._ending = asyncio.create_task(self._end(self._command, arguments[0]), name="command")

    async def _end(self, command: asyncio.subprocess.Process, name: str) -> None:
        code = await command.wait()
        self._command = None
        say(f"{name}: done" if code == 0 else f"{name}: ended with {code}")


def text_of(line: str) -> str:
    """What a person wrote: Home Assistant sends it as JSON, and digits perhaps as a number."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return line.strip()
    return f"{value:0{CODE_DIGITS}}" if isinstance(value, int) else str(value).strip()


def arguments_of(text: str) -> list[str] | None:
    """The command line for what was written; None: it is none. `pair` takes a name as it is."""
    try:
        words = shlex.split(text)
    except ValueError:
        return None
    if not words or words[0] not in COMMANDS:
        return None
    if words[0] != "pair":
        return words
    end = next((at for at, word in enumerate(words) if word.startswith("-")), len(words))
    name = " ".join(words[1:end]) or "watch"
    return ["pair", "--yes", "--passkey-stdin", "--name", name, *words[end:]]


def _listen(loop: asyncio.AbstractEventLoop, lines: asyncio.Queue[str]) -> None:
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")  # what is no text is answered as one
    for line in sys.stdin:
        if line.strip():
            loop.call_soon_threadsafe(lines.put_nowait, line)


if __name__ == "__main__":
    main()
