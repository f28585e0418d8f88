"""What was ever published within this schema version: every key with its types and values. It only grows.

Rule: a reader of the topics must not lose a key, find another type in it, or wait for a word that comes no
more; who writes commands must not be refused what was taken before. Whoever takes something away on purpose
raises SCHEMA_VERSION, and begins a file of its own.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypedDict

from tests.tidy.contract_keys import Schema, keys
from wearsync.publish.contract import CHANNELS, schemas
from wearsync.publish.payloads import SCHEMA_VERSION

DATA = Path(f"tests/publish/published_{SCHEMA_VERSION}.json")


class Promise(TypedDict):
    """What is promised of one key."""

    types: list[str]
    values: list[str]


# Schema → key → what is promised of it. A command's keys are named `start.request_id`.
Promises = Mapping[str, Mapping[str, Promise]]


def problems(root: Path) -> Iterator[str]:
    """What is missing of what was promised, a line each."""
    yield from broken(_read(root), promises())


def broken(published: Promises, now: Promises) -> Iterator[str]:
    """What of `published` does not hold any more."""
    taken = {channel.schema for channel in CHANNELS if channel.is_command}
    for name, promised in published.items():
        for path, promise in promised.items():
            found = now.get(name, {}).get(path)
            if found is None:
                yield f"{name}: {path} is gone, and was published in schema {SCHEMA_VERSION}"
                continue
            was, now_is = set(promise["types"]), set(found["types"])
            if not (was <= now_is if name in taken else now_is <= was):
                yield f"{name}: {path} was {' or '.join(promise['types'])}, is {' or '.join(found['types'])}"
            if gone := [value for value in promise["values"] if value not in found["values"]]:
                yield f"{name}: {path} can't be {' or '.join(gone)} any more"


def promises() -> Promises:
    """What is promised now."""
    return {name: dict(_promises(schema)) for name, schema in schemas().items()}


def text(root: Path) -> str:
    """What was published so far and is now: the file's text, a line for each key."""
    published, now = _read(root), promises()
    grown = {name: {**published.get(name, {}), **now[name]} for name in now}
    of_names = (
        f" {json.dumps(name)}: {{\n"
        + ",\n".join(f"  {json.dumps(path)}: {json.dumps(promise)}" for path, promise in promised.items())
        + "\n }"
        for name, promised in grown.items()
    )
    return "{\n" + ",\n".join(of_names) + "\n}\n"


def _read(root: Path) -> Promises:
    path = root / DATA
    found: Promises = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def _promises(schema: Schema) -> Iterator[tuple[str, Promise]]:
    """Of each key. Of plain text: one without a name; of commands: each command's."""
    if isinstance(words := schema.get("enum"), list):
        yield "", {"types": ["string"], "values": [str(word) for word in words]}
    for prefix, part in _parts(schema):
        for key in keys(part):
            yield prefix + key.path, {"types": list(key.types), "values": list(key.values)}


def _parts(schema: Schema) -> Iterator[tuple[str, Schema]]:
    definitions = schema.get("$defs", {})
    match schema:
        case {"oneOf": list(references)} if isinstance(definitions, dict):
            for reference in references:
                assert isinstance(reference, dict)
                name = str(reference["$ref"]).removeprefix("#/$defs/")
                part = definitions[name]
                assert isinstance(part, dict)
                complete = {**part, "$defs": definitions}
                (of_command,) = (key for key in keys(complete) if key.path == "command")
                for command in of_command.values:
                    yield f"{command}.", complete
        case _:
            yield "", schema
