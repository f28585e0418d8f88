"""The keys of a payload, read out of its JSON Schema: for the tables of docs/mqtt.md, and to see that they
only ever grow.

Rule: whatever is said of a key is in its schema. Paths: `today.left.seconds`, `days[].date`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

Schema = Mapping[str, JsonValue]

# By the last part of the name; those that have no such part, by all of it.
_UNITS = {"s": "s", "ms": "ms", "mb": "MB"}
_UNITS_OF = {"seconds": "s", "battery": "%", "rssi": "dBm", "minutes": "min"}
_WORDS = {"integer": "integer", "number": "number", "boolean": "true or false", "string": "text"}
_FORMATS = {"date-time": "instant", "date": "date"}


@dataclass(frozen=True, slots=True)
class Key:
    """One key: its types as in JSON Schema, sorted, with formats; its values, if they are counted up."""

    path: str
    types: tuple[str, ...]
    values: tuple[str, ...]
    means: str

    @property
    def unit(self) -> str:
        """By its name."""
        name = self.path.rpartition(".")[2]
        return _UNITS_OF.get(name) or _UNITS.get(name.rpartition("_")[2], "")

    @property
    def told(self) -> str:
        """Its type, as people say it."""
        null = " or null" if "null" in self.types else ""
        if self.values:
            return " ".join(f"`{value}`" for value in self.values) + null
        return " or ".join(_told(kind) for kind in self.types if kind != "null") + null


def keys(schema: Schema) -> tuple[Key, ...]:
    """All keys of an object's schema, in order; those of objects in it follow it."""
    return tuple(_keys(schema, schema, ""))


def table(schema: Schema, *, without: frozenset[str] = frozenset()) -> str:
    """The Markdown table of a payload's keys."""
    rows = [
        f"| `{key.path}` | {key.told} | {key.unit} | {key.means} |"
        for key in keys(schema)
        if key.path not in without
    ]
    return "\n".join(["| key | type | unit | meaning |", "|---|---|---|---|", *rows])


def _keys(whole: Schema, schema: Schema, before: str) -> Iterator[Key]:
    properties = schema.get("properties", {})
    assert isinstance(properties, dict)
    for name, of_key in properties.items():
        assert isinstance(of_key, dict)
        path, choices = f"{before}{name}", tuple(_choices(whole, of_key))
        yield Key(
            path,
            tuple(sorted({_type(choice) for choice in choices})),
            tuple(str(value) for choice in choices for value in _values(choice)),
            str(of_key.get("description", "")),
        )
        for choice in choices:
            if "properties" in choice:
                yield from _keys(whole, choice, f"{path}.")
            elif isinstance(items := choice.get("items"), dict):
                for item in _choices(whole, items):
                    yield from _keys(whole, item, f"{path}[].")


def _choices(whole: Schema, schema: Schema) -> Iterator[Schema]:
    """What a key may be: references followed, alternatives one by one."""
    match schema:
        case {"anyOf": list(alternatives)}:
            for alternative in alternatives:
                assert isinstance(alternative, dict)
                yield from _choices(whole, alternative)
        case {"$ref": str(reference)}:
            definitions = whole["$defs"]
            assert isinstance(definitions, dict)
            definition = definitions[reference.removeprefix("#/$defs/")]
            assert isinstance(definition, dict)
            yield definition
        case _:
            yield schema


def _type(schema: Schema) -> str:
    kind, form = str(schema["type"]), schema.get("format")
    return kind if form is None else f"{kind}: {form}"


def _values(schema: Schema) -> Iterator[JsonValue]:
    match schema:
        case {"enum": list(values)}:
            yield from values
        case {"const": value}:
            yield value
        case _:
            return


def _told(kind: str) -> str:
    plain, _, form = kind.partition(": ")
    return _FORMATS.get(form) or _WORDS.get(plain) or {"object": "object", "array": "list"}[plain]
