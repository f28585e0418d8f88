"""The announcements: which device has which entities, on which topics; and one that is read back; pure.

Rule: ids come from the watch's id, or the site of the daemon, never from a name: a watch keeps its history
when it is renamed, and when another daemon takes it over. The broker's own copy is the only memory of what
was announced: whose it is, it says itself.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from wearsync import __version__
from wearsync.publish.discovery import controls, readings
from wearsync.publish.discovery.entity import Entity, Source
from wearsync.publish.topics import HEALTH, INFO, SLUG_MAX, STATUS, Leaf, base, of_watch, summary_of

WATCH_ENTITIES: tuple[Entity, ...] = (
    *readings.SESSION,
    *readings.DOSE,
    *controls.BUTTONS,
    *controls.ROUTINE,
    *controls.SWITCHES,
    *controls.EVENTS,
    *controls.TRIGGERS,
    *readings.WATCH,
)
"""What each watch's device has; `readings.app` comes to it where we have an app."""

DAEMON_ENTITIES: tuple[Entity, ...] = readings.DAEMON
"""What the daemon's own device has."""

# All of ours stand on one level, so that they can be subscribed to, and allowed, apart from others'.
_NODE = "wearsync"
_MAKER = "wearsync"

# Names as ours are. A topic with a control character would make the broker end the connection.
_WORD = re.compile(r"[a-z0-9_]{1,64}")
_RETAINED = re.compile(rf"[a-z0-9_-]{{1,{SLUG_MAX}}}/({Leaf.STATE}|{Leaf.AVAILABILITY})")

_ADAPTER = "{{ 'offline' if 'no_adapter' in value_json.adapters | map(attribute='state') else 'online' }}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchDevice:
    """A watch to announce. `topic`: its level in topics; `model`: its family's name; `app`: the version of
    our app for it, None: it needs none.
    """

    watch_id: str
    name: str
    topic: str
    wearer: str
    model: str
    app: str | None = None


@dataclass(frozen=True, slots=True)
class Announced:
    """What the broker has of an announcement. `live`: the platform of each component, but for those whose
    removal was announced; `retained`: the watch's retained topics that it names, without the base.
    """

    site: str
    live: Mapping[str, str] = field(default_factory=dict)
    retained: frozenset[str] = frozenset()


def announcements(prefix: str) -> str:
    """The topic filter of all announcements of wearsync's; `prefix` is Home Assistant's."""
    return f"{prefix}/device/{_NODE}/+/config"


def births(prefix: str) -> str:
    """Where Home Assistant says that it is there."""
    return f"{prefix}/status"


def topic_of_watch(prefix: str, watch_id: str) -> str:
    """Where a watch is announced."""
    return f"{prefix}/device/{_NODE}/{watch_id}/config"


def topic_of_daemon(prefix: str, site: str) -> str:
    """Where a daemon is announced."""
    return f"{prefix}/device/{_NODE}/site_{site}/config"


def of_watch_device(watch: WatchDevice, *, site: str, before: Announced | None = None) -> str:
    """The payload that announces a watch. `before`: what was announced until now: what it has too much is
    taken out of Home Assistant.
    """
    below = base(site)
    status: JsonValue = {"topic": f"{below}/{STATUS}"}
    adapter: JsonValue = {"topic": f"{below}/{INFO}", "value_template": _ADAPTER}
    there: JsonValue = {"topic": f"{below}/{of_watch(watch.topic, Leaf.AVAILABILITY)}"}
    return _payload(
        site=site,
        device={
            "identifiers": [_watch_key(watch.watch_id)],
            "via_device": _site_key(site),
            "name": watch.name,
            "manufacturer": _MAKER,
            "model": watch.model,
        },
        components=_components(
            WATCH_ENTITIES if watch.app is None else (*WATCH_ENTITIES, readings.app(watch.app)),
            unique=_watch_key(watch.watch_id),
            entity_id=watch.topic,
            topics=_topics(below, watch),
            command=f"{below}/{of_watch(watch.topic, Leaf.COMMAND)}",
            availability={"daemon": [status]},
        ),
        availability=[status, adapter, there],
        before=before,
    )


def of_daemon_device(*, site: str, before: Announced | None = None) -> str:
    """The payload that announces the daemon, which all its watches hang on."""
    below = base(site)
    return _payload(
        site=site,
        device={
            "identifiers": [_site_key(site)],
            "name": f"wearsync {site}",
            "manufacturer": _MAKER,
            "model": "companion daemon",
            "sw_version": __version__,
        },
        components=_components(
            DAEMON_ENTITIES,
            unique=_site_key(site),
            entity_id=_site_key(site),
            topics={Source(leaf): f"{below}/{leaf}" for leaf in (STATUS, INFO, HEALTH)},
            command="",
            availability={},
        ),
        availability=[{"topic": f"{below}/{STATUS}"}],
        before=before,
    )


def read_back(payload: bytes) -> Announced | None:
    """What an announcement says; None: it is none of ours, or none at all. Anybody may have written it: only
    names as we give them are taken from it, for we publish to them.
    """
    try:
        said = _Payload.model_validate_json(payload)
    except ValidationError:
        return None
    hub = said.device.via_device or next(iter(said.device.identifiers), "")
    site = hub.removeprefix(_site_key(""))
    if site == hub:
        return None
    live = {
        key: part.platform
        for key, part in said.components.items()
        if part.model_extra and _WORD.fullmatch(key) and _WORD.fullmatch(part.platform)
    }
    below = f"{base(site)}/"
    named = {part.state_topic for part in said.components.values()} | {
        each.topic for each in said.availability
    }
    ours = (topic.removeprefix(below) for topic in named if topic.startswith(below))
    return Announced(site, live, frozenset(topic for topic in ours if _RETAINED.fullmatch(topic)))


def _topics(below: str, watch: WatchDevice) -> Mapping[Source, str]:
    return {
        Source.STATE: f"{below}/{of_watch(watch.topic, Leaf.STATE)}",
        Source.HOLD: f"{below}/{of_watch(watch.topic, Leaf.HOLD)}",
        Source.SESSION: f"{below}/{of_watch(watch.topic, Leaf.SESSION)}",
        Source.ALERT: f"{below}/{of_watch(watch.topic, Leaf.ALERT)}",
        Source.SUMMARY: f"{below}/{summary_of(watch.wearer)}",
    }


def _components(
    entities: Iterable[Entity],
    *,
    unique: str,
    entity_id: str,
    topics: Mapping[Source, str],
    command: str,
    availability: Mapping[str, JsonValue],
) -> dict[str, JsonValue]:
    parts: dict[str, JsonValue] = {}
    for entity in entities:
        part: dict[str, JsonValue] = {"platform": entity.platform}
        is_trigger = entity.platform == "device_automation"
        if not is_trigger:
            part["unique_id"] = f"{unique}_{entity.key}"
            part["name"] = entity.name
            part["default_entity_id"] = f"{entity.platform}.{_plain(entity_id)}_{entity.key}"
            if entity.needs in availability:
                part["availability"] = availability[entity.needs]
        if entity.source is not None:
            part["topic" if is_trigger else "state_topic"] = topics[entity.source]
        if entity.template:
            part["value_template"] = entity.template
        if entity.commands:
            part["command_topic"] = command
        parts[entity.key] = part | dict(entity.options)
    return parts


def _payload(
    *,
    site: str,
    device: Mapping[str, JsonValue],
    components: dict[str, JsonValue],
    availability: list[JsonValue],
    before: Announced | None,
) -> str:
    """`availability` holds for the components that say nothing else. One that was live before, and is no
    more, is announced once by its platform alone: leaving it out would leave it in Home Assistant.
    """
    gone: dict[str, JsonValue] = {}
    if before is not None and before.site == site:
        gone = {key: {"platform": name} for key, name in before.live.items() if key not in components}
    said: Mapping[str, JsonValue] = {
        "device": dict(device),
        "origin": {"name": _MAKER, "sw_version": __version__},
        "components": components | gone,
        "availability": availability,
        "availability_mode": "all",
        "qos": 1,
    }
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def _watch_key(watch_id: str) -> str:
    return f"wearsync_{watch_id}"


def _site_key(site: str) -> str:
    return f"wearsync_site_{site}"


def _plain(level: str) -> str:
    """A topic's level as a part of an entity's id."""
    return re.sub(r"[^a-z0-9]+", "_", level).strip("_")


class _Part(BaseModel):
    model_config = ConfigDict(extra="allow")

    platform: str
    state_topic: str = ""


class _There(BaseModel):
    topic: str


class _Device(BaseModel):
    identifiers: tuple[str, ...]
    via_device: str | None = None


class _Payload(BaseModel):
    device: _Device
    components: dict[str, _Part] = {}
    availability: tuple[_There, ...] = ()
