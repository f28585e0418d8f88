"""The tables of docs/home-assistant.md: every entity with its topic, template, class and what it sends
(scripts/contract).

Rule: made from wearsync/publish/discovery, nothing in it is written by hand.
"""

from collections.abc import Iterable, Mapping

from pydantic import JsonValue

from wearsync.publish.discovery import readings
from wearsync.publish.discovery.device import DAEMON_ENTITIES, WATCH_ENTITIES
from wearsync.publish.discovery.entity import Entity

_SENT = ("payload_press", "command_template", "payload_on", "payload_off")


def tables() -> Mapping[str, str]:
    """Each table of the page, by its name."""
    reads = [entity for entity in WATCH_ENTITIES if not entity.commands and not _is_trigger(entity)]
    reads.append(readings.app("…"))
    return {
        "what is shown of a watch": _table(_READS, map(_read, reads)),
        "what a watch can be told": _table(
            _CONTROLS, (_control(entity) for entity in WATCH_ENTITIES if entity.commands)
        ),
        "what automations can wait for": _table(
            _TRIGGERS, (_trigger(entity) for entity in WATCH_ENTITIES if _is_trigger(entity))
        ),
        "what is shown of the daemon": _table(_READS, map(_read, DAEMON_ENTITIES)),
    }


_READS = ("entity", "topic", "template", "class")
_CONTROLS = ("entity", "sends", "shows")
_TRIGGERS = ("trigger", "topic", "template", "fires for")


def _read(entity: Entity) -> tuple[str, ...]:
    return _name(entity), _code(entity.source or ""), _code(entity.template), _class(entity)


def _control(entity: Entity) -> tuple[str, ...]:
    sent = [_code(str(entity.options[key])) for key in _SENT if key in entity.options]
    shows = f"{_code(entity.source)}: {_code(entity.template)}" if entity.source else ""
    return _name(entity), "<br>".join(sent), shows


def _trigger(entity: Entity) -> tuple[str, ...]:
    return (
        entity.name,
        _code(entity.source or ""),
        _code(entity.template),
        _code(str(entity.options["payload"])),
    )


def _name(entity: Entity) -> str:
    """The name, where it stands in entity ids, and whether somebody has to switch it on."""
    off = "" if entity.options.get("enabled_by_default", True) else ", off at first"
    return f"{entity.name}<br>`{entity.platform}.…_{entity.key}`{off}"


def _class(entity: Entity) -> str:
    options = entity.options
    said = [options.get(key) for key in ("device_class", "unit_of_measurement", "state_class")]
    words = _words(options.get("options")) or _words(options.get("event_types"))
    return " · ".join([*(str(each) for each in said if each), *([words] if words else [])])


def _words(values: JsonValue) -> str:
    return " ".join(f"`{value}`" for value in values) if isinstance(values, list) else ""


def _code(text: str) -> str:
    """Code in a table's cell, where a bar would begin the next one."""
    return f"`{text}`".replace("|", r"\|") if text else ""


def _is_trigger(entity: Entity) -> bool:
    return entity.platform == "device_automation"


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
