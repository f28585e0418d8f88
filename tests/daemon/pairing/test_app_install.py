"""Our app on a simulated Bangle.js, by its console over the air: nothing without the person's word."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Literal

import pytest

from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.daemon.clock import HostClock
from wearsync.daemon.pairing.app_install import Action, AppInstallation, WatchApp
from wearsync.daemon.pairing.bangle_app import bangle_app
from wearsync.daemon.pairing.owner import Owner
from wearsync.drivers.banglejs.install import AppInstaller
from wearsync.drivers.base import Disconnect, DriverEvent, DriverOutput
from wearsync.errors import TryAgain, UnfitWatch, UsageError
from wearsync.ports import Sighting
from wearsync.radio.adapter import BleakRadio
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.provider import InProcessRadio
from wearsync_simulators.watches.banglejs.quirks import Quirks
from wearsync_simulators.watches.banglejs.simulated_bangle import SimulatedBangle, shipped_app


def files_of(version: str) -> dict[str, bytes]:
    """An app as a package may have it, not larger than it must be."""
    return {
        "wearsync.lib.js": b"// what it does\n" * 200,
        "wearsync.boot.js": b"// answers\n",
        "wearsync.info": json.dumps({"id": "wearsync", "version": version}).encode(),
    }


def app_of(version: str) -> WatchApp:
    def installer(action: Action) -> AppInstaller:
        return AppInstaller(files=files_of(version), version=version, action=action)

    return WatchApp(version, installer)


@dataclass
class Wrist:
    """A Bangle in reach of a host, and its owner, who answers as told."""

    watch: SimulatedBangle
    sighting: Sighting
    radio: BleakRadio
    says_yes: bool = True
    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    percent: list[int] = field(default_factory=list)
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def go_ahead(self, text: str) -> bool:
        self.asked.append(text)
        return self.says_yes

    def progressed(self, percent: int) -> None:
        self.percent.append(percent)
        self.begun.set()

    def installation(
        self, app: WatchApp, go_ahead: Callable[[str], Awaitable[bool]] | None = None
    ) -> AppInstallation:
        loop_time = asyncio.get_running_loop().time
        return AppInstallation(
            app=app,
            radio=self.radio,
            clock=HostClock(loop_time=loop_time, wall=loop_time),
            entropy=Random(5).randbytes,
            owner=Owner(go_ahead=go_ahead or self.go_ahead, say=self.said.append, progress=self.progressed),
        )

    def version(self) -> str | None:
        """What is on the watch."""
        info = self.watch.files().get("wearsync.info")
        return None if info is None else json.loads(info)["version"]


@asynccontextmanager
async def wrist(
    app: str | None,
    *,
    programmable: bool = True,
    engine: Literal["model", "node"] = "model",
    xoff_after_bytes: int | None = None,
) -> AsyncIterator[Wrist]:
    """A Bangle with that version of the app."""
    air = Air()
    watch = SimulatedBangle(
        engine=engine,
        seed=3,
        app={} if app is None else files_of(app),
        quirks=Quirks(programmable=programmable, xoff_after_bytes=xoff_after_bytes),
    )
    await watch.power_on(air)
    radio = BleakRadio(await InProcessRadio(air).open())
    (sighting,) = await radio.scan(3.0)
    try:
        yield Wrist(watch, sighting, radio)
    finally:
        await radio.close()
        await watch.power_off()


@in_virtual_time
async def test_new_watch_gets_the_app_when_its_owner_agrees() -> None:
    async with wrist(None) as here:
        await here.installation(app_of("1.0")).install(here.sighting)
        assert here.watch.files().items() >= files_of("1.0").items()
        (question,) = here.asked
        assert question.startswith("install the wearsync app 1.0 on Bangle.js 1234? It takes 20 s")
        assert "--remove-app" in question
        assert here.percent == sorted(here.percent)
        assert here.percent[-1] == 100
        assert here.said[-1] == "the wearsync app 1.0 is on Bangle.js 1234"


@in_virtual_time
async def test_owner_who_says_no_keeps_the_watch_as_it_is() -> None:
    async with wrist(None) as here:
        here.says_yes = False
        with pytest.raises(UsageError, match="nothing was written"):
            await here.installation(app_of("1.0")).install(here.sighting)
        assert here.watch.files() == {}


@pytest.mark.parametrize("there", ["1.0", "1.10", "2"])
def test_app_that_is_not_older_is_left_alone(there: str) -> None:
    @in_virtual_time
    async def story() -> None:
        async with wrist(there) as here:
            await here.installation(app_of("1.0")).install(here.sighting)
            assert (here.asked, here.version()) == ([], there)

    story()


@pytest.mark.parametrize(("says_yes", "after"), [(True, "1.10"), (False, "1.9")])
def test_older_app_is_brought_up_to_date_if_its_owner_agrees(says_yes: bool, after: str) -> None:
    @in_virtual_time
    async def story() -> None:
        async with wrist("1.9") as here:
            here.says_yes = says_yes
            await here.installation(app_of("1.10")).install(here.sighting)
            assert here.asked == ["bring the wearsync app on Bangle.js 1234 from 1.9 to 1.10?"]
            assert here.version() == after

    story()


@in_virtual_time
async def test_what_is_no_version_is_older_than_all() -> None:
    async with wrist("beta") as here:
        await here.installation(app_of("0.1")).install(here.sighting)
        assert here.version() == "0.1"


@in_virtual_time
async def test_watch_that_can_not_be_programmed_says_where_to_switch_that_on() -> None:
    async with wrist(None, programmable=False) as here:
        for attempt in (here.installation(app_of("1.0")).install, here.installation(app_of("1.0")).remove):
            with pytest.raises(TryAgain, match="Settings → Bluetooth → Programmable"):
                await attempt(here.sighting)
        assert here.asked == []


@in_virtual_time
async def test_older_app_stays_where_nothing_can_be_written() -> None:
    async with wrist("1.0", programmable=False) as here:
        await here.installation(app_of("2.0")).install(here.sighting)
        assert here.asked == []
        assert here.said[-1] == "Bangle.js 1234 lets nobody write programs: its wearsync app stays 1.0"


@in_virtual_time
async def test_app_is_taken_out_again() -> None:
    async with wrist("1.0") as here:
        here.says_yes = False
        with pytest.raises(UsageError, match=r"stays on Bangle\.js 1234"):
            await here.installation(app_of("1.0")).remove(here.sighting)
        assert here.version() == "1.0"
        here.says_yes = True
        assert await here.installation(app_of("1.0")).remove(here.sighting)
        assert here.watch.files() == {}
        assert not await here.installation(app_of("1.0")).remove(here.sighting)


@in_virtual_time
async def test_app_of_the_package_arrives_whole_through_bursts_of_xoff() -> None:
    """By the JavaScript console itself, in packets of 128 bytes; what comes while it is stopped is lost."""
    async with wrist(None, engine="node", xoff_after_bytes=700) as here:
        await here.installation(bangle_app()).install(here.sighting)
        assert here.watch.files().items() >= shipped_app().items()


INCOMPLETE = "the app on the watch is incomplete: run `wearsync pair` again; the watch itself works as before"


@in_virtual_time
async def test_watch_that_is_carried_away_in_the_middle() -> None:
    async with wrist(None) as here:
        work = asyncio.create_task(here.installation(app_of("1.0")).install(here.sighting))
        await here.begun.wait()
        await here.watch.set_in_range(False)
        with pytest.raises(TryAgain) as raised:
            await work
        assert str(raised.value).endswith(INCOMPLETE)
        assert here.version() is None
        await here.watch.set_in_range(True)
        await here.installation(app_of("1.0")).install(here.sighting)
        assert here.version() == "1.0"


@in_virtual_time
async def test_person_who_breaks_it_off_is_told_what_is_left() -> None:
    async with wrist(None) as here:
        work = asyncio.create_task(here.installation(app_of("1.0")).install(here.sighting))
        await here.begun.wait()
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        assert here.said[-1] == INCOMPLETE


@in_virtual_time
async def test_link_that_is_lost_while_the_person_thinks_leaves_nothing_half_done() -> None:
    async with wrist(None) as here:

        async def thinks(text: str) -> bool:
            await here.watch.set_in_range(False)
            return True

        installation = here.installation(app_of("1.0"), thinks)
        with pytest.raises(TryAgain, match="out of range"):
            await installation.install(here.sighting)
        assert here.watch.files() == {}


class Unfit:
    """An installer that finds a watch that it can't do anything with."""

    half_done = None

    def step(self, event: DriverEvent, now_ms: int) -> tuple[DriverOutput, ...]:
        return (Disconnect("its storage is broken", "unfit"),)


@in_virtual_time
async def test_watch_that_is_unfit() -> None:
    async with wrist(None) as here:
        app = WatchApp("1.0", lambda action: Unfit())
        with pytest.raises(UnfitWatch, match="its storage is broken"):
            await here.installation(app).install(here.sighting)


@pytest.mark.parametrize("engine", ["model", "node"])
def test_whatever_chunk_it_breaks_off_at_the_watch_works_and_the_next_time_completes_it(
    engine: Literal["model", "node"],
) -> None:
    @in_virtual_time
    async def story() -> None:
        whole = files_of("1.0")
        chunks = sum(-(-len(content) // 1024) for content in whole.values())
        for broken_off_at in range(1, chunks + 1):
            async with wrist("0.9", engine=engine) as here:
                work = asyncio.create_task(here.installation(app_of("1.0")).install(here.sighting))
                while len(here.percent) < broken_off_at:
                    here.begun.clear()
                    await here.begun.wait()
                await here.watch.set_in_range(False)
                await asyncio.wait({work})
                there = here.watch.files()
                # What runs at each start of the watch, and what the launcher lists: whole, or not there.
                for name in ("wearsync.boot.js", "wearsync.info"):
                    assert there.get(name) in (None, whole[name])
                assert "wearsync.info" not in there or there.items() >= whole.items()
                await here.watch.reboot()
                await here.watch.set_in_range(True)
                await here.installation(app_of("1.0")).install(here.sighting)
                assert here.watch.files().items() >= whole.items()

    story()
