"""A hostile host connects, pairs, reads and writes as it likes; a refusal is an answer to it, no error."""

import asyncio
from pathlib import Path

from tests.simulators.adversaries.conftest import soon
from tests.simulators.watches.conftest import Person
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync_simulators.adversaries.hostile_host import DOWN, INFO, KEY, UP, HostileHost, hello
from wearsync_simulators.radio.air import Air
from wearsync_simulators.watches.simulated_watch import SimulatedWatch
from wearsync_simulators.watches.trust import key_id

OWN = "C4:66:66:66:66:66"
K = bytes(range(32))


async def powered(air: Air, *, pairing: bool) -> SimulatedWatch:
    watch = SimulatedWatch(name="Ours", pairing=pairing, seed=1)
    watch.on_change = lambda view: watch.confirm_code() if view.code is not None else None
    await watch.power_on(air)
    return watch


@in_virtual_time
async def test_with_a_bond_and_the_key_it_is_a_host(tmp_path: Path) -> None:
    air, bonds = Air(), tmp_path / "bonds.json"
    watch = await powered(air, pairing=True)
    async with HostileHost.at(
        air, OWN, watch.address, keystore_path=bonds, agent=Person(), subscribe=False
    ) as host:
        assert await host.pair() is None
        assert await host.write(KEY, K) is None
    async with HostileHost.at(air, OWN, watch.address, keystore_path=bonds) as host:
        await host.prove(K)
        assert await host.say(b"\x03\x01\x00\x00\x00") is None
        await soon()
        assert [up[0] for up in host.up] == [0x81, 0x82, 0x83]
        await host.command(DOWN, host.seal(b"\x0a\x01\x00\x00\x00"))
        await soon()
        assert host.up[-1][0] == 0x84
        await watch.power_off()
        await asyncio.sleep(10)
        assert host.lost is not None
        assert await host.write(DOWN, b"gone") == -1
        assert await host.read(host.handles[INFO]) is None


@in_virtual_time
async def test_what_is_refused_is_an_answer() -> None:
    air = Air()
    watch = await powered(air, pairing=False)
    async with HostileHost.at(air, OWN, watch.address, subscribe=False) as host:
        assert await host.read(host.handles[INFO])
        assert await host.read(host.handles[UP]) is None
        assert await host.write(DOWN, b"x") == 0x0F
        assert "does not pair" in (await host.pair() or "")
        await host.prove(K)
        assert host.up == []
    await watch.power_off()


def test_a_hello_names_a_key_or_an_id() -> None:
    assert hello(K)[3:7] == key_id(K)
    assert hello(b"abcd", version_min=2, version_max=3)[:7] == b"\x01\x02\x03abcd"
