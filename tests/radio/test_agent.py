"""What BlueZ may ask while one watch is paired, and what it is told."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from dbus_fast.aio import MessageBus

from tests.radio.fake_bluez import OTHER_PATH, WATCH_PATH, FakeBluez, PrivateBus
from tests.radio.test_bluez import Gone, Thinker, radio
from tests.simulators.radio.conftest import WATCH, Person, until
from wearsync.radio.agent import Agent, Word

REJECTED = "org.bluez.Error.Rejected"
CANCELED = "org.bluez.Error.Canceled"


@pytest.fixture
async def person(bluez: FakeBluez) -> AsyncIterator[Person]:
    """Somebody who is asked on behalf of the watch."""
    person = Person(types=42)
    async with radio().pairing(WATCH, person):
        yield person


async def test_numbers_passkeys_and_bonds_without_a_code_are_asked_for(
    bluez: FakeBluez, person: Person
) -> None:
    assert await bluez.asks("RequestConfirmation", "ou", WATCH_PATH, 7) == "yes"
    assert await bluez.asks("RequestPasskey", "o", WATCH_PATH) == "yes"
    assert await bluez.asks("RequestAuthorization", "o", WATCH_PATH) == "yes"
    assert (person.numbers, person.asked_just_works) == ([7], 1)


@pytest.mark.parametrize("adapter", ["hci0", "hci1"])
async def test_another_device_is_refused_and_nobody_is_asked(
    bluez: FakeBluez, person: Person, adapter: str, caplog: pytest.LogCaptureFixture
) -> None:
    other = OTHER_PATH.replace("hci0", adapter)
    assert await bluez.asks("RequestConfirmation", "ou", other, 7) == REJECTED
    assert await bluez.asks("RequestPasskey", "o", other) == REJECTED
    assert await bluez.asks("RequestAuthorization", "o", other) == REJECTED
    assert await bluez.asks("DisplayPasskey", "ouq", other, 7, 0) == REJECTED
    assert (person.numbers, person.asked_just_works) == ([], 0)
    assert "radio.strange_question device=dev_C4_00_00_00_00_02" in caplog.text


async def test_what_no_watch_needs_is_refused(bluez: FakeBluez, person: Person) -> None:
    assert await bluez.asks("RequestPinCode", "o", WATCH_PATH) == REJECTED
    assert await bluez.asks("DisplayPinCode", "os", WATCH_PATH, "0000") == REJECTED
    assert await bluez.asks("AuthorizeService", "os", WATCH_PATH, "1124") == REJECTED
    assert await bluez.asks("DisplayPasskey", "ouq", WATCH_PATH, 7, 0) == REJECTED


@pytest.mark.parametrize("member", ["Cancel", "Release"])
async def test_question_can_be_taken_back_and_another_be_asked(bluez: FakeBluez, member: str) -> None:
    person = Thinker()
    async with radio().pairing(WATCH, person):
        assert await bluez.asks(member, "") == "yes"
        question = asyncio.create_task(bluez.asks("RequestConfirmation", "ou", WATCH_PATH, 7))
        await person.asked.wait()
        assert await bluez.asks(member, "") == "yes"
        assert await question == CANCELED
        assert await bluez.asks("RequestAuthorization", "o", WATCH_PATH) == "yes"


async def test_question_ends_with_the_pairing(bluez: FakeBluez) -> None:
    person = Thinker()
    async with radio().pairing(WATCH, person):
        question = asyncio.create_task(bluez.asks("RequestConfirmation", "ou", WATCH_PATH, 7))
        await person.asked.wait()
    assert await question == CANCELED
    await until(lambda: not bluez.agents)


async def test_persons_word_is_kept(bluez: FakeBluez, private_bus: PrivateBus) -> None:
    agent = Agent(Gone(says_yes=False), is_meant=lambda path: path == WATCH_PATH)
    bus = await MessageBus(bus_address=private_bus.address).connect()
    bus.export("/agent", agent)
    assert agent.word is Word.NOT_ASKED
    name = bus.unique_name
    assert name is not None
    for member, signature, more, word in (
        ("RequestPasskey", "o", (), Word.NO_PASSKEY),
        ("RequestAuthorization", "o", (), Word.DECLINED),
        ("DisplayPasskey", "ouq", (7, 0), Word.SHOWN_HERE),
        ("RequestConfirmation", "ou", (7,), Word.ASKED),
    ):
        await bluez.say(name, "/agent", member, signature, WATCH_PATH, *more)
        assert agent.word is word
    assert "nobody is at the terminal" in str(agent.failure)
    bus.disconnect()
    await bus.wait_for_disconnect()
