"""The fire on processes and passages of this test: every fault strikes, the seed decides, all is mended."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random

from wearsync_simulators.torture.disk import Disk, LimitedFiles
from wearsync_simulators.torture.proxy import Passage
from wearsync_simulators.torture.service import Service
from wearsync_simulators.torture.stage import CONFIGURATION
from wearsync_simulators.torture.strikes import FAULTS, KILLS, Fire


@dataclass
class Sleepers:
    """Processes that do nothing, and ways that nobody takes."""

    broker: Service
    air: Service
    watch: Service
    daemon: Service
    to_broker: Passage
    radio: Passage
    watch_radio: Passage
    to_subscriber: Passage
    disk: Disk
    beats: Iterator[int] = field(default_factory=count)
    configurations: list[str] = field(default_factory=list)

    def pulse(self) -> int:
        return next(self.beats) // 5

    async def reconfigure(self, change: Callable[[str], str]) -> None:
        self.configurations.append(change(CONFIGURATION))


@asynccontextmanager
async def sleepers(tmp_path: Path) -> AsyncIterator[Sleepers]:
    services = [
        Service(name, lambda: ["sleep", "600"], log=tmp_path / name, environment={})
        for name in ("broker", "air", "watch", "daemon")
    ]
    passages = [Passage(1) for _ in range(4)]
    for service in services:
        await service.start()
    for passage in passages:
        await passage.open()
    (broker, air, watch, daemon), (to_broker, radio, watch_radio, to_subscriber) = services, passages
    try:
        yield Sleepers(
            broker, air, watch, daemon, to_broker, radio, watch_radio, to_subscriber, LimitedFiles()
        )
    finally:
        for service in services:
            await service.kill()
        for passage in passages:
            await passage.close()


async def test_each_fault_strikes_as_often_as_it_is_in_the_deck_and_is_mended(tmp_path: Path) -> None:
    lost: list[str] = []
    async with sleepers(tmp_path) as targets:
        fire = Fire(targets, Random(1), broker_lost=lambda: lost.append("x"), hurry=40.0)
        async with asyncio.timeout(60):
            while set(fire.counts) != set(FAULTS):
                await fire.burn(1.0)
        assert len(lost) == sum(fire.counts[name] for name in FAULTS if name.startswith("kill broker"))
        services = (targets.broker, targets.air, targets.watch, targets.daemon)
        assert all(service.pid and not service.exits for service in services)
        assert not any(_is_stopped(service.pid) for service in services)
        assert len(targets.configurations) == 3 * fire.counts["reload daemon"]
        assert targets.configurations[-1] == CONFIGURATION
        assert CONFIGURATION not in (targets.configurations[0], targets.configurations[1])
        for passage in (targets.to_broker, targets.radio, targets.watch_radio, targets.to_subscriber):
            assert not passage.cut_off.is_set()
    assert set(FAULTS) > KILLS


async def test_the_end_ends_what_burns(tmp_path: Path) -> None:
    async with sleepers(tmp_path) as targets:
        fire = Fire(targets, Random(2), broker_lost=lambda: None)
        async with asyncio.timeout(10):
            await fire.burn(0.5)
        assert fire.counts.total() >= 1


def _is_stopped(pid: int | None) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].startswith("T")
