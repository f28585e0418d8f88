"""What the publisher says and hears beside its own base: Home Assistant's topics, at a real mosquitto."""

from pathlib import Path

from tests.mosquitto import Mosquitto
from tests.publish.listening import listening
from tests.publish.passwords import write_passwords
from tests.publish.test_client import at, first
from wearsync.ports import Incoming
from wearsync.publish.client import MqttPublisher, Subscription


async def test_what_stands_elsewhere_is_published_and_heard_there(mosquitto: Mosquitto) -> None:
    hub = "homeassistant/device/wearsync/site_home/config"
    beside = (
        Subscription("homeassistant/device/wearsync/+/config", retained=True),
        Subscription("ha/status"),
    )
    async with listening(mosquitto.port, "#") as other:
        await other.client.publish("ha/status", "old", retain=True, qos=1)
        await other.client.publish(hub, "x" * 50_000, retain=True, qos=1)
        way = MqttPublisher(at(mosquitto.port), site="home", beside=beside)
        async with way.connect() as session:
            heard = await first(session)
            assert heard == Incoming(f"/{hub}", b"x" * 50_000, retained=True)
            assert await session.publish(f"/{hub}", "ours", retain=True, qos=1) is None
            await other.until_last(hub, "ours")
            await other.client.publish("ha/status", "online", qos=1)
            assert await first(session) == Incoming("/ha/status", b"online", retained=False), (
                "not its own word"
            )


async def test_a_broker_that_lets_us_hear_nothing_else_is_good_enough(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    write_passwords(tmp_path / "passwords", daemon="secret")
    (tmp_path / "acl").write_text("user daemon\ntopic readwrite wearsync/#\n")
    mosquitto.configure(
        "allow_anonymous false", f"password_file {tmp_path / 'passwords'}", f"acl_file {tmp_path / 'acl'}"
    )
    address = at(mosquitto.port, username="daemon", password="secret")
    async with MqttPublisher(address, site="home", beside=(Subscription("ha/status"),)).connect() as session:
        assert await session.publish("w/state", "{}", retain=True, qos=1) is None
        refused = await session.publish("/ha/x", "{}", retain=True, qos=1)
        assert refused == "the broker's access list forbids it"
