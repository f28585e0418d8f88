"""Home Assistant is told when there is something to tell; nothing of ours is left behind on the broker."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from tests.daemon.home import Blackboard, at_home, until
from tests.publish.discovery.home_assistant import faults_of_announcement
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.alert_codes import AlertCode
from wearsync.config.sections import HomeAssistantSettings, WatchSettings
from wearsync.control.calls import ForgetParams, RenameParams
from wearsync.control.results import Done
from wearsync.daemon.home_assistant import BIRTH_WITHIN_S, GATHER_S, SETTLE_S, device_of, heard_by
from wearsync.daemon.pairing.bangle_app import bangle_app
from wearsync.families import named
from wearsync.ports import BrokerSession
from wearsync.publish.client import Subscription
from wearsync.publish.discovery.device import WatchDevice, of_watch_device

BIRTH = "/homeassistant/status"
HUB = "/homeassistant/device/wearsync/site_home/config"


class Remembering(Blackboard):
    """A broker that says to each daemon what it has of announcements, and forgets what is taken back."""

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[BrokerSession]:
        for topic, payload in self.announcements.items():
            self.send(topic, payload, retained=True)
        yield self

    @property
    def announcements(self) -> dict[str, str]:
        return {topic: text for topic, text in self.retained.items() if topic.startswith("/") and text}

    @property
    def kept(self) -> set[str]:
        """All that stands retained."""
        return {topic for topic, text in self.retained.items() if text}

    def told(self, topic: str) -> list[str]:
        return [payload for where, payload in self.published if where == topic]


def of_watch(watch_id: str) -> str:
    return f"/homeassistant/device/wearsync/{watch_id}/config"


@in_virtual_time
async def test_watches_and_daemon_are_announced_on_each_connect(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        board, ours = Remembering(), of_watch(home.settings.watches[0].id)
        async with home.daemon(publisher=board):
            await until(lambda: ours in board.announcements)
            order = [topic for topic, _ in board.published if topic.startswith("/")]
            assert order == [HUB, ours], "the daemon first: the watch hangs on it"
            for topic, payload in board.announcements.items():
                assert faults_of_announcement(topic.removeprefix("/"), payload) == []
            said = json.loads(board.announcements[ours])
            assert said["device"]["name"] == "Ours"
            assert said["device"]["model"] == "hold profile"
            assert board.retained["ours/state"], "states are not taken back by it"
        async with home.daemon(publisher=board):
            await until(lambda: len(board.told(ours)) == 2)
        assert board.told(ours)[0] == board.told(ours)[1]


@in_virtual_time
async def test_no_event_comes_before_the_announcement_that_knows_its_kind(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        async with home.daemon() as running:
            await running.live()
            running.task.alert(AlertCode.AUTH_FAILED, "told later")
            await asyncio.sleep(1)
        board = Remembering()
        async with home.daemon(publisher=board):
            await until(lambda: board.of("ours/alert"))
        topics = [topic for topic, _ in board.published]
        assert topics.index(of_watch(home.settings.watches[0].id)) < topics.index("ours/alert")


@in_virtual_time
async def test_what_the_broker_refuses_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    class Strict(Remembering):
        async def publish(self, topic: str, payload: str, *, retain: bool, qos: int) -> str | None:
            if topic.startswith("/"):
                return "the broker's access list forbids it"
            return await super().publish(topic, payload, retain=retain, qos=qos)

    async with at_home(tmp_path) as home, home.daemon(publisher=Strict()) as running:
        await running.live()
        await asyncio.sleep(60)
    assert caplog.text.count(f"home_assistant.refused topic={HUB[1:]}") == 1


@in_virtual_time
async def test_a_birth_is_answered_within_seconds_and_states_follow(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        board, ours = Remembering(), of_watch(home.settings.watches[0].id)
        async with home.daemon(publisher=board) as running:
            await running.live()
            await asyncio.sleep(GATHER_S + SETTLE_S)
            assert len(board.told(ours)) == 1
            board.published.clear()
            board.send(BIRTH, "offline")
            await asyncio.sleep(GATHER_S + BIRTH_WITHIN_S + SETTLE_S)
            assert not board.told(ours), "nobody is there to be told"
            board.published.clear()
            board.send(BIRTH, "online")
            await asyncio.sleep(GATHER_S + BIRTH_WITHIN_S + SETTLE_S)
            topics = [topic for topic, _ in board.published]
            assert topics.count(ours) == 1
            assert topics.index(HUB) < topics.index(ours) < topics.index("ours/state")
            assert {"info", "ours/state", "ours/availability", "wearer/you/summary"} <= set(topics)


@in_virtual_time
async def test_births_in_a_row_make_no_flood(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        board, ours = Remembering(), of_watch(home.settings.watches[0].id)
        times: list[float] = []
        async with home.daemon(publisher=board):
            loop = asyncio.get_running_loop()
            for _ in range(100):
                before = len(board.told(ours))
                board.send(BIRTH, "online")
                await asyncio.sleep(0.2)
                times += [loop.time()] * (len(board.told(ours)) - before)
        assert 3 <= len(times) <= 5
        gaps = [after - before for before, after in pairwise(times)]
        assert gaps[0] >= GATHER_S, "the connection's own"
        assert min(gaps[1:]) > SETTLE_S


@in_virtual_time
async def test_a_watch_that_is_renamed_is_the_same_one(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        board, ours = Remembering(), of_watch(home.settings.watches[0].id)
        async with home.daemon(publisher=board) as running:
            await until(lambda: ours in board.announcements)
            await running.live()
            await running.client().call(RenameParams(watch="Ours", name="Hers"), Done)
            await until(lambda: json.loads(board.announcements[ours])["device"]["name"] == "Hers")
            await until(lambda: "ours/state" not in board.kept)
            said = json.loads(board.announcements[ours])
            assert said["components"]["session"]["state_topic"] == "wearsync/home/hers/state"
            assert set(board.announcements) == {HUB, ours}
            assert "" not in board.told(ours), "it must not go for a moment: its history would go with it"


@in_virtual_time
async def test_a_watch_that_is_forgotten_disappears(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        board, ours = Remembering(), of_watch(home.settings.watches[0].id)
        async with home.daemon(publisher=board) as running:
            await until(lambda: ours in board.announcements)
            await running.client().call(ForgetParams(watch="Ours"), Done)
            await until(lambda: board.announcements.keys() == {HUB})
            await asyncio.sleep(60)
            assert board.told(ours).count("") == 1, "a second one would be a warning in Home Assistant's log"


@in_virtual_time
async def test_what_went_while_the_daemon_was_off_is_taken_back(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        board, ours = Remembering(), of_watch(home.settings.watches[0].id)
        async with home.daemon(publisher=board) as running:
            await running.live()
            await until(lambda: ours in board.announcements and "ours/state" in board.kept)
        text = home.config.read_text()
        home.config.write_text(text.replace('name = "Ours"', 'name = "Hers"'))
        async with home.daemon(publisher=board) as running:
            await running.live()
            await until(lambda: "ours/state" not in board.kept)
            assert {"hers/state", "hers/availability"} <= board.kept
            assert "ours/availability" not in board.kept
        home.config.write_text(text.partition("[[watches]]")[0])
        async with home.daemon(publisher=board):
            await until(lambda: board.announcements.keys() == {HUB})
            assert not board.kept & {"hers/state", "hers/availability"}
            assert board.told(ours).count("") == 1


@in_virtual_time
async def test_two_watches_that_change_names_keep_their_topics(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        board, other = Remembering(), "ab" * 16
        table = f'[[watches]]\nid = "{other}"\naddress = "C0:FF:EE:00:00:02"\nname = "Other"\n'
        text = home.config.read_text() + table
        home.config.write_text(text)
        async with home.daemon(publisher=board):
            await until(lambda: of_watch(other) in board.announcements and "other/state" in board.kept)
        swapped = text.replace('"Ours"', '"X"').replace('"Other"', '"Ours"').replace('"X"', '"Other"')
        home.config.write_text(swapped)
        async with home.daemon(publisher=board):
            await until(lambda: json.loads(board.announcements[of_watch(other)])["device"]["name"] == "Ours")
            await asyncio.sleep(60)
            assert {"ours/state", "ours/availability", "other/state", "other/availability"} <= board.kept


@in_virtual_time
async def test_what_another_daemon_announces_stays(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        board = Remembering()
        taken = WatchDevice(watch_id="cd" * 16, name="W", topic="w", wearer="ben", model="InfiniTime")
        gone = WatchDevice(watch_id="ef" * 16, name="V", topic="v", wearer="ben", model="InfiniTime")
        board.retained[of_watch(taken.watch_id)] = of_watch_device(taken, site="office")
        board.retained[of_watch(gone.watch_id)] = of_watch_device(gone, site="home")
        board.retained["v/state"] = "{}"
        board.send("/homeassistant/device/wearsync/x/config", b"\xff", retained=True)
        async with home.daemon(publisher=board):
            await until(lambda: of_watch(gone.watch_id) not in board.announcements)
            await asyncio.sleep(60)
            assert of_watch(taken.watch_id) in board.announcements
            assert "v/state" not in board.kept


@in_virtual_time
async def test_a_watch_that_another_daemon_took_over_is_not_taken_from_it(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        board, ours = Remembering(), of_watch(home.settings.watches[0].id)
        async with home.daemon(publisher=board) as running:
            await until(lambda: ours in board.announcements)
            theirs = WatchDevice(
                watch_id=home.settings.watches[0].id, name="W", topic="w", wearer="ben", model="hold profile"
            )
            board.retained[ours] = of_watch_device(theirs, site="office")
            board.send(ours, board.retained[ours], retained=True)
            await asyncio.sleep(0)
            await running.client().call(ForgetParams(watch="Ours"), Done)
            await asyncio.sleep(60)
            assert json.loads(board.announcements[ours])["device"]["name"] == "W"


@in_virtual_time
async def test_a_component_of_an_older_version_is_taken_out_and_then_left_out(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        board, watch = Remembering(), home.settings.watches[0]
        older = json.loads(
            of_watch_device(
                WatchDevice(watch_id=watch.id, name="Ours", topic="ours", wearer="you", model="hold profile"),
                site="home",
            )
        )
        older["components"]["mood"] = {"platform": "sensor", "unique_id": "mood", "state_topic": "x"}
        board.retained[of_watch(watch.id)] = json.dumps(older)
        async with home.daemon(publisher=board):
            await until(lambda: len(board.told(of_watch(watch.id))) == 2)
            said = json.loads(board.told(of_watch(watch.id))[1])
            assert said["components"]["mood"] == {"platform": "sensor"}
            board.send(BIRTH, "online")
            await until(lambda: len(board.told(of_watch(watch.id))) == 3)
            assert "mood" not in json.loads(board.told(of_watch(watch.id))[2])["components"]


@in_virtual_time
async def test_switched_off_it_takes_back_what_it_had_announced(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        board = Remembering()
        async with home.daemon(publisher=board) as running:
            await running.live()
            await until(lambda: len(board.announcements) == 2)
        home.config.write_text(home.config.read_text() + "[home_assistant]\nenabled = false\n")
        async with home.daemon(publisher=board) as running:
            await running.live()
            await until(lambda: not board.announcements)
            board.send(BIRTH, "online")
            await asyncio.sleep(60)
            assert not board.announcements
            assert {"ours/state", "ours/availability"} <= board.kept


@in_virtual_time
async def test_without_a_broker_nothing_is_announced(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon() as running:
        running.daemon.home_assistant.changed()
        await asyncio.sleep(60)
        assert not running.daemon.broker.connected


def test_a_device_says_which_app_we_have_for_it() -> None:
    settings = WatchSettings(name="W", id="ab" * 16, address="C0:FF:EE:00:00:02")
    bangle, other = (named(name) for name in ("banglejs", "infinitime"))
    device = device_of(settings, wearer="you", driver=bangle)
    assert (device.model, device.app) == ("Bangle.js 2", bangle_app().version)
    assert device_of(settings, wearer="you", driver=other).app is None


def test_what_is_heard_follows_the_prefix() -> None:
    assert heard_by(HomeAssistantSettings(prefix="ha/x")) == (
        Subscription("ha/x/device/wearsync/+/config", retained=True),
        Subscription("ha/x/status"),
    )


@in_virtual_time
async def test_it_is_switched_off_and_on_and_moved_to_another_prefix_while_all_runs(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        board, watch = Remembering(), of_watch(home.settings.watches[0].id)
        home.elsewhere = lambda _settings: board
        config = home.config.read_text()
        async with home.daemon(publisher=board) as running:
            await until(lambda: set(board.announcements) == {HUB, watch})
            home.config.write_text(config + "[home_assistant]\nenabled = false\n")
            await running.reloader.reload()
            await until(lambda: not board.announcements)
            home.config.write_text(config + '[home_assistant]\nprefix = "ha"\n')
            await running.reloader.reload()
            moved = {topic.replace("/homeassistant/", "/ha/") for topic in (HUB, watch)}
            await until(lambda: set(board.announcements) == moved)
            home.config.write_text(config)
            await running.reloader.reload()
            await until(lambda: set(board.announcements) == {HUB, watch})
            await asyncio.sleep(60)
            assert set(board.announcements) == {HUB, watch}
