"""An adapter that is missing, comes, goes and comes again."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import cast

import pytest

from tests.daemon.home import NoRadio, Person, at_home, until
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.daemon.patient_radio import (
    FIRST_TRY_S,
    LEAVE_S,
    STUCK_ADAPTERS_MAX,
    STUCK_CONNECTS_MAX,
    PatientRadio,
)
from wearsync.errors import RadioUnavailable, TryAgain, UsageError
from wearsync.ports import Link, PairingAgent, Radio, Sighting
from wearsync.radio.spec import open_radio
from wearsync_simulators.radio.tcp import AirServer, serve_air

SIGHTING = Sighting("C4:00:00:00:00:01", "Sim", -50, (), {}, None)


class SomeLink:
    """A link that lasts until it is lost."""

    def __init__(self) -> None:
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def wait_lost(self) -> str:
        return await asyncio.shield(self.lost)


class Pluggable(NoRadio):
    """An adapter; pulled out, every use says so."""

    def __init__(self) -> None:
        self.plugged = True
        self.connects = "not at all"
        self.links: list[SomeLink] = []
        self.asked: list[PairingAgent] = []
        self.closed = False

    async def scan(
        self, duration_s: float, found: Callable[[Sighting], None] | None = None
    ) -> tuple[Sighting, ...]:
        return (SIGHTING,) if self.plugged else await super().scan(duration_s, found)

    async def find(self, address: str, timeout_s: float) -> Sighting | None:
        return SIGHTING if self.plugged else await super().find(address, timeout_s)

    async def connect(self, sighting: Sighting) -> Link:
        if not self.plugged:
            return await super().connect(sighting)
        if self.connects == "never":
            raise TryAgain("the watch did not answer")
        if self.connects == "hangs":
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
            await asyncio.Event().wait()
        self.links.append(SomeLink())
        return cast("Link", self.links[-1])

    async def forget(self, address: str) -> None:
        if not self.plugged:
            await super().forget(address)

    @asynccontextmanager
    async def pairing(self, address: str, agent: PairingAgent) -> AsyncIterator[None]:
        self.asked.append(agent)
        yield
        self.asked.remove(agent)

    async def is_bonded(self, address: str) -> bool:
        return self.plugged

    async def close(self) -> None:
        self.closed = True


class Drawer:
    """Where adapters come from; empty, there is none."""

    def __init__(self) -> None:
        self.empty = False
        self.given: list[Pluggable] = []

    async def open(self) -> Radio:
        if self.empty:
            raise RadioUnavailable("no Bluetooth adapter")
        self.given.append(Pluggable())
        return self.given[-1]


@in_virtual_time
async def test_missing_adapter_is_a_reason_and_not_the_end() -> None:
    drawer = Drawer()
    drawer.empty = True
    radio = PatientRadio(drawer.open)
    assert await radio.first_try() == "no Bluetooth adapter"
    with pytest.raises(RadioUnavailable):
        await radio.scan(1)
    drawer.empty = False
    assert await radio.scan(1) == (SIGHTING,)
    assert await radio.find(SIGHTING.address, 1) == SIGHTING
    await radio.forget(SIGHTING.address)
    assert len(drawer.given) == 1
    assert await radio.first_try() is None


@in_virtual_time
async def test_adapter_that_is_pulled_out_is_closed_and_opened_anew() -> None:
    drawer = Drawer()
    radio = PatientRadio(drawer.open)
    for use in (
        lambda: radio.scan(1),
        lambda: radio.find(SIGHTING.address, 1),
        lambda: radio.connect(SIGHTING),
    ):
        await radio.first_try()
        drawer.given[-1].plugged = False
        with pytest.raises(RadioUnavailable):
            await use()
        assert drawer.given[-1].closed
    assert await radio.find(SIGHTING.address, 1) == SIGHTING
    assert len(drawer.given) == 4


async def failed_connects(radio: PatientRadio, times: int) -> None:
    for _ in range(times):
        with pytest.raises(TryAgain):
            await radio.connect(SIGHTING)


@in_virtual_time
async def test_adapter_that_connects_to_nobody_any_more_is_opened_anew(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """`org.bluez.Error.InProgress` for ever, say."""
    drawer = Drawer()
    radio = PatientRadio(drawer.open)
    await radio.first_try()
    drawer.given[0].connects = "never"
    await failed_connects(radio, STUCK_CONNECTS_MAX - 1)
    assert not drawer.given[0].closed
    await failed_connects(radio, 1)
    assert drawer.given[0].closed
    assert "radio.stuck" in caplog.text
    await radio.connect(SIGHTING)
    assert len(drawer.given) == 2
    await radio.close()


@in_virtual_time
async def test_adapter_that_stays_stuck_however_often_it_is_opened_is_given_up() -> None:
    drawer, reasons = Drawer(), list[str]()
    radio = PatientRadio(drawer.open, give_up=reasons.append)

    async def stuck(adapters: int) -> None:
        for _ in range(adapters):
            await radio.first_try()
            drawer.given[-1].connects = "never"
            await failed_connects(radio, STUCK_CONNECTS_MAX)

    await stuck(STUCK_ADAPTERS_MAX - 1)
    await radio.connect(SIGHTING)
    drawer.given[-1].links[0].lost.set_result("gone")
    await asyncio.sleep(0.1)
    await stuck(STUCK_ADAPTERS_MAX - 1)
    assert reasons == []
    await stuck(1)
    assert reasons == ["the watch did not answer"]
    await radio.close()


@in_virtual_time
async def test_adapter_with_a_link_is_not_stuck_whoever_else_fails() -> None:
    drawer = Drawer()
    radio = PatientRadio(drawer.open)
    await radio.connect(SIGHTING)
    adapter = drawer.given[0]
    adapter.connects = "never"
    await failed_connects(radio, 3 * STUCK_CONNECTS_MAX)
    assert not adapter.closed
    adapter.links[0].lost.set_result("out of range")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await failed_connects(radio, 1)
    assert adapter.closed


@in_virtual_time
async def test_failures_with_a_success_between_them_are_not_in_a_row() -> None:
    drawer = Drawer()
    radio = PatientRadio(drawer.open)
    await radio.first_try()
    adapter = drawer.given[0]
    for _ in range(3):
        adapter.connects = "never"
        await failed_connects(radio, STUCK_CONNECTS_MAX - 1)
        adapter.connects = "well"
        await radio.connect(SIGHTING)
        adapter.links[-1].lost.set_result("gone")
        await asyncio.sleep(0.1)
    assert not adapter.closed


@in_virtual_time
async def test_who_is_called_off_does_not_wait_for_a_stack_that_hangs() -> None:
    """Not even for one that does not let itself be cancelled."""
    drawer = Drawer()
    radio = PatientRadio(drawer.open)
    await radio.first_try()
    drawer.given[0].connects = "hangs"
    connecting = asyncio.create_task(radio.connect(SIGHTING))
    await asyncio.sleep(1)
    began_s = asyncio.get_running_loop().time()
    connecting.cancel()
    await asyncio.wait({connecting})
    assert connecting.cancelled()
    assert asyncio.get_running_loop().time() - began_s <= LEAVE_S


@in_virtual_time
async def test_start_does_not_wait_for_an_adapter_that_hangs() -> None:
    async def hanging() -> Radio:
        await asyncio.Event().wait()
        raise AssertionError

    radio = PatientRadio(hanging)
    began_s = asyncio.get_running_loop().time()
    assert await radio.first_try() == "the Bluetooth adapter does not answer yet"
    assert asyncio.get_running_loop().time() - began_s == pytest.approx(FIRST_TRY_S)


@in_virtual_time
async def test_pairing_opens_the_adapter_and_is_over_when_it_is_left() -> None:
    drawer = Drawer()
    radio = PatientRadio(drawer.open)
    person = Person()
    assert await radio.is_bonded(SIGHTING.address)
    async with radio.pairing(SIGHTING.address, person):
        assert drawer.given[0].asked == [person]
    assert drawer.given[0].asked == []


@in_virtual_time
async def test_pairing_needs_an_adapter() -> None:
    drawer = Drawer()
    drawer.empty = True
    with pytest.raises(RadioUnavailable):
        async with PatientRadio(drawer.open).pairing(SIGHTING.address, Person()):
            raise AssertionError("entered")


@in_virtual_time
async def test_wrong_spec_is_the_persons_to_mend(tmp_path: Path) -> None:
    radio = PatientRadio(lambda: open_radio("carrier-pigeon", state_dir=tmp_path))
    with pytest.raises(UsageError):
        await radio.first_try()


@in_virtual_time
async def test_closing_closes_what_is_open_and_nothing_else() -> None:
    drawer = Drawer()
    radio = PatientRadio(drawer.open)
    await radio.close()
    await radio.first_try()
    await radio.close()
    await radio.close()
    assert [given.closed for given in drawer.given] == [True]


@in_virtual_time
async def test_virtual_air_that_comes_after_the_daemon_and_goes_and_comes_again(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        first = await serve_air("127.0.0.1", 0, air=home.air)
        host, _, port = first.address.rpartition(":")
        await first.close()
        radio = PatientRadio(lambda: open_radio(f"tcp:{first.address}", state_dir=tmp_path / "adapter"))
        assert await radio.first_try() is not None
        async with home.daemon(radio=radio) as running:
            await until(lambda: running.task.link.state == "no_adapter")
            server: AirServer = await serve_air(host, int(port), air=home.air)
            await running.live()
            await server.close()
            await until(lambda: running.task.link.state == "no_adapter")
            server = await serve_air(host, int(port), air=home.air)
            await running.live()
        await radio.close()
        await server.close()
