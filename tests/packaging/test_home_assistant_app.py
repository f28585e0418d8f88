"""The app for Home Assistant: its files are such as the Supervisor takes, and its program makes a daemon of
options and broker, pairs a watch without a terminal, and lets go of it all.
"""

import asyncio
import json
import re
import signal
import stat
import sys
import tomllib
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import wearsync_app as app
import yaml
from jsonschema import Draft202012Validator

from tests.mosquitto import Mosquitto
from tests.publish.passwords import write_passwords
from tests.simulators.processes import Running, an_air, running, sim
from wearsync import __version__
from wearsync.errors import ConfigError

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "packaging" / "home-assistant" / "wearsync"
CONFIG = yaml.safe_load((FOLDER / "config.yaml").read_text(encoding="utf-8"))
TOKEN = "of-the-supervisor"
SERVICE = {
    "addon": "core_mosquitto",
    "host": "127.0.0.1",
    "ssl": False,
    "protocol": "3.1.1",
    "username": "addons",
    "password": "hush-hush",
}

# The keys that we use, as "App configuration" of the developers' documentation has them.
SCHEMA = {
    "type": "object",
    "required": ["name", "version", "slug", "description", "arch"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string"},
        "version": {"type": "string"},
        "slug": {"type": "string", "pattern": "^[-_.A-Za-z0-9]+$"},
        "description": {"type": "string"},
        "arch": {"type": "array", "items": {"enum": ["aarch64", "amd64"]}, "minItems": 1},
        "stage": {"enum": ["stable", "experimental", "deprecated"]},
        "startup": {"enum": ["initialize", "system", "services", "application", "once"]},
        "boot": {"enum": ["auto", "manual", "manual_only"]},
        "backup": {"enum": ["hot", "cold"]},
        "services": {"type": "array", "items": {"pattern": "^(mqtt|mysql):(provide|want|need)$"}},
        "watchdog": {"pattern": r"^(?:https?|\[PROTO:\w+\]|tcp):\/\/\[HOST\]:(\[PORT:\d+\]|\d+).*$"},
        "ingress_port": {"type": "integer", "minimum": 0, "maximum": 65535},
        "timeout": {"type": "integer", "minimum": 10, "maximum": 300},
        **{name: {"type": "string"} for name in ("panel_icon", "panel_title")},
        **{
            name: {"type": "boolean"}
            for name in ("init", "tmpfs", "host_dbus", "ingress", "ingress_stream", "panel_admin", "stdin")
        },
        "options": {"type": "object"},
        "schema": {
            "type": "object",
            "additionalProperties": {
                "anyOf": [{"$ref": "#/$defs/kind"}, {"items": {"$ref": "#/$defs/kind"}}]
            },
        },
    },
    "$defs": {
        "kind": {
            "type": "string",
            "pattern": r"^(str|int|float)(\([0-9]*,[0-9]*\))?\??$|^(bool|email|url|password|port)\??$"
            r"|^match\(.*\)\??$|^list\([a-z|]+\)\??$",
        }
    },
}


def test_its_configuration_has_keys_that_the_supervisor_knows() -> None:
    assert list(Draft202012Validator(SCHEMA).iter_errors(CONFIG)) == []
    assert CONFIG["version"] == __version__
    assert CONFIG["ingress_port"] == app.INGRESS_PORT
    assert f":{app.INGRESS_PORT}/healthz" in CONFIG["watchdog"]


def test_every_option_is_read_and_has_words() -> None:
    assert set(CONFIG["schema"]) == set(app.Options.model_fields)
    for words in (FOLDER / "translations").glob("*.yaml"):
        said = yaml.safe_load(words.read_text(encoding="utf-8"))["configuration"]
        assert set(said) == set(CONFIG["schema"])
        assert all(each["name"] and each["description"] for each in said.values())
    # What is not optional has a default, or the app could not be started before the page was filled in.
    kinds = {
        name: kind for name, kind in CONFIG["schema"].items() if isinstance(kind, list) or "?" not in kind
    }
    assert set(kinds) == set(CONFIG["options"])


def test_its_folder_and_its_repository_are_whole() -> None:
    names = {path.name for path in FOLDER.iterdir()}
    assert {
        "Dockerfile",
        "DOCS.md",
        "README.md",
        "CHANGELOG.md",
        "icon.png",
        "logo.png",
        "apparmor.txt",
    } <= names
    assert f"## {__version__}" in (FOLDER / "CHANGELOG.md").read_text(encoding="utf-8")
    repository = yaml.safe_load((ROOT / "repository.yaml").read_text(encoding="utf-8"))
    assert repository["name"] == "wearsync"
    assert set(repository) <= {"name", "url", "maintainer"}
    profile = (FOLDER / "apparmor.txt").read_text(encoding="utf-8")
    assert f"profile {CONFIG['slug']} " in profile
    for name, sides in (("icon.png", (128, 128)), ("logo.png", (250, 100))):
        data = (FOLDER / name).read_bytes()
        assert data.startswith(b"\x89PNG")
        assert (int.from_bytes(data[16:20]), int.from_bytes(data[20:24])) == sides
        assert len(data) < 10_000


def test_what_the_dockerfile_copies_is_there() -> None:
    text = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
    copied = re.findall(r"^COPY (?!--from)(\S+)", text, re.MULTILINE)
    assert copied == [".", "wearsync_app.py"]
    assert all((FOLDER / name).exists() for name in copied)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ('"pair Kitchen"', "pair Kitchen"),
        ("pair Kitchen\n", "pair Kitchen"),
        ('"012345"', "012345"),
        ("12345", "012345"),
        ('{"a": 1}', "{'a': 1}"),
        (100_000 * "[", 100_000 * "["),
    ],
)
def test_a_line_is_what_the_person_wrote(line: str, text: str) -> None:
    assert app.text_of(line) == text


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("scan", ["scan"]),
        ("pair", ["pair", "--yes", "--passkey-stdin", "--name", "watch"]),
        ("pair My Watch", ["pair", "--yes", "--passkey-stdin", "--name", "My Watch"]),
        ("pair K --address A", ["pair", "--yes", "--passkey-stdin", "--name", "K", "--address", "A"]),
        ("watches rename 'My Watch' W", ["watches", "rename", "My Watch", "W"]),
        ("run", None),
        ("rm -rf /", None),
        ("pair 'half", None),
        ("", None),
        ("123456", None),
    ],
)
def test_lines_that_are_commands(text: str, arguments: list[str] | None) -> None:
    assert app.arguments_of(text) == arguments


def test_commands_that_may_be_sent_are_ours() -> None:
    from typer.main import get_group

    from wearsync.cli.app import build

    assert set(app.COMMANDS) <= set(get_group(build()).commands)


def test_the_options_page_decides_and_the_rest_of_the_file_stays(tmp_path: Path) -> None:
    place = app.Place(tmp_path)
    service = app.MqttService.model_validate({**SERVICE, "port": 1883})
    app.configure(place, app.Options(wearer="Anna", rounds=3, reminders=["07:30"]), service, page_port=8099)
    place.config.write_text(place.config.read_text() + "\n# mine\n")
    first = tomllib.loads(place.config.read_text())
    assert (first["site"], first["wearer"], first["routine"]["rounds"]) == ("home", "Anna", 3)
    assert first["reminder"]["times"] == ["07:30"]
    assert first["broker"]["url"] == "mqtt://127.0.0.1:1883"
    assert first["broker"]["allow_insecure"] is True
    assert first["web"] == {"listen": "0.0.0.0:8099", "ingress": True}
    assert place.password.read_text() == "hush-hush\n"
    own = app.Options(broker="mqtts://elsewhere", broker_username="me", broker_password="mine")
    app.configure(place, own, None, page_port=8099)
    second = tomllib.loads(place.config.read_text())
    assert second["broker"] == {
        "url": "mqtts://elsewhere",
        "username": "me",
        "password_file": str(place.password),
    }
    assert ("rounds" in second["routine"], second["reminder"]["times"]) == (False, [])
    assert place.config.read_text().rstrip().endswith("# mine")
    app.configure(place, app.Options(), None, page_port=8099)
    assert tomllib.loads(place.config.read_text())["broker"] == {}
    assert not place.password.exists()


def test_options_that_cant_be_used_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "options.json").write_text('{"rounds": "many"}')
    with pytest.raises(ConfigError, match="options page has something unexpected in rounds"):
        app.read_options(tmp_path / "options.json")
    (tmp_path / "options.json").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="options page has something unexpected in it"):
        app.read_options(tmp_path / "options.json")
    with pytest.raises(ConfigError, match="rounds"):
        app.configure(app.Place(tmp_path), app.Options(rounds=99), None, page_port=8099)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n",
        b"hello",
        b"",
        b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"data"',
        b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"data":{}}',
    ],
)
async def test_a_supervisor_that_says_nothing_takes_no_broker_away(tmp_path: Path, answer: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    place, options = app.Place(tmp_path), app.Options(wearer="Anna")
    app.configure(place, options, app.MqttService.model_validate({**SERVICE, "port": 1883}), page_port=8099)
    before = tomllib.loads(place.config.read_text())["broker"]
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(app.NoWord, match="the one that was known stays"):
            await asyncio.to_thread(app.service_of, f"http://127.0.0.1:{port}", options)
    app.configure(place, app.Options(wearer="Bert"), None, page_port=8099, is_told=False)
    after = tomllib.loads(place.config.read_text())
    assert (after["wearer"], after["broker"]) == ("Bert", before)
    assert place.password.read_text() == "hush-hush\n"
    app.configure(place, app.Options(broker="mqtt://own"), None, page_port=8099, is_told=False)
    assert tomllib.loads(place.config.read_text())["broker"] == {"url": "mqtt://own"}


@asynccontextmanager
async def supervisor(answer: dict[str, object] | None) -> AsyncIterator[str]:
    """The Supervisor's API, as far as an app asks it."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        is_asked_well = head.startswith("GET /services/mqtt ") and f"Bearer {TOKEN}" in head
        body = {"result": "ok", "data": answer} if answer else {"result": "error", "message": "not enabled"}
        status = "200 OK" if is_asked_well and answer else "400 Bad Request"
        text = json.dumps(body)
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode())
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@asynccontextmanager
async def the_app(data: Path, api: str, port: int, *more: str) -> AsyncIterator[Running]:
    program: tuple[str | Path, ...] = ("env", f"SUPERVISOR_TOKEN={TOKEN}", sys.executable)
    told = (FOLDER / "wearsync_app.py", "--data", data, "--supervisor", api, "--page-port", str(port))
    async with running(*program, *told, *more, stdin=asyncio.subprocess.PIPE) as one:
        yield one


async def test_from_options_to_a_paired_watch_and_back(
    home: Path, tmp_path: Path, mosquitto: Mosquitto, unused_tcp_port: int
) -> None:
    """As the Supervisor runs it: a broker with a password, nobody at a terminal, a watch with a code."""
    write_passwords(tmp_path / "passwords", addons="hush-hush")
    lines = (f"listener {mosquitto.port} 127.0.0.1", f"password_file {tmp_path / 'passwords'}")
    mosquitto.configure(*lines, "allow_anonymous false", anybody=False)
    data, page = home / "data", f"http://127.0.0.1:{unused_tcp_port}"
    data.mkdir()
    (data / "options.json").write_text(json.dumps({"reminders": [], "rounds": 1, "wearer": "Anna"}))
    service = {**SERVICE, "port": mosquitto.port}
    async with an_air() as (_air, place), supervisor(service) as api:
        transport = ("--transport", f"tcp-client:{place}")
        async with (
            sim("watch", *transport, "--wearer", "hasty", "--pairing") as watch,
            the_app(data, api, unused_tcp_port, "--radio", f"tcp:{place}") as one,
        ):
            await one.until("broker.connected", err=True)
            _send(one, "scan \0")
            await one.until("app: scan: can't be run", err=True)
            assert one.process.stdin is not None
            one.process.stdin.write(b"\xff\n")
            await one.until("app: write a command", err=True)
            _send(one, "what now?")
            await one.until("app: write a command", err=True)
            _send(one, "pair Kitchen")
            code = (await watch.until("pairing: code")).split()[-1]
            _send(one, code)
            await one.until("app: pair: done", err=True)
            await one.until("link.ready watch=Kitchen", err=True)
            assert await asyncio.to_thread(_status_of, f"{page}/healthz") == 200
            assert await asyncio.to_thread(_status_of, f"{page}/") == 403
            one.process.send_signal(signal.SIGTERM)
            assert await one.ended() == 0
    config = data / "wearsync" / "config.toml"
    assert tomllib.loads(config.read_text())["watches"][0]["name"] == "Kitchen"
    for file in (config, data / "wearsync" / "broker.password", data / "wearsync" / "keys.json"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    assert "hush-hush" not in config.read_text() + "".join(one.out + one.err)


async def test_without_a_broker_it_says_so_and_runs(home: Path, unused_tcp_port: int) -> None:
    data = home / "data"
    data.mkdir()
    (data / "options.json").write_text('{"reminders": []}')
    async with (
        supervisor(None) as api,
        the_app(data, api, unused_tcp_port, "--radio", "tcp:127.0.0.1:9") as one,
    ):
        assert "(400): install the app Mosquitto broker" in await one.until("no MQTT broker", err=True)
        await one.until("daemon.ready", err=True)
        one.process.send_signal(signal.SIGTERM)
        assert await one.ended() == 0


def _send(one: Running, text: str) -> None:
    """As `hassio.addon_stdin` does it: JSON, and a line's end."""
    assert one.process.stdin is not None
    one.process.stdin.write(json.dumps(text).encode() + b"\n")


def _status_of(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
