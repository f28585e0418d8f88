"""The unit put where a person's own systemd looks, and switched on.

Rule: nothing is written or started but what was asked for; a unit of the person's own is kept beside the new
one.
"""

import asyncio
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from wearsync.errors import Unavailable

UNIT = "wearsync.service"
# It waits until the service says that it is ready.
PATIENCE_S = 60.0


def user_unit_path(environment: Mapping[str, str]) -> Path:
    """Where a person's systemd looks for our unit."""
    named = environment.get("XDG_CONFIG_HOME") or str(Path(environment.get("HOME", "~"), ".config"))
    return Path(named).expanduser() / "systemd" / "user" / UNIT


def write_unit(path: Path, text: str) -> Path | None:
    """Put it there; gives where another one, that was there, is kept. Raises `Unavailable`."""
    try:
        kept = None
        data = text.encode()
        if path.exists() and path.read_bytes() == data:
            return None
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f".{path.name}.new")
        new.write_bytes(data)
        if path.exists():
            kept = Path(shutil.copy2(path, _free(path)))
        new.replace(path)  # at once: a disk that is full leaves what was there
    except OSError as error:
        raise Unavailable(f"{path} can't be written: {error.strerror}") from error
    return kept


def _free(path: Path) -> Path:
    """In no other one's place: the first that was kept may be the person's own."""
    names = (path.with_name(f"{path.name}.before{number}") for number in ("", *range(2, 1000)))
    return next(name for name in names if not name.exists())


async def switch_on() -> None:
    """Start it now, and at each login. Raises `Unavailable` with systemd's own words."""
    await _told("systemctl", "--user", "daemon-reload")
    await _told("systemctl", "--user", "enable", "--now", UNIT)


async def has_manager() -> bool:
    """Whether this person has a systemd of their own."""
    try:
        # Also "degraded" is one.
        await _told("systemctl", "--user", "show-environment")
    except Unavailable:
        return False
    return True


async def lingers() -> bool:
    """Whether services of this person run without them being logged in; False also where nobody says."""
    try:
        return "yes" in await _told("loginctl", "show-user", str(os.getuid()), "--property=Linger")
    except Unavailable:
        return False


async def linger() -> None:
    """From now on they do. Raises `Unavailable`."""
    await _told("loginctl", "enable-linger")


async def _told(*command: str) -> str:
    """What a command says. Raises `Unavailable` with its last words."""
    shown = " ".join(command)
    pipe = asyncio.subprocess.PIPE
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe
        )
    except OSError as error:
        raise Unavailable(f"{shown}: {error.strerror}") from error
    try:
        async with asyncio.timeout(PATIENCE_S):
            out, err = await process.communicate()
    except TimeoutError as error:
        raise Unavailable(f"{shown}: no answer within {PATIENCE_S:.0f} s") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        said = err.decode(errors="replace").strip().splitlines()
        raise Unavailable(f"{shown}: {said[-1] if said else f'exit code {process.returncode}'}")
    return out.decode(errors="replace")
