"""The tools that are compared: how each is started in the guest, and what its messages say of what was sent.

Rule: each as its own documentation starts it, with its defaults; what differs stands here.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.bench.peers.layer import LIBRARY, SCRIPTS
from tests.bench.peers.peripheral import COUNT, Counting, Restless
from tests.bench.peers.tally import Tally
from tests.bluez.settings import HOME, HOST, SITE

__all__ = ["Tool", "tools"]

EVENTS = ("hold", "cue", "session")
BLE2MQTT_CONFIG = f"{HOME}/ble2mqtt.json"


@dataclass(frozen=True)
class Tool:
    """`hears` gives the name of what a message tells, None if it tells nothing that was sent. `files`: by
    path, written before the start. `by`: what it reads of the watch. `alone`: when something fails it
    switches the adapter off, under everybody's feet.
    """

    name: str
    by: str
    watch: Counting | Restless
    argv: tuple[str, ...]
    hears: Callable[[str, bytes], str | None]
    env: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    alone: bool = False

    @property
    def tally(self) -> Tally:
        return self.watch.tally


def tools(port: int) -> tuple[Tool, ...]:
    """All of them, before any was started. `port`: of the broker, on the host."""
    return (_wearsync(port), _bare(port), _ble2mqtt(port), _theengs(port))


def _wearsync(port: int) -> Tool:
    def hears(topic: str, payload: bytes) -> str | None:
        if not topic.startswith(f"wearsync/{SITE}/") or topic.rpartition("/")[2] not in EVENTS:
            return None
        event = json.loads(payload)
        if topic.endswith("/session"):
            return f"session {event['session']}"
        # What the host decided of a cue that never reached the watch is no record of the watch's.
        return None if event["id"].startswith("host:") else str(event["id"])

    watch = Restless(Tally())
    return Tool("wearsync", "journal", watch, ("wearsync", "run", "--broker", f"mqtt://{HOST}:{port}"), hears)


def _bare(port: int) -> Tool:
    def hears(topic: str, payload: bytes) -> str | None:
        return (
            str(int.from_bytes(bytes.fromhex(payload.decode()), "little")) if topic == "bare/count" else None
        )

    watch = Counting("Bare", Tally())
    argv = ("python3", f"{SCRIPTS}/bare.py", watch.watch.address, COUNT, HOST, str(port))
    return Tool("bare script", "notifications", watch, argv, hears)


def _ble2mqtt(port: int) -> Tool:
    watch = Counting("Ble2", Tally())
    state = f"ble2mqtt/0x{watch.watch.address.replace(':', '').lower()}"

    def hears(topic: str, payload: bytes) -> str | None:
        return _number(payload, "count") if topic == state else None

    config = {
        "mqtt_host": HOST,
        "mqtt_port": port,
        "devices": [{"address": watch.watch.address, "type": "counter"}],
    }
    return Tool(
        "ble2mqtt",
        "notifications",
        watch,
        ("python3", f"{SCRIPTS}/ble2mqtt_counter.py"),
        hears,
        env={"PYTHONPATH": LIBRARY, "BLE2MQTT_CONFIG": BLE2MQTT_CONFIG},
        files={BLE2MQTT_CONFIG: json.dumps(config)},
        alone=True,
    )


def _theengs(port: int) -> Tool:
    watch = Counting("Tag", Tally(), advertises=True)
    state = f"home/TheengsGateway/BTtoMQTT/{watch.watch.address.replace(':', '')}"

    def hears(topic: str, payload: bytes) -> str | None:
        return _number(payload, "seq") if topic == state else None

    argv = ("python3", "-m", "TheengsGateway", "-H", HOST, "-P", str(port))
    return Tool("Theengs", "advertising", watch, argv, hears, env={"PYTHONPATH": LIBRARY})


def _number(payload: bytes, key: str) -> str | None:
    """0 was there before anything was sent."""
    number = json.loads(payload).get(key)
    return str(number) if number else None
