"""What a link does, and how it ends: each operation in one of our errors, none without an end."""

import asyncio

import pytest
from bleak import BleakClient
from bumble import att
from bumble.gatt import Characteristic, CharacteristicValue, Service

from tests.radio.conftest import SEEN_WITHIN_S, Host, host_on, watch_on
from tests.simulators.radio.conftest import (
    HOST,
    OTHER_WATCH,
    SECRET,
    SLOW,
    TICKS,
    VALUE,
    VOUCHED,
    WATCH,
    Person,
    Screen,
    SmallWatch,
    Wrist,
    until,
)
from wearsync.errors import LinkLost, TrustError, TryAgain, UnfitWatch, WearsyncError
from wearsync.ports import Link
from wearsync.radio.provider import NoBond, PairingFailure
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.central import Central
from wearsync_simulators.radio.provider import InProcessRadio, VirtualRadio
from wearsync_simulators.scaled_loop import ScaledLoop, run_scaled

ABSENT = "f69b00ff-d1cb-4904-adda-db6c343c41a1"


class Thinker(Person):
    """Does not answer before somebody else has lost patience."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()

    async def confirm_number(self, number: int) -> bool:
        self.asked.set()
        await asyncio.sleep(3600)
        return True


async def test_it_is_the_link_that_the_daemon_wants(watch: SmallWatch, host: Host) -> None:
    link: Link = await host.connect()
    await link.disconnect()


async def test_read_and_write_short_and_long(watch: SmallWatch, host: Host) -> None:
    link = await host.connect()
    for data in (b"", b"x", bytes(range(256)) * 2):
        await link.write(VALUE, data)
        assert watch.value == data
        assert await link.read(VALUE) == data
    await link.disconnect()


async def test_notifications_come_in_order_as_bytes(watch: SmallWatch, host: Host) -> None:
    received: list[bytes] = []
    link = await host.connect()
    await link.subscribe(TICKS, received.append)
    sent = [number.to_bytes(2, "little") for number in range(300)]
    for data in sent:
        await watch.radio.device.notify_subscribers(watch.ticks, data)
    await until(lambda: len(received) == len(sent))
    assert received == sent
    assert {type(data) for data in received} == {bytes}
    await link.disconnect()


async def test_notification_that_cannot_be_taken_ends_the_link(
    watch: SmallWatch, host: Host, caplog: pytest.LogCaptureFixture
) -> None:
    def choke(_data: bytes) -> None:
        raise ZeroDivisionError

    link = await host.connect()
    await link.subscribe(TICKS, choke)
    await watch.radio.device.notify_subscribers(watch.ticks, b"1")
    async with asyncio.timeout(SEEN_WITHIN_S):
        assert await link.wait_lost() == "a notification could not be taken"
    assert "radio.notification_failed" in caplog.text
    with pytest.raises(LinkLost):
        await link.read(VALUE)
    await link.disconnect()


async def test_characteristic_can_be_named_by_its_handle(watch: SmallWatch, host: Host) -> None:
    link = await host.connect()
    assert await link.read(watch_handle(watch, VALUE)) == b"hello"
    await link.disconnect()


async def test_characteristic_that_is_not_there(watch: SmallWatch, host: Host) -> None:
    link = await host.connect()
    for operation in (link.read(ABSENT), link.write(0xFFFF, b""), link.subscribe(ABSENT, print)):
        with pytest.raises(UnfitWatch, match="has no characteristic"):
            await operation
    assert await link.read(VALUE) == b"hello"
    await link.disconnect()


async def test_characteristic_that_is_there_twice_wants_its_handle(watch: SmallWatch, host: Host) -> None:
    again = Characteristic(VALUE, Characteristic.Properties.READ, Characteristic.READABLE, b"second")
    watch.radio.device.add_service(Service(ABSENT, [again]))
    link = await host.connect()
    with pytest.raises(UnfitWatch, match="more than once: name its handle"):
        await link.read(VALUE)
    assert await link.read(again.handle) == b"second"
    await link.disconnect()


async def test_characteristic_that_does_not_notify(watch: SmallWatch, host: Host) -> None:
    link = await host.connect()
    with pytest.raises(UnfitWatch, match="sends nothing"):
        await link.subscribe(VALUE, print)
    assert await link.read(VALUE) == b"hello"
    await link.disconnect()


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (0x03, UnfitWatch, "ATT error 0x03, write not permitted"),
        (0x08, TrustError, "ATT error 0x08, insufficient authorization"),
        (0x11, TryAgain, r"ATT error 0x11, insufficient resource\)$"),
        (0x0E, TryAgain, r"ATT error 0x0e.*; this computer has no bond with it; if it had one, switch"),
        (0x80, TryAgain, "ATT error 0x80"),
    ],
)
async def test_refused_write(
    watch: SmallWatch, host: Host, code: int, kind: type[WearsyncError], words: str
) -> None:
    def refuse(_link: object, _value: bytes) -> None:
        raise att.ATT_Error(code)

    key: Characteristic[bytes] = Characteristic(
        ABSENT, Characteristic.Properties.WRITE, Characteristic.WRITEABLE, CharacteristicValue(write=refuse)
    )
    watch.radio.device.add_service(Service(ABSENT, [key]))
    link = await host.connect()
    with pytest.raises(kind, match=words) as raised:
        await link.write(ABSENT, b"key")
    assert not isinstance(raised.value, LinkLost)
    assert await link.read(VALUE) == b"hello"
    await link.disconnect()


async def test_protected_value_wants_a_bond(watch: SmallWatch, host: Host) -> None:
    link = await host.connect()
    with pytest.raises(TrustError, match=r"ATT error 0x0f.*`wearsync pair` again"):
        await link.read(SECRET)
    await link.disconnect()


def test_silent_watch_is_a_lost_link() -> None:
    async def main(loop: ScaledLoop) -> None:
        air = Air()
        async with watch_on(air) as watch, host_on(air) as host:
            link = await host.connect()
            loop.set_speed(20)
            with pytest.raises(
                LinkLost, match="does not answer; this computer has no bond with it; if it had one"
            ):
                await link.read(SLOW)
            watch.may_answer.set()
            await link.disconnect()

    run_scaled(main)


async def test_out_of_range_in_mid_operation(air: Air, watch: SmallWatch, host: Host) -> None:
    link = await host.connect()
    waiting = asyncio.create_task(link.wait_lost())
    reading = asyncio.create_task(link.read(SLOW))
    await watch.asked.wait()
    air.set_in_range(WATCH, False)
    async with asyncio.timeout(SEEN_WITHIN_S):
        with pytest.raises(LinkLost, match="the link to Sim is gone"):
            await reading
        assert "out of range" in await waiting
    for operation in (link.read(VALUE), link.write(VALUE, b""), link.subscribe(TICKS, print)):
        with pytest.raises(LinkLost):
            await operation
    assert link.mtu == 23
    air.set_in_range(WATCH, True)
    again = await host.connect()
    assert await again.read(VALUE) == b"hello"
    await again.disconnect()


async def test_watch_that_hangs_up_is_told_to_all_who_wait(watch: SmallWatch, host: Host) -> None:
    link = await host.connect()
    impatient, first, second = (asyncio.create_task(link.wait_lost()) for _ in range(3))
    await asyncio.sleep(0)
    impatient.cancel()
    await watch.link.disconnect()
    async with asyncio.timeout(SEEN_WITHIN_S):
        assert await first == await second == await link.wait_lost()
    assert impatient.cancelled()


async def test_disconnecting_is_final_and_never_fails(watch: SmallWatch, host: Host) -> None:
    link = await host.connect()
    await link.disconnect()
    await link.disconnect()
    assert await link.wait_lost() == "disconnected by this host"
    with pytest.raises(LinkLost, match="disconnected by this host"):
        await link.read(VALUE)


async def test_pairing_by_comparing_numbers(watch: SmallWatch, host: Host) -> None:
    wrist, person = Wrist(), Person()
    watch.pair_by(wrist)
    host.adapter.set_agent(person)
    link = await host.connect()
    await link.pair()
    assert person.numbers == wrist.shown
    assert len(person.numbers) == 1
    assert await link.read(VOUCHED) == b"vouched"
    await link.disconnect()


async def test_pairing_by_passkey(watch: SmallWatch, host: Host) -> None:
    watch.pair_by(Screen())
    host.adapter.set_agent(Person(types=123456))
    link = await host.connect()
    await link.pair()
    assert await link.read(VOUCHED) == b"vouched"
    await link.disconnect()


async def test_bond_that_nobody_vouched_for_is_not_enough(watch: SmallWatch, host: Host) -> None:
    person = Person()
    host.adapter.set_agent(person)
    link = await host.connect()
    await link.pair(needs_code=False)
    assert person.asked_just_works == 1
    assert await link.read(SECRET) == b"secret"
    with pytest.raises(TrustError, match="ATT error 0x05"):
        await link.read(VOUCHED)
    await link.disconnect()


async def test_watch_that_must_show_a_code_and_does_not_is_refused(watch: SmallWatch, host: Host) -> None:
    person = Person()
    link = await host.connect()
    async with host.radio.pairing(WATCH.lower(), person):
        with pytest.raises(TrustError, match="pairs without a code only, and one is needed: anybody near"):
            await link.pair()
        assert person.asked_just_works == 0
        assert not await host.radio.is_bonded(WATCH.lower())
        await link.pair(needs_code=False)
    assert person.asked_just_works == 1
    assert await host.radio.is_bonded(WATCH)
    await link.disconnect()


async def test_person_is_asked_about_the_watch_that_is_being_paired_only(
    watch: SmallWatch, host: Host
) -> None:
    person = Person()
    link = await host.connect()
    async with host.radio.pairing(OTHER_WATCH, person):
        with pytest.raises(TrustError, match="declined"):
            await link.pair(needs_code=False)
    async with host.radio.pairing(WATCH, person):
        pass
    with pytest.raises(TrustError, match="declined"):
        await link.pair(needs_code=False)
    assert person.asked_just_works == 0
    await link.disconnect()


@pytest.mark.parametrize(
    ("wearer", "person"),
    [
        pytest.param(Wrist(), Person(says_yes=False), id="refused at the host"),
        pytest.param(Wrist(says_yes=False), Person(), id="refused at the watch"),
        pytest.param(Screen(), Person(types=654321), id="wrong passkey"),
        pytest.param(Screen(), Person(), id="passkey given up"),
        pytest.param(Wrist(), None, id="nobody to ask"),
    ],
)
async def test_refused_pairing_leaves_no_bond_and_a_good_link(
    watch: SmallWatch, host: Host, wearer: Wrist | Screen, person: Person | None
) -> None:
    watch.pair_by(wearer)
    host.adapter.set_agent(person)
    link = await host.connect()
    with pytest.raises(TrustError, match="no bond with Sim"):
        await link.pair()
    assert not host.adapter.central.is_bonded(WATCH)
    assert await link.read(VALUE) == b"hello"
    await link.disconnect()


def test_pairing_that_nobody_answers_ends() -> None:
    async def main(loop: ScaledLoop) -> None:
        air = Air()
        thinker = Thinker()
        patient = VirtualRadio(await Central.open(air, address=HOST, agent=thinker, pairing_deadline_s=3600))
        async with watch_on(air) as watch, host_on(air, adapter=patient) as host:
            watch.pair_by(Wrist())
            link = await host.connect()
            pairing = asyncio.create_task(link.pair())
            await thinker.asked.wait()
            loop.set_speed(40)
            with pytest.raises(TryAgain, match="was not finished in time"):
                await pairing
            await link.disconnect()

    run_scaled(main)


async def test_bond_that_takes_the_link_with_it_is_told_before_the_link(air: Air, watch: SmallWatch) -> None:
    """BlueZ removes a bond with its device, and so with its link."""
    told: list[str] = []

    class Removing(VirtualRadio):
        async def pair(self, client: BleakClient, *, needs_code: bool) -> None:
            await client.disconnect()
            await asyncio.sleep(0)
            raise PairingFailure(NoBond.DECLINED)

    async def pair(link: Link) -> None:
        with pytest.raises(TrustError, match="declined"):
            await link.pair()
        told.append("no bond")

    async def lose(link: Link) -> None:
        told.append(await link.wait_lost())

    central = (await InProcessRadio(air).open()).central
    async with host_on(air, adapter=Removing(central)) as host:
        link = await host.connect()
        await asyncio.gather(lose(link), pair(link))
    assert told == ["no bond", "out of range, switched off, or the watch hung up"]


async def test_watch_that_leaves_while_pairing(air: Air, watch: SmallWatch, host: Host) -> None:
    thinker = Thinker()
    watch.pair_by(Wrist())
    host.adapter.set_agent(thinker)
    link = await host.connect()
    pairing = asyncio.create_task(link.pair())
    await thinker.asked.wait()
    air.set_in_range(WATCH, False)
    async with asyncio.timeout(SEEN_WITHIN_S):
        with pytest.raises(LinkLost, match="lost while pairing"):
            await pairing


async def test_link_that_is_lost_at_any_moment_ends_its_operations(
    air: Air, watch: SmallWatch, host: Host
) -> None:
    """Catalogue A7: whatever is going on when the watch hangs up, it ends in an error of ours."""
    for turns in range(0, 60, 3):
        link = await host.connect()
        work = asyncio.create_task(some_of_everything(link))
        for _ in range(turns):
            await asyncio.sleep(0)
        await watch.link.disconnect()
        async with asyncio.timeout(SEEN_WITHIN_S):
            await link.wait_lost()
            with pytest.raises(WearsyncError) as raised:
                await work
        assert isinstance(raised.value, LinkLost), f"hung up after {turns} turns of the loop"


async def some_of_everything(link: Link) -> None:
    await link.subscribe(TICKS, lambda _data: None)
    while True:
        await link.write(VALUE, 300 * b"x")
        await link.read(VALUE)


def watch_handle(watch: SmallWatch, uuid: str) -> int:
    """By the watch's own count."""
    (found,) = (
        each.handle
        for each in watch.radio.device.gatt_server.attributes
        if isinstance(each, Characteristic)
        and str(each.uuid).lower().replace("-", "") == uuid.replace("-", "")
    )
    return found
