"""The contract: every topic has a closed, described schema; the schemas say what the models say."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import JsonValue

from tests.publish.valid import FORMATS, channel_of, objections
from tests.tidy.contract_keys import keys
from wearsync.publish import contract, topics
from wearsync.publish.commands import Given, Resync, parse
from wearsync.publish.contract import CHANNELS, MODELS

SCHEMAS = contract.schemas()


def documented() -> list[tuple[str, str]]:
    """The examples of docs/mqtt.md, by the name of their schema."""
    text = (Path(__file__).parents[2] / "docs" / "mqtt.md").read_text(encoding="utf-8")
    return re.findall(r"^```json (\w+)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_each_topic_that_there_is_has_a_channel() -> None:
    leaves = {
        channel.address.removeprefix("{watch}/") for channel in CHANNELS if "{watch}" in channel.address
    }
    assert leaves == set(topics.Leaf)
    others = {
        channel.address.format(wearer="anna") for channel in CHANNELS if "{watch}" not in channel.address
    }
    assert others == {
        topics.STATUS,
        topics.INFO,
        topics.HEALTH,
        topics.summary_of("anna"),
        topics.holds_of("anna"),
    }
    assert len({channel.name for channel in CHANNELS}) == len(CHANNELS)


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.name)
def test_each_channel_is_found_by_its_topics(channel: contract.Channel) -> None:
    assert channel_of(channel.address.format(watch="ours", wearer="anna")) is channel
    assert channel.schema in SCHEMAS


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one_and_needs_no_other(name: str) -> None:
    schema = SCHEMAS[name]
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"urn:wearsync:mqtt:1:{name}"
    assert all(
        reference.startswith("#/$defs/") for reference in re.findall(r'"\$ref": "(.*?)"', json.dumps(schema))
    )


@pytest.mark.parametrize("name", MODELS)
def test_each_key_is_described_and_always_there(name: str) -> None:
    schema = SCHEMAS[name]
    assert [key.path for key in keys(schema) if not key.means] == []
    assert [key.path for key in keys(schema) if re.search(r"[|\n]|\.$", key.means)] == []
    assert isinstance(schema["properties"], dict)
    assert schema["required"] == list(schema["properties"])
    assert "additionalProperties" not in json.dumps(schema)  # readers take what comes later


@pytest.mark.parametrize(("name", "example"), documented())
def test_the_examples_of_the_documentation_are_real(name: str, example: str) -> None:
    topic = next(channel.address for channel in CHANNELS if channel.schema == name)
    assert objections(topic.format(watch="ours", wearer="anna"), example) == []
    if name == "command":
        assert isinstance(parse(example.encode(), retained=False), Given)
    else:
        told = MODELS[name].model_validate_json(example)
        assert json.loads(told.json_text()) == json.loads(example)


def test_every_payload_is_documented_by_an_example() -> None:
    assert {name for name, _ in documented()} == {*MODELS, "command"}


@pytest.mark.parametrize(
    ("topic", "payload", "says"),
    [
        ("status", "onlin", "'onlin' is not one of ['online', 'offline']"),
        ("ours/state", "{}", "'schema' is a required property"),
        ("ours/reply", '{"schema": 2, "ok": true, "request_id": null, "reason": null}', "1 was expected"),
        ("ours/reply", '{"schema": 1, "ok": 1, "request_id": null, "reason": null}', "1 is not of type"),
        (
            "ours/reply",
            '{"schema": 1, "ok": true, "request_id": null, "reason": null, "x": 1}',
            "'x' was",
        ),
        ("ours/hold", '{"at": "2026-03-14T18:04:05"}', "is not a 'date-time'"),
        ("wearer/a/summary", '{"date": "2026-02-30"}', "is not a 'date'"),
        ("ours/command", '{"command": "set", "changes": {"rounds": 11}}', "is not valid under any"),
        ("nobody", "", "no such topic"),
    ],
)
def test_the_tests_own_reader_sees_what_is_wrong(topic: str, payload: str, says: str) -> None:
    assert any(says in objection for objection in objections(topic, payload))


COMMANDS = ["start", "buzz", "set", "extra", "snooze", "away", "resync", "go"]
ARGUMENTS = st.fixed_dictionaries(
    {"command": st.sampled_from(["start", "buzz", "set", "extra", "snooze", "away", "resync", "go"])},
    optional={
        "side": st.sampled_from(["left", "right", "both"]),
        "minutes": st.sampled_from([10, 30, 60, 11]),
        "away": st.booleans(),
        "since": st.sampled_from(["aa:1:2:hold", "", "a b"]),
        "request_id": st.sampled_from(["r", "", "a b", None]),
        "changes": st.fixed_dictionaries(
            {}, optional={"rounds": st.integers(0, 11), "start": st.sampled_from(["auto", "now"])}
        ),
    },
)


@given(ARGUMENTS)
def test_the_schema_of_a_command_takes_what_is_carried_out_and_nothing_else(
    message: dict[str, JsonValue],
) -> None:
    """And nothing else: a dashboard that validates what it sends is never told that it is wrong."""
    is_valid = Draft202012Validator(SCHEMAS["command"], format_checker=FORMATS).is_valid(message)
    assert is_valid is isinstance(parse(json.dumps(message).encode(), retained=False), Given | Resync)
