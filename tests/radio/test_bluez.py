"""Bonds by BlueZ: who is asked, what is refused, and that nothing is left of it, on a D-Bus with a BlueZ that
is ours (`scripts/check-bluez` has the real one).
"""

import asyncio

import pytest
from bleak import BleakClient
from bleak.backends.bluezdbus.client import BleakClientBlueZDBus
from bleak.backends.bluezdbus.scanner import BleakScannerBlueZDBus
from bleak.exc import BleakDBusError, BleakError
from dbus_fast.errors import DBusError

from tests.radio.fake_bluez import (
    OTHER_PATH,
    WATCH_PATH,
    Asking,
    Bond,
    FakeBluez,
    PrivateBus,
    compares,
    fails,
    shows,
)
from tests.simulators.radio.conftest import OTHER_WATCH, WATCH, Person, until
from wearsync.errors import RadioUnavailable, UsageError
from wearsync.radio.bluez import SMP_TIMEOUT_S, BluezRadio
from wearsync.radio.provider import NoBond, PairingFailure
from wearsync_simulators.scaled_loop import ScaledLoop, run_scaled


def radio() -> BluezRadio:
    return BluezRadio(BleakScannerBlueZDBus, BleakClientBlueZDBus)


def client(address: str = WATCH) -> BleakClient:
    return BleakClient(address, backend=BleakClientBlueZDBus)


class Thinker(Person):
    """Never makes up their mind."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()

    async def confirm_number(self, number: int) -> bool:
        self.asked.set()
        return await asyncio.Event().wait()


def refuses_meanwhile(person: Thinker, after_s: float = 0.0) -> Bond:
    """A watch that ends it so long after the person was asked."""

    async def bond(asking: Asking) -> None:
        question = asyncio.ensure_future(asking.ask("RequestConfirmation", "ou", 123456))
        await person.asked.wait()
        await asyncio.sleep(after_s)
        assert await asking.bluez.asks("Cancel", "") == "yes"
        await question

    return bond


class Gone(Person):
    """Left the terminal."""

    async def confirm_number(self, number: int) -> bool:
        raise UsageError("nobody is at the terminal")


async def test_numbers_are_compared_by_the_person_and_the_agent_goes_afterwards(bluez: FakeBluez) -> None:
    watch, person, adapter = bluez.add(bond=compares(372954)), Person(), radio()
    async with adapter.pairing(WATCH, person):
        assert len(bluez.agents) == 1
        await adapter.pair(client(), needs_code=True)
    assert person.numbers == [372954]
    assert (watch.paired, watch.trusted) == (True, False)
    assert (bluez.agents, bluez.defaults) == ({}, [])
    assert await adapter.is_bonded(WATCH.lower())


async def test_passkey_is_typed_by_the_person(bluez: FakeBluez) -> None:
    watch, adapter = bluez.add(bond=shows(654321)), radio()
    async with adapter.pairing(WATCH, Person(types=654321)):
        await adapter.pair(client(), needs_code=True)
    assert watch.paired


@pytest.mark.parametrize(
    ("bond", "person", "why"),
    [
        (compares(), Person(says_yes=False), NoBond.NOT_CONFIRMED),
        (compares(agrees=False), Person(), NoBond.REFUSED),
        (shows(), Person(types=1), NoBond.WRONG_PASSKEY),
        (shows(), Person(types=None), NoBond.NO_PASSKEY),
        (fails(), Person(), NoBond.REFUSED_AT_ONCE),
        (fails("org.bluez.Error.AuthenticationRejected"), Person(), NoBond.REFUSED_AT_ONCE),
    ],
    ids=[
        "not confirmed",
        "refused at the watch",
        "wrong passkey",
        "no passkey",
        "at once",
        "rejected",
    ],
)
async def test_failed_bond_says_why(bluez: FakeBluez, bond: object, person: Person, why: NoBond) -> None:
    watch, adapter = bluez.add(bond=bond), radio()
    async with adapter.pairing(WATCH, person):
        with pytest.raises(PairingFailure) as raised:
            await adapter.pair(client(), needs_code=True)
    assert raised.value.why is why
    assert not watch.paired


async def test_bluez_that_waits_no_longer_is_told_as_that(bluez: FakeBluez) -> None:
    async def bond(_asking: Asking) -> None:
        raise DBusError("org.bluez.Error.AuthenticationTimeout", "Authentication Timeout")

    bluez.add(bond=bond)
    adapter = radio()
    async with adapter.pairing(WATCH, Person()):
        with pytest.raises(PairingFailure) as raised:
            await adapter.pair(client(), needs_code=True)
    assert raised.value.why is NoBond.TOO_LATE


async def test_watch_that_refuses_while_the_person_still_looks(bluez: FakeBluez) -> None:
    person, adapter = Thinker(), radio()
    bluez.add(bond=refuses_meanwhile(person))
    async with adapter.pairing(WATCH, person):
        with pytest.raises(PairingFailure) as raised:
            await adapter.pair(client(), needs_code=True)
    assert raised.value.why is NoBond.REFUSED


def test_question_that_nobody_answers_is_told_apart_from_a_refusal(
    private_bus: PrivateBus, system_bus: None
) -> None:
    async def main(loop: ScaledLoop) -> None:
        bluez, person, adapter = await FakeBluez.start(private_bus.address), Thinker(), radio()
        bluez.add(bond=refuses_meanwhile(person, after_s=SMP_TIMEOUT_S))
        async with adapter.pairing(WATCH, person):
            loop.set_speed(60)
            with pytest.raises(PairingFailure) as raised:
                await adapter.pair(client(), needs_code=True)
        assert raised.value.why is NoBond.TOO_LATE
        await bluez.stop()

    run_scaled(main)


async def test_watch_that_leaves_meanwhile_has_not_refused(bluez: FakeBluez) -> None:
    bluez.add(bond=fails("org.bluez.Error.AuthenticationCanceled"))
    adapter = radio()
    async with adapter.pairing(WATCH, Person()):
        with pytest.raises(BleakError, match="the link was lost"):
            await adapter.pair(client(), needs_code=True)


async def test_what_else_bluez_says_is_told_as_it_is(bluez: FakeBluez) -> None:
    bluez.add(bond=fails("org.bluez.Error.ConnectionAttemptFailed"))
    adapter = radio()
    async with adapter.pairing(WATCH, Person()):
        with pytest.raises(BleakDBusError, match="ConnectionAttemptFailed"):
            await adapter.pair(client(), needs_code=True)


async def test_person_who_can_not_be_asked_ends_it_with_the_reason(bluez: FakeBluez) -> None:
    bluez.add(bond=compares())
    adapter = radio()
    async with adapter.pairing(WATCH, Gone()):
        with pytest.raises(UsageError, match="nobody is at the terminal"):
            await adapter.pair(client(), needs_code=True)


async def test_bond_that_came_without_a_code_is_asked_about_afterwards(bluez: FakeBluez) -> None:
    watch, person, adapter = bluez.add(), Person(), radio()
    async with adapter.pairing(WATCH, person):
        await adapter.pair(client(), needs_code=False)
    assert (person.asked_just_works, watch.paired) == (1, True)
    assert bluez.devices == {WATCH_PATH: watch}


@pytest.mark.parametrize(
    ("needs_code", "says_yes", "asked", "why"),
    [(True, True, 0, NoBond.JUST_WORKS_ONLY), (False, False, 1, NoBond.DECLINED)],
    ids=["a code is needed", "the person says no"],
)
async def test_bond_without_a_code_that_will_not_do_is_removed(
    bluez: FakeBluez, needs_code: bool, says_yes: bool, asked: int, why: NoBond
) -> None:
    bluez.add()
    other = bluez.add(OTHER_PATH, paired=True)
    person, adapter = Person(says_yes=says_yes), radio()
    async with adapter.pairing(WATCH, person):
        with pytest.raises(PairingFailure) as raised:
            await adapter.pair(client(), needs_code=needs_code)
    assert raised.value.why is why
    assert person.asked_just_works == asked
    assert bluez.devices == {OTHER_PATH: other}


async def test_bond_that_the_watch_asked_for_is_asked_about_once(bluez: FakeBluez) -> None:
    """Some watches ask for security as soon as they are connected."""
    watch, person, adapter = bluez.add(), Person(), radio()
    async with adapter.pairing(WATCH, person):
        assert await bluez.asks("RequestAuthorization", "o", WATCH_PATH) == "yes"
        watch.paired = True
        await adapter.pair(client(), needs_code=False)
        assert person.asked_just_works == 1
        with pytest.raises(PairingFailure):
            await adapter.pair(client(), needs_code=True)
    assert bluez.devices == {}


async def test_bond_from_before_is_kept_and_nobody_is_asked(bluez: FakeBluez) -> None:
    watch, person, adapter = bluez.add(paired=True), Person(), radio()
    # As BlueZ 5.66 has it of a link that is encrypted already.
    bluez.hangs.add("Pair")
    async with adapter.pairing(WATCH, person):
        await adapter.pair(client(), needs_code=True)
    assert watch.paired
    assert (person.numbers, person.asked_just_works) == ([], 0)


async def test_bond_that_came_about_at_the_same_moment_is_asked_about(bluez: FakeBluez) -> None:
    bluez.add()
    bluez.refuses["Pair"] = "org.bluez.Error.AlreadyExists"
    person, adapter = Person(), radio()
    async with adapter.pairing(WATCH, person):
        await adapter.pair(client(), needs_code=False)
    assert person.asked_just_works == 1


async def test_bond_from_before_that_was_forgotten_counts_no_more(bluez: FakeBluez) -> None:
    bluez.add(paired=True)
    adapter = radio()
    async with adapter.pairing(WATCH, Person()):
        await adapter.forget(WATCH)
        bluez.add(paired=True)
        with pytest.raises(PairingFailure, match="without a code only"):
            await adapter.pair(client(), needs_code=True)


async def test_bluez_that_was_started_again_knows_the_agent_of_a_watch_that_is_paired_anew(
    bluez: FakeBluez,
) -> None:
    """Linux 6.1 takes bluetoothd down when a bonded watch has forgotten its bond."""
    bluez.add(paired=True)
    person, adapter = Person(), radio()
    async with adapter.pairing(WATCH, person):
        bluez.agents.clear()
        bluez.defaults.clear()
        await adapter.forget(WATCH)
        bluez.add(bond=compares(7))
        await adapter.pair(client(), needs_code=True)
    assert person.numbers == [7]


async def test_desktops_own_agent_is_asked_before_and_afterwards(bluez: FakeBluez) -> None:
    bluez.agents["desktop"] = ("desktop", "/")
    bluez.defaults.append("desktop")
    adapter = radio()
    async with adapter.pairing(WATCH, Person()):
        assert bluez.defaults[1:] == ["desktop"]
    assert bluez.defaults == ["desktop"]


async def test_cancelled_pairing_takes_everything_back(bluez: FakeBluez) -> None:
    watch, person, adapter = bluez.add(bond=compares()), Thinker(), radio()

    async def pair() -> None:
        async with adapter.pairing(WATCH, person):
            await adapter.pair(client(), needs_code=True)

    pairing = asyncio.create_task(pair())
    await person.asked.wait()
    pairing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await pairing
    assert "CancelPairing" in bluez.told
    assert (bluez.agents, watch.paired) == ({}, False)


def test_bluez_that_hangs_at_the_end_keeps_nobody(private_bus: PrivateBus, system_bus: None) -> None:
    async def main(loop: ScaledLoop) -> None:
        bluez = await FakeBluez.start(private_bus.address)
        loop.set_speed(20)
        async with radio().pairing(WATCH, Person()):
            bluez.hangs.add("UnregisterAgent")
        await until(lambda: not bluez.agents)
        await bluez.stop()

    run_scaled(main)


@pytest.mark.parametrize(
    ("member", "error", "words"),
    [
        ("RegisterAgent", "org.freedesktop.DBus.Error.AccessDenied", "group `bluetooth`"),
        ("RequestDefaultAgent", "org.bluez.Error.Failed", "adapter fails"),
        ("GetManagedObjects", "org.freedesktop.DBus.Error.ServiceUnknown", "systemctl start bluetooth"),
    ],
)
async def test_where_nobody_can_be_asked_pairing_does_not_begin(
    bluez: FakeBluez, member: str, error: str, words: str
) -> None:
    bluez.refuses[member] = error
    with pytest.raises(RadioUnavailable, match=words):
        async with radio().pairing(WATCH, Person()):
            raise AssertionError("entered")
    await until(lambda: not bluez.agents)


def test_bluez_that_is_silent_is_given_up(private_bus: PrivateBus, system_bus: None) -> None:
    async def main(loop: ScaledLoop) -> None:
        bluez = await FakeBluez.start(private_bus.address)
        loop.set_speed(40)
        bluez.hangs.add("GetManagedObjects")
        with pytest.raises(RadioUnavailable, match="Bluetooth service does not answer"):
            await radio().is_bonded(WATCH)
        await bluez.stop()

    run_scaled(main)


async def test_pairing_of_another_watch_answers_for_none(bluez: FakeBluez) -> None:
    bluez.add(bond=compares())
    adapter = radio()
    for entered in (False, True):
        if not entered:
            with pytest.raises(PairingFailure, match="nobody is there to be asked"):
                await adapter.pair(client(), needs_code=True)
        else:
            async with adapter.pairing(OTHER_WATCH, Person()):
                with pytest.raises(PairingFailure, match="nobody is there to be asked"):
                    await adapter.pair(client(), needs_code=True)
    assert "Pair" not in bluez.told


async def test_watch_that_left_is_not_paired(bluez: FakeBluez) -> None:
    bluez.add(connected=False)
    adapter = radio()
    async with adapter.pairing(WATCH, Person()):
        with pytest.raises(BleakError, match="the link was lost"):
            await adapter.pair(client(), needs_code=True)


async def test_forgetting_removes_the_device_from_every_adapter_and_no_other(bluez: FakeBluez) -> None:
    bluez.add(paired=True, connected=False, trusted=True)
    bluez.add(WATCH_PATH.replace("hci0", "hci1"), connected=False)
    other = bluez.add(OTHER_PATH, paired=True)
    adapter = radio()
    await adapter.forget(WATCH.lower())
    assert bluez.devices == {OTHER_PATH: other}
    await adapter.forget(WATCH)
    assert not await adapter.is_bonded(WATCH)
    assert await adapter.is_bonded(OTHER_WATCH)


async def test_connection_that_a_killed_process_left_is_ended_and_no_other(
    bluez: FakeBluez, caplog: pytest.LogCaptureFixture
) -> None:
    watch, other, adapter = bluez.add(paired=True), bluez.add(OTHER_PATH), radio()
    await adapter.hang_up(WATCH)
    assert (watch.connected, other.connected) == (False, True)
    assert "radio.left_connected device=dev_C4_00_00_00_00_01" in caplog.text
    await adapter.hang_up(WATCH)
    assert bluez.told.count("Disconnect") == 1


async def test_device_that_goes_while_it_is_forgotten_is_forgotten(bluez: FakeBluez) -> None:
    bluez.add()
    bluez.refuses["RemoveDevice"] = "org.bluez.Error.DoesNotExist"
    await radio().forget(WATCH)
    bluez.refuses["RemoveDevice"] = "org.bluez.Error.NotReady"
    with pytest.raises(RadioUnavailable, match="switched off"):
        await radio().forget(WATCH)


async def test_nothing_is_held_open() -> None:
    adapter = radio()
    assert adapter.client_options == {}
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await adapter.wait_closed()
    await adapter.close()


async def test_without_d_bus_there_is_no_radio(
    private_bus: PrivateBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", private_bus.address + "-gone")
    with pytest.raises(RadioUnavailable, match="no D-Bus"):
        await radio().is_bonded(WATCH)
    with pytest.raises(RadioUnavailable, match="no D-Bus"):
        await radio().forget(WATCH)
