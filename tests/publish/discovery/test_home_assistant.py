"""The rules of Home Assistant that we hold ourselves to: each finds what is planted."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.publish.discovery.home_assistant import Shown, faults_of_announcement, shown
from tests.publish.discovery.session import SITE, WATCH
from wearsync.publish.discovery.device import of_watch_device, topic_of_watch

TOPIC = topic_of_watch("homeassistant", WATCH.watch_id)
Said = dict[str, Any]


def part(said: Said, key: str) -> Said:
    component: Said = said["components"][key]
    return component


PLANTED: dict[str, tuple[Callable[[Said], object], str]] = {
    "a key that is not known": (lambda s: s.update({"~": "x"}), "unknown top-level key ~"),
    "no origin": (lambda s: s.pop("origin"), "origin is missing"),
    "nothing that identifies": (lambda s: s["device"].pop("identifiers"), "nothing identifies it"),
    "a device's unknown key": (lambda s: s["device"].update(wearer="x"), "device: wearer"),
    "no name of the origin": (lambda s: s["origin"].pop("name"), "origin: no name"),
    "the latest availability": (lambda s: s.pop("availability_mode"), "all of them must hold"),
    "an availability without topic": (lambda s: s["availability"][0].pop("topic"), "availability: {"),
    "no list": (lambda s: s.update(availability={}), "availability is no list"),
    "no unique id": (lambda s: part(s, "side").pop("unique_id"), "side: unique_id is missing"),
    "the same unique id": (
        lambda s: part(s, "side").update(unique_id=part(s, "session")["unique_id"]),
        "_session twice",
    ),
    "the same trigger": (
        lambda s: part(s, "reminder_due").update(type="done", subtype="session"),
        "('done', 'session') twice",
    ),
    "a key with a blank": (
        lambda s: s["components"].update({"a b": part(s, "side")}),
        "breaks its removal",
    ),
    "an option that the platform ignores": (lambda s: part(s, "side").update(min=1), "side: unknown min"),
    "an object id": (lambda s: part(s, "side").update(object_id="x"), "side: unknown object_id"),
    "another domain": (lambda s: part(s, "side").update(default_entity_id="switch.x"), "switch.x"),
    "no topic": (lambda s: part(s, "side").pop("state_topic"), "side: state_topic is missing"),
    "a unit that is none of its class": (
        lambda s: part(s, "streak").update(unit_of_measurement="days"),
        "unit days of duration",
    ),
    "a statistic of instants": (
        lambda s: part(s, "hold_ends_at").update(state_class="measurement"),
        "state_class measurement of timestamp",
    ),
    "an enum without words": (lambda s: part(s, "side").pop("options"), "options are for enum"),
    "a reset of what is no total": (
        lambda s: part(s, "left_today").update(state_class="measurement"),
        "is for total",
    ),
    "a sensor to configure": (
        lambda s: part(s, "battery").update(entity_category="config"),
        "entity_category config",
    ),
    "an unknown class": (lambda s: part(s, "connected").update(device_class="link"), "device_class link"),
    "no range": (lambda s: part(s, "rounds").update(min=10), "min and max"),
    "no kinds": (lambda s: part(s, "alert").update(event_types=[]), "no event_types"),
    "an icon of others": (lambda s: part(s, "side").update(icon="fa:left"), "icon fa:left"),
    "a trigger's unknown key": (lambda s: part(s, "session_done").update(name="x"), "unknown name"),
    "half a trigger": (lambda s: part(s, "session_done").pop("subtype"), "subtype is missing"),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_a_fault_of_an_announcement_is_found(planted: str) -> None:
    plant, says = PLANTED[planted]
    said = json.loads(of_watch_device(WATCH, site=SITE))
    plant(said)
    assert says in "\n".join(faults_of_announcement(TOPIC, json.dumps(said)))


def test_a_topic_that_is_not_heard_is_found() -> None:
    payload = of_watch_device(WATCH, site=SITE)
    assert faults_of_announcement("homeassistant/device/a b/config", payload)


@pytest.mark.parametrize(
    ("platform", "options", "text"),
    [
        ("sensor", {"device_class": "enum", "options": ["left"]}, "right"),
        ("sensor", {"device_class": "timestamp"}, "2026-03-14T18:04:05"),
        ("sensor", {"device_class": "timestamp"}, "soon"),
        ("sensor", {"unit_of_measurement": "s"}, "long"),
        ("sensor", {}, ""),
        ("sensor", {}, "x" * 256),
        ("sensor", {"value_template": "{{ value_json.no }}"}, "{}"),
        ("binary_sensor", {}, "True"),
        ("switch", {"state_on": "ON", "state_off": "OFF"}, "true"),
        ("number", {"min": 30, "max": 60}, "61"),
        ("select", {"options": ["auto"]}, "tap"),
        ("event", {"event_types": ["done"]}, '{"event_type": "short"}'),
        ("event", {"event_types": ["done"]}, "[]"),
        ("update", {}, '{"installed_version": null}'),
        ("device_automation", {}, ""),
    ],
)
def test_a_state_that_would_be_dropped_is_found(platform: str, options: Said, text: str) -> None:
    assert shown({"platform": platform, **options}, text).fault


def test_a_state_that_is_none_is_unknown() -> None:
    assert shown({"platform": "sensor"}, "None") == Shown(None)
