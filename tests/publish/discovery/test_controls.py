"""Each control: what it sends is a command, and what it shows is what the daemon says."""

import json
from collections.abc import Iterator

import pytest
from pydantic import JsonValue

from tests.publish.discovery.home_assistant import command, rendered, shown
from tests.publish.discovery.session import SITE, WATCH, published
from wearsync.alert_codes import AlertCode
from wearsync.model import Command, Outcome, Routine, SessionEnd, Verb
from wearsync.publish.commands import Given, Refusal, parse
from wearsync.publish.discovery.device import of_watch_device

Part = dict[str, JsonValue]

PARTS: dict[str, Part] = json.loads(of_watch_device(WATCH, site=SITE))["components"]


def of(*platforms: str) -> list[str]:
    return [key for key, part in PARTS.items() if part["platform"] in platforms]


def texts(value: JsonValue) -> list[str]:
    assert isinstance(value, list)
    return [str(each) for each in value]


def sent(part: Part) -> Iterator[str]:
    """All that a control can send."""
    yield from (str(part[key]) for key in ("payload_press", "payload_on", "payload_off") if key in part)
    if part["platform"] == "number":
        for value in (part["min"], part["max"]):
            assert isinstance(value, int)
            yield command(str(part["command_template"]), value)
            yield command(str(part["command_template"]), float(value))
    if part["platform"] == "select":
        for option in texts(part["options"]):
            yield command(str(part["command_template"]), option)


@pytest.mark.parametrize("key", of("button", "switch", "number", "select"))
def test_what_a_control_sends_is_a_command(key: str) -> None:
    assert PARTS[key]["command_topic"] == "wearsync/home/ours/command"
    for payload in sent(PARTS[key]):
        assert isinstance(parse(payload.encode(), retained=False), Given), payload
    assert "retain" not in PARTS[key]


def test_every_verb_but_resync_has_a_control() -> None:
    given = [parse(text.encode(), retained=False) for part in PARTS.values() for text in sent(part)]
    assert {each.command.verb for each in given if isinstance(each, Given)} == set(Verb)


def test_a_button_says_what_it_does() -> None:
    assert parse(str(PARTS["skip"]["payload_press"]).encode(), retained=False) == Given(
        Command(Verb.SKIP), None
    )
    assert parse(str(PARTS["snooze_30"]["payload_press"]).encode(), retained=False) == Given(
        Command(Verb.SNOOZE, minutes=30), None
    )


@pytest.mark.parametrize("key", of("number"))
def test_a_number_has_the_limits_of_the_routine(key: str) -> None:
    part = PARTS[key]
    assert isinstance(part["min"], int)
    assert isinstance(part["max"], int)
    for value in (part["min"] - 1, part["max"] + 1):
        payload = command(str(part["command_template"]), value)
        assert isinstance(parse(payload.encode(), retained=False), Refusal)


def test_every_setting_of_the_routine_that_can_be_changed_has_a_control() -> None:
    given = [
        parse(text.encode(), retained=False)
        for key in of("number", "select", "switch")
        for text in sent(PARTS[key])
    ]
    changed = {name for each in given if isinstance(each, Given) for name, _ in each.command.changes}
    assert changed == set(Routine.model_fields)


@pytest.mark.parametrize("key", of("switch", "number", "select"))
def test_a_control_shows_what_the_daemon_says(key: str) -> None:
    topic = PARTS[key]["state_topic"]
    seen = [shown(PARTS[key], payload) for where, payload in published() if where == topic]
    assert [each.fault for each in seen if each.fault] == []
    assert any(each.state is not None for each in seen)
    assert shown(PARTS[key], "").state is None


@pytest.mark.parametrize(
    ("key", "leaf", "kinds"),
    [("hold_over", "hold", Outcome), ("session_over", "session", SessionEnd), ("alert", "alert", AlertCode)],
)
def test_an_event_is_of_a_kind_that_was_announced(key: str, leaf: str, kinds: type[Outcome]) -> None:
    part = PARTS[key]
    assert part["state_topic"] == f"wearsync/home/ours/{leaf}"
    assert texts(part["event_types"]) == [str(kind) for kind in kinds]
    payloads = [payload for where, payload in published() if where == part["state_topic"]]
    assert payloads
    for payload in payloads:
        event = shown(part, payload)
        assert event.fault is None
        assert event.state is not None
        attributes = json.loads(event.state)
        assert attributes.pop("event_type") in texts(part["event_types"])
        assert attributes == json.loads(payload)


@pytest.mark.parametrize(
    ("key", "leaf"), [("session_done", "session"), ("cue_unanswered", "alert"), ("reminder_due", "alert")]
)
def test_a_trigger_fires_for_what_happens_now_and_not_for_what_is_told_late(key: str, leaf: str) -> None:
    part, example = PARTS[key], {"replayed": False, "end": "done", "code": part_payload(key)}
    assert part["topic"] == f"wearsync/home/ours/{leaf}"
    template = str(part["value_template"])
    assert rendered(template, json.dumps(example)) == part["payload"]
    assert rendered(template, json.dumps(example | {"replayed": True})) == "replayed"


def part_payload(key: str) -> str:
    return str(PARTS[key]["payload"])


def test_a_real_session_fires_its_trigger_once() -> None:
    fired = {
        key: sum(
            rendered(str(PARTS[key]["value_template"]), payload) == PARTS[key]["payload"]
            for where, payload in published()
            if where == PARTS[key]["topic"]
        )
        for key in of("device_automation")
    }
    assert fired == {"session_done": 1, "reminder_due": 0, "cue_unanswered": 1}
