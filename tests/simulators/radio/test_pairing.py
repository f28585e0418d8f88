"""Pairing between two Bumble devices, and what the key is worth afterwards."""

import asyncio

import pytest
from bleak.exc import BleakError
from bumble.pairing import PairingDelegate

from tests.simulators.radio.conftest import (
    HOST,
    SECRET,
    VOUCHED,
    WATCH,
    Asleep,
    Person,
    Screen,
    SmallWatch,
    Wrist,
    client,
    until,
)
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.central import Central
from wearsync_simulators.radio.peripheral import LinkSecurity, link_security, open_device


async def test_numeric_comparison_shows_the_same_number_on_both_sides(
    watch: SmallWatch, central: Central
) -> None:
    wrist, person = Wrist(), Person()
    watch.pair_by(wrist)
    central.set_agent(person)
    async with client(central, WATCH) as link:
        assert link_security(watch.link) == LinkSecurity(encrypted=False, authenticated=False)
        await link.pair()
        assert person.numbers == wrist.shown
        assert len(person.numbers) == 1
        assert link_security(watch.link) == LinkSecurity(encrypted=True, authenticated=True)
        assert await link.read_gatt_char(SECRET) == b"secret"
        assert await link.read_gatt_char(VOUCHED) == b"vouched"
        await link.pair()  # nothing to do, nobody is asked
        assert len(person.numbers) == 1
    assert central.paired_securely(WATCH)


async def test_a_passkey_is_typed(watch: SmallWatch, central: Central) -> None:
    watch.pair_by(Screen())
    central.set_agent(Person(types=123456))
    async with client(central, WATCH) as link:
        await link.pair()
        assert await link.read_gatt_char(VOUCHED) == b"vouched"
    assert central.paired_securely(WATCH)


@pytest.mark.parametrize(("typed", "why"), [(654321, "passkey was wrong"), (None, "no passkey was typed")])
async def test_a_wrong_passkey_or_none(
    watch: SmallWatch, central: Central, typed: int | None, why: str
) -> None:
    watch.pair_by(Screen())
    central.set_agent(Person(types=typed))
    async with client(central, WATCH) as link:
        with pytest.raises(BleakError, match=why):
            await link.pair()
    assert not central.is_bonded(WATCH)


@pytest.mark.parametrize("who", ["the watch", "the host", "nobody is there"])
async def test_a_refused_comparison_says_so_and_can_be_tried_again_on_the_same_link(
    watch: SmallWatch, central: Central, who: str
) -> None:
    wrist = Wrist(says_yes=who != "the watch")
    watch.pair_by(wrist)
    central.set_agent(None if who == "nobody is there" else Person(says_yes=who != "the host"))
    async with client(central, WATCH) as link:
        with pytest.raises(BleakError, match="numbers were not confirmed"):
            await link.pair()
        assert not central.is_bonded(WATCH)
        assert link_security(watch.link) == LinkSecurity(encrypted=False, authenticated=False)
        wrist.says_yes = True
        central.set_agent(Person())
        await link.pair()
        assert await link.read_gatt_char(VOUCHED) == b"vouched"


async def test_just_works_encrypts_and_vouches_for_nothing(watch: SmallWatch, central: Central) -> None:
    person = Person()
    central.set_agent(person)
    watch.pair_by(PairingDelegate())
    async with client(central, WATCH) as link:
        await link.pair()
        assert person.asked_just_works == 1
        assert link_security(watch.link) == LinkSecurity(encrypted=True, authenticated=False)
        assert await link.read_gatt_char(SECRET) == b"secret"
        with pytest.raises(BleakError, match="Insufficient Authentication"):
            await link.read_gatt_char(VOUCHED)
    assert central.is_bonded(WATCH)
    assert not central.paired_securely(WATCH)
    async with client(central, WATCH) as link:  # nor does the stored key
        with pytest.raises(BleakError, match="Insufficient Authentication"):
            await link.read_gatt_char(VOUCHED)


async def test_just_works_can_be_refused(watch: SmallWatch, central: Central) -> None:
    central.set_agent(Person(says_yes=False))
    watch.pair_by(PairingDelegate())
    async with client(central, WATCH) as link:
        with pytest.raises(BleakError, match="declined"):
            await link.pair()
    assert not central.is_bonded(WATCH)


async def test_a_watch_that_is_not_in_pairing_mode(watch: SmallWatch, central: Central) -> None:
    class Closed(Wrist):
        async def accept(self) -> bool:
            return False

    watch.pair_by(Closed())
    central.set_agent(Person())
    async with client(central, WATCH) as link:
        with pytest.raises(BleakError, match="does not pair now"):
            await link.pair()


async def test_pairing_that_is_given_up_can_be_started_again(watch: SmallWatch, central: Central) -> None:
    watch.pair_by(Wrist())
    person = Asleep()
    central.set_agent(person)
    async with client(central, WATCH) as link:
        pairing = asyncio.create_task(link.pair())
        await until(lambda: person.numbers)
        pairing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await pairing
        central.set_agent(Person())
        await link.pair()
        assert await link.read_gatt_char(VOUCHED) == b"vouched"


async def test_the_link_goes_while_pairing(air: Air, watch: SmallWatch, central: Central) -> None:
    class Walks(Person):
        async def confirm_number(self, number: int) -> bool:
            air.set_in_range(WATCH, False)
            return True

    watch.pair_by(Wrist())
    central.set_agent(Walks())
    link = client(central, WATCH)
    await link.connect()
    with pytest.raises(BleakError, match="the link was lost"):
        await link.pair()
    assert not central.is_bonded(WATCH)


async def test_a_bonded_link_is_encrypted_on_connect(watch: SmallWatch, central: Central) -> None:
    watch.pair_by(Wrist())
    central.set_agent(Person())
    async with client(central, WATCH, pair=True):
        pass
    central.set_agent(None)
    async with client(central, WATCH) as link:
        assert link_security(watch.link) == LinkSecurity(encrypted=True, authenticated=True)
        assert await link.read_gatt_char(VOUCHED) == b"vouched"
        await link.unpair()
    assert not central.is_bonded(WATCH)


async def test_a_watch_that_lost_its_bond_is_told_as_that(watch: SmallWatch, central: Central) -> None:
    watch.pair_by(Wrist())
    central.set_agent(Person())
    async with client(central, WATCH, pair=True):
        pass
    await watch.radio.bonds.delete(HOST)
    with pytest.raises(BleakError, match="the bond with C4:00:00:00:00:01 is stale"):
        await client(central, WATCH).connect()
    assert central.is_bonded(WATCH)  # never healed by itself
    await until(lambda: not watch.radio.device.connections)
    await central.forget(WATCH)
    async with client(central, WATCH, pair=True) as link:
        assert await link.read_gatt_char(VOUCHED) == b"vouched"


async def test_a_watch_with_another_key_is_told_as_that(
    air: Air, watch: SmallWatch, central: Central
) -> None:
    watch.pair_by(Wrist())
    central.set_agent(Person())
    async with client(central, WATCH, pair=True):
        pass
    keys = watch.radio.bonds.bond(HOST)
    assert keys is not None
    assert keys.ltk is not None
    keys.ltk.value = bytes(16)
    with pytest.raises(BleakError, match="is stale"):
        await client(central, WATCH).connect()


async def test_what_needs_encryption_is_encrypted_once_without_pairing(
    watch: SmallWatch, central: Central
) -> None:
    """A bond that was made on this very link and then used by the next: the peer asks, the host encrypts."""
    watch.pair_by(Wrist())
    central.set_agent(Person())
    async with client(central, WATCH, pair=True):
        pass
    keys = central.radio.bonds.bond(WATCH)
    assert keys is not None
    await central.forget(WATCH)
    async with client(central, WATCH) as link:
        await central.radio.bonds.update(WATCH, keys)
        assert not link_security(watch.link).encrypted
        assert await link.read_gatt_char(SECRET) == b"secret"
        assert link_security(watch.link).encrypted
    await central.forget(WATCH)
    async with client(central, WATCH) as link:
        await central.radio.bonds.update(WATCH, keys)
        await link.pair()
        assert link_security(watch.link).encrypted


async def test_an_address_of_another_kind_is_refused(air: Air) -> None:
    with pytest.raises(ValueError, match="first byte must be C0 to FF"):
        await open_device(air, name="Sim", address="04:00:00:00:00:01")
    with pytest.raises(ValueError, match="write it as C4:01:02:03:04:05"):
        await open_device(air, name="Sim", address="my watch")
