"""What is gathered before anything is looked at."""

import asyncio
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tests.doctor.examining import a_machine, configured
from wearsync.doctor.case import aside, gather, is_absent, is_held
from wearsync.errors import ConfigError, NotRunning
from wearsync.journal.lock import instance_lock


async def test_what_the_command_line_says_goes_before_the_file(home: Path) -> None:
    (home / "password").write_text("w")
    (home / "password").chmod(0o644)
    request = configured(home, '[broker]\nusername = "a"\npassword_file = "password"\n')
    case = await gather(request, a_machine())
    assert case.settings is not None
    assert case.with_secrets is None
    assert isinstance(case.secrets_error, ConfigError)
    assert is_absent(case.daemon_error)


async def test_a_wrong_option_is_told_as_the_configuration(home: Path) -> None:
    request = configured(home)
    case = await gather(type(request)(config_file=request.config_file, broker="http://x"), a_machine())
    assert case.settings is None
    assert "not a broker's URL" in str(case.config_error)


async def test_what_is_done_aside_gives_its_value_or_raises() -> None:
    assert await aside(lambda: 7) == 7
    with pytest.raises(KeyError):
        await aside(lambda: {"y": 1}["x"])


async def test_what_comes_too_late_is_nobody_s() -> None:
    free, told = threading.Event(), []
    before = set(threading.enumerate())
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: told.append(context))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await aside(free.wait)
    late = set(threading.enumerate()) - before
    free.set()
    for thread in late:
        thread.join()
    await asyncio.sleep(0)
    assert (len(late) > 0, told) == (True, [])


def test_who_ends_does_not_wait_for_what_hangs() -> None:
    async def begin() -> None:
        waiting = asyncio.Event()
        task = asyncio.ensure_future(aside(lambda: asyncio.run(waiting.wait())))
        await asyncio.sleep(0)
        task.cancel()

    asyncio.run(begin())


async def test_who_holds_state_and_radio(home: Path) -> None:
    case = await gather(configured(home), a_machine())
    assert not is_held(case)
    with instance_lock(home / "s"):
        assert is_held(case)
    (home / "s" / "lock").unlink()
    (home / "s" / "lock").symlink_to("lock")
    assert not is_held(case), "that can't be told: its own check says so"
    assert not is_held(replace(case, settings=None))


def test_a_socket_that_may_not_be_used_is_a_daemon() -> None:
    error = NotRunning("no")
    error.__cause__ = PermissionError()
    assert not is_absent(error)
    assert not is_absent(None)
