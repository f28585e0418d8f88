"""docs/mqtt/mosquitto.conf and docs/mqtt/acl, as they are, in a real mosquitto around a daemon with a watch.

Rule: what somebody may do is shown by what arrives. mosquitto acknowledges a subscription that it denies, and
a QoS 1 message that it drops, to a client of MQTT 3.1.1: a return code shows nothing.
"""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiomqtt
import pytest

from tests.daemon.home import SHORT, Home, Running, at_home, until
from tests.integration.test_home import SPEED, in_haste
from tests.mosquitto import Mosquitto
from tests.publish.certificates import Authority
from tests.publish.passwords import write_passwords
from tests.publish.test_client import first
from wearsync.config import load
from wearsync.control.calls import LogParams
from wearsync.control.results import Done
from wearsync.daemon.home_assistant import heard_by
from wearsync.errors import BrokerUnavailable
from wearsync.model import Phase, Side
from wearsync.publish.address import BrokerAddress
from wearsync.publish.client import MqttPublisher
from wearsync.publish.connection import ACK_DEADLINE_S
from wearsync.publish.topics import Leaf, of_watch, slug
from wearsync_simulators.scaled_loop import ScaledLoop
from wearsync_simulators.watches.view import Face

DOCS = Path(__file__).parents[2] / "docs" / "mqtt"
ELSEWHERE = "/etc/mosquitto/wearsync"
# Seconds of the scaled clock; the broker answers in real time.
PATIENCE_S = 600.0
BASE = "wearsync/home"
START = '{"command": "start"}'
# What somebody might try to pass off as ours.
LIES = (
    f"{BASE}/ours/state",
    f"{BASE}/ours/hold",
    f"{BASE}/status",
    "homeassistant/device/wearsync/lie/config",
)


def serve(broker: Mosquitto, directory: Path, *, acl: str | None = None) -> Authority:
    """The documentation's broker, with everybody's password the same as the name, and a stranger's too."""
    etc = directory / "etc"
    etc.mkdir()
    authority = Authority(etc)
    certificate, key = authority.issue("127.0.0.1")
    certificate.rename(etc / "broker.pem")
    key.rename(etc / "broker.key")
    run(broker, etc, (DOCS / "mosquitto.conf").read_text(), acl or (DOCS / "acl").read_text())
    return authority


def run(broker: Mosquitto, etc: Path, said: str, acl: str) -> None:
    """Those two files, elsewhere and on another port."""
    names = ("wearsync", "home-assistant", "anna", "dashboard", "home", "stranger")
    write_passwords(etc / "passwords", **{name: name for name in names})
    (etc / "acl").write_text(acl)
    assert ELSEWHERE in said
    said = said.replace(ELSEWHERE, str(etc)).replace("listener 8883", f"listener {broker.port} 127.0.0.1")
    broker.configure(*said.splitlines(), anybody=False)


def way_of(home: Home) -> MqttPublisher:
    """The daemon's, from its configuration file; with patience for a broker in real time."""
    address = load(home.config, state_dir=home.state_dir).broker
    heard = heard_by(home.settings.home_assistant)
    return MqttPublisher(address, site="home", beside=heard, ack_deadline_s=ACK_DEADLINE_S * SPEED)


def broker_section(broker: Mosquitto, authority: Authority, user: str) -> str:
    """Of the daemon's configuration, with the password in its file."""
    secret = authority.file.with_name(f"{user}.password")
    secret.write_text(f"{user}\n")
    secret.chmod(0o600)
    return f"""
[broker]
url = "mqtts://127.0.0.1:{broker.port}"
username = "{user}"
password_file = "{secret}"
ca_file = "{authority.file}"
"""


# Of the loop: from the queue to a task, to whoever waits for that, to `heard`; there are four at the most.
HANDED_ON_TURNS = 10


class Party:
    """A user of the broker, who has subscribed to everything there is."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self._client = client
        self.heard: list[tuple[str, str]] = []

    async def listen(self) -> None:
        async for message in self._client.messages:
            self.heard.append((message.topic.value, bytes(message.payload).decode()))

    async def say(self, topic: str, payload: str, *, retain: bool = False) -> None:
        """Once it is acknowledged, whatever the broker had for this party before stands in `heard`."""
        await self._client.publish(topic, payload, qos=1, retain=retain)
        # It has come, for TCP keeps the order; aiomqtt hands it on through its queue and a task of its own.
        while len(self._client.messages):
            await asyncio.sleep(0)
        for _ in range(HANDED_ON_TURNS):
            await asyncio.sleep(0)

    def of(self, topic: str) -> list[str]:
        return [payload for where, payload in self.heard if where == topic]

    @property
    def replies(self) -> list[bool]:
        """Of each answer that went out to commands, whether it was done."""
        return [json.loads(payload)["ok"] for payload in self.of(f"{BASE}/ours/reply")]


@asynccontextmanager
async def party(
    broker: Mosquitto, authority: Authority, name: str | None, password: str | None = None
) -> AsyncIterator[Party]:
    client = aiomqtt.Client(
        "127.0.0.1",
        broker.port,
        username=name,
        password=password or name,
        tls_context=ssl.create_default_context(cafile=authority.file),
        protocol=aiomqtt.ProtocolVersion.V5,
        timeout=PATIENCE_S,
        keepalive=int(PATIENCE_S),
    )
    async with client:
        for everything in ("#", "$SYS/#"):
            await client.subscribe(everything, qos=1)
        found = Party(client)
        listening = asyncio.create_task(found.listen())
        try:
            yield found
        finally:
            listening.cancel()
            await asyncio.wait({listening})


async def live(running: Running) -> None:
    await until(lambda: running.daemon.broker.connected)
    await running.live()


def test_only_who_may_command_moves_the_watch_and_only_who_may_read_hears_of_it(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    authority = serve(mosquitto, tmp_path)
    config = SHORT + broker_section(mosquitto, authority, "wearsync")

    async def story(loop: ScaledLoop) -> None:
        async with AsyncExitStack() as stack:
            home = await stack.enter_async_context(at_home(tmp_path, config=config))
            stranger, dashboard, anna, hub = [
                await stack.enter_async_context(party(mosquitto, authority, name))
                for name in ("stranger", "dashboard", "anna", "home-assistant")
            ]
            running = await stack.enter_async_context(home.daemon(publisher=way_of(home)))
            await live(running)

            for outsider in (stranger, dashboard):
                await outsider.say(f"{BASE}/ours/command", START)
                await outsider.say(f"{BASE}/ours/command", START, retain=True)
                for topic in LIES:
                    await outsider.say(topic, "lie", retain=True)
            # What they said went by the broker before this: an answer to it would come first.
            await anna.say(f"{BASE}/ours/command", '{"command": "pause"}')
            await until(lambda: anna.replies)
            assert (anna.replies, home.watch.view.face) == ([False], Face.CLOCK)

            await anna.say(f"{BASE}/ours/command", START)
            await until(lambda: home.watch.view.face is not Face.CLOCK)
            await hub.say(f"{BASE}/ours/command", '{"command": "stop"}')
            readers = (dashboard, hub, anna)
            await until(lambda: all(len(reader.replies) == 3 for reader in readers))
            assert [reader.replies for reader in readers] == [[False, True, True]] * 3
            assert running.phase is Phase.IDLE

            assert dashboard.of(f"{BASE}/ours/state")
            assert json.loads(hub.of(f"homeassistant/device/wearsync/{home.watch.watch_id.hex()}/config")[0])
            for everybody in (stranger, dashboard, anna, hub):
                await everybody.say("any/thing", "")
                assert not [what for what in everybody.heard if what[1] == "lie" or "$SYS" in what[0]]
            assert stranger.heard == []
            assert [json.loads(said)["command"] for said in dashboard.of(f"{BASE}/ours/command")] == [
                *("pause", "start", "stop")
            ]
            for name, password in ((None, None), ("anna", "wrong"), ("nobody", "nobody")):
                with pytest.raises(aiomqtt.MqttCodeError, match=r"Not authorized|Bad user"):
                    async with party(mosquitto, authority, name, password):
                        pass

    in_haste(story)


def test_a_daemon_that_may_say_too_little_says_what_it_may_not(
    tmp_path: Path, mosquitto: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    narrow = "topic write wearsync/#\n" + "".join(
        f"topic deny wearsync/+/{topic}\n" for topic in ("status", "info", "wearer/+/hold")
    )
    acl = (DOCS / "acl").read_text().replace("topic write wearsync/#\n", narrow)
    acl = acl.replace("topic readwrite homeassistant/device", "topic read homeassistant/device")
    authority = serve(mosquitto, tmp_path, acl=acl)
    config = SHORT + broker_section(mosquitto, authority, "wearsync")

    async def story(loop: ScaledLoop) -> None:
        async with (
            at_home(tmp_path, config=config) as home,
            party(mosquitto, authority, "dashboard") as dashboard,
            home.daemon(publisher=way_of(home)) as running,
        ):
            await live(running)
            await running.client().call(LogParams(side=Side.LEFT, seconds=30), Done)
            await until(lambda: dashboard.of(f"{BASE}/ours/alert"))
            alert = json.loads(dashboard.of(f"{BASE}/ours/alert")[0])
            assert alert["code"] == "publish_refused"
            assert alert["text"] == "the broker refuses wearer/you/hold: the broker's access list forbids it"
            assert (await running.journal.outbox_depth()).parked == 1
            assert dashboard.of(f"{BASE}/ours/state")
            assert not dashboard.of(f"{BASE}/info") + dashboard.of(f"{BASE}/status")
        device = f"homeassistant/device/wearsync/{home.watch.watch_id.hex()}/config"
        for line in (
            "broker.refused topic=status reason=",
            "broker.refused topic=info reason=",
            f"home_assistant.refused topic={device} reason=",
        ):
            # Once when all is announced; a state that changes later may be told of once more.
            assert 1 <= caplog.text.count(line) <= 2, line

    in_haste(story)


async def test_with_patterns_each_daemon_speaks_for_its_own_site_alone(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    acl = (DOCS / "acl").read_text()
    patterns = acl.replace("# pattern", "pattern").replace("user wearsync\n", "user nobody\n")
    assert patterns.count("\npattern") == 4
    authority = serve(mosquitto, tmp_path, acl=patterns)

    def way(site: str) -> MqttPublisher:
        address = BrokerAddress(
            host="127.0.0.1",
            port=mosquitto.port,
            tls=True,
            username="home",
            password="home",
            ca_file=authority.file,
        )
        return MqttPublisher(address, site=site)

    hostile = "a/b #+ {{ 1 }}"
    async with (
        party(mosquitto, authority, "dashboard") as dashboard,
        party(mosquitto, authority, "anna") as anna,
        way("elsewhere").connect() as strange,
        way("home").connect() as session,
    ):
        forbidden = "the broker's access list forbids it"
        assert await strange.publish("w/state", "{}", retain=True, qos=1) == forbidden
        await anna.say("wearsync/elsewhere/w/command", START)
        await dashboard.say(f"{BASE}/w/command", START)
        assert await session.publish(of_watch(hostile, Leaf.STATE), "{}", retain=True, qos=1) is None
        await anna.say(f"{BASE}/{of_watch(hostile, Leaf.COMMAND)}", "hers")
        assert (await first(session)).payload == b"hers"
        await dashboard.say("any/thing", "")
        assert {topic for topic, _ in dashboard.heard} == {
            f"{BASE}/status",
            f"{BASE}/{slug(hostile)}/state",
            f"{BASE}/{slug(hostile)}/command",
            "wearsync/elsewhere/w/command",
        }


async def test_the_certificates_of_the_documentation_serve_in_place_of_passwords(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    page = (DOCS.parent / "mqtt.md").read_text()
    [commands] = [block.split("```")[0] for block in page.split("```sh\n") if block.startswith("new=")]
    commands = commands.replace("192.0.2.7", "127.0.0.1")
    making = await asyncio.create_subprocess_exec(
        *("sh", "-euc", commands), cwd=tmp_path, stdin=asyncio.subprocess.DEVNULL
    )
    assert await making.wait() == 0
    said = (DOCS / "mosquitto.conf").read_text()
    for line in ("cafile", "require_certificate", "use_identity_as_username"):
        assert f"\n# {line}" in said
        said = said.replace(f"\n# {line}", f"\n{line}")
    run(mosquitto, tmp_path, said, (DOCS / "acl").read_text())
    config = tmp_path / "config.toml"
    config.write_text(
        f'[broker]\nurl = "mqtts://127.0.0.1:{mosquitto.port}"\nca_file = "ca.pem"\n'
        'client_cert = "wearsync.pem"\nclient_key = "wearsync.key"\n'
    )
    address = load(config).broker
    async with MqttPublisher(address, site="home").connect() as session:
        assert await session.publish("w/state", "{}", retain=True, qos=1) is None
        assert await session.publish("/any/thing", "{}", retain=False, qos=1)
    without = replace(address, client_cert=None, client_key=None, username="wearsync", password="wearsync")
    with pytest.raises(BrokerUnavailable, match="set client_cert and client_key"):
        async with MqttPublisher(without, site="home").connect():
            pass
