"""Names that can be offered at the prompt: watches, wearers, ids of holds.

Rule: read from the configuration and the socket as they are, not with the models that commands read them
with: these take longer to import than a person waits for. Whoever calls takes a failure for "nothing known".
"""

import json
import os
import socket
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import platformdirs

# A daemon answers in a few milliseconds; a person waits so long for one that hangs.
ANSWER_DEADLINE_S = 1.0
# A week of holds, as lines of JSON.
ANSWER_MAX_BYTES = 1024 * 1024
# Who corrects a hold does so soon.
HOLDS_OF = timedelta(days=7)
SERVICE_SOCKET = Path("/run/wearsync/control.sock")


@dataclass(frozen=True, slots=True)
class Home:
    """What the configuration says of names and places. `mine`: watches, each with its wearer."""

    wearer: str
    mine: tuple[tuple[str, str], ...]
    sockets: tuple[Path, ...]

    @classmethod
    def of(cls, file: Path | None, state: Path | None) -> "Home":
        """`file`, `state`: configuration and state directory, where the command line or the environment names
        them.
        """
        path = file if file else platformdirs.user_config_path("wearsync") / "config.toml"
        try:
            config: Mapping[str, object] = tomllib.loads(path.expanduser().read_text(encoding="utf-8"))
        except OSError:
            config = {}
        wearer = os.environ.get("WEARSYNC_WEARER") or config.get("wearer") or "me"
        tables = config.get("watches")
        mine = tuple(
            (str(table["name"]), str(table.get("wearer") or wearer))
            for table in (tables if isinstance(tables, list) else ())
            if isinstance(table, dict) and "name" in table
        )
        return cls(str(wearer), mine, tuple(_sockets(config, state)))


def _sockets(config: Mapping[str, object], state: Path | None) -> Iterator[Path]:
    """Where a daemon may listen; the service only where no place was chosen."""
    table = config.get("control")
    control = table if isinstance(table, dict) else {}
    named = os.environ.get("WEARSYNC_CONTROL_SOCKET") or control.get("socket")
    chosen = state or config.get("state_dir")
    directory = Path(str(chosen)).expanduser() if chosen else platformdirs.user_state_path("wearsync")
    yield Path(str(named)).expanduser() if named else directory / "control.sock"
    if not named and not chosen:
        service = os.environ.get("WEARSYNC_CONTROL_SERVICE") or control.get("service")
        yield Path(str(service)) if service else SERVICE_SOCKET


def watches(home: Home) -> Iterator[tuple[str, str]]:
    """Each with its wearer: those configured, and those of the running daemon."""
    yield from home.mine
    status = _asked(home, {"method": "status"})
    for watch in status.get("watches", ()):
        yield watch["name"], watch["wearer"]


def holds(home: Home) -> list[tuple[str, str]]:
    """Ids of the last days' holds, newest first, each with what it was; none without a daemon."""
    since = (date.today() - HOLDS_OF).isoformat()  # noqa: DTZ011  # the person's day
    found = [json.loads(hold) for hold in _asked(home, {"method": "holds", "since": since}).get("holds", ())]
    return [
        (hold["id"], f"{hold['local_date']} {hold['side']} {hold['credited_s']:.0f} s")
        for hold in reversed(found)
    ]


def _asked(home: Home, call: Mapping[str, str]) -> dict[str, Any]:
    """The result of one call; nothing where no daemon is, or it has other things to do."""
    for path in home.sockets:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as daemon:
                daemon.settimeout(ANSWER_DEADLINE_S)
                daemon.connect(os.fspath(path))
                daemon.sendall(json.dumps(call).encode() + b"\n")
                with daemon.makefile("rb") as answers:
                    answer = json.loads(answers.readline(ANSWER_MAX_BYTES))
        except (OSError, ValueError):
            continue
        return answer.get("result") or {}
    return {}
