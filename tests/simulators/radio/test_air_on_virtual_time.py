"""On a loop whose clock jumps to the next timer: hours take moments, and one run is like the other."""

import asyncio
import hashlib
import os
import selectors
import subprocess
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest
from bleak import BleakClient
from bleak.backends.device import BLEDevice
from bleak.exc import BleakError
from bleak_retry_connector import BleakNotFoundError, establish_connection

from tests.simulators.radio.conftest import (
    HOST,
    TICKS,
    VALUE,
    VOUCHED,
    WATCH,
    Asleep,
    Person,
    SmallWatch,
    Wrist,
    client,
    find,
    until,
)
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.backend import VirtualClient
from wearsync_simulators.radio.central import PAIRING_DEADLINE_S, SUPERVISION_TIMEOUT_MS, Central
from wearsync_simulators.radio.peripheral import open_device

_Result = TypeVar("_Result")


class JumpingLoop(asyncio.SelectorEventLoop):
    """Where nothing is left to do but wait, the waiting is over."""

    def __init__(self) -> None:
        self.now_s = 0.0
        super().__init__(_JumpingSelector(self))

    def time(self) -> float:
        return self.now_s


class _JumpingSelector(selectors.DefaultSelector):
    def __init__(self, loop: JumpingLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            assert timeout is not None, "everybody waits, and nothing will happen any more"
            self._loop.now_s += timeout
        return ready


def run(main: Coroutine[Any, Any, _Result]) -> _Result:
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(main)


async def a_day_on_the_air() -> str:
    """Connected all day, with a record a minute and an hour out of range; a digest of all that was heard."""
    digest = hashlib.sha256()
    air = Air(latency_ms=15)
    radio = await open_device(air, name="Sim", address=WATCH)
    watch = SmallWatch(radio)
    await watch.start(interval_ms=1000)
    central = await Central.open(air, address=HOST)
    loop = asyncio.get_running_loop()
    device = await find(central)
    for hours in (10, 13):
        link = client(central, device)
        await link.connect()
        await link.start_notify(TICKS, lambda _, value: digest.update(value + repr(loop.time()).encode()))
        for minute in range(hours * 60):
            await asyncio.sleep(60)
            await radio.device.notify_subscribers(watch.ticks, minute.to_bytes(2, "big"))
        air.set_in_range(WATCH, False)
        await asyncio.sleep(3600)
        assert not link.is_connected
        air.set_in_range(WATCH, True)
    digest.update(await _read(central))
    assert 25 * 3600 <= loop.time() < 26 * 3600
    await central.close()
    await radio.close()
    return digest.hexdigest()


async def _read(central: Central) -> bytes:
    async with client(central, WATCH) as link:
        return bytes(await link.read_gatt_char(VALUE))


def test_a_day_passes_in_a_moment_and_is_the_same_in_every_process() -> None:
    here = run(a_day_on_the_air())
    script = f"from {__name__} import *; print(run(a_day_on_the_air()))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONHASHSEED": "42", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == here


def test_bleak_retry_connector_tries_and_gives_up() -> None:
    async def nobody_there() -> float:
        central = await Central.open(Air(), address=HOST)
        device = BLEDevice(WATCH, "Sim", {})
        options: dict[str, Any] = {"backend": VirtualClient, "central": central}
        with pytest.raises(BleakNotFoundError, match=r"Failed to connect after 3 attempt"):
            await establish_connection(BleakClient, device, "Sim", max_attempts=3, **options)
        await central.close()
        return asyncio.get_running_loop().time()

    assert 3 * 20.0 <= run(nobody_there()) < 3 * 30.0


def test_a_link_lives_through_what_is_shorter_than_its_supervision_timeout() -> None:
    async def hold_on() -> None:
        air = Air(latency_ms=200)
        radio = await open_device(air, name="Sim", address=WATCH)
        await SmallWatch(radio).start()
        central = await Central.open(air, address=HOST)
        async with client(central, WATCH) as link:
            for _ in range(50):
                air.set_in_range(WATCH, False)
                await asyncio.sleep(0.41)
                air.set_in_range(WATCH, True)
                await asyncio.sleep(0.001)
            assert await link.read_gatt_char(VALUE) == b"hello"
        await central.close()
        await radio.close()

    run(hold_on())


def test_nobody_answers_while_pairing() -> None:
    async def silence() -> float:
        air = Air()
        radio = await open_device(air, name="Sim", address=WATCH)
        watch = SmallWatch(radio)
        watch.pair_by(Wrist())
        await watch.start()
        central = await Central.open(air, address=HOST, agent=Asleep())
        loop = asyncio.get_running_loop()
        async with client(central, WATCH) as link:
            began_s = loop.time()
            with pytest.raises(BleakError, match="no answer in time"):
                await link.pair()
            waited_s = loop.time() - began_s
            central.set_agent(Person())
            await link.pair()
            assert await link.read_gatt_char(VOUCHED) == b"vouched"
        await central.close()
        await radio.close()
        return waited_s

    assert run(silence()) == pytest.approx(PAIRING_DEADLINE_S)


@pytest.mark.parametrize("timeout_ms", [None, 100, 6000])
def test_links_end_by_the_supervision_timeout_that_was_agreed_last(timeout_ms: int | None) -> None:
    async def leave() -> float:
        air = Air(latency_ms=7)
        radio = await open_device(air, name="Sim", address=WATCH)
        watch = SmallWatch(radio)
        await watch.start()
        central = await Central.open(air, address=HOST)
        link = client(central, WATCH)
        await link.connect()
        if timeout_ms is not None:
            await watch.link.update_parameters(30, 30, 0, supervision_timeout=timeout_ms)
        loop = asyncio.get_running_loop()
        left_at_s = loop.time()
        air.set_in_range(WATCH, False)
        await until(lambda: watch.reasons and not link.is_connected, within_s=60)
        ended_after_s = loop.time() - left_at_s
        await central.close()
        await radio.close()
        return ended_after_s

    assert run(leave()) * 1000 == pytest.approx(timeout_ms or SUPERVISION_TIMEOUT_MS, abs=2)
