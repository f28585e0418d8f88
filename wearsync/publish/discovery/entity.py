"""One thing that Home Assistant shows of a watch or of the daemon, and the templates that it reads by; pure.

Rule: a key never changes (history hangs on it), and a template holds nothing that a person has written. What
is null in a payload, or was taken back, is unknown here. The rules of each platform were read in Home
Assistant 2026.11; tests/publish/discovery/home_assistant.py holds us to them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from pydantic import JsonValue

Platform = Literal[
    "sensor",
    "binary_sensor",
    "button",
    "number",
    "select",
    "switch",
    "event",
    "update",
    "device_automation",
]

Options = Mapping[str, JsonValue]


class Source(StrEnum):
    """The topic that an entity reads, below the base."""

    STATUS = "status"
    INFO = "info"
    HEALTH = "health"
    STATE = "<watch>/state"
    HOLD = "<watch>/hold"
    SESSION = "<watch>/session"
    ALERT = "<watch>/alert"
    SUMMARY = "wearer/<name>/summary"


@dataclass(frozen=True, slots=True)
class Entity:
    """One component of a device. `source` None: it only commands.

    `commands`: it writes to the watch's command topic. `needs`: it is unavailable while the daemon is away;
    `watch`: while the watch or the adapter is, too. `options`: the platform's own.
    """

    platform: Platform
    key: str
    name: str
    source: Source | None
    template: str = ""
    commands: bool = False
    needs: Literal["daemon", "watch"] = "daemon"
    options: Options = field(default_factory=dict)


DIAGNOSTIC: Options = {"entity_category": "diagnostic"}
CONFIG: Options = {"entity_category": "config"}
# For who looks into something; others are not to be bothered with it.
OFF_AT_FIRST: Options = {"enabled_by_default": False}
HIDDEN: Options = {**DIAGNOSTIC, **OFF_AT_FIRST}
SECONDS: Options = {"device_class": "duration", "unit_of_measurement": "s"}
MILLISECONDS: Options = {"device_class": "duration", "unit_of_measurement": "ms"}
DAYS: Options = {"device_class": "duration", "unit_of_measurement": "d"}
INSTANT: Options = {"device_class": "timestamp"}
# Long-term statistics keep the mean of it.
MEASUREMENT: Options = {"state_class": "measurement"}


def told(expression: str) -> str:
    """A template that is `None`, for unknown, when the topic was taken back (an empty payload is no JSON)."""
    return f"{{{{ {expression} if value_json is defined else none }}}}"


def told_in(part: str, expression: str) -> str:
    """The same, and also where that part of the payload is null."""
    return told(f"({expression} if value_json.{part} is not none else none)")


def on_if(condition: str) -> str:
    """A template that says ON or OFF: a JSON `true` would be ignored without a word."""
    return told(f"('ON' if {condition} else 'OFF')")


def enum(values: Iterable[str]) -> Options:
    """Of a sensor that says one of these."""
    return {"device_class": "enum", "options": [str(value) for value in values]}


def icon(name: str) -> Options:
    """One of Material Design Icons."""
    return {"icon": f"mdi:{name}"}
