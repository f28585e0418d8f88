"""The demo's subscriber hears what any dashboard hears, and says when it no longer does."""

import asyncio
import json
from collections.abc import Callable

import aiomqtt
import pytest

from tests.mosquitto import Mosquitto
from wearsync.errors import BrokerUnavailable
from wearsync.publish.address import BrokerAddress
from wearsync_simulators.demo_subscriber import Subscriber

DEADLINE_S = 20.0


def _address(port: int) -> BrokerAddress:
    return BrokerAddress(host="127.0.0.1", port=port)


async def _until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not reached():
            await asyncio.sleep(0.01)


async def test_it_hears_all_of_its_site_and_keeps_the_events(mosquitto: Mosquitto) -> None:
    heard: list[tuple[str, str, bool]] = []

    def hears(topic: str, payload: str, *, retained: bool) -> None:
        heard.append((topic, payload, retained))

    async with aiomqtt.Client("127.0.0.1", mosquitto.port) as other:
        await other.publish("wearsync/s/status", "online", retain=True, qos=1)
        async with Subscriber(_address(mosquitto.port), "s", hears) as subscriber:
            for number in range(2):
                await other.publish("wearsync/s/w/hold", json.dumps({"id": str(number)}), qos=1)
            await other.publish("wearsync/elsewhere/w/hold", json.dumps({"id": "x"}), qos=1)
            await other.publish("wearsync/s/w/cue", json.dumps({"id": "c"}), qos=1)
            await other.publish("wearsync/s/w/hold", "", qos=1)
            await _until(lambda: len(heard) == 5)
            assert subscriber.listens()
            assert heard[0] == ("wearsync/s/status", "online", True)
            assert subscriber.events() == ({"id": "0"}, {"id": "1"}, {"id": "c"})
            assert subscriber.events_of("hold") == ({"id": "0"}, {"id": "1"})


async def test_a_broker_that_goes_away_is_told(mosquitto: Mosquitto) -> None:
    def ended(subscriber: Subscriber) -> bool:
        return not subscriber.listens()

    async with Subscriber(_address(mosquitto.port), "s", lambda *_, retained: None) as subscriber:
        mosquitto.kill()
        with pytest.raises(BrokerUnavailable, match="went away"):
            await _until(lambda: ended(subscriber))


async def test_what_the_listener_raises_comes_back(mosquitto: Mosquitto) -> None:
    def hears(topic: str, payload: str, *, retained: bool) -> None:
        raise BrokenPipeError

    async with (
        aiomqtt.Client("127.0.0.1", mosquitto.port) as other,
        Subscriber(_address(mosquitto.port), "s", hears) as subscriber,
    ):
        await other.publish("wearsync/s/status", "online", qos=1)
        with pytest.raises(BrokenPipeError):
            await _until(lambda: not subscriber.listens())


async def test_no_broker_is_one_line() -> None:
    with pytest.raises(BrokerUnavailable, match=r"no broker answers at mqtt://127.0.0.1:1 "):
        async with Subscriber(_address(1), "s", lambda *_, retained: None):
            pass
