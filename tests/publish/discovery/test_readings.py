"""Each sensor on what a real session has published: Home Assistant shows it, and logs nothing."""

import json

import pytest
from pydantic import JsonValue

from tests.publish.discovery.home_assistant import Shown, shown
from tests.publish.discovery.session import SITE, WATCH, published
from wearsync.publish.discovery.device import of_daemon_device, of_watch_device
from wearsync.publish.discovery.readings import app
from wearsync.publish.payloads import OFFLINE, ONLINE

Part = dict[str, JsonValue]

PARTS: dict[str, Part] = {
    key: part
    for payload in (of_watch_device(WATCH, site=SITE), of_daemon_device(site=SITE))
    for key, part in json.loads(payload)["components"].items()
    if part["platform"] in ("sensor", "binary_sensor")
}
# What this session can't have: no event waits for a broker that is there.
NOT_SEEN = {"outbox_oldest"}


def states(key: str) -> list[Shown]:
    topic = PARTS[key]["state_topic"]
    return [shown(PARTS[key], payload) for where, payload in published() if where == topic]


@pytest.mark.parametrize("key", sorted(PARTS.keys() - {"online"}))
def test_a_sensor_shows_what_the_daemon_publishes(key: str) -> None:
    seen = states(key)
    assert seen, f"{PARTS[key]['state_topic']} is not published"
    assert [each.fault for each in seen if each.fault] == []
    assert (key in NOT_SEEN) is all(each.state is None for each in seen)


@pytest.mark.parametrize("key", PARTS)
def test_a_topic_that_is_taken_back_leaves_it_unknown(key: str) -> None:
    if "value_template" in PARTS[key]:
        assert shown(PARTS[key], "") == Shown(None)


@pytest.mark.parametrize(
    ("key", "seen"),
    [
        ("session", ["idle", "confirm", "gap", "hold", "closing"]),
        ("side", ["left", "right"]),
        ("holding", ["OFF", "ON"]),
        ("left_today", ["0.0", "30.0"]),
        ("right_today", ["0.0", "30.0"]),
        ("done_today", ["OFF", "ON"]),
        ("counts_today", ["OFF", "ON"]),
        ("symmetry", ["100.0", "50.0"]),
        ("connected", ["OFF", "ON"]),
        ("storage", ["ok"]),
        ("adapter", ["ready"]),
    ],
)
def test_a_session_can_be_followed(key: str, seen: list[str]) -> None:
    told = dict.fromkeys(each.state for each in states(key) if each.state is not None)
    assert sorted(told) == sorted(seen)


@pytest.mark.parametrize("word", [ONLINE, OFFLINE])
def test_the_will_says_whether_the_daemon_is_there(word: str) -> None:
    assert PARTS["online"]["state_topic"] == "wearsync/home/status"
    assert shown(PARTS["online"], word) == Shown(word)
    assert PARTS["online"]["availability"] == []


def test_a_hold_is_an_instant_and_no_countdown() -> None:
    ends = [each.state for each in states("hold_ends_at") if each.state is not None]
    assert len(set(ends)) == 2, "one for each hold"


def test_a_day_begins_at_its_own_midnight() -> None:
    part = {"platform": "sensor", "value_template": PARTS["left_today"]["last_reset_value_template"]}
    assert shown(part, '{"date": "2026-03-14"}').state == "2026-03-14T00:00:00"
    assert shown(part, "").state is None


@pytest.mark.parametrize(
    ("payload", "seen"),
    [
        ('{"app_version": "0.9"}', {"installed_version": "0.9", "latest_version": "1.2"}),
        ('{"app_version": "{{ 7 * 7 }}\\""}', {"installed_version": '{{ 7 * 7 }}"', "latest_version": "1.2"}),
        ('{"app_version": null}', None),
        ("", None),
    ],
)
def test_our_app_on_a_watch_is_compared_with_what_we_have(payload: str, seen: dict[str, str] | None) -> None:
    entity = app("1.2")
    part: Part = {"platform": entity.platform, "value_template": entity.template}
    told = shown(part, payload)
    assert told.fault is None
    assert (json.loads(told.state) if told.state else None) == seen
