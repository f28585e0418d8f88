"""What docs/home-assistant offers ready-made fits what a watch called "Wrist" announces.

Rule: the files are read as Home Assistant reads them; that it takes them was tried with a real one.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml
from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from pydantic import JsonValue

from wearsync.alert_codes import AlertCode
from wearsync.model import Phase
from wearsync.publish.discovery.device import WatchDevice, of_watch_device
from wearsync.publish.payloads import AlertPayload
from wearsync.publish.topics import slug

READY_MADE = Path(__file__).parents[3] / "docs" / "home-assistant"
BLUEPRINTS = READY_MADE / "blueprints" / "automation"
# What `configuration.yaml` draws, beside the watch's own.
LAMPS = {"light.left_lamp", "light.right_lamp", "input_boolean.left_lamp", "input_boolean.right_lamp"}
# The states that any entity can have.
NO_STATE = {"unknown", "unavailable"}


class HomeAssistantLoader(yaml.SafeLoader):
    """YAML with Home Assistant's tags, as plain values: `!input x` is "!input x"."""


for tag in ("!input", "!include"):
    HomeAssistantLoader.add_constructor(tag, lambda loader, node: f"{node.tag} {node.value}")


def loaded(path: Path) -> JsonValue:
    value: JsonValue = yaml.load(path.read_text(encoding="utf-8"), HomeAssistantLoader)  # safe
    return value


def values(tree: JsonValue, key: str = "") -> Iterator[tuple[str, JsonValue]]:
    """Every value, with the key it stands under."""
    yield key, tree
    if isinstance(tree, dict):
        for name, below in tree.items():
            yield from values(below, name)
    if isinstance(tree, list):
        for below in tree:
            yield from values(below, key)


def mappings(tree: JsonValue) -> Iterator[Mapping[str, JsonValue]]:
    return (value for _, value in values(tree) if isinstance(value, dict))


def texts(tree: JsonValue) -> Iterator[str]:
    return (value for _, value in values(tree) if isinstance(value, str))


@pytest.fixture(scope="module")
def announced() -> Mapping[str, Mapping[str, JsonValue]]:
    """What Home Assistant has of the watch, by entity id."""
    wrist = WatchDevice(watch_id="5f" * 16, name="Wrist", topic=slug("Wrist"), wearer="anna", model="any")
    parts = json.loads(of_watch_device(wrist, site="home"))["components"].values()
    return {part["default_entity_id"]: part for part in parts if "default_entity_id" in part}


FILES = sorted(READY_MADE.rglob("*.yaml"))
WITH_ENTITIES = [READY_MADE / "automations.yaml", READY_MADE / "dashboard.yaml"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_each_file_is_read(path: Path) -> None:
    assert loaded(path)


@pytest.mark.parametrize("path", WITH_ENTITIES, ids=lambda path: path.name)
def test_each_entity_is_announced_and_switched_on(
    path: Path, announced: Mapping[str, Mapping[str, JsonValue]]
) -> None:
    used = set(re.findall(r"\b[a-z_]+\.wrist_\w+", "\n".join(texts(loaded(path)))))
    assert used
    assert used <= announced.keys()
    assert {entity for entity in used if announced[entity].get("enabled_by_default") is False} == set()


def test_a_dashboard_asks_for_states_that_there_are(
    announced: Mapping[str, Mapping[str, JsonValue]],
) -> None:
    asked = 0
    for condition in mappings(loaded(READY_MADE / "dashboard.yaml")):
        if condition.get("condition") != "state":
            continue
        part = announced[str(condition["entity"])]
        known = NO_STATE | {"on", "off"} if part["platform"] in ("binary_sensor", "switch") else NO_STATE
        options = part.get("options")
        known = known | set(map(str, options if isinstance(options, list) else []))
        wanted = condition.get("state", condition.get("state_not"))
        assert set(wanted if isinstance(wanted, list) else [wanted]) <= known
        asked += 1
    assert asked > 3


def test_only_cards_of_home_assistants_own_are_used() -> None:
    kinds = {value for key, value in values(loaded(READY_MADE / "dashboard.yaml")) if key == "type"}
    assert kinds
    assert not {kind for kind in kinds if str(kind).startswith("custom:")}


@pytest.mark.parametrize("path", sorted(BLUEPRINTS.rglob("*.yaml")), ids=lambda path: path.name)
def test_each_input_of_a_blueprint_is_declared_and_used(path: Path) -> None:
    blueprint = loaded(path)
    assert isinstance(blueprint, dict)
    head = blueprint.pop("blueprint")
    assert isinstance(head, dict)
    assert isinstance(head["input"], dict)
    used = {text.removeprefix("!input ") for text in texts(blueprint) if text.startswith("!input ")}
    assert used == head["input"].keys()


@pytest.mark.parametrize("path", sorted(BLUEPRINTS.rglob("*.yaml")), ids=lambda path: path.name)
def test_a_blueprint_asks_an_alert_for_what_it_says(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    asked = set(re.findall(r"to_state\.attributes\.(\w+)", text))
    fields = {"schema" if name == "schema_version" else name for name in AlertPayload.model_fields}
    assert asked <= fields
    compared = "".join(re.findall(r"attributes\.code (?:==|in) ('\w+'|\[[^]]*\])", text))
    assert set(re.findall(r"'(\w+)'", compared)) <= set(AlertCode)
    # What is learnt late, and what is given back after a restart, is not to do anything.
    assert not asked or {"replayed", "at"} <= asked


def test_each_automation_gives_its_blueprint_what_it_asks_for() -> None:
    automations = loaded(READY_MADE / "automations.yaml")
    assert isinstance(automations, list)
    named = set()
    for automation in mappings(automations):
        if "use_blueprint" not in automation:
            continue
        use = automation["use_blueprint"]
        assert isinstance(use, dict)
        path = BLUEPRINTS / str(use["path"])
        blueprint = loaded(path)
        assert isinstance(blueprint, dict)
        head = blueprint["blueprint"]
        assert isinstance(head, dict)
        given, asked = use["input"], head["input"]
        assert isinstance(given, dict)
        assert isinstance(asked, dict)
        assert given.keys() == asked.keys()
        named.add(path)
    assert named == set(BLUEPRINTS.rglob("*.yaml"))


def test_the_trial_mounts_files_that_there_are_and_pins_its_images() -> None:
    compose = loaded(READY_MADE / "compose.yaml")
    mounted = {}
    for service in mappings(compose):
        if "image" not in service:
            continue
        assert re.search(r":\d+\.\d+\.\d+(-alpine)?$", str(service["image"]))
        ports, volumes = service["ports"], service["volumes"]
        assert isinstance(ports, list)
        assert isinstance(volumes, list)
        assert all(str(port).startswith("127.0.0.1:") for port in ports)
        for volume in map(str, volumes):
            if volume.startswith("./"):
                source, target, mode = volume.split(":")
                assert mode == "ro"
                mounted[target] = READY_MADE / source
    assert all(path.exists() for path in mounted.values())
    configuration = loaded(READY_MADE / "configuration.yaml")
    included = {
        text.removeprefix("!include ") for text in texts(configuration) if text.startswith("!include ")
    }
    included |= {str(value) for key, value in values(configuration) if key == "filename"}
    assert included
    assert {f"/config/{name}" for name in included} <= mounted.keys()


def test_the_trials_lamps_are_those_of_the_automations() -> None:
    drawn = {
        str(value) for key, value in values(loaded(READY_MADE / "configuration.yaml")) if key == "entity_id"
    }
    drawn |= {
        str(value)
        for key, value in values(loaded(READY_MADE / "configuration.yaml"))
        if key == "default_entity_id"
    }
    assert drawn == LAMPS
    lit = set(re.findall(r"\blight\.\w+", "\n".join(texts(loaded(READY_MADE / "automations.yaml")))))
    assert lit <= LAMPS


@pytest.mark.parametrize(
    ("phase", "left_s", "sentence"),
    [
        (Phase.HOLD, 14, "Hold the left side, 14 seconds to go."),
        (Phase.HOLD, 3, "The left side is done."),
        (Phase.GAP, 0, "Get ready: the left side is next."),
        (Phase.CONFIRM, 0, "Tap your watch to begin."),
        (Phase.PAUSED, 0, "The session is paused."),
        (Phase.CLOSING, 0, "The session is over."),
        (Phase.IDLE, 0, "The session is over."),
        ("unavailable", 0, "The watch is out of reach."),
    ],
)
def test_the_spoken_cue_says_what_to_do_now(phase: str, left_s: int, sentence: str) -> None:
    said = [
        variables["sentence"]
        for variables in mappings(loaded(BLUEPRINTS / "wearsync" / "spoken_cue.yaml"))
        if "sentence" in variables
    ]
    template = SandboxedEnvironment(undefined=StrictUndefined).from_string(str(said[0]))
    assert template.render(phase=str(phase), hip="left", left_s=left_s).strip() == sentence
