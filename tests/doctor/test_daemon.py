"""The daemon and its unit, as they are and as they should not be."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import BaseModel

from tests.doctor.examining import a_machine, configured, finding, looked
from wearsync import __version__
from wearsync.control.calls import Call
from wearsync.control.results import StatusResult
from wearsync.control.server import ControlServer
from wearsync.control.session import Session
from wearsync.doctor import Request
from wearsync.doctor.daemon import in_words, unit
from wearsync.errors import UsageError

STATUS = StatusResult(
    version=__version__, pid=7, site="home", radio="native", broker="connected", outbox=0, watches=()
)


@asynccontextmanager
async def daemon(home: Path, status: StatusResult | None) -> AsyncIterator[Request]:
    """One that says that of itself; None: nothing, ever."""

    async def handle(_call: Call, _session: Session) -> BaseModel:
        if status is None:
            await asyncio.Event().wait()
        assert status is not None
        return status

    request = configured(home)
    async with ControlServer(home / "s" / "control.sock", handle):
        yield request


async def test_no_daemon(home: Path) -> None:
    found = await looked(configured(home), "daemon", machine=a_machine(home))
    assert [check.finding for check in found.values()] == ["daemon_none", "outbox_unknown", "unit_none"]


async def test_a_daemon_with_nothing_to_do(home: Path) -> None:
    async with daemon(home, STATUS) as request:
        found = await looked(request, "daemon", "lock")
    assert [found[name].finding for name in ("daemon", "outbox", "lock")] == [
        "daemon_runs",
        "outbox_drained",
        "lock_daemon",
    ]


async def test_a_daemon_of_another_version_is_to_be_restarted(home: Path) -> None:
    async with daemon(home, STATUS.model_copy(update={"version": "0.0.1"})) as request:
        check = await finding(request, "daemon")
    assert check.finding == "daemon_other_version"
    assert "0.0.1" in check.says
    assert "restart" in check.fix


async def test_a_daemon_that_speaks_otherwise_is_of_another_version(home: Path) -> None:
    (home / "s").mkdir(mode=0o700)

    async def speak(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'{"kind": "song"}\n')
        writer.close()

    async with await asyncio.start_unix_server(speak, home / "s" / "control.sock"):
        assert (await finding(configured(home), "daemon")).finding == "daemon_other_version"


async def test_a_daemon_that_hangs_costs_its_time_and_no_more(home: Path) -> None:
    async with daemon(home, None) as request:
        check = await finding(replace(request, patience_s=0.1), "daemon")
    assert check.finding == "daemon_stuck"


async def test_a_daemon_of_somebody_else(home: Path) -> None:
    (home / "s").mkdir(mode=0o700)

    async def refuse(_call: Call, _session: Session) -> BaseModel:
        raise UsageError("this daemon belongs to another user: run the command as that user")

    async with ControlServer(home / "s" / "control.sock", refuse):
        assert (await finding(configured(home), "daemon")).finding == "daemon_forbidden"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"outbox": 3, "outbox_oldest_s": 20.0}, "outbox_waits"),
        ({"outbox": 3, "outbox_oldest_s": 7200.0, "broker": "away: it refuses"}, "outbox_old"),
        ({"outbox": 3, "outbox_parked": 2}, "outbox_parked"),
    ],
)
async def test_outboxes(home: Path, changes: dict[str, object], named: str) -> None:
    async with daemon(home, STATUS.model_copy(update=changes)) as request:
        assert (await finding(request, "outbox")).finding == named


@pytest.mark.parametrize(
    ("state", "named"),
    [
        ({"ActiveState": "active", "UnitFileState": "enabled"}, "unit_active"),
        ({"ActiveState": "active", "NRestarts": "7"}, "unit_restarted"),
        ({"ActiveState": "activating", "SubState": "auto-restart"}, "unit_restarts"),
        ({"ActiveState": "failed", "Result": "watchdog"}, "unit_failed"),
        ({"ActiveState": "inactive", "SubState": "dead"}, "unit_stopped"),
    ],
)
def test_units(state: dict[str, str], named: str) -> None:
    assert unit(state, is_user=False).finding == named


async def test_systemd_is_asked_where_it_is(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "run/systemd/system").mkdir(parents=True)
    program = home / "systemctl"
    program.write_text(
        '#!/bin/sh\n[ "$1" = --user ] && '
        'printf "LoadState=loaded\\nActiveState=failed\\nResult=exit-code\\n"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{home}:/usr/bin:/bin")
    check = await finding(configured(home), "unit", machine=a_machine(home))
    assert (check.finding, check.says) == (
        "unit_failed",
        "systemd has given up on wearsync.service (exit-code)",
    )
    assert "systemctl --user restart" in check.fix
    program.write_text("#!/bin/sh\necho LoadState=not-found\n")
    assert (await finding(configured(home), "unit", machine=a_machine(home))).finding == "unit_none"
    monkeypatch.setenv("PATH", str(home / "empty"))
    assert (await finding(configured(home), "unit", machine=a_machine(home))).finding == "unit_none"


def test_spans_of_time() -> None:
    assert [in_words(s) for s in (-1, 3, 130, 8000, 300_000)] == ["0 s", "3 s", "2 min", "2 h", "3 days"]
