"""Commands by MQTT, over a real mosquitto, to a daemon with a watch: settings that last, and whatever else is
sent.

Rule: what was carried out is read where a dashboard reads it; a command that gets no answer is followed by
one that does.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from pydantic import JsonValue

from tests.daemon.home import Event, Home, Running, at_home, until
from tests.integration.test_home import in_haste, publisher
from tests.mosquitto import Mosquitto
from wearsync.config import load
from wearsync.model import Phase
from wearsync_simulators.demo_subscriber import Subscriber
from wearsync_simulators.scaled_loop import ScaledLoop
from wearsync_simulators.watches.view import Face

# Seconds of the scaled clock; the broker answers in real time.
PATIENCE_S = 600.0
OURS = "wearsync/home/ours/command"
STATE, REPLY = "wearsync/home/ours/state", "wearsync/home/ours/reply"


# What `set` refuses, and the beginning of the reason.
OUT_OF_RANGE = (
    ('{"left_s": 61}', "changes.left_s: input should be less than or equal to 60"),
    ('{"left_s": 29}', "changes.left_s: input should be greater than or equal to 30"),
    ('{"left_s": -1}', "changes.left_s: input should be greater than or equal to 30"),
    ('{"left_s": NaN}', "changes.left_s: input should be a"),
    ('{"left_s": Infinity}', "changes.left_s: input should be a"),
    ('{"left_s": 1e309}', "changes.left_s: input should be a"),
    ('{"left_s": 1e30}', "changes.left_s: input should be less than or equal to 60"),
    ('{"left_s": 40.5}', "changes.left_s: input should be a valid integer"),
    ('{"left_s": "40"}', "changes.left_s: input should be a valid integer"),
    ('{"left_s": true}', "changes.left_s: input should be a valid integer"),
    ('{"left_s": null}', "changes.left_s: input should be a valid integer"),
    ('{"left_s": 40, "rounds": 11}', "changes.rounds: input should be less than or equal to 10"),
    ('{"form_cue": 0}', "changes.form_cue: input should be a valid boolean"),
    ('{"progression": false}', "'changes.progression' does not belong to this command"),
    ('{"%s": 40}' % ("l" * 10_000), "a command has at most 1024 bytes"),
    ('{"variant": "%s"}' % ("x" * 800), "changes.variant: input should be 'kneeling' or 'standing'"),
    ("{}", "changes is empty"),
    ("[]", "changes: input should be"),
)


class Dashboard:
    """Sends what it likes, and hears what everybody hears."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self._client = client
        self._asked = 0
        self.heard: dict[str, list[str]] = {}

    def hear(self, topic: str, payload: str, *, retained: bool) -> None:
        self.heard.setdefault(topic, []).append(payload)

    def of(self, topic: str) -> list[Event]:
        return [json.loads(payload) for payload in self.heard.get(topic, []) if payload]

    @property
    def routine(self) -> dict[str, JsonValue]:
        """As the state says it."""
        routine = self.of(STATE)[-1]["routine"]
        assert isinstance(routine, dict)
        return routine

    async def send(
        self, payload: str | bytes, *, topic: str = OURS, retain: bool = False, expiry_s: int | None = None
    ) -> None:
        properties = Properties(PacketTypes.PUBLISH)
        if expiry_s is not None:
            properties.MessageExpiryInterval = expiry_s
        await self._client.publish(topic, payload, qos=1, retain=retain, properties=properties)

    async def answer(self, payload: str | bytes) -> Event:
        """The next reply."""
        before = len(self.of(REPLY))
        await self.send(payload)
        await until(lambda: len(self.of(REPLY)) > before)
        return self.of(REPLY)[before]

    async def set(self, **changes: object) -> Event:
        return await self.answer(json.dumps({"command": "set", "changes": changes}))

    async def silence(self) -> None:
        """Whatever was sent so far has been looked at, and the answers to it are here."""
        self._asked += 1
        mark = f"mark-{self._asked}"
        told = await self.answer(json.dumps({"command": "wave", "request_id": mark}))
        assert told["request_id"] == mark


@asynccontextmanager
async def dashboard(home: Home, broker: Mosquitto) -> AsyncIterator[Dashboard]:
    address = load(home.config, state_dir=home.state_dir, broker=broker.url).broker
    client = aiomqtt.Client(
        address.host,
        address.port,
        protocol=aiomqtt.ProtocolVersion.V5,
        timeout=PATIENCE_S,
        keepalive=int(PATIENCE_S),
    )
    async with client:
        board = Dashboard(client)
        async with Subscriber(address, home.settings.site, board.hear):
            yield board


async def live(running: Running, board: Dashboard) -> None:
    await until(lambda: running.daemon.broker.connected)
    await running.live()
    await until(lambda: board.of(STATE))


def test_what_a_dashboard_sets_is_answered_shown_and_lasts(tmp_path: Path, mosquitto: Mosquitto) -> None:
    async def story(loop: ScaledLoop) -> None:
        async with at_home(tmp_path) as home, dashboard(home, mosquitto) as board:
            async with home.daemon(publisher=publisher(home, mosquitto)) as running:
                await live(running, board)
                told = await board.answer(
                    '{"command": "set", "changes": {"left_s": 45, "variant": "standing"}, "request_id": "s"}'
                )
                assert (told["ok"], told["request_id"], told["reason"]) == (True, "s", None)
                await until(lambda: board.routine["left_s"] == 45)
                assert (board.routine["variant"], board.routine["right_s"]) == ("standing", 30)
                await home.kill(running)
            async with home.daemon(publisher=publisher(home, mosquitto)) as running:
                await live(running, board)
                routine = running.task.state.routine
                assert (routine.left_s, routine.variant) == (45, "standing")
                await running.start()
                await until(lambda: board.of(STATE)[-1]["phase"] == "hold")
                assert board.of(STATE)[-1]["planned_s"] == 45

    in_haste(story)


def test_settings_out_of_range_are_refused_with_the_reason(tmp_path: Path, mosquitto: Mosquitto) -> None:
    async def story(loop: ScaledLoop) -> None:
        async with (
            at_home(tmp_path) as home,
            dashboard(home, mosquitto) as board,
            home.daemon(publisher=publisher(home, mosquitto)) as running,
        ):
            await live(running, board)
            before = board.routine
            for changes, reason in OUT_OF_RANGE:
                told = await board.answer(f'{{"command": "set", "changes": {changes}}}')
                assert told["ok"] is False, changes
                assert str(told["reason"]).startswith(reason), changes
                assert len(str(told["reason"])) < 200
            assert board.routine == before
            assert (await board.set(left_s=60))["ok"] is True

    in_haste(story)


def test_what_is_doubled_retained_or_for_nobody_is_not_carried_out(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    async def story(loop: ScaledLoop) -> None:
        async with (
            at_home(tmp_path) as home,
            dashboard(home, mosquitto) as board,
            home.daemon(publisher=publisher(home, mosquitto)) as running,
        ):
            await live(running, board)
            once = '{"command": "set", "changes": {"rounds": %d}, "request_id": "once"}'
            assert (await board.answer(once % 2))["ok"] is True
            await board.send(once % 3)
            await board.send('{"command": "start"}', retain=True)
            await board.send('{"command": "start"}', topic="wearsync/home/theirs/command")
            await board.send('{"command": "start"}', topic=f"wearsync/home/{'x' * 10_000}/command")
            await board.send('{"command": "start"}', topic="wearsync/home/{{ 1 }}é🙂/command")
            await board.send('{"command": "start"}', topic="wearsync/home/a/b/command")
            await board.silence()
            assert len(board.of(REPLY)) == 2
            assert board.routine["rounds"] == 2
            assert running.phase is Phase.IDLE
            await until(lambda: board.of("wearsync/home/health"))
            # The mark as well; what is not below one level never comes.
            assert board.of("wearsync/home/health")[-1]["commands_refused"] == 6

    in_haste(story)


def test_what_was_sent_while_the_daemon_was_away_is_too_old(tmp_path: Path, mosquitto: Mosquitto) -> None:
    """A wrist that buzzes for a wish of yesterday: neither retained nor queued, with an expiry or without."""

    async def story(loop: ScaledLoop) -> None:
        async with at_home(tmp_path) as home, dashboard(home, mosquitto) as board:
            async with home.daemon(publisher=publisher(home, mosquitto)) as running:
                await live(running, board)
            await board.send('{"command": "start"}')
            await board.send('{"command": "buzz"}', expiry_s=3600)
            await board.send('{"command": "set", "changes": {"rounds": 9}}', retain=True, expiry_s=3600)
            async with home.daemon(publisher=publisher(home, mosquitto)) as running:
                await live(running, board)
                await board.silence()
                assert (len(board.of(REPLY)), board.routine["rounds"]) == (1, 1)
                assert home.watch.view.face is Face.CLOCK

    in_haste(story)


def test_a_watch_that_is_not_there_yet_is_set_and_learns_of_it_when_it_comes(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    async def story(loop: ScaledLoop) -> None:
        async with at_home(tmp_path) as home, dashboard(home, mosquitto) as board:
            await home.watch.set_in_range(False)
            async with home.daemon(publisher=publisher(home, mosquitto)) as running:
                await until(lambda: running.daemon.broker.connected)
                refused = await board.answer('{"command": "start", "request_id": "a"}')
                assert refused["reason"] == "the watch is out of reach: bring it near"
                assert (await board.set(left_s=40))["ok"] is True
                await until(lambda: board.routine["left_s"] == 40)
                await home.watch.set_in_range(True)
                await running.live()
                assert running.task.state.stored_routine == running.task.state.routine.id

    in_haste(story)


STATES = ("status", "info", "ours/availability", "ours/state", "wearer/you/summary")


def test_a_broker_that_has_forgotten_what_it_retained_is_told_again(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    """Killed, it forgets and we connect again; cleared by somebody, it is told on `resync`."""

    async def story(loop: ScaledLoop) -> None:
        async with (
            at_home(tmp_path) as home,
            home.daemon(publisher=publisher(home, mosquitto)) as running,
        ):
            async with dashboard(home, mosquitto) as board:
                await live(running, board)
            mosquitto.kill()
            mosquitto.start()
            async with dashboard(home, mosquitto) as board:
                await until(lambda: all(board.heard.get(f"wearsync/home/{leaf}") for leaf in STATES))
                await board.send("", topic=STATE, retain=True)
                await until(lambda: board.heard[STATE][-1] == "")
                again = await board.answer('{"command": "resync", "since": "host:never"}')
                assert again["ok"] is False  # no such event; the states are told all the same
                await until(lambda: board.heard[STATE][-1] != "")
            async with dashboard(home, mosquitto) as board:
                await until(lambda: board.of(STATE))
                assert board.of(STATE)[-1]["link"] == "connected"

    in_haste(story)


def test_two_announcements_in_a_row_say_the_same_once_more(tmp_path: Path, mosquitto: Mosquitto) -> None:
    async def story(loop: ScaledLoop) -> None:
        async with (
            at_home(tmp_path) as home,
            dashboard(home, mosquitto) as board,
            home.daemon(publisher=publisher(home, mosquitto)) as running,
        ):
            await live(running, board)
            await board.silence()
            before = {topic: payloads[-1] for topic, payloads in board.heard.items()}
            running.daemon.reporter.repeat()
            running.daemon.reporter.repeat()
            await board.silence()
            counts = {topic: len(payloads) for topic, payloads in board.heard.items()}
            for topic in (f"wearsync/home/{leaf}" for leaf in STATES if leaf != "status"):
                assert board.heard[topic][-1] == before[topic]
                assert counts[topic] >= 2
            assert not [topic for topic in board.heard if topic.endswith(("/hold", "/session", "/cue"))]

    in_haste(story)
