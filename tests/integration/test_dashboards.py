"""The how-tos for other dashboards: their topics and keys are of the contract, and what can be run is run.

Rule: everything is read out of docs/howto/, as a reader would copy it.
"""

import json
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from pydantic import JsonValue

from tests.mosquitto import Mosquitto
from tests.publish.valid import channel_of
from tests.tidy.contract_keys import keys
from tests.tidy.contract_pages import PAGE, ROOT, examples
from wearsync.publish.commands import Given, parse
from wearsync.publish.contract import schemas

HOWTO = ROOT / "docs" / "howto"
TEXT = (HOWTO / "dashboards.md").read_text(encoding="utf-8")
FLOW: list[dict[str, JsonValue]] = json.loads((HOWTO / "node-red-flow.json").read_text(encoding="utf-8"))
SCRIPT = HOWTO / "holds_to_sqlite.py"
HOLD = examples((ROOT / PAGE).read_text(encoding="utf-8"))["hold"][0]
SOON_S = 20
LOOK_EVERY_S = 0.05


def schema_of(topic: str) -> str:
    """The name of the schema of a topic, which may have wildcards."""
    base, site, below = topic.split("/", 2)
    assert (base, site) in [("wearsync", "home"), ("wearsync", "+")]
    channel = channel_of(below)
    assert channel is not None, topic
    return channel.schema


def test_the_flow_of_node_red_is_whole_and_of_the_contract() -> None:
    nodes = {node["id"]: node for node in FLOW}
    assert len(nodes) == len(FLOW)
    for node in FLOW:
        wires = node.get("wires", [])
        assert isinstance(wires, list)
        assert all(to in nodes for output in wires if isinstance(output, list) for to in output)
        if str(node["type"]).startswith("mqtt ") and isinstance(topic := node["topic"], str):
            assert schema_of(topic)
            assert node["broker"] in nodes
    (out,) = (node for node in FLOW if node["type"] == "mqtt out")
    assert (schema_of(str(out["topic"])), out["retain"]) == ("command", "false")
    commands = [node["payload"] for node in FLOW if node["type"] == "inject"]
    assert all(
        isinstance(parse(json.dumps({"command": it}).encode(), retained=False), Given) for it in commands
    )


def test_the_things_of_openhab_name_keys_that_there_are() -> None:
    found = re.findall(r'stateTopic="(.*?)", transformationPattern="JSONPATH:\$\.(.*?)"', TEXT)
    assert len(found) == 8
    for topic, path in found:
        assert path in {key.path for key in keys(schemas()[schema_of(topic)])}
    assert schema_of(*re.findall(r'availabilityTopic="(.*?)"', TEXT)) == "availability"
    assert schema_of(*re.findall(r'commandTopic="(.*?)"', TEXT)) == "command"
    (form,) = re.findall(r'formatBeforePublish="(.*?)", ret', TEXT)
    assert isinstance(parse((form.replace('\\"', '"') % "start").encode(), retained=False), Given)


@contextmanager
def keeping(broker: Mosquitto, file: Path) -> Iterator[None]:
    """The script runs."""
    arguments = [sys.executable, str(SCRIPT), f"127.0.0.1:{broker.port}", str(file)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "listening\n"
        yield
        process.terminate()


def graph(file: Path) -> list[tuple[int, str, float]]:
    """What Grafana would draw; nothing yet, if the file is not there."""
    (query,) = re.findall(r"```sql\n(.*?)```", TEXT, re.DOTALL)
    with closing(sqlite3.connect(file)) as database:
        try:
            return database.execute(query).fetchall()
        except sqlite3.OperationalError:
            return []


def publish(broker: Mosquitto, *holds: dict[str, JsonValue]) -> None:
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    for hold in holds:
        below = "wearer/anna" if hold["amends"] else "ours"
        client.publish(f"wearsync/home/{below}/hold", json.dumps(hold), qos=1).wait_for_publish(SOON_S)
    client.disconnect()
    client.loop_stop()


def until_drawn(file: Path, wanted: list[tuple[int, str, float]]) -> None:
    """Until the graph is that one."""
    deadline_s = time.monotonic() + SOON_S
    while (drawn := graph(file)) != wanted:
        assert time.monotonic() < deadline_s, drawn
        time.sleep(LOOK_EVERY_S)


def test_grafana_gets_each_hold_once_as_it_was_corrected(tmp_path: Path, mosquitto: Mosquitto) -> None:
    assert isinstance(HOLD, dict)
    file = tmp_path / "holds.sqlite"
    other: dict[str, JsonValue] = {**HOLD, "id": "aa:1:9:hold", "side": "right", "credited_s": 42.0}
    corrected: dict[str, JsonValue] = {**HOLD, "id": "host:1", "amends": HOLD["id"], "credited_s": 50.0}
    void: dict[str, JsonValue] = {**other, "id": "host:2", "amends": other["id"], "void": True}
    day = 1773446400  # 2026-03-14
    with keeping(mosquitto, file):
        publish(mosquitto, HOLD, HOLD, other)
        until_drawn(file, [(day, "left", 30.01), (day, "right", 42.0)])
    publish(mosquitto, corrected, HOLD, void, other)  # the script is not running
    with keeping(mosquitto, file):
        until_drawn(file, [(day, "left", 50.0)])
