"""Home Assistant's rules for a device announcement, and what it makes of a payload, as far as we use it.

Written from its source, 2026.11 (components/mqtt: discovery, schemas, sensor, binary_sensor, button, number,
select, switch, event, device_trigger; components/sensor/const), and stricter: what it would ignore, log or
drop without a word is a fault here, and so is an option that a platform does not know.

Rule: knows nothing of wearsync. Each function says what is wrong, one line a fault.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import JsonValue

STATE_MAX = 255
TOPIC = re.compile(r"homeassistant/device/(?:[a-zA-Z0-9_-]+/)?[a-zA-Z0-9_-]+/config")

Config = Mapping[str, JsonValue]

_TOP = {"device", "origin", "components", "availability", "availability_mode", "qos"}
_DEVICE = {
    *("identifiers", "connections", "name", "manufacturer", "model", "model_id", "sw_version", "hw_version"),
    *("serial_number", "via_device", "suggested_area", "configuration_url"),
}
_ORIGIN = {"name", "sw_version", "support_url"}
_AVAILABILITY = {"topic", "value_template", "payload_available", "payload_not_available"}
_ENTITY = {
    *("platform", "unique_id", "name", "default_entity_id", "availability", "availability_mode", "qos"),
    *("icon", "entity_category", "enabled_by_default"),
}
_READS = {"state_topic", "value_template"}
_WRITES = {"command_topic", "command_template"}
_KEYS = {
    "sensor": {
        *_READS,
        *("device_class", "state_class", "unit_of_measurement", "options", "suggested_display_precision"),
        "last_reset_value_template",
    },
    "binary_sensor": {*_READS, "device_class", "payload_on", "payload_off"},
    "button": {"command_topic", "payload_press", "device_class"},
    "number": {*_READS, *_WRITES, "min", "max", "step", "mode", "device_class", "unit_of_measurement"},
    "select": {*_READS, *_WRITES, "options"},
    "switch": {*_READS, "command_topic", "payload_on", "payload_off", "state_on", "state_off"},
    "event": {*_READS, "event_types"},
    # With a command topic it would have a button to install, and fail without payload_install.
    "update": {*_READS, "device_class", "title", "latest_version_topic", "latest_version_template"},
}
_REQUIRED = {
    "sensor": {"state_topic"},
    "binary_sensor": {"state_topic"},
    "button": {"command_topic", "payload_press"},
    "number": {"command_topic", "state_topic"},
    "select": {"command_topic", "state_topic", "options"},
    "switch": {"command_topic", "state_topic"},
    "event": {"state_topic", "event_types"},
    "update": {"state_topic"},
}
_TRIGGER = {"platform", "automation_type", "type", "subtype", "topic", "payload", "value_template", "qos"}
# Of the device classes that we use: the units, and the state classes.
_UNITS: Mapping[str, set[JsonValue]] = {
    "duration": {"d", "h", "min", "s", "ms"},
    "battery": {"%"},
    "data_size": {"kB", "MB", "GB"},
    "signal_strength": {"dB", "dBm"},
    "timestamp": {None},
    "enum": {None},
    "None": {None, "%"},
}
_STATE_CLASSES: Mapping[str, set[JsonValue]] = {
    "duration": {None, "measurement", "total", "total_increasing"},
    "battery": {None, "measurement"},
    "signal_strength": {None, "measurement"},
    "data_size": {None, "measurement", "total", "total_increasing"},
    "timestamp": {None},
    "enum": {None},
    "None": {None, "measurement", "total", "total_increasing"},
}
_BINARY_CLASSES = {None, "connectivity", "battery_charging", "running", "problem"}
# A sensor or a binary sensor can't be configured.
_CATEGORIES = {"number": {"config"}, "select": {"config"}, "switch": {"config"}, "button": {"config"}}


def faults_of_announcement(topic: str, payload: str) -> list[str]:
    """What Home Assistant would reject, ignore or log."""
    faults = [] if TOPIC.fullmatch(topic) else [f"{topic}: illegal"]
    said = json.loads(payload)
    faults += [f"unknown top-level key {key} rejects all" for key in sorted(set(said) - _TOP)]
    faults += [f"{key} is missing" for key in ("device", "origin", "components") if not said.get(key)]
    faults += [f"device: {key}" for key in set(said["device"]) - _DEVICE]
    faults += [] if said["device"].get("identifiers") else ["device: nothing identifies it"]
    faults += [f"origin: {key}" for key in set(said.get("origin", {})) - _ORIGIN]
    faults += [] if said.get("origin", {}).get("name") else ["origin: no name"]
    if said.get("availability_mode") != "all":
        faults.append("availability: all of them must hold")
    faults += _of_availability(said.get("availability"))
    for key, component in said["components"].items():
        faults += [f"{key}: {fault}" for fault in _of_component(key, component)]
    return [*faults, *_doubles(said["components"])]


def _doubles(components: Mapping[str, Config]) -> Iterator[str]:
    for key in ("unique_id", "default_entity_id"):
        values = [part[key] for part in components.values() if key in part]
        yield from (f"{key} {value} twice" for value in values if values.count(value) > 1)
    triggers = [(part["type"], part["subtype"]) for part in components.values() if "subtype" in part]
    yield from (f"trigger {trigger} twice" for trigger in triggers if triggers.count(trigger) > 1)


def _of_availability(said: JsonValue) -> Iterator[str]:
    if not isinstance(said, list):
        yield "availability is no list"
        return
    for each in said:
        if not isinstance(each, dict) or not isinstance(each.get("topic"), str) or set(each) - _AVAILABILITY:
            yield f"availability: {each}"


def _of_component(key: str, part: Config) -> Iterator[str]:
    platform = str(part["platform"])
    if not re.fullmatch(r"[a-zA-Z0-9_-]+", key):
        yield "a blank in a component's key breaks its removal"
    if set(part) == {"platform"}:
        return  # to be removed
    if platform == "device_automation":
        yield from (f"unknown {name}" for name in set(part) - _TRIGGER)
        needed = {"automation_type", "type", "subtype", "topic"}
        yield from (f"{name} is missing" for name in needed - set(part))
        return
    yield from (f"{name} is missing" for name in {"unique_id", "name"} - set(part))
    yield from (f"{name} is missing" for name in _REQUIRED[platform] - set(part))
    yield from (f"unknown {name}" for name in set(part) - _ENTITY - _KEYS[platform])
    if not re.fullmatch(rf"{platform}\.[a-z0-9]+(_[a-z0-9]+)*", str(part["default_entity_id"])):
        yield f"default_entity_id {part['default_entity_id']}"
    if "icon" in part and not re.fullmatch(r"mdi:[a-z0-9-]+", str(part["icon"])):
        yield f"icon {part['icon']}"
    category = part.get("entity_category")
    if category not in {None, "diagnostic"} | _CATEGORIES.get(platform, set()):
        yield f"entity_category {category}"
    if "availability" in part:
        yield from _of_availability(part["availability"])
    yield from (f"{name} has a blank" for name in part if name.endswith("topic") and " " in str(part[name]))
    yield from _of_platform(platform, part)


def _of_platform(platform: str, part: Config) -> Iterator[str]:
    device_class = part.get("device_class")
    if platform == "sensor":
        unit, state_class = part.get("unit_of_measurement"), part.get("state_class")
        if str(device_class) not in _UNITS or unit not in _UNITS[str(device_class)]:
            yield f"unit {unit} of {device_class}"
        elif state_class not in _STATE_CLASSES[str(device_class)]:
            yield f"state_class {state_class} of {device_class}"
        if (device_class == "enum") is not bool(part.get("options")):
            yield "options are for enum"
        if "last_reset_value_template" in part and state_class != "total":
            yield "last_reset_value_template is for total"
    elif platform == "binary_sensor" and device_class not in _BINARY_CLASSES:
        yield f"device_class {device_class}"
    elif platform == "number":
        least, most = part.get("min"), part.get("max")
        if not isinstance(least, int) or not isinstance(most, int) or least >= most:
            yield "min and max"
    elif platform == "event" and not part["event_types"]:
        yield "no event_types"


# --- templates ----------------------------------------------------------------------------------------------

# What is undefined would be a warning in the log.
_ENVIRONMENT = ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined)


def rendered(template: str, payload: str) -> str:
    """What a value template makes of a payload; without a template, the payload."""
    if not template:
        return payload
    values: dict[str, JsonValue] = {"value": payload}
    with suppress(ValueError):  # what is not JSON has no value_json
        values["value_json"] = json.loads(payload)
    return _ENVIRONMENT.from_string(template).render(values).strip()


def command(template: str, value: object) -> str:
    """What a command template makes of a value."""
    return _ENVIRONMENT.from_string(template).render({"value": value})


@dataclass(frozen=True, slots=True)
class Shown:
    """What an entity shows; None: unknown. `fault`: what would be logged, or ignored without a word."""

    state: str | None
    fault: str | None = None


def shown(part: Config, payload: str) -> Shown:
    """What an entity makes of a payload on its state topic."""
    try:
        text = rendered(str(part.get("value_template", "")), payload)
    except jinja2.TemplateError as error:
        return Shown(None, f"{type(error).__name__}: {error}")
    if text == "None":
        return Shown(None)
    if len(text) > STATE_MAX and part["platform"] != "event":
        return Shown(None, f"{len(text)} characters")
    fault = _FAULT_OF[str(part["platform"])](part, text)
    return Shown(None if fault else text, fault)


def _sensor_fault(part: Config, text: str) -> str | None:
    device_class = part.get("device_class")
    if device_class == "enum":
        return None if text in _texts(part["options"]) else f"{text!r} is none of the options"
    if device_class == "timestamp":
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            return f"{text!r} is no instant"
        return None if at.tzinfo else "an instant without a zone"
    if part.get("unit_of_measurement") or part.get("state_class"):
        return _number_fault(part, text)
    return None if text else "an empty state is ignored"


def _binary_fault(part: Config, text: str) -> str | None:
    known = (part.get("payload_on", "ON"), part.get("payload_off", "OFF"))
    return None if text in known else f"{text!r} is neither {known[0]} nor {known[1]}"


def _switch_fault(part: Config, text: str) -> str | None:
    known = (part.get("state_on"), part.get("state_off"))
    return None if text in known else f"{text!r} is neither {known[0]} nor {known[1]}"


def _number_fault(part: Config, text: str) -> str | None:
    try:
        value = float(text)
    except ValueError:
        return f"{text!r} is no number"
    least, most = part.get("min", value), part.get("max", value)
    assert isinstance(least, int | float)
    assert isinstance(most, int | float)
    return None if least <= value <= most else f"{text} is out of range"


def _select_fault(part: Config, text: str) -> str | None:
    return None if text in _texts(part["options"]) else f"{text!r} is none of the options"


def _event_fault(part: Config, text: str) -> str | None:
    said = json.loads(text)
    if not isinstance(said, dict):
        return "no JSON object"
    kind = said.get("event_type")
    return None if kind in _texts(part["event_types"]) else f"event_type {kind!r} is not known"


def _update_fault(part: Config, text: str) -> str | None:
    if not text:
        return None  # nothing new
    said = json.loads(text)
    if set(said) - {"installed_version", "latest_version"} or not all(
        isinstance(version, str) for version in said.values()
    ):
        return f"{text} violates the schema"
    return None


def _trigger_fault(part: Config, text: str) -> str | None:
    return None if text else "an empty payload"


def _texts(values: JsonValue) -> list[JsonValue]:
    assert isinstance(values, list)
    return values


_FAULT_OF = {
    "sensor": _sensor_fault,
    "binary_sensor": _binary_fault,
    "switch": _switch_fault,
    "number": _number_fault,
    "select": _select_fault,
    "event": _event_fault,
    "device_automation": _trigger_fault,
    "update": _update_fault,
}
