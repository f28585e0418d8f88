"""Writes what readers of the topics get: docs/mqtt/ (a JSON Schema for each payload, and an AsyncAPI 3
document) and the tables of docs/mqtt.md and docs/home-assistant.md (scripts/contract).

Rule: all of it is made from wearsync/publish; the examples are those of docs/mqtt.md. What was published once
within a schema version is remembered, and a change that takes something away is refused.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml
from pydantic import JsonValue

from tests.tidy import asyncapi, contract_growth, contract_keys, entity_table
from wearsync.alert_codes import AlertCode
from wearsync.publish.contract import CHANNELS, Channel, schemas
from wearsync.publish.payloads import EventPayload

ROOT = Path(__file__).parents[2]
PAGE = Path("docs/mqtt.md")
ENTITIES = Path("docs/home-assistant.md")
SCHEMAS = Path("docs/mqtt/schemas")
ASYNCAPI = Path("docs/mqtt/asyncapi.yaml")
BEGIN = "<!-- {}: written by scripts/contract, not by hand. -->\n"
END = "<!-- The end of {}. -->\n"
HEAD = "# Written by scripts/contract from wearsync/publish, not by hand.\n"

_EVENTS = frozenset({"hold", "session", "cue", "alert"})


def examples(page: str) -> Mapping[str, list[JsonValue]]:
    """The examples of the page, by the name of their schema."""
    found: dict[str, list[JsonValue]] = {}
    for name, text in re.findall(r"^```json (\w+)\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        found.setdefault(name, []).append(json.loads(text))
    return found


def files(root: Path) -> Mapping[Path, str]:
    """Everything that is to be there, by its path, with its text."""
    page = (root / PAGE).read_text(encoding="utf-8")
    shown = examples(page)
    # Through JSON: what is one object here would be an anchor there.
    document = json.loads(json.dumps(asyncapi.document(shown)))
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)
    of_schemas = {
        SCHEMAS / f"{name}.schema.json": _json({**schema, "examples": shown.get(name) or schema["enum"]})
        for name, schema in schemas().items()
    }
    return {
        **of_schemas,
        ASYNCAPI: HEAD + text,
        PAGE: _page(PAGE, page, _tables()),
        ENTITIES: _page(ENTITIES, (root / ENTITIES).read_text(encoding="utf-8"), entity_table.tables()),
        contract_growth.DATA: contract_growth.text(root),
    }


def problems(root: Path) -> Iterator[str]:
    """What is wrong, a line each."""
    yield from contract_growth.problems(root)
    expected = files(root)
    for path, text in expected.items():
        if not (root / path).exists() or (root / path).read_text(encoding="utf-8") != text:
            yield f"{path}: not as wearsync/publish: run scripts/contract"
    for path in sorted((root / SCHEMAS).glob("*")):
        if path.relative_to(root) not in expected:
            yield f"{path.relative_to(root)}: no such payload: delete it"


def write(root: Path) -> None:
    """All files."""
    for path, text in files(root).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


def main(arguments: list[str], root: Path = ROOT) -> int:
    """The script."""
    parser = argparse.ArgumentParser(prog="scripts/contract", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say what is wrong")
    options = parser.parse_args(arguments)
    found = list(contract_growth.problems(root))
    if not options.check and not found:
        write(root)
    found = list(problems(root))
    for problem in found:
        sys.stderr.write(f"{problem}\n")
    return 1 if found else 0


def _page(path: Path, page: str, tables: Mapping[str, str]) -> str:
    for name, table in tables.items():
        begin, end = BEGIN.format(name), END.format(name)
        before, mark, rest = page.partition(begin)
        _, closed, after = rest.partition(end)
        if not mark or not closed:
            raise SystemExit(f"{path}: it has no place for {name}: put in the lines {begin}{end}")
        page = f"{before}{begin}\n{table}\n\n{end}{after}"
    return page


def _tables() -> Mapping[str, str]:
    """Every table of the page, by its name."""
    common = EventPayload.model_json_schema(mode="serialization")
    events = frozenset(key.path for key in contract_keys.keys(common))
    return {
        "the table of topics": _topics(),
        "the keys of every event": contract_keys.table(_of("hold"), without=_but(events)),
        **{
            f"the keys of {name}": contract_keys.table(
                schema, without=events if name in _EVENTS else frozenset()
            )
            for name, schema in schemas().items()
            if "properties" in schema
        },
        "the table of alert codes": _codes(),
    }


def _of(name: str) -> Mapping[str, JsonValue]:
    return schemas()[name]


def _but(kept: frozenset[str]) -> frozenset[str]:
    return frozenset(key.path for key in contract_keys.keys(_of("hold"))) - kept


def _topics() -> str:
    rows = [
        f"| `…/{_shown(channel)}` | {_retained(channel)} | {channel.qos} | {channel.means} |"
        f" [{channel.schema}](mqtt/schemas/{channel.schema}.schema.json) |"
        for channel in CHANNELS
    ]
    return "\n".join(["| topic | retained | QoS | content | schema |", "|---|---|---|---|---|", *rows])


def _shown(channel: Channel) -> str:
    return channel.address.replace("{watch}", "<watch>").replace("{wearer}", "<name>")


def _retained(channel: Channel) -> str:
    return "never" if channel.is_command else "yes" if channel.retained else "no"


def _codes() -> str:
    rows = [f"| {code.about} | `{code}` | {code.means} |" for code in AlertCode]
    return "\n".join(["| of the | code | means |", "|---|---|---|", *rows])


def _json(value: JsonValue) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
