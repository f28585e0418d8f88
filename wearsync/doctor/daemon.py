"""The daemon: whether it runs, is the code that is installed, gets rid of what it has; and systemd's word.

Rule: it is asked what everybody may ask; systemd is asked only where it is.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping

from wearsync import __version__
from wearsync.doctor.case import Case, is_absent
from wearsync.doctor.check import Check
from wearsync.doctor.findings import daemon as found
from wearsync.errors import NotRunning, Unavailable, UsageError

# Longer than any broker's upgrade takes.
OLD_S = 15 * 60.0
UNIT = "wearsync.service"
_PROPERTIES = "LoadState,ActiveState,SubState,Result,NRestarts,UnitFileState"


async def look(case: Case) -> AsyncGenerator[Check, None]:
    """Daemon, outbox, unit."""
    if case.settings is None:
        return
    yield _daemon(case)
    yield _outbox(case)
    yield await _unit(case)


def _daemon(case: Case) -> Check:
    status, error = case.daemon, case.daemon_error
    if status is not None:
        if status.version != __version__:
            return _other_version(status.version)
        return found.DAEMON.told(version=status.version, pid=status.pid)
    if is_absent(error):
        return found.DAEMON_NONE.told()
    may_not = isinstance(error, Unavailable) and "may not" in str(error)
    if may_not or isinstance(error, NotRunning | UsageError):
        return found.DAEMON_FORBIDDEN.told(error=error)
    if isinstance(error, Unavailable) and "another version" in str(error):
        return _other_version("another one")
    return found.DAEMON_STUCK.told(error=error)


def _other_version(theirs: str) -> Check:
    restart = (
        "systemctl restart wearsync (--user, if it is a service of yours); or end `wearsync run` and start it"
    )
    return found.DAEMON_OTHER_VERSION.told(theirs=theirs, ours=__version__, restart=restart)


def _outbox(case: Case) -> Check:
    status = case.daemon
    if status is None:
        return found.OUTBOX_UNKNOWN.told()
    if status.outbox_parked:
        return found.OUTBOX_PARKED.told(count=status.outbox_parked)
    if not status.outbox:
        return found.OUTBOX.told()
    age_s = status.outbox_oldest_s or 0.0
    finding = found.OUTBOX_OLD if age_s > OLD_S else found.OUTBOX_WAITS
    broker = status.broker if status.broker == "connected" else f"the broker is {status.broker}"
    return finding.told(count=status.outbox, age=in_words(age_s), broker=broker)


def in_words(seconds: float) -> str:
    """A span of time, as people say it."""
    for unit_s, name in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * unit_s:
            return f"{seconds / unit_s:.0f} {name}"
    return f"{max(0.0, seconds):.0f} s"


async def _unit(case: Case) -> Check:
    if not case.machine.at("/run/systemd/system").is_dir():
        return found.UNIT_NONE.told(because="there is no systemd")
    for who in ((), ("--user",)):
        said = await _show(*who)
        if said.get("LoadState") == "loaded":
            return unit(said, is_user="--user" in who)
    return found.UNIT_NONE.told(because="systemd knows no unit of that name (`wearsync service --help`)")


def unit(said: Mapping[str, str], *, is_user: bool) -> Check:
    """What systemd says of our unit, by its properties."""
    systemctl = "systemctl --user" if is_user else "sudo systemctl"
    journalctl = "journalctl --user --unit wearsync" if is_user else "sudo journalctl --unit wearsync"
    values = {
        "unit": UNIT,
        "result": said.get("Result", ""),
        "systemctl": systemctl,
        "journalctl": journalctl,
    }
    restarts = int(said.get("NRestarts", "0") or 0)
    match said.get("ActiveState"), said.get("SubState"):
        case "failed", _:
            return found.UNIT_FAILED.told(**values)
        case "activating", "auto-restart":
            return found.UNIT_RESTARTS.told(**values)
        case "active" | "activating" | "reloading", _:
            if restarts > 2:
                return found.UNIT_RESTARTED.told(count=restarts, **values)
            enabled = (
                ""
                if said.get("UnitFileState") == "enabled"
                else ", but not enabled: not there after a restart"
            )
            return found.UNIT.told(more=enabled, **values)
        case _:
            return found.UNIT_STOPPED.told(**values)


async def _show(*who: str) -> Mapping[str, str]:
    try:
        process = await asyncio.create_subprocess_exec(
            "systemctl",
            *who,
            "show",
            f"--property={_PROPERTIES}",
            UNIT,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return {}
    try:
        out, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    pairs = (line.partition("=") for line in out.decode(errors="replace").splitlines())
    return {key: value for key, _, value in pairs}
