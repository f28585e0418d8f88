"""Announcements: legal by Home Assistant's rules, the same ids for ever, readable back, and free of what
people have written.
"""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.publish.discovery.home_assistant import faults_of_announcement
from wearsync.publish.discovery.device import (
    DAEMON_ENTITIES,
    WATCH_ENTITIES,
    Announced,
    WatchDevice,
    announcements,
    births,
    of_daemon_device,
    of_watch_device,
    read_back,
    topic_of_daemon,
    topic_of_watch,
)
from wearsync.publish.topics import slug

ID = "5fcb31d20e8a4c6db7f29a1086e3d0c4"
NAMES = ("W", "Bangle 2", "{{ 7 * 7 }}", "a/b#+", "⌚ 2", '","components":{}', "x" * 64)


def watch(name: str = "W", wearer: str = "anna") -> WatchDevice:
    return WatchDevice(watch_id=ID, name=name, topic=slug(name), wearer=wearer, model="Bangle.js 2")


@pytest.mark.parametrize("name", NAMES)
def test_a_watch_is_announced_by_the_rules_whatever_it_is_called(name: str) -> None:
    payload = of_watch_device(watch(name, wearer=name), site="home")
    assert faults_of_announcement(topic_of_watch("homeassistant", ID), payload) == []
    assert json.loads(payload)["device"]["name"] == name


def test_a_watch_that_we_have_an_app_for_has_one_entity_more() -> None:
    payload = of_watch_device(replace(watch(), app="1.2"), site="home")
    assert faults_of_announcement(topic_of_watch("homeassistant", ID), payload) == []
    said = json.loads(payload)["components"]
    assert said.keys() - json.loads(of_watch_device(watch(), site="home"))["components"].keys() == {"app"}
    assert "command_topic" not in said["app"], "it is not installed from there"


def test_the_daemon_is_announced_by_the_rules() -> None:
    payload = of_daemon_device(site="pi-2_b")
    assert faults_of_announcement(topic_of_daemon("homeassistant", "pi-2_b"), payload) == []


@given(name=st.text(min_size=1, max_size=64).filter(str.strip), wearer=st.text(min_size=1, max_size=64))
def test_what_people_write_is_a_title_and_nothing_else(name: str, wearer: str) -> None:
    plain = json.loads(of_watch_device(watch("w", "w"), site="home"))
    said = json.loads(of_watch_device(watch(name, wearer), site="home"))
    assert said["device"].pop("name") == name
    assert plain["device"].pop("name") == "w"
    assert said["device"] == plain["device"]
    for key, part in said["components"].items():
        for option, value in part.items():
            if not option.endswith("topic") and option not in ("default_entity_id", "availability"):
                assert value == plain["components"][key][option]


def test_ids_stay_when_a_watch_is_renamed_or_taken_over_by_another_daemon() -> None:
    before = json.loads(of_watch_device(watch("Old", "anna"), site="home"))
    after = json.loads(of_watch_device(watch("New", "ben"), site="office"))
    assert before["device"]["identifiers"] == after["device"]["identifiers"]
    for key, part in before["components"].items():
        assert part.get("unique_id") == after["components"][key].get("unique_id")
    assert topic_of_watch("homeassistant", ID) == f"homeassistant/device/wearsync/{ID}/config"


def test_a_watch_hangs_on_its_daemon() -> None:
    said = json.loads(of_watch_device(watch(), site="home"))
    hub = json.loads(of_daemon_device(site="home"))
    assert hub["device"]["identifiers"] == [said["device"]["via_device"]]


def test_keys_are_unique() -> None:
    for entities in (WATCH_ENTITIES, DAEMON_ENTITIES):
        keys = [entity.key for entity in entities]
        assert len(keys) == len(set(keys))


def test_what_needs_the_watch_is_unavailable_without_broker_adapter_or_watch() -> None:
    said = json.loads(of_watch_device(watch(), site="home"))
    base = "wearsync/home"
    assert [each["topic"] for each in said["availability"]] == [
        f"{base}/status",
        f"{base}/info",
        f"{base}/w/availability",
    ]
    for entity in WATCH_ENTITIES:
        part = said["components"][entity.key]
        own = part.get("availability")
        if entity.needs == "watch" or entity.platform == "device_automation":
            assert own is None
        else:
            assert own == [{"topic": f"{base}/status"}]


def test_what_was_announced_is_read_back() -> None:
    told = read_back(of_watch_device(watch(), site="home").encode())
    assert told is not None
    assert told.site == "home"
    assert told.live == {entity.key: entity.platform for entity in WATCH_ENTITIES}
    hub = read_back(of_daemon_device(site="office").encode())
    assert hub is not None
    assert (hub.site, set(hub.live)) == ("office", {entity.key for entity in DAEMON_ENTITIES})


@pytest.mark.parametrize("name", NAMES)
def test_the_topics_of_any_name_are_read_back(name: str) -> None:
    told = read_back(of_watch_device(watch(name), site="home").encode())
    assert told is not None
    assert told.retained == {f"{slug(name)}/state", f"{slug(name)}/availability"}


@pytest.mark.parametrize(
    "name", ["+", "a/#", "a\x00", "a\x01", "a\uffff", "x" * 70_000, "", "A", "a/b", "../b", "a b", "é"]
)
def test_of_what_others_may_have_written_only_names_as_ours_are_taken(name: str) -> None:
    """A broker ends the connection of who publishes to a control character."""
    said = json.loads(of_watch_device(watch(), site="home"))
    said["availability"] = [{"topic": f"wearsync/home/{name}/state"}, {"topic": "wearsync/home/v/state"}]
    said["components"] = {
        name: {"platform": "sensor", "name": "x"},
        "mood": {"platform": name, "name": "x"},
        "old": {"platform": "sensor", "state_topic": f"wearsync/home/w/{name}", "name": "x"},
    }
    told = read_back(json.dumps(said).encode())
    assert told is not None
    assert told.retained == {"v/state"}
    assert told.live == {"old": "sensor"}


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff",
        b"[]",
        b'{"device": {}}',
        b'{"device": {"identifiers": []}, "components": {}}',
        b'{"device": {"identifiers": ["0x1234"], "via_device": "zigbee2mqtt"}, "components": {}}',
    ],
)
def test_what_others_announce_is_not_ours(payload: bytes) -> None:
    assert read_back(payload) is None


def test_a_component_that_there_is_no_more_is_taken_out_once_and_then_left_out() -> None:
    before = Announced("home", {"session": "sensor", "old": "sensor"})
    first = of_watch_device(watch(), site="home", before=before)
    assert json.loads(first)["components"]["old"] == {"platform": "sensor"}
    assert faults_of_announcement(topic_of_watch("homeassistant", ID), first) == []
    again = of_watch_device(watch(), site="home", before=read_back(first.encode()))
    assert "old" not in json.loads(again)["components"]
    assert again == of_watch_device(watch(), site="home")


def test_of_another_daemons_announcement_nothing_is_taken_out() -> None:
    theirs = Announced("office", {"old": "sensor"})
    assert of_watch_device(watch(), site="home", before=theirs) == of_watch_device(watch(), site="home")


def test_all_announcements_can_be_subscribed_to_at_once() -> None:
    assert announcements("ha") == "ha/device/wearsync/+/config"
    assert births("ha") == "ha/status"
