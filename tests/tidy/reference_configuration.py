"""docs/reference/configuration.md: each section and key of the configuration, as its models have them.

Rule: made from the JSON Schema that `wearsync config schema` prints; a key that says nothing of itself is
an error here.
"""

import json
from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from tests.tidy.contract_keys import Key, keys
from wearsync.config import schema

PAGE = "docs/reference/configuration.md"
HEAD = """\
# Configuration

<!-- Written by scripts/reference, from the models of the configuration. -->

One TOML file. `wearsync config init` writes it, with comments, to the usual place of your system (Linux:
`~/.config/wearsync/config.toml`); `--config FILE` or `WEARSYNC_CONFIG` names another one. `wearsync
config check` names line and key of what is wrong, `wearsync config schema` prints the JSON Schema that
this page is made from.

Every key may be left out, but those marked *needed* in a section that is there. What counts, from
strongest to weakest: the command line, the environment, the file, the default; where *default* is empty,
there is none. In the environment a key is called `WEARSYNC_KEY`, one of a section `WEARSYNC_SECTION_KEY`
(`WEARSYNC_BROKER_URL`). Files are relative to the configuration's own directory. Passwords never stand
in it: it names files, which only you may read.
"""
TOP = "The whole daemon"
# Written with two brackets: as many of them as there are.
MANY = frozenset({"watches"})

Schema = Mapping[str, JsonValue]


def page() -> str:
    """The whole page."""
    whole = schema()
    properties = whole["properties"]
    assert isinstance(properties, dict)
    single = {name: of for name, of in properties.items() if _model(whole, of) is None}
    text = HEAD + f"\n## {TOP}\nAt the top of the file, before the first section.\n\n"
    text += _table({"$defs": whole["$defs"], "properties": single})
    for name, of in properties.items():
        if model := _model(whole, of):
            brackets = f"[[{name}]]" if name in MANY else f"[{name}]"
            says = " ".join(str(model.get("description", "")).split())
            text += f"\n## {brackets}\n{_sentence(says)}\n\n" + _table({"$defs": whole["$defs"], **model})
    return text


def silent(root: Schema) -> Iterator[str]:
    """Keys that don't say what they mean."""
    for key in keys(root):
        if not key.means and not _is_table(key):
            yield key.path


def _is_table(key: Key) -> bool:
    return key.types in (("object",), ("array",))


def _table(model: Schema) -> str:
    properties = model["properties"]
    assert isinstance(properties, dict)
    rows = []
    for key in keys(model):
        if "." in key.path or "[]" in key.path:
            continue  # of [watches.routine]: those of [routine]
        of = properties[key.path]
        assert isinstance(of, dict)
        rows.append(f"| `{key.path}` | {_takes(key, of)} | {_default(of, key)} | {_means(key)} |")
    return "| key | takes | default | means |\n|---|---|---|---|\n" + "\n".join(rows) + "\n"


def _means(key: Key) -> str:
    return key.means.replace("|", "\\|")


def _takes(key: Key, of: Schema) -> str:
    low, high = (_bound(of, name) for name in ("minimum", "maximum"))
    if low is not None and high is not None:
        return f"{low}–{high}" + (f" {key.unit}" if key.unit else "")
    return "file" if "string: path" in key.types else key.told.removesuffix(" or null")


def _bound(of: Schema, name: str) -> JsonValue:
    return of.get(name)


def _default(of: Schema, key: Key) -> str:
    if "default" not in of:
        return "needed"
    value = of["default"]
    return (
        "" if value in (None, "") or "object" in key.types else f"`{json.dumps(value, ensure_ascii=False)}`"
    )


def _model(whole: Schema, of: JsonValue) -> Schema | None:
    """The section that a key of the top is, if it is one."""
    assert isinstance(of, dict)
    of = of.get("items", of)
    assert isinstance(of, dict)
    for choice in (of, *_listed(of.get("allOf"))):
        reference = choice.get("$ref")
        if isinstance(reference, str):
            definitions = whole["$defs"]
            assert isinstance(definitions, dict)
            found = definitions[reference.rpartition("/")[2]]
            assert isinstance(found, dict)
            return found if "properties" in found else None
    return None


def _listed(value: JsonValue) -> list[Schema]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _sentence(docstring: str) -> str:
    """Without the section's own name, which the heading says; with a capital."""
    says = docstring.partition(": ")[2] if docstring.startswith("`[") else docstring
    return says[:1].upper() + says[1:]
