"""An adapter that is missing, comes, goes and comes again."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.daemon.home import NoRadio, Person, at_home, until
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.daemon.patient_radio import PatientRadio
from wearsync.errors import RadioUnavailable, UsageError
from wearsync.ports import Link, PairingAgent, Radio, Sighting
from wearsync.radio.spec import open_radio
from wearsync_simulators.radio.tcp import AirServer, serve_air

SIGHTING = Sighting("C4:00:00:00:00:01", "Sim", -50, (), {}, None)


class Pluggable(NoRadio):
    """An adapter; pulled out, every use says so."""

    def __init__(self) -> None:
        self.plugged = True
        self.agents: list[PairingAgent | None] = []
        self.closed = False

    async def scan(
        self, duration_s: float, found: Callable[[Sighting], None] | None = None
    ) -> tuple[Sighting, ...]:
        return (SIGHTING,) if self.plugged else await super().scan(duration_s, found)

    async def find(self, address: str, timeout_s: float) -> Sighting | None:
        return SIGHTING if self.plugged else await super().find(address, timeout_s)

    async def connect(self, sighting: Sighting) -> Link:
        return await super().connect(sighting)

    async def forget(self, address: str) -> None:
        if not self.plugged:
            await super().forget(address)

    def set_agent(self, agent: PairingAgent | None) -> None:
        self.agents.append(agent)

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


@in_virtual_time
async def test_agent_is_told_to_every_adapter() -> None:
    drawer = Drawer()
    radio = PatientRadio(drawer.open)
    person = Person()
    radio.set_agent(person)
    await radio.first_try()
    radio.set_agent(None)
    assert drawer.given[0].agents == [person, None]


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
