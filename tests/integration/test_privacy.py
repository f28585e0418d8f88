"""A daemon's process with watch, broker and password, at its most talkative (-v -v) and with umask 000: what
it leaves in the log, in files and on the network; and what `wearsync delete` leaves.

Rule: the wearer's words are unusual numbers, looked for byte by byte.
"""

import ast
import asyncio
import json
import os
import re
import signal
import sqlite3
import stat
import struct
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

from tests.cli.console import wearsync, wearsync_beside
from tests.integration.test_home import Process, on_the_wrist, paired_home
from tests.mosquitto import Mosquitto
from tests.publish.listening import listening
from wearsync.daemon.keys import KeyStore
from wearsync_simulators.radio.provider import ADAPTER_FILE, BONDS_FILE
from wearsync_simulators.watches.view import Press

HOOK = """
import sys
heard = open(sys.argv.pop(1), "a", buffering=1)
SOCKETS = ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind")
NAMES, CHILDREN = ("socket.getaddrinfo", "socket.gethost"), ("subprocess.", "os.exec", "os.posix", "os.fork")
def hook(event, values):
    if event.startswith(SOCKETS):
        print(repr((event, values[1])), file=heard)
    elif event.startswith(NAMES + CHILDREN):
        print(repr((event, repr(values[0]))), file=heard)
sys.addaudithook(hook)
from wearsync.__main__ import main
main()
"""
PASSWORD = "geheim-wie-nichts"
LOGGED_S = 1847
HOLDS = "wearsync/home/ours/hold"
# What a hold's events and records are made of.
HEALTH = re.compile(r"\b(left|right|kneeling|standing|pain|hurt|too_much|short)\b|measured|credited|_s\b")


class Talkative(Process):
    """With a password, all that can be said, and somebody who writes down whom it speaks with."""

    def __init__(self, directory: Path, broker: Mosquitto, air: str) -> None:
        super().__init__(directory, broker, air)
        self.spoken = directory / "spoken"
        arguments = [each for each in self.arguments[3:] if each not in ("--broker", broker.url)]
        self.arguments = [sys.executable, "-c", HOOK, str(self.spoken), "-v", "-v", *arguments]

    @asynccontextmanager
    async def living(self) -> AsyncIterator["Talkative"]:
        """Started; and ended, whatever the test finds."""
        await self.start()
        try:
            await self.live()
            yield self
        finally:
            if self._process.returncode is None:
                self._process.kill()

    def partners(self) -> set[object]:
        """Addresses, names that were looked up, and programs."""
        return {ast.literal_eval(line)[1] for line in self.spoken.read_text().splitlines()}


@contextmanager
def umask_000() -> Iterator[None]:
    before = os.umask(0)
    try:
        yield
    finally:
        os.umask(before)


def open_files(directory: Path) -> list[str]:
    """What somebody else on this computer could read or enter, with its mode. The simulated adapter's own
    files are not ours.
    """
    found = {path: path.stat().st_mode for path in (directory, *directory.rglob("*"))}
    return [
        f"{path.name} {stat.S_IMODE(mode):o}"
        for path, mode in found.items()
        if mode & 0o077 and path.name not in (ADAPTER_FILE, BONDS_FILE)
    ]


def unusual(journal: Path) -> set[bytes]:
    """What the journal has of the wearer, as SQLite writes it: numbers in 6 or 8 bytes, records and events as
    they are. Ids stay after a deletion, and the clock's last reading: they are no part of it.
    """
    with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as connection:

        def rows(query: str) -> list[tuple[object, ...]]:
            return connection.execute(query).fetchall()

        found: set[bytes] = {raw for (raw,) in rows("SELECT raw FROM records") if isinstance(raw, bytes)}
        for payload, at in rows("SELECT payload, sent_ms FROM outbox WHERE state <> 'pruned'"):
            assert isinstance(payload, str)
            found.add(payload[payload.index('"at"') :].encode())
            found |= {struct.pack(">q", at)[2:]} if isinstance(at, int) else set()
        [now] = rows("SELECT host_ms, unix_ms FROM host_time")
        for measured_s, unix_ms in rows("SELECT measured_s, unix_ms FROM holds"):
            found |= {struct.pack(">d", measured_s), struct.pack(">q", unix_ms)[2:]}
    # Whole numbers are kept short; what is short is everywhere.
    found -= {struct.pack(">q", each)[2:] for each in now if isinstance(each, int)}
    return {each for each in found if len(each) >= 6 and each.strip(b"\0")}


def left_of(found: Sequence[bytes] | set[bytes], directory: Path) -> list[tuple[str, bytes]]:
    """Which of them stands in which file."""
    files = {path.name: path.read_bytes() for path in directory.rglob("*") if path.is_file()}
    return [(name, each) for name, data in files.items() for each in found if each in data]


async def test_a_session_stays_between_the_journal_and_the_broker(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    with umask_000():
        await asyncio.to_thread(paired_home, tmp_path)
        state, secret = tmp_path / "state", tmp_path / "secret"
        secret.write_text(PASSWORD)
        secret.chmod(0o600)
        with (tmp_path / "config.toml").open("a") as config:
            config.write(
                f'[broker]\nurl = "{mosquitto.url}"\nusername = "anna"\npassword_file = "{secret}"\n'
            )
        here = ("--config", str(tmp_path / "config.toml"), "--state-dir", str(state))
        async with (
            on_the_wrist(tmp_path) as (watch, air),
            listening(mosquitto.port) as dashboard,
            Talkative(tmp_path, mosquitto, air.address).living() as process,
        ):
            await process.hold(watch)
            await asyncio.sleep(0.3)
            watch.press(Press.DOUBLE_PRESS)
            watch.press(Press.ANSWER_PAIN)
            await dashboard.until(lambda: len(dashboard.of(HOLDS)) == 1)
            await dashboard.client.publish("wearsync/home/ours/command", '{"command": "right now"}')
            for command in (
                ("log", "left", str(LOGGED_S)),
                ("backup",),
                ("export", "--to", str(state / "out")),
            ):
                assert (await wearsync_beside(*here, *command)).code == 0
            await dashboard.until(lambda: len(dashboard.of("wearsync/home/wearer/you/hold")) == 1)
            assert open_files(state) == []
            (state / "out").unlink()

            found = unusual(state / "journal.sqlite")
            in_wal, in_backup = ".sqlite-wal", ".sqlite"
            assert {name[name.rindex(".") :] for name, _ in left_of(found, state)} >= {in_wal, in_backup}
            assert (await wearsync_beside(*here, "delete", "--yes")).code == 0
            assert left_of(found, state) == []
            assert open_files(state) == []

            code, _, said = await process.end(signal.SIGTERM)
            assert code == 0, said
            key = KeyStore(state / "keys.json").entries()[0].key
            assert key is not None
            measured_s = str(json.loads(dashboard.of(HOLDS)[0])["measured_s"])
            for private in (key.hex(), PASSWORD, watch.address, measured_s, f"{LOGGED_S}"):
                assert not re.search(rf"(?<![\d.]){re.escape(private)}(?![\d.])", said), private
            told = [line for line in said.splitlines() if HEALTH.search(line)]
            assert not told
            host, port = air.address.split(":")
            # The broker, and the way to it; the radio; its own socket.
            assert process.partners() == {
                *(("127.0.0.1", mosquitto.port), "'127.0.0.1'", ("", 0)),
                (host, int(port)),
                str(state / "control.sock"),
            }


def test_what_commands_make_without_a_daemon_is_private_too(home: Path) -> None:
    with umask_000():
        here = ("--config", str(home / "c" / "config.toml"), "--state-dir", str(home / "s"))
        for command in (
            ("config", "init"),
            ("log", "left", "40"),
            ("backup",),
            ("backup", "--to", str(home / "c" / "copy")),
            ("export", "--to", str(home / "c" / "holds")),
        ):
            assert wearsync(*here, *command).code == 0, command
    names = {path.name for path in home.rglob("*")}
    assert {"config.toml", "copy", "holds", "journal.sqlite", "backups"} <= names
    assert open_files(home / "c") + open_files(home / "s") == []
