"""The broker: each fault on a real mosquitto, named by its finding; and nothing is left behind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.doctor.examining import a_machine, configured, looked
from tests.mosquitto import Mosquitto
from tests.publish.certificates import Authority
from tests.publish.listening import listening
from tests.publish.passwords import write_passwords
from wearsync.doctor import Check, Request
from wearsync.doctor.broker import keeps, told, without_tls
from wearsync.publish.address import BrokerAddress
from wearsync.publish.probe import StepFailed, Trouble

REST = ("broker_publish", "broker_commands", "broker_keeps", "home_assistant")


def at(home: Path, url: str, more: str = "") -> Request:
    return configured(home, f'[broker]\nurl = "{url}"\n{more}')


async def look(request: Request) -> dict[str, Check]:
    return dict(await looked(request, "broker", machine=a_machine()))


def first_trouble(found: dict[str, Check]) -> str:
    return next(check.finding for check in found.values() if check.status in ("fail", "warn"))


async def test_a_broker_as_it_should_be_and_nothing_is_left(home: Path, mosquitto: Mosquitto) -> None:
    async with listening(mosquitto.port) as listener:
        await listener.client.publish("homeassistant/status", "online", retain=True, qos=1)
        found = await look(at(home, mosquitto.url))
    assert {name: check.finding for name, check in found.items()} == {
        "broker_reach": "broker_there",
        "broker_tls": "tls_none",
        "broker_login": "login_taken",
        "broker_publish": "publish_allowed",
        "broker_commands": "commands_arrive",
        "broker_keeps": "broker_keeps",
        "home_assistant": "home_assistant_there",
    }
    async with listening(mosquitto.port) as later:
        await later.client.publish("wearsync/end", "x", qos=1)
        await later.until_last("wearsync/end", "x")
        assert [heard.topic for heard in later.heard] == ["wearsync/end"], "nothing is retained"


async def test_home_assistant_that_says_offline_or_nothing(home: Path, mosquitto: Mosquitto) -> None:
    request = at(home, mosquitto.url)
    assert (await look(request))["home_assistant"].finding == "home_assistant_unseen"
    async with listening(mosquitto.port) as listener:
        await listener.client.publish("homeassistant/status", "offline", retain=True, qos=1)
    assert (await look(request))["home_assistant"].finding == "home_assistant_away"
    off = at(home, mosquitto.url, "[home_assistant]\nenabled = false\n")
    assert (await look(off))["home_assistant"].finding == "home_assistant_off"


async def test_no_broker(home: Path, mosquitto: Mosquitto) -> None:
    mosquitto.kill()
    found = await look(at(home, mosquitto.url))
    assert first_trouble(found) == "broker_refuses"
    assert [found[name].says for name in REST] == ["not looked at: see broker_reach"] * len(REST)


@pytest.mark.parametrize(
    ("url", "named"),
    [("mqtt://no.such.name.invalid", "broker_no_name"), ("mqtt://255.255.255.255", "broker_unreached")],
)
async def test_no_way_there(home: Path, url: str, named: str) -> None:
    assert first_trouble(await look(at(home, url))) == named


def test_what_can_not_be_prepared_here_is_named_too() -> None:
    far = BrokerAddress(host="broker.example", port=1883)
    assert without_tls(far).finding == "tls_plain"
    named = {each: told(StepFailed(each, "why"), far).finding for each in Trouble}
    assert len(set(named.values())) == len(Trouble), "each its own"
    assert named[Trouble.SILENT] == "broker_silent"
    assert named[Trouble.NOT_MQTT_5] == "not_mqtt_5"
    assert named[Trouble.REFUSED] == "login_refused"
    assert keeps(is_kept=False, largest=None).finding == "retained_lost"


@asynccontextmanager
async def answering(packet: bytes) -> AsyncIterator[str]:
    """A broker that answers CONNECT with this, and hangs up."""

    async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.read(64):
            writer.write(packet)
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(answered, "127.0.0.1", 0) as server:
        yield f"mqtt://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize(
    ("packet", "named"),
    [
        ("20 03 00 84 00", "not_mqtt_5"),
        ("20 03 00 97 00", "login_refused"),
        ("", "login_hangs_up"),
        ("20 03 00 00 00", "login_refused"),
    ],
)
async def test_answers_to_connect(home: Path, packet: str, named: str) -> None:
    """Unsupported version, quota, none, and one that takes us and goes."""
    async with answering(bytes.fromhex(packet)) as url:
        assert first_trouble(await look(at(home, url))) == named


async def test_passwords(home: Path, tmp_path: Path, mosquitto: Mosquitto) -> None:
    write_passwords(tmp_path / "passwords", anna="right")
    lines = (f"listener {mosquitto.port} 127.0.0.1", f"password_file {tmp_path / 'passwords'}")
    mosquitto.configure(*lines, "allow_anonymous false", anybody=False)
    assert first_trouble(await look(at(home, mosquitto.url))) == "needs_password"
    (home / "password").write_text("wrong-word")
    (home / "password").chmod(0o600)
    ours = 'username = "anna"\npassword_file = "password"\n'
    found = await look(at(home, mosquitto.url, ours))
    assert first_trouble(found) == "wrong_password"
    assert "wrong-word" not in " ".join(check.model_dump_json() for check in found.values())
    (home / "password").write_text("right")
    found = await look(at(home, mosquitto.url, ours))
    assert found["broker_login"].says == "MQTT 5, as anna"
    (home / "password").chmod(0o644)
    assert (await look(at(home, mosquitto.url, ours)))["broker_login"].finding == "login_no_secrets"


@pytest.mark.parametrize(
    ("rules", "named"),
    [
        ("topic read wearsync/#", "publish_denied"),
        ("topic write wearsync/#", "commands_denied"),
        ("topic write wearsync/home/.doctor\ntopic read wearsync/#", "commands_unknown"),
    ],
)
async def test_access_lists(home: Path, tmp_path: Path, mosquitto: Mosquitto, rules: str, named: str) -> None:
    acl = tmp_path / "acl"
    acl.write_text(f"{rules}\n")
    acl.chmod(0o600)
    mosquitto.configure(f"acl_file {acl}")
    found = await look(at(home, mosquitto.url))
    assert named in [check.finding for check in found.values()]
    assert "access list" in found["broker_publish"].fix or named != "publish_denied"


async def test_the_access_list_of_the_documentation_is_enough(home: Path, mosquitto: Mosquitto) -> None:
    acl = (Path(__file__).parents[2] / "docs/mqtt/acl").read_text()
    (home / "acl").write_text(acl)
    (home / "acl").chmod(0o600)
    write_passwords(home / "passwords", wearsync="w")
    mosquitto.configure(f"acl_file {home / 'acl'}", f"password_file {home / 'passwords'}")
    (home / "password").write_text("w")
    (home / "password").chmod(0o600)
    found = await look(at(home, mosquitto.url, 'username = "wearsync"\npassword_file = "password"\n'))
    assert {check.status for check in found.values()} <= {"pass", "skip"}
    assert found["broker_commands"].finding == "commands_arrive"


async def test_brokers_that_keep_nothing_or_take_little(home: Path, mosquitto: Mosquitto) -> None:
    mosquitto.configure("retain_available false")
    assert first_trouble(await look(at(home, mosquitto.url))) == "retained_refused"
    mosquitto.configure("max_packet_size 5000")
    assert first_trouble(await look(at(home, mosquitto.url))) == "messages_small"


async def test_tls(home: Path, tmp_path: Path, mosquitto: Mosquitto) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.mkdir()
    theirs.mkdir()
    authority, other = Authority(ours), Authority(theirs)

    async def told(certificate: tuple[Path, Path], *, host: str = "127.0.0.1") -> dict[str, Check]:
        mosquitto.configure(
            f"listener {mosquitto.port} 127.0.0.1",
            "allow_anonymous true",
            f"certfile {certificate[0]}",
            f"keyfile {certificate[1]}",
            anybody=False,
        )
        url = f"mqtts://{host}:{mosquitto.port}"
        return await look(at(home, url, f'ca_file = "{authority.file}"\n'))

    found = await told(authority.issue("127.0.0.1", days=90))
    assert {check.status for check in found.values()} <= {"pass", "skip"}
    assert "TLSv1.3" in found["broker_tls"].says
    assert first_trouble(await told(authority.issue("127.0.0.1", days=3))) == "tls_soon"
    assert first_trouble(await told(authority.issue("127.0.0.1", days=-1))) == "tls_expired"
    assert first_trouble(await told(authority.issue("other.example"))) == "tls_other_host"
    assert first_trouble(await told(authority.issue("127.0.0.1"), host="localhost")) == "tls_other_host"
    assert first_trouble(await told(other.issue("127.0.0.1"))) == "tls_untrusted"
    plain = at(home, mosquitto.url)
    assert first_trouble(await look(plain)) == "login_hangs_up"
    mosquitto.configure()
    found = await look(at(home, f"mqtts://127.0.0.1:{mosquitto.port}", f'ca_file = "{authority.file}"\n'))
    assert first_trouble(found) == "tls_not_spoken"
