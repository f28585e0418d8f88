"""The contract: a schema for every topic, and documentation that is right."""

import json
import re
from pathlib import Path

import pytest

from wearsync.publish import contract, payloads
from wearsync.publish.commands import Given, parse
from wearsync.publish.payloads import StatePayload, SummaryPayload


def test_each_topic_has_a_closed_schema() -> None:
    schemas = contract.schemas()
    assert set(schemas) == {"info", "health", "state", "summary", "hold", "session", "cue", "alert", "reply"}
    hold = schemas["hold"]
    assert isinstance(hold, dict)
    assert isinstance(hold["properties"], dict)
    assert set(hold["properties"]) == {
        "schema" if name == "schema_version" else name for name in payloads.HoldPayload.model_fields
    }
    assert hold["additionalProperties"] is False
    assert re.search(r'"const"|"default": 1', json.dumps(hold["properties"]["schema"]))


def documented() -> list[tuple[str, str]]:
    """The examples of docs/mqtt.md, by the last level of their topic."""
    text = (Path(__file__).parents[2] / "docs" / "mqtt.md").read_text(encoding="utf-8")
    return re.findall(r"^```json (\w+)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("topic", "example"), documented())
def test_the_examples_of_the_documentation_are_real(topic: str, example: str) -> None:
    models: dict[str, type[payloads.Payload]] = {
        "hold": payloads.HoldPayload,
        "session": payloads.SessionPayload,
        "cue": payloads.CuePayload,
        "alert": payloads.AlertPayload,
        "state": StatePayload,
        "summary": SummaryPayload,
        "reply": payloads.ReplyPayload,
    }
    if topic == "command":
        assert isinstance(parse(example.encode(), retained=False), Given)
    else:
        told = models[topic].model_validate_json(example)
        assert json.loads(told.json_text()) == json.loads(example)


def test_every_event_and_state_is_documented() -> None:
    assert {topic for topic, _ in documented()} == {*contract.schemas(), "command"} - {"info", "health"}
