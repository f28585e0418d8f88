"""What feeds the watchdog, and what starves it; in virtual time, heard by a socket as systemd has one."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.daemon.watchdog import START_LOOK_S, START_MORE_S, WORK_MIN_S, Gauge, Watchdog, starting
from wearsync.ports import Progress
from wearsync.service.notify import ServiceManager

WATCHDOG_S = 60.0
PATIENCE_S = 15.0


class Ear:
    """Systemd's end."""

    def __init__(self, where: Path) -> None:
        self.address = str(where)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.address)
        self.socket.setblocking(False)

    def heard(self) -> list[str]:
        """Since the last look."""
        words = list[str]()
        while True:
            try:
                words.append(self.socket.recv(4096).decode())
            except BlockingIOError:
                return words


@pytest.fixture
def ear(home: Path) -> Iterator[Ear]:
    one = Ear(home / "notify")
    yield one
    one.socket.close()


@contextmanager
def watched(ear: Ear, *reads: Callable[[], Progress]) -> Iterator[None]:
    manager = ServiceManager(ear.address, watchdog_s=WATCHDOG_S)
    gauges = [Gauge(f"gauge-{number}", read, PATIENCE_S) for number, read in enumerate(reads)]
    watching = asyncio.create_task(Watchdog(manager=manager, gauges=gauges).run())
    yield
    watching.cancel()


@in_virtual_time
async def _fed(ear: Ear, *reads: Callable[[], Progress]) -> None:
    with watched(ear, *reads):
        await asyncio.sleep(3 * WATCHDOG_S - 1)


def moving() -> Callable[[], Progress]:
    steps = iter(range(1_000_000))
    return lambda: Progress(busy=True, steps=next(steps))


def test_it_is_fed_three_times_an_interval_while_all_moves_or_rests(ear: Ear) -> None:
    _fed(ear, moving(), lambda: Progress(busy=False, steps=7))
    assert ear.heard() == ["WATCHDOG=1"] * 9


def test_one_gauge_that_stands_still_starves_it_and_is_named_once(
    ear: Ear, caplog: pytest.LogCaptureFixture
) -> None:
    _fed(ear, moving(), lambda: Progress(busy=True, steps=7))
    assert ear.heard() == ["WATCHDOG=1"]  # at first nobody can know
    assert [record.message.split(":")[0] for record in caplog.records] == ["watchdog.stuck what=gauge-1"]


def test_what_moves_again_feeds_it_again(ear: Ear, caplog: pytest.LogCaptureFixture) -> None:
    steps = iter([1, 1, 1, 2, 3, 3, 4, 5, 6, 7])
    _fed(ear, lambda: Progress(busy=True, steps=next(steps)))
    assert len(ear.heard()) == 6
    assert len(caplog.records) == 2


@in_virtual_time
async def _unwatched(ear: Ear) -> None:
    async with asyncio.timeout(1):
        await Watchdog(manager=ServiceManager(ear.address), gauges=()).run()


def test_nobody_watches_and_nothing_is_said(ear: Ear) -> None:
    _unwatched(ear)
    assert ear.heard() == []


def test_a_long_start_asks_for_time_as_long_as_it_works(ear: Ear) -> None:
    @in_virtual_time
    async def story() -> None:
        spent_s = 0.0
        with starting(ServiceManager(ear.address), worked_s=lambda: spent_s):
            await asyncio.sleep(1.5 * START_LOOK_S)
            assert ear.heard() == []  # it hangs, for all that is known
            for _ in range(2):
                spent_s += WORK_MIN_S
                await asyncio.sleep(START_LOOK_S)
                more, status = ear.heard()
                assert more == f"EXTEND_TIMEOUT_USEC={int(START_MORE_S * 1e6)}"
                assert status.startswith("STATUS=looking through the journal")
            await asyncio.sleep(2 * START_LOOK_S)
            assert ear.heard() == []
            spent_s += 1
        await asyncio.sleep(2 * START_LOOK_S)
        assert ear.heard() == []

    story()
