"""A reader of the topics that holds us to our word: each payload against the schema that is checked in.

Rule: the schemas are read from docs/mqtt/, and the validator is not ours. What readers have to take (keys
that they do not know) is not allowed to us.
"""

import json
from datetime import datetime
from functools import cache
from pathlib import Path

from jsonschema import Draft202012Validator, FormatChecker
from pydantic import JsonValue

from wearsync.publish.contract import CHANNELS, Channel

SCHEMAS = Path(__file__).parents[2] / "docs" / "mqtt" / "schemas"
FORMATS = FormatChecker(formats=["date"])


@FORMATS.checks("date-time", raises=ValueError)
def _is_instant(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


def channel_of(topic: str) -> Channel | None:
    """The channel of a topic, which is given without its base."""
    levels = topic.split("/")
    for channel in CHANNELS:
        wanted = channel.address.split("/")
        if len(wanted) == len(levels) and all(
            want == level or want.startswith("{") for want, level in zip(wanted, levels, strict=True)
        ):
            return channel
    return None


def objections(topic: str, payload: str) -> list[str]:
    """What is wrong with a message, a line each. `topic`: without its base."""
    channel = channel_of(topic)
    if channel is None:
        return [f"{topic}: no such topic"]
    # Two payloads are plain text; the schema is of the text.
    value = payload if channel.schema in ("status", "availability") else json.loads(payload)
    return [
        f"{topic}: {fault.json_path}: {fault.message}"
        for fault in validator(channel.schema).iter_errors(value)
    ]


@cache
def validator(name: str) -> Draft202012Validator:
    """Of one payload: nothing that is not in its schema."""
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    closed = _closed(schema)
    assert isinstance(closed, dict)
    return Draft202012Validator(closed, format_checker=FORMATS)


def _closed(value: JsonValue) -> JsonValue:
    match value:
        case dict():
            closed: dict[str, JsonValue] = {key: _closed(inner) for key, inner in value.items()}
            if "properties" in value and "type" in value:
                closed["additionalProperties"] = False
            return closed
        case list():
            return [_closed(item) for item in value]
        case _:
            return value
