"""The durable subscriber at a real broker: over restarts, kills, and what came while it was away."""

import asyncio
import json
from collections.abc import AsyncIterator

import aiomqtt
import pytest

from tests.mosquitto import Mosquitto
from wearsync_simulators.torture.subscriber import DurableSubscriber

SOON_S = 20.0


@pytest.fixture
async def subscriber(mosquitto: Mosquitto) -> AsyncIterator[DurableSubscriber]:
    one = DurableSubscriber("s")
    one.start(mosquitto.port)
    await subscribed(one, 1)
    yield one
    one.stop()


async def subscribed(one: DurableSubscriber, times: int) -> None:
    async with asyncio.timeout(SOON_S):
        while one.subscriptions < times:
            one.news.clear()
            await one.news.wait()


async def publish(port: int, topic: str, payload: object) -> None:
    async with aiomqtt.Client("127.0.0.1", port) as client:
        await client.publish(topic, json.dumps(payload), qos=1)


async def test_events_are_kept_in_order_and_the_phase_is_known(
    mosquitto: Mosquitto, subscriber: DurableSubscriber
) -> None:
    assert (subscriber.last_id, subscriber.phase) == (None, "idle")
    for number in range(3):
        await publish(mosquitto.port, "wearsync/s/w/hold", {"id": f"{number}"})
    await publish(mosquitto.port, "wearsync/s/w/state", {"phase": "hold"})
    await publish(mosquitto.port, "wearsync/s/w/reply", {"id": "no event"})
    assert await subscriber.has_all(SOON_S)
    assert [event["id"] for event in subscriber.events] == ["0", "1", "2"]
    assert (subscriber.last_id, subscriber.phase) == ("2", "hold")


async def test_it_comes_back_and_subscribes_again_after_a_kill(
    mosquitto: Mosquitto, subscriber: DurableSubscriber
) -> None:
    mosquitto.kill()
    subscriber.command(command="start")  # lost, and nobody minds
    assert not await subscriber.has_all(0.1)
    mosquitto.start()
    await subscribed(subscriber, 2)
    await publish(mosquitto.port, "wearsync/s/w/cue", {"id": "a"})
    assert await subscriber.has_all(SOON_S)
    assert subscriber.last_id == "a"


async def test_commands_go_to_the_watch(mosquitto: Mosquitto, subscriber: DurableSubscriber) -> None:
    async with aiomqtt.Client("127.0.0.1", mosquitto.port) as client:
        await client.subscribe("wearsync/s/w/command", qos=1)
        subscriber.command(command="extra", side="left")
        async with asyncio.timeout(SOON_S):
            message = await anext(aiter(client.messages))
    assert json.loads(message.payload) == {"command": "extra", "side": "left"}
