"""What is promised to readers of the topics: every channel, how it is published, and the JSON Schema of what
stands in it; pure.

Rule: what is published keeps to this within one SCHEMA_VERSION: keys, and values of enumerations, are only
ever added. So the schemas of what wearsync sends allow keys that they do not know; a command is closed.
docs/mqtt/ and the tables of docs/mqtt.md are made from here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from wearsync.publish import commands
from wearsync.publish.payloads import (
    OFFLINE,
    ONLINE,
    SCHEMA_VERSION,
    AlertPayload,
    CuePayload,
    HealthPayload,
    HoldPayload,
    InfoPayload,
    Payload,
    ReplyPayload,
    SessionPayload,
    StatePayload,
    SummaryPayload,
)

DIALECT = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True, slots=True)
class Channel:
    """One kind of topic. `address`: below `wearsync/<site>`, with its parameters in braces; `schema`: the
    name of its payload's schema; `means`: what stands in it, for people.
    """

    name: str
    address: str
    schema: str
    means: str
    retained: bool = False
    qos: int = 1
    is_command: bool = False


CHANNELS = (
    Channel("status", "status", "status", "the daemon's link to the broker (also its will)", retained=True),
    Channel("info", "info", "info", "version, adapters, watches and the trust in each", retained=True),
    Channel("health", "health", "health", "how the daemon is doing, once a minute", qos=0),
    Channel(
        "availability",
        "{watch}/availability",
        "availability",
        "whether the watch was heard of lately",
        retained=True,
    ),
    Channel("state", "{watch}/state", "state", "what the watch and its session are doing", retained=True),
    Channel(
        "summary", "wearer/{wearer}/summary", "summary", "the wearer's day, streak and weeks", retained=True
    ),
    Channel("hold", "{watch}/hold", "hold", "one finished hold"),
    Channel("session", "{watch}/session", "session", "one finished session"),
    Channel("cue", "{watch}/cue", "cue", "what became of one cue"),
    Channel("alert", "{watch}/alert", "alert", "something that a person or an automation should know"),
    Channel(
        "wearer_hold",
        "wearer/{wearer}/hold",
        "hold",
        "a hold done without a watch (`wearsync log`), or corrected (`wearsync amend`)",
    ),
    Channel("command", "{watch}/command", "command", "what you want of the watch", is_command=True),
    Channel("reply", "{watch}/reply", "reply", "whether it was done"),
)

MODELS: Mapping[str, type[Payload]] = {
    "info": InfoPayload,
    "health": HealthPayload,
    "state": StatePayload,
    "summary": SummaryPayload,
    "hold": HoldPayload,
    "session": SessionPayload,
    "cue": CuePayload,
    "alert": AlertPayload,
    "reply": ReplyPayload,
}


def schemas() -> Mapping[str, Mapping[str, JsonValue]]:
    """The JSON Schema (draft 2020-12) of each payload, by the name in `Channel.schema`; each is complete."""
    of_words = {
        name: _headed(name, {"description": means, "type": "string", "enum": [ONLINE, OFFLINE]})
        for name, means in (
            ("status", "Whether the daemon is connected to the broker. Plain text, not JSON."),
            ("availability", "Whether the watch was heard of lately. Plain text, not JSON."),
        )
    }
    sent = {
        name: _headed(name, _without(_OF_OURS, model.model_json_schema(mode="serialization")))
        for name, model in MODELS.items()
    }
    return {**of_words, **sent, "command": _headed("command", _without(_OF_COMMANDS, commands.schema()))}


# Titles say a key's name once more. Readers take keys that come later: only we do not. No key of ours is ever
# left out, so none has a default.
_OF_OURS = frozenset({"title", "additionalProperties", "default"})
# A key that is left out of a change is not changed. `discriminator` is of OpenAPI.
_OF_COMMANDS = frozenset({"title", "default", "discriminator"})
_OF_NAMES = frozenset({"properties", "$defs"})


def _headed(name: str, schema: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    """With its dialect, its own name, and a title."""
    head: Mapping[str, JsonValue] = {
        "$schema": DIALECT,
        "$id": f"urn:wearsync:mqtt:{SCHEMA_VERSION}:{name}",
        "title": f"wearsync {name}",
    }
    return {**head, **schema}


def _without(dropped: frozenset[str], schema: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """A schema without some of its keywords."""
    return {
        keyword: _named(dropped, value) if keyword in _OF_NAMES else _inner(dropped, value)
        for keyword, value in schema.items()
        if keyword not in dropped
    }


def _named(dropped: frozenset[str], schemas: JsonValue) -> JsonValue:
    """Schemas by the names of keys: these may be the words of keywords."""
    if not isinstance(schemas, dict):
        return schemas
    return {name: _inner(dropped, of_name) for name, of_name in schemas.items()}


def _inner(dropped: frozenset[str], value: JsonValue) -> JsonValue:
    match value:
        case dict():
            return _without(dropped, value)
        case list():
            return [_inner(dropped, item) for item in value]
        case _:
            return value
