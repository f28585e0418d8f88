"""docs/mqtt/ and the tables of docs/mqtt.md are as the models; what was published stays; each check finds
what is planted.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from pydantic import JsonValue

from tests.tidy import contract_growth, contract_pages
from wearsync.publish.contract import CHANNELS

DOCUMENT = yaml.safe_load((contract_pages.ROOT / contract_pages.ASYNCAPI).read_text())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout where all is well."""
    for path in ("docs/mqtt", "tests/publish/published_1.json", "docs/mqtt.md", "docs/home-assistant.md"):
        source, target = contract_pages.ROOT / path, tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy(source, target)
    return tmp_path


def test_what_this_checkout_tells_readers_is_as_it_should_be() -> None:
    assert list(contract_pages.problems(contract_pages.ROOT)) == []


def test_all_of_it_is_made_anew(root: Path) -> None:
    shutil.rmtree(root / "docs" / "mqtt")
    assert contract_pages.main([], root) == 0
    assert contract_pages.main(["--check"], root) == 0
    assert len(list((root / contract_pages.SCHEMAS).iterdir())) == len({c.schema for c in CHANNELS})


@pytest.mark.parametrize(
    "path",
    [
        "docs/mqtt.md",
        "docs/home-assistant.md",
        "docs/mqtt/asyncapi.yaml",
        "docs/mqtt/schemas/hold.schema.json",
    ],
)
def test_a_change_by_hand_is_found(root: Path, path: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = (root / path).read_text()
    for right, wrong in (("names this event", "name this event"), ("Apache", "apache"), (".phase", ".phaze")):
        text = text.replace(right, wrong)
    (root / path).write_text(text)
    assert contract_pages.main(["--check"], root) == 1
    assert f"{path}: not as wearsync/publish" in capsys.readouterr().err


def test_a_schema_of_nothing_is_found(root: Path) -> None:
    (root / contract_pages.SCHEMAS / "mood.schema.json").write_text("{}")
    assert list(contract_pages.problems(root)) == [
        "docs/mqtt/schemas/mood.schema.json: no such payload: delete it"
    ]


def test_a_page_that_has_no_place_for_a_table_is_found(root: Path) -> None:
    page = root / contract_pages.PAGE
    page.write_text(page.read_text().replace(contract_pages.END.format("the keys of cue"), ""))
    with pytest.raises(SystemExit, match="no place for the keys of cue"):
        contract_pages.main([], root)


Promises = dict[str, dict[str, dict[str, list[str]]]]


def _gone(published: Promises) -> None:
    published["hold"]["mood"] = {"types": ["string"], "values": []}


def _other_type(published: Promises) -> None:
    published["hold"]["round"]["types"] = ["string"]


def _word_gone(published: Promises) -> None:
    published["state"]["phase"]["values"].append("asleep")


def _took_null(published: Promises) -> None:
    published["command"]["extra.side"]["types"] = ["null", "string"]


@pytest.mark.parametrize(
    ("plant", "says"),
    [
        (_gone, "hold: mood is gone, and was published in schema 1"),
        (_other_type, "hold: round was string, is integer"),
        (_word_gone, "state: phase can't be asleep any more"),
        (_took_null, "command: extra.side was null or string, is string"),
    ],
)
def test_what_was_published_is_not_taken_away(
    root: Path, plant: Callable[[Promises], None], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = root / contract_growth.DATA
    published: Promises = json.loads(path.read_text())
    plant(published)
    path.write_text(json.dumps(published))
    assert contract_pages.main([], root) == 1
    assert capsys.readouterr().err.splitlines()[0] == says
    assert json.loads(path.read_text()) == published


def test_what_is_new_is_promised_from_then_on(root: Path) -> None:
    path = root / contract_growth.DATA
    published: Promises = json.loads(path.read_text())
    del published["hold"]["void"]
    path.write_text(json.dumps(published))
    assert contract_pages.main([], root) == 0
    assert "void" in json.loads(path.read_text())["hold"]


# --- the AsyncAPI document ----------------------------------------------------------------------------------


def references(node: JsonValue) -> list[str]:
    """All `$ref` in it."""
    match node:
        case {"$ref": str(reference)}:
            return [reference]
        case dict():
            return [found for inner in node.values() for found in references(inner)]
        case list():
            return [found for inner in node for found in references(inner)]
        case _:
            return []


def test_every_reference_leads_somewhere() -> None:
    for reference in references(DOCUMENT):
        path, _, place = reference.partition("#")
        if path:
            assert (contract_pages.ROOT / contract_pages.ASYNCAPI.parent / path).is_file()
            continue
        node = DOCUMENT
        for part in place.strip("/").split("/"):
            node = node[part]


def test_every_channel_stands_in_it_with_its_operation() -> None:
    assert [channel["address"] for channel in DOCUMENT["channels"].values()] == [
        f"wearsync/{{site}}/{channel.address}" for channel in CHANNELS
    ]
    told = {
        operation["channel"]["$ref"].rpartition("/")[2]: operation
        for operation in DOCUMENT["operations"].values()
    }
    for channel in CHANNELS:
        mqtt = told[channel.name]["bindings"]["mqtt"]
        assert (mqtt["qos"], mqtt["retain"]) == (channel.qos, channel.retained)
        assert told[channel.name]["action"] == ("receive" if channel.name == "command" else "send")


def test_it_names_each_parameter_of_an_address() -> None:
    for channel in DOCUMENT["channels"].values():
        named = {part.strip("{}") for part in channel["address"].split("/") if part.startswith("{")}
        assert set(channel["parameters"]) == named
