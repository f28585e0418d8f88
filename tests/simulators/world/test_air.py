"""The fast air is as the Bumble one: the same stories on both; and what only the fast one has."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tests.simulators.watches.conftest import K, Person
from tests.simulators.watches.paper_host import DOWN, HELLO, INFO, KEY, SERVICE, UP, PaperHost
from tests.simulators.watches.virtual_time import in_virtual_time
from tests.simulators.world.stories import FIND_S, PLACES, Given, Place, connected, paired, talk
from wearsync.errors import LinkLost, TrustError, TryAgain, UnfitWatch
from wearsync.ports import Sighting

Open = Callable[[Path, Given], AbstractAsyncContextManager[Place]]
on_both_airs = pytest.mark.parametrize("open_place", PLACES)


@on_both_airs
@in_virtual_time
async def test_a_watch_is_seen(open_place: Open, tmp_path: Path) -> None:
    async with open_place(tmp_path, Given()) as place:
        radio = await place.radio()
        found: list[Sighting] = []
        (seen,) = await radio.scan(5.0, found.append)
        assert (seen.address, seen.name, seen.rssi) == (place.watch.address, "W", -60)
        assert seen.service_uuids == (SERVICE,)
        assert seen.service_data == {SERVICE: b"\x03"}, "in pairing mode, with something new"
        assert found[-1] == seen
        assert await radio.find("C0:00:00:00:00:99", 2.0) is None
        await radio.close()


@on_both_airs
@in_virtual_time
async def test_a_watch_that_comes_back_is_found(open_place: Open, tmp_path: Path) -> None:
    async with open_place(tmp_path, Given()) as place:
        radio = await place.radio()
        await place.watch.set_in_range(False)
        assert await radio.find(place.watch.address, FIND_S) is None
        finding = asyncio.create_task(radio.find(place.watch.address, FIND_S))
        await asyncio.sleep(5.0)
        await place.watch.set_in_range(True)
        assert await finding is not None
        await radio.close()


@on_both_airs
@in_virtual_time
async def test_pairing_then_a_session_then_another_link(open_place: Open, tmp_path: Path) -> None:
    async with open_place(tmp_path, Given()) as place:
        person = Person()
        radio = await place.radio(agent=person)
        link = await connected(radio, place.watch)
        assert (await link.read(INFO))[2:18] == place.watch.watch_id
        host = await paired(link)
        assert len(person.numbers) == 1
        await host.handshake()
        await host.start()
        assert [record.seq for record in [await host.record(), await host.record()]] == [1, 2]
        await link.disconnect()
        assert await link.wait_lost() == "disconnected by this host"
        link = await connected(radio, place.watch)
        host = await talk(link)
        assert (await host.handshake()).next_seq == 3
        assert len(person.numbers) == 1, "bonds are kept"
        await radio.close()


@on_both_airs
@in_virtual_time
async def test_bonds_outlive_process_and_power(open_place: Open, tmp_path: Path) -> None:
    async with open_place(tmp_path, Given()) as place:
        radio = await place.radio(agent=Person())
        await (await paired(await connected(radio, place.watch))).handshake()
        await radio.close()
        await place.watch.reboot()
        radio = await place.radio()
        await (await talk(await connected(radio, place.watch))).handshake()
        await radio.close()


@on_both_airs
@in_virtual_time
async def test_who_says_no_has_no_bond(open_place: Open, tmp_path: Path) -> None:
    async with open_place(tmp_path, Given()) as place:
        for agent in (Person(says_yes=False), None):
            radio = await place.radio(agent=agent)
            link = await connected(radio, place.watch)
            with pytest.raises(TrustError, match="no bond with W"):
                await link.pair()
            with pytest.raises(TrustError, match="does not take the bond"):
                await link.write(KEY, K)
            await radio.close()


@on_both_airs
@in_virtual_time
async def test_nothing_but_info_without_a_bond(open_place: Open, tmp_path: Path) -> None:
    async with open_place(tmp_path, Given(pairing=False)) as place:
        radio = await place.radio(agent=Person())
        link = await connected(radio, place.watch)
        assert len(await link.read(INFO)) == 19
        with pytest.raises(TrustError):
            await link.subscribe(UP, lambda _frame: None)
        with pytest.raises(TrustError):
            await link.write(DOWN, bytes([HELLO]) + bytes(22))
        with pytest.raises(TrustError, match="pairing mode"):
            await link.pair()
        await radio.close()


@on_both_airs
@in_virtual_time
async def test_a_watch_without_a_display(open_place: Open, tmp_path: Path) -> None:
    async with open_place(tmp_path, Given(display=False)) as place:
        person = Person()
        radio = await place.radio(agent=person)
        link = await connected(radio, place.watch)
        with pytest.raises(TrustError, match="pairs without a code only"):
            await link.pair()
        assert not await radio.is_bonded(place.watch.address)
        await (await paired(link, needs_code=False)).handshake()
        assert person.numbers == []
        await radio.close()


@on_both_airs
@in_virtual_time
async def test_what_is_not_as_the_profile_says(open_place: Open, tmp_path: Path) -> None:
    async with open_place(tmp_path, Given()) as place:
        radio = await place.radio(agent=Person())
        link = await connected(radio, place.watch)
        await paired(link)
        for refused in (
            link.read("f69b0009-d1cb-4904-adda-db6c343c41a1"),
            link.subscribe(INFO, lambda _frame: None),
            link.write(KEY, b"short"),
        ):
            with pytest.raises(UnfitWatch):
                await refused
        with pytest.raises(LinkLost, match="on already"):
            await link.subscribe(UP, lambda _frame: None)
        with pytest.raises(LinkLost, match="is the most"):
            await link.write(DOWN, bytes(513))
        await radio.close()


@on_both_airs
@in_virtual_time
async def test_no_key_outside_of_pairing_mode(open_place: Open, tmp_path: Path) -> None:
    async with open_place(tmp_path, Given()) as place:
        radio = await place.radio(agent=Person())
        link = await connected(radio, place.watch)
        await (await paired(link)).handshake()
        with pytest.raises(TryAgain, match="0x80"):
            await link.write(KEY, K)
        await radio.close()


@on_both_airs
@in_virtual_time
async def test_a_short_absence_goes_unnoticed(open_place: Open, tmp_path: Path) -> None:
    async with open_place(tmp_path, Given(open_=True)) as place:
        radio = await place.radio()
        link = await connected(radio, place.watch)
        host = await talk(link, None)
        await place.watch.set_in_range(False)
        asking = asyncio.create_task(host.handshake())
        await asyncio.sleep(0.3)
        assert not asking.done()
        await place.watch.set_in_range(True)
        await asking
        await radio.close()


@on_both_airs
@in_virtual_time
async def test_a_long_absence_ends_the_link(open_place: Open, tmp_path: Path) -> None:
    async with open_place(tmp_path, Given(open_=True)) as place:
        radio = await place.radio()
        link = await connected(radio, place.watch)
        await place.watch.set_in_range(False)
        with pytest.raises(LinkLost):
            await link.read(INFO)
        assert "out of range" in await link.wait_lost()
        assert not place.watch.view.connected
        with pytest.raises(LinkLost, match="is gone"):
            await link.read(INFO)
        assert link.mtu == 23
        await place.watch.set_in_range(True)
        await (await talk(await connected(radio, place.watch), None)).handshake()
        await radio.close()


@on_both_airs
@in_virtual_time
async def test_a_watch_that_loses_power(open_place: Open, tmp_path: Path) -> None:
    async with open_place(tmp_path, Given(open_=True)) as place:
        radio = await place.radio()
        link = await connected(radio, place.watch)
        await place.watch.reboot()
        assert "switched off" in await link.wait_lost()
        await (await talk(await connected(radio, place.watch), None)).handshake()
        await radio.close()


@on_both_airs
@in_virtual_time
async def test_last_words_come_before_the_end(open_place: Open, tmp_path: Path) -> None:
    async with open_place(tmp_path, Given(open_=True)) as place:
        radio = await place.radio()
        link = await connected(radio, place.watch)
        host = await talk(link, None)
        await host.handshake()
        await host.start(77)
        await link.wait_lost()
        assert await host.error() == (7, 3), "not now, to START"
        await radio.close()


@on_both_airs
@in_virtual_time
async def test_a_host_that_closes_is_missed(open_place: Open, tmp_path: Path) -> None:
    async with open_place(tmp_path, Given(open_=True)) as place:
        radio = await place.radio()
        await connected(radio, place.watch)
        assert place.watch.view.connected
        await radio.close()
        await asyncio.sleep(3.0)
        assert not place.watch.view.connected


@on_both_airs
@in_virtual_time
async def test_a_watch_has_one_host_at_a_time(open_place: Open, tmp_path: Path) -> None:
    async with open_place(tmp_path, Given(open_=True)) as place:
        ours, theirs = await place.radio("ours"), await place.radio("theirs")
        seen = await theirs.find(place.watch.address, FIND_S)
        assert seen is not None
        link = await connected(ours, place.watch)
        assert await theirs.find(place.watch.address, FIND_S) is None
        with pytest.raises(TryAgain, match="connected elsewhere"):
            await theirs.connect(seen)
        connecting = asyncio.create_task(theirs.connect(seen))
        await asyncio.sleep(5.0)
        await link.disconnect()
        await (await talk(await connecting, None)).handshake()
        await ours.close()
        await theirs.close()


@on_both_airs
@in_virtual_time
async def test_each_host_has_a_bond_of_its_own(open_place: Open, tmp_path: Path) -> None:
    async with open_place(tmp_path, Given()) as place:
        ours, theirs = await place.radio("ours", Person()), await place.radio("theirs", Person())
        link = await connected(ours, place.watch)
        await (await paired(link)).handshake()
        await link.disconnect()
        link = await connected(theirs, place.watch)
        with pytest.raises(TrustError):
            await talk(link)
        await ours.close()
        await theirs.close()


@on_both_airs
@in_virtual_time
async def test_a_bond_that_one_side_forgot(open_place: Open, tmp_path: Path) -> None:
    async with open_place(tmp_path, Given()) as place:
        radio = await place.radio(agent=Person())
        link = await connected(radio, place.watch)
        await (await paired(link)).handshake()
        await link.disconnect()
        place.forget_at_watch()
        with pytest.raises(TrustError, match="has forgotten this computer"):
            await connected(radio, place.watch)
        await radio.forget(place.watch.address)
        link = await connected(radio, place.watch)
        with pytest.raises(TrustError):
            await talk(link)
        await radio.close()


@on_both_airs
@in_virtual_time
async def test_a_callback_that_fails_ends_its_link(open_place: Open, tmp_path: Path) -> None:
    def fail(_frame: bytes) -> None:
        raise ValueError("planted")

    async with open_place(tmp_path, Given(open_=True)) as place:
        radio = await place.radio()
        link = await connected(radio, place.watch)
        await link.subscribe(UP, fail)
        host = PaperHost(None, lambda raw: link.write(DOWN, raw))
        await host.hello()
        assert await link.wait_lost() == "a notification could not be taken"
        await link.disconnect()
        await radio.close()


@on_both_airs
@in_virtual_time
async def test_notifications_keep_their_order(open_place: Open, tmp_path: Path) -> None:
    async with open_place(tmp_path, Given(open_=True)) as place:
        radio = await place.radio()
        for _ in range(20):
            await place.watch.reboot()
        host = await talk(await connected(radio, place.watch), None)
        await host.handshake()
        await host.start()
        told = [await host.record() for _ in range(42)]
        assert [record.seq for record in told] == list(range(1, 43))
        await radio.close()
