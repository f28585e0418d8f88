"""Connection events: on their own, and under real notifications on the virtual air."""

import asyncio
from collections.abc import Callable, Coroutine
from random import Random
from typing import Any

import pytest

from tests.simulators.radio.conftest import HOST, TICKS, VALUE, WATCH, SmallWatch, client, until
from tests.simulators.radio.test_airtime import PUBLISHED
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.airtime import Airtime, Phy
from wearsync_simulators.radio.central import Central
from wearsync_simulators.radio.connection_events import ConnectionEvents, Load, Timetable
from wearsync_simulators.radio.peripheral import open_device

# The longest there is: nearly all of it is one event.
LONG_MS = 4000
FULL_OCTETS = 251


class Told:
    """What arrived, and what the sender knows of, with their times."""

    def __init__(self) -> None:
        self.arrived: list[tuple[int, float]] = []
        self.acknowledged: list[tuple[int, float]] = []

    def load(self, number: int, octets: int = FULL_OCTETS) -> Load:
        now_s = asyncio.get_running_loop().time
        return Load(
            octets,
            lambda: self.arrived.append((number, now_s())),
            lambda: self.acknowledged.append((number, now_s())),
        )

    @property
    def numbers(self) -> list[int]:
        return [number for number, _ in self.arrived]


def events(airtime: Airtime, timetable: Timetable, interval_s: float = 0.03) -> ConnectionEvents:
    return ConnectionEvents(
        airtime,
        interval_s=interval_s,
        timetable=timetable,
        random=Random(airtime.seed),
        is_reachable=lambda: True,
    )


async def sent_up(airtime: Airtime, count: int, *, encrypted: bool = False) -> Told:
    told, link = Told(), events(airtime, Timetable())
    link.encrypted = encrypted
    for number in range(count):
        link.put(link.peripheral, told.load(number), latency_s=0)
    await until(lambda: len(told.acknowledged) == count, within_s=60)
    assert [number for number, _ in told.acknowledged] == told.numbers
    return told


@in_virtual_time
async def test_an_encrypted_packet_takes_its_mic_longer() -> None:
    for encrypted, apart_s in ((False, 0.001392), (True, 0.001408)):
        (_, first_s), (_, second_s) = (await sent_up(Airtime(), 2, encrypted=encrypted)).arrived
        assert second_s - first_s == pytest.approx(apart_s, abs=1e-7)


@in_virtual_time
async def test_an_event_is_over_before_the_next_anchor_and_nothing_goes_between_events() -> None:
    began_s = asyncio.get_running_loop().time()
    told = await sent_up(Airtime(), 50)
    within = [int((at_s - began_s - 0.00125) / 0.03) for _, at_s in told.arrived]
    assert [within.count(event) for event in (0, 1, 2)] == [21, 21, 8]


@in_virtual_time
async def test_the_sender_knows_of_an_arrival_by_the_next_packet_of_the_other() -> None:
    told = await sent_up(Airtime(), 1)
    assert told.acknowledged[0][1] - told.arrived[0][1] == pytest.approx(0.03, abs=0.002)


@in_virtual_time
async def test_broken_packets_come_again_in_order_once_and_the_same_in_each_run() -> None:
    whole, lossy, again = [await sent_up(Airtime(loss=loss, seed=4), 400) for loss in (0.0, 0.2, 0.2)]
    assert lossy.numbers == list(range(400))
    took_s = [told.arrived[-1][1] - told.arrived[0][1] for told in (whole, lossy, again)]
    assert took_s[1] > 1.5 * took_s[0]
    assert took_s[2] == pytest.approx(took_s[1], abs=1e-3)


@in_virtual_time
async def test_a_broken_packet_is_no_packet() -> None:
    began_s = asyncio.get_running_loop().time()
    ((_, arrived_s),) = (await sent_up(Airtime(loss=0.9, seed=1), 1)).arrived
    assert arrived_s - began_s > 0.03


@in_virtual_time
async def test_links_of_one_central_take_turns() -> None:
    timetable, told = Timetable(), (Told(), Told())
    for one in told:
        link = events(Airtime(), timetable)
        for number in range(100):
            link.put(link.peripheral, one.load(number), latency_s=0)
    await until(lambda: all(len(one.arrived) == 100 for one in told), within_s=60)
    took_s = [one.arrived[-1][1] - one.arrived[0][1] for one in told]
    assert took_s == pytest.approx([2 * 100 * 0.001392] * 2, rel=0.1)


@in_virtual_time
async def test_what_waits_on_a_link_that_ends_is_gone_and_the_others_go_on() -> None:
    timetable, told = Timetable(), (Told(), Told())
    ended, other = (events(Airtime(), timetable) for _ in told)
    ended.put(ended.central, Load(FULL_OCTETS, ended.end, lambda: None), latency_s=0)
    for link, one in ((ended, told[0]), (other, told[1])):
        link.put(link.peripheral, one.load(0), latency_s=0)
    await until(lambda: told[1].numbers == [0])
    assert told[0].arrived == []
    assert timetable.links == [other]


# --- under Bluetooth


async def on_air(
    airtime: Airtime, do: Callable[[Air, SmallWatch, Any], Coroutine[Any, Any, None]], mtu: int = 247
) -> None:
    air = Air(airtime=airtime)
    radio = await open_device(air, name="Sim", address=WATCH)
    radio.device.gatt_server.max_mtu = mtu
    watch = SmallWatch(radio)
    await watch.start()
    central = await Central.open(air, address=HOST)
    async with client(central, WATCH) as link:
        await do(air, watch, link)
    await central.close()
    await radio.close()


@pytest.mark.parametrize(("phy", "dle", "mtu", "kbit_s"), PUBLISHED)
@in_virtual_time
async def test_real_notifications_reach_the_published_ceiling(
    phy: Phy, dle: bool, mtu: int, kbit_s: float
) -> None:
    came: list[tuple[float, int]] = []

    async def stream(air: Air, watch: SmallWatch, link: Any) -> None:
        loop = asyncio.get_running_loop()
        await watch.link.update_parameters(LONG_MS, LONG_MS, 0, supervision_timeout=32_000)
        await link.start_notify(TICKS, lambda _, value: came.append((loop.time(), len(value))))
        for _ in range(60):
            await watch.radio.device.notify_subscribers(watch.ticks, bytes(mtu - 3))
        await until(lambda: len(came) == 60, within_s=60)

    await on_air(Airtime(phy=phy, dle=dle), stream, mtu)
    (first_s, first), (last_s, _) = came[0], came[-1]
    bits = 8 * (sum(size for _, size in came) - first)
    assert bits / (last_s - first_s) / 1000 == pytest.approx(kbit_s, rel=0.03)


@in_virtual_time
async def test_a_read_waits_for_two_events_of_the_interval_that_is_forced_or_asked_for() -> None:
    async def read(air: Air, watch: SmallWatch, link: Any) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(3):
            await link.read_gatt_char(VALUE)
            before_s = loop.time()
            await link.read_gatt_char(VALUE)
            waits_s.append(loop.time() - before_s)
            await watch.link.update_parameters(100, 100, 0, supervision_timeout=3000)

    waits_s: list[float] = []
    await on_air(Airtime(), read)
    assert waits_s == pytest.approx([2 * 0.03, 2 * 0.1, 2 * 0.1], abs=0.031)
    waits_s.clear()
    await on_air(Airtime(interval_ms=50), read)
    assert waits_s == pytest.approx([2 * 0.05] * 3, abs=0.003)


@in_virtual_time
async def test_links_can_be_given_another_interval_while_they_last() -> None:
    async def read(air: Air, watch: SmallWatch, link: Any) -> None:
        loop = asyncio.get_running_loop()
        air.set_intervals(lambda: 0.2)
        await link.read_gatt_char(VALUE)
        before_s = loop.time()
        await link.read_gatt_char(VALUE)
        waits_s.append(loop.time() - before_s)

    waits_s: list[float] = []
    await on_air(Airtime(interval_ms=7.5), read)
    assert waits_s == pytest.approx([2 * 0.2], abs=0.003)


@in_virtual_time
async def test_a_short_absence_delays_what_is_on_the_air_and_loses_nothing() -> None:
    async def leave(air: Air, watch: SmallWatch, link: Any) -> None:
        got: list[bytes] = []
        await link.start_notify(TICKS, lambda _, value: got.append(bytes(value)))
        sent = [bytes([number]) * 200 for number in range(60)]
        for value in sent:
            await watch.radio.device.notify_subscribers(watch.ticks, value)
        await until(lambda: len(got) >= 5)
        air.set_in_range(WATCH, False)
        await asyncio.sleep(0.3)
        assert len(got) < 10
        air.set_in_range(WATCH, True)
        await until(lambda: len(got) == len(sent))
        assert got == sent

    await on_air(Airtime(loss=0.05), leave)
