"""What a dashboard gets of a whole life keeps to the contract: every message on every topic, at a real
mosquitto, against the schemas that are checked in.

Rule: the reader is a client of its own, in real time; it knows the schemas and the channels, nothing else.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.subscribeoptions import SubscribeOptions

from tests.daemon.home import SHORT, WEARER, Home, Running, at_home, until
from tests.integration.test_home import in_haste, publisher
from tests.mosquitto import Mosquitto
from tests.publish.discovery.home_assistant import faults_of_announcement
from tests.publish.valid import channel_of, objections
from wearsync.control.calls import AmendParams, LogParams
from wearsync.control.results import Done
from wearsync.model import Phase, Side, Verb
from wearsync.publish.contract import CHANNELS
from wearsync.publish.topics import slug
from wearsync_simulators.scaled_loop import ScaledLoop
from wearsync_simulators.watches.view import Press
from wearsync_simulators.world.books import read_books
from wearsync_simulators.world.plan import Plan
from wearsync_simulators.world.world import home_in, run_world

BASE = "wearsync/home/"
# Wearer and watch, whatever people call them: to a broker, to a template, and in length (64 is the longest).
NAMES = (("Anna", "Ours"), ("a/b+c# {{ 7*7 }}", "⌚ {% raw %} +/#"), ("ü" * 64, "$SYS" * 16))


@dataclass(frozen=True)
class Heard:
    topic: str
    payload: str
    qos: int
    retain: bool


class Reader:
    """Hears everything, as it was published."""

    def __init__(self, port: int) -> None:
        self.heard: list[Heard] = []
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
        self._client.on_message = self._on_message
        self._client.connect("127.0.0.1", port)
        self._client.subscribe("#", options=SubscribeOptions(qos=2, retainAsPublished=True))
        self._client.loop_start()

    def _on_message(self, client: Client, data: object, message: MQTTMessage) -> None:
        topic, payload = message.topic, message.payload.decode()
        self.heard.append(Heard(topic, payload, message.qos, message.retain))

    def command(self, watch: str, payload: str) -> None:
        self._client.publish(f"{BASE}{slug(watch)}/command", payload, qos=1)

    def of(self, name: str) -> list[str]:
        """The payloads of one channel, in order."""
        return [heard.payload for heard in self.heard if _name(heard) == name]

    def leave(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@contextmanager
def reading(broker: Mosquitto) -> Iterator[Reader]:
    reader = Reader(broker.port)
    try:
        yield reader
    finally:
        reader.leave()


def _name(heard: Heard) -> str:
    channel = channel_of(heard.topic.removeprefix(BASE))
    return heard.topic if channel is None else channel.name


def faults(reader: Reader) -> Iterator[str]:
    """What is not as the contract says: topic, payload, retain, QoS."""
    for heard in reader.heard:
        if not heard.topic.startswith(BASE):  # Home Assistant's own contract
            yield from faults_of_announcement(heard.topic, heard.payload)
            continue
        yield from objections(heard.topic.removeprefix(BASE), heard.payload)
        channel = channel_of(heard.topic.removeprefix(BASE))
        if channel is not None and (heard.qos, heard.retain) != (channel.qos, channel.retained):
            yield f"{heard.topic}: QoS {heard.qos}, retain {heard.retain}"


async def a_life(home: Home, running: Running, reader: Reader) -> None:
    """A session, one that hurts, a hold by hand and its correction, commands, a minute of health."""
    name = running.task.identity.name
    reader.command(name, '{"command": "start", "request_id": "r-1"}')
    await until(lambda: running.phase is Phase.HOLD)
    await running.over()
    reader.command(name, '{"command": "skip"}')
    await running.client().call(LogParams(side=Side.LEFT, seconds=40), Done)
    await until(lambda: len(reader.of("reply")) >= 2 and reader.of("wearer_hold"))
    logged = json.loads(reader.of("wearer_hold")[0])
    await running.client().call(AmendParams(hold=logged["id"], seconds=50, void=False), Done)
    assert await running.give(Verb.START) is None
    await until(lambda: running.phase is Phase.HOLD)
    home.watch.press(Press.DOUBLE_PRESS)
    home.watch.press(Press.ANSWER_PAIN)
    await running.over()
    await until(lambda: not missing(reader) or len(reader.of("health")) == 2)
    assert missing(reader) == set()


def missing(reader: Reader) -> set[str]:
    """Channels on which nothing was heard."""
    return {channel.name for channel in CHANNELS} - {_name(heard) for heard in reader.heard}


@pytest.mark.parametrize(("wearer", "watch"), NAMES, ids=["plain", "hostile", "long"])
def test_everything_that_is_published_keeps_to_the_contract(
    tmp_path: Path, mosquitto: Mosquitto, wearer: str, watch: str
) -> None:
    async def story(loop: ScaledLoop) -> None:
        async with at_home(tmp_path, paired=False, config=f"{SHORT}[publish]\npublish_pain = true\n") as home:
            text = home.config.read_text(encoding="utf-8")
            home.config.write_text(text.replace(f'"{WEARER}"', f'"{wearer}"'), encoding="utf-8")
            await home.pair(name=watch)
            with reading(mosquitto) as reader:
                async with home.daemon(publisher=publisher(home, mosquitto)) as running:
                    await running.live()
                    await until(lambda: running.daemon.broker.connected)
                    await a_life(home, running, reader)
                await until(lambda: reader.of("status")[-1] == "offline")
            assert list(faults(reader)) == []
            corrected = json.loads(reader.of("wearer_hold")[1])
            assert (corrected["amends"], corrected["credited_s"]) == (
                json.loads(reader.of("wearer_hold")[0])["id"],
                50.0,
            )
            (info,) = {info for info in reader.of("info") if '"trust":"key"' in info}
            (told,) = json.loads(info)["watches"]
            assert (told["name"], told["wearer"]) == (watch, wearer)
            levels = {level for heard in reader.heard for level in heard.topic.split("/")}
            assert all(re.fullmatch("[a-z0-9_-]{1,40}", level) for level in levels)
            assert {told["topic"], slug(wearer)} <= levels

    in_haste(story)


def test_what_bad_days_leave_behind_keeps_to_it_too(memory: Path) -> None:
    """Events that were learnt late, of holds without an end, of watches that lost their memory."""
    late: set[str] = set()
    for seed in range(1, 7):  # three bad days seldom have all of them
        directory = memory / str(seed)
        directory.mkdir()
        assert run_world(Plan(seed=seed, days=3), directory).violations == ()
        stored = read_books(home_in(directory) / "state/journal.sqlite").events
        events = [event for event in stored if event.payload]
        assert [fault for event in events for fault in objections(event.topic, event.payload)] == []
        late |= {event.topic.rpartition("/")[2] for event in events if json.loads(event.payload)["replayed"]}
        if late == {"hold", "session", "cue", "alert"}:
            return
    pytest.fail(f"nothing but {late} came late")
