"""What Home Assistant finds on a real mosquitto: after its own restart, and the broker's; what is gone.

Rule: what counts is what a subscriber hears who comes anew, as Home Assistant does when it starts.
"""

import asyncio
import json
from pathlib import Path

from tests.daemon.home import Home, at_home, until
from tests.integration.test_home import in_haste, publisher
from tests.mosquitto import Mosquitto
from tests.publish.discovery.home_assistant import faults_of_announcement
from tests.publish.listening import Listener, listening
from wearsync.control.calls import ForgetParams, RenameParams
from wearsync.control.results import Done
from wearsync.daemon.home_assistant import BIRTH_WITHIN_S, GATHER_S, SETTLE_S
from wearsync_simulators.scaled_loop import ScaledLoop

BIRTH = "homeassistant/status"
HUB = "homeassistant/device/wearsync/site_home/config"
# Until all is said and done, and nothing more is to come.
QUIET_S = 2 * (GATHER_S + BIRTH_WITHIN_S + SETTLE_S)


def of_watch(home: Home) -> str:
    return f"homeassistant/device/wearsync/{home.watch.watch_id.hex()}/config"


async def found(broker: Mosquitto) -> dict[str, str]:
    """All that stands retained on the broker; the birth says that it was all."""
    async with listening(broker.port, "#") as newcomer:
        await newcomer.client.publish("end", "", qos=1)
        await until(lambda: newcomer.of("end"))
        return {heard.topic: heard.payload for heard in newcomer.heard if heard.retained}


async def until_found(broker: Mosquitto, *topics: str) -> dict[str, str]:
    while not set(topics) <= (there := await found(broker)).keys():
        await asyncio.sleep(0.5)
    return there


def times(listener: Listener, topic: str) -> int:
    return sum(heard.topic == topic and not heard.retained for heard in listener.heard)


def test_home_assistant_that_starts_anew_finds_everything_and_is_told_again(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    async def story(loop: ScaledLoop) -> None:
        async with at_home(tmp_path) as home, home.daemon(publisher=publisher(home, mosquitto)) as running:
            await running.live()
            there = await until_found(mosquitto, HUB, of_watch(home))
            for topic in (HUB, of_watch(home)):
                assert faults_of_announcement(topic, there[topic]) == []
            parts = json.loads(there[of_watch(home)])["components"].values()
            read = {part["state_topic"] for part in parts if "state_topic" in part}
            events = {f"wearsync/home/ours/{leaf}" for leaf in ("hold", "session", "alert")}
            assert read - events <= there.keys(), "what is read stands there, for who comes later"
            assert not events & there.keys()
            async with listening(mosquitto.port, "#") as newcomer:
                await asyncio.sleep(QUIET_S)
                before = times(newcomer, of_watch(home)), times(newcomer, "wearsync/home/ours/state")
                await newcomer.client.publish(BIRTH, "online", qos=1)
                await until(lambda: times(newcomer, "wearsync/home/ours/state") > before[1])
                assert times(newcomer, of_watch(home)) == before[0] + 1

    in_haste(story)


def test_a_broker_that_forgot_everything_is_told_everything(tmp_path: Path, mosquitto: Mosquitto) -> None:
    async def story(loop: ScaledLoop) -> None:
        async with at_home(tmp_path) as home, home.daemon(publisher=publisher(home, mosquitto)) as running:
            await running.live()
            before = await until_found(mosquitto, HUB, of_watch(home))
            mosquitto.kill()
            await until(lambda: not running.daemon.broker.connected)
            mosquitto.start()
            after = await until_found(mosquitto, HUB, of_watch(home))
            assert after.keys() == before.keys()
            assert after[of_watch(home)] == before[of_watch(home)]

    in_haste(story)


def test_a_watch_that_was_forgotten_while_the_broker_was_away_disappears(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    async def story(loop: ScaledLoop) -> None:
        async with at_home(tmp_path) as home, home.daemon(publisher=publisher(home, mosquitto)) as running:
            await running.live()
            await until_found(mosquitto, HUB, of_watch(home))
            mosquitto.stop()
            await until(lambda: not running.daemon.broker.connected)
            await running.client().call(ForgetParams(watch="Ours"), Done)
            mosquitto.start()
            async with listening(mosquitto.port, "homeassistant/#") as newcomer:
                await until(lambda: newcomer.of(of_watch(home))[-1:] == [""])
                await asyncio.sleep(QUIET_S)
                assert newcomer.of(of_watch(home)).count("") == 1
            there = await found(mosquitto)
            assert HUB in there
            assert not [topic for topic in there if "/ours/" in topic]

    in_haste(story)


def test_a_watch_that_was_renamed_while_the_broker_was_away_keeps_its_entities(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    async def story(loop: ScaledLoop) -> None:
        async with at_home(tmp_path) as home, home.daemon(publisher=publisher(home, mosquitto)) as running:
            await running.live()
            before = await until_found(mosquitto, HUB, of_watch(home))
            mosquitto.stop()
            await until(lambda: not running.daemon.broker.connected)
            await running.client().call(RenameParams(watch="Ours", name="{{ hers }} #+/"), Done)
            mosquitto.start()
            async with listening(mosquitto.port, "homeassistant/#") as newcomer:
                await until(lambda: any("hers" in text for text in newcomer.of(of_watch(home))))
                assert "" not in newcomer.of(of_watch(home))
            after = await found(mosquitto)
            assert faults_of_announcement(of_watch(home), after[of_watch(home)]) == []
            old, new = (json.loads(text[of_watch(home)])["components"] for text in (before, after))
            assert {key: part.get("unique_id") for key, part in old.items()} == {
                key: part.get("unique_id") for key, part in new.items()
            }
            assert not [topic for topic in after if "/ours/" in topic]

    in_haste(story)
