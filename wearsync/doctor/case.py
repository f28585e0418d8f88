"""What all checks need to know: the configuration and the daemon, as far as there are such.

Rule: gathered once, before anything is looked at; what could not be had is here as the error that says why.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from threading import Thread
from typing import TypeVar

from wearsync.config import Settings, load
from wearsync.control.calls import StatusParams
from wearsync.control.client import ControlClient
from wearsync.control.results import StatusResult
from wearsync.doctor.check import Check
from wearsync.doctor.request import Machine, Request
from wearsync.errors import ConfigError, NotRunning, UsageError, WearsyncError
from wearsync.journal import lock

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Case:
    """`settings`: without what is in secret files; None: `config_error` says why. `daemon`: what it says of
    itself; None: `daemon_error` says why. `secrets_error`: why what is in secret files can't be had.
    """

    request: Request
    machine: Machine
    settings: Settings | None
    config_error: ConfigError | None
    secrets_error: ConfigError | None
    with_secrets: Settings | None
    daemon: StatusResult | None
    daemon_error: WearsyncError | None


@dataclass(frozen=True, slots=True)
class Section:
    """Some checks that belong together. `title`: for people; `checks`: their names, in order; `look` gives
    each, and one for each watch where it is of them; `patience_s`: for each of them.
    """

    name: str
    title: str
    checks: tuple[str, ...]
    look: Callable[[Case], AsyncGenerator[Check, None]]
    patience_s: float = 10.0


async def gather(request: Request, machine: Machine) -> Case:
    """Read the configuration, and ask the daemon."""
    settings = with_secrets = None
    config_error = secrets_error = None
    try:
        settings = await aside(lambda: _load(request, secrets=False))
        with_secrets = await aside(lambda: _load(request, secrets=True))
    except (ConfigError, UsageError, OSError) as error:
        told = error if isinstance(error, ConfigError) else ConfigError(str(error))
        if settings is None:
            config_error = told
        else:
            secrets_error = told
    daemon, daemon_error = (None, None) if settings is None else await _ask(settings, request.patience_s)
    return Case(request, machine, settings, config_error, secrets_error, with_secrets, daemon, daemon_error)


async def aside(work: Callable[[], T]) -> T:
    """Do that in a thread which nobody waits for at the end: a disk may hang for ever."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def tell(act: Callable[[], None]) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(lambda: None if done.done() else act())

    def run() -> None:
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001  # whoever waits is given it
            raised = error
            tell(lambda: done.set_exception(raised))
        else:
            tell(lambda: done.set_result(result))

    Thread(target=run, daemon=True, name="doctor").start()
    return await done


def _load(request: Request, *, secrets: bool) -> Settings:
    return load(
        request.config_file,
        state_dir=request.state_dir,
        broker=request.broker,
        password_file=request.password_file,
        radio=request.radio,
        secrets=secrets,
    )


async def _ask(settings: Settings, within_s: float) -> tuple[StatusResult | None, WearsyncError | None]:
    paths = settings.paths
    client = ControlClient(paths.control_socket, service=paths.service_socket)
    try:
        async with asyncio.timeout(within_s):
            return await client.call(StatusParams(), StatusResult), None
    except TimeoutError:
        return None, WearsyncError(f"no word within {within_s:.0f} s")
    except WearsyncError as error:
        return None, error


def is_held(case: Case) -> bool:
    """Whether another process of ours has state directory and radio: a command that is not done yet."""
    if case.settings is None:
        return False
    try:
        return lock.holder(case.settings.paths.state_dir) is not None
    except OSError:
        return False


def is_absent(error: WearsyncError | None) -> bool:
    """Whether no daemon is there at all, which is no fault of one."""
    return isinstance(error, NotRunning) and not isinstance(error.__cause__, PermissionError)
