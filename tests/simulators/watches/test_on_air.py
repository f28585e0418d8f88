"""What every family's watch has, shown by the smallest one: a radio that is looked for, a range, a view."""

import asyncio
from collections.abc import Callable

import pytest

from tests.simulators.radio.conftest import find
from tests.simulators.watches.conftest import HOST
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.errors import RadioUnavailable
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.central import Central
from wearsync_simulators.radio.peripheral import PoweredDevice, open_device
from wearsync_simulators.watches.on_air import RADIO_RETRY_S, OnAir
from wearsync_simulators.watches.view import Press, WatchView


class Lamp:
    """A boot that only notes."""

    def __init__(self) -> None:
        self.view = WatchView()
        self.heard: list[object] = []

    def press(self, press: Press) -> None:
        self.heard.append(press)

    def radio_down(self) -> None:
        self.heard.append("no radio")


class LampWatch(OnAir[Lamp]):
    """The smallest watch; `air` None: there is no radio just now."""

    def __init__(self, on_change: Callable[[WatchView], None] | None = None) -> None:
        super().__init__(name="Lamp", wearer=None, seed=3, state_dir=None, on_change=on_change)
        self.air: Air | None = Air()
        self.devices: list[PoweredDevice] = []

    async def power_on(self) -> Lamp:
        self._body = lamp = Lamp()
        await self._back_on_air()
        return lamp

    async def power_off(self) -> None:
        await self._off_air()
        self._body = None

    async def _antenna_of(self, body: Lamp) -> PoweredDevice:
        if self.air is None:
            raise RadioUnavailable("there is none")
        self.devices.append(await open_device(self.air, name=self.name, address=self.address))
        return self.devices[-1]


@in_virtual_time
async def test_a_radio_that_goes_is_found_when_it_is_there_again() -> None:
    shown: list[bool] = []
    watch = LampWatch(lambda view: shown.append(view.radio))
    lamp = await watch.power_on()
    assert (watch.is_on, watch.view.radio) == (True, True)
    watch.air = None
    watch.devices[0].transport.source.terminated.set_result(None)
    await asyncio.sleep(3 * RADIO_RETRY_S)
    assert lamp.heard == ["no radio"]
    assert shown == [True, False]
    watch.air = Air()
    await asyncio.sleep(2 * RADIO_RETRY_S)
    assert shown == [True, False, True]
    await watch.power_off()
    await asyncio.sleep(3 * RADIO_RETRY_S)
    assert (watch.is_on, shown) == (False, [True, False, True, False])
    assert len(watch.devices) == 2, "without power nobody looks"


@in_virtual_time
async def test_a_reset_without_a_radio_is_no_end() -> None:
    watch = LampWatch()
    air, watch.air = watch.air, None
    await watch.power_on()
    assert not watch.view.radio
    watch.air = air
    await asyncio.sleep(2 * RADIO_RETRY_S)
    assert watch.view.radio
    await watch.power_off()


@in_virtual_time
async def test_out_of_range_is_a_place_and_outlives_power() -> None:
    watch = LampWatch()
    assert watch.air is not None
    central = await Central.open(watch.air, address=HOST)
    await watch.set_in_range(False)
    await watch.power_on()
    assert (watch.view.radio, watch.view.in_range) == (True, False)
    await watch.devices[0].device.start_advertising()
    with pytest.raises(AssertionError):
        await find(central, watch.address)
    await watch.set_in_range(True)
    assert watch.view.in_range
    await find(central, watch.address)
    await watch.power_off()
    await central.close()


@in_virtual_time
async def test_a_hand_needs_a_watch_that_is_on() -> None:
    watch = LampWatch()
    with pytest.raises(AssertionError, match="the watch is off"):
        watch.press(Press.TAP)
    lamp = await watch.power_on()
    watch.press(Press.TAP)
    assert lamp.heard == [Press.TAP]
    await watch.power_off()


def test_who_it_is_comes_of_the_seed() -> None:
    assert LampWatch().address == LampWatch().address
