"""Services: real processes that come back, or stay down when they were told to."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

from wearsync_simulators.torture.service import Service

SOON_S = 20.0
POLITE = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
print("up", flush=True)
time.sleep(600)
"""
DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
time.sleep(600)
"""


def a_service(tmp_path: Path, program: str) -> Service:
    command = [sys.executable, "-c", program]
    return Service("it", lambda: command, log=tmp_path / "it.log", environment={"LANG": "C"})


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(SOON_S):
        while not reached():
            await asyncio.sleep(0.02)


async def test_what_ends_by_itself_is_noted_and_started_again(tmp_path: Path) -> None:
    service = a_service(tmp_path, "print('up', flush=True); raise SystemExit(3)")
    await service.start()
    await until(lambda: service.said.count("up") == 2)
    await service.kill()
    assert set(service.exits) == {3}
    assert service.pid is None


async def test_what_is_killed_stays_down_and_is_no_exit_of_its_own(tmp_path: Path) -> None:
    service = a_service(tmp_path, POLITE)
    await service.start()
    await until(lambda: "up" in service.said)
    await service.kill()
    assert (service.pid, service.exits) == (None, [])
    assert await service.stop() is None
    await service.start()
    await until(lambda: service.said.count("up") == 2)
    assert await service.stop() == 7
    assert service.exits == []


async def test_who_does_not_listen_is_killed(tmp_path: Path) -> None:
    service = a_service(tmp_path, DEAF)
    await service.start()
    await until(lambda: "up" in service.said)
    assert await service.stop(deadline_s=0.1) is None
    assert service.pid is None


async def test_frozen_and_thawed(tmp_path: Path) -> None:
    service = a_service(tmp_path, POLITE)
    service.freeze()  # nobody there: nothing happens
    await service.start()
    await until(lambda: "up" in service.said)

    def state() -> str:
        return Path(f"/proc/{service.pid}/stat").read_text().rpartition(") ")[2][0]

    service.freeze()
    await until(lambda: state() == "T")
    service.thaw()
    await until(lambda: state() != "T")
    await service.kill()
