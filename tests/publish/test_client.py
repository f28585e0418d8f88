"""The publisher against a real mosquitto: what it says, what it refuses, and how a connection ends."""

import asyncio
import contextlib
import os
import signal
import socket
from pathlib import Path

import aiomqtt
import pytest

from tests.mosquitto import Mosquitto
from tests.publish.gate import Gate
from tests.publish.listening import DEADLINE_S, listening
from tests.publish.passwords import write_passwords
from wearsync.errors import BrokerUnavailable
from wearsync.ports import BrokerSession, Incoming
from wearsync.publish.address import BrokerAddress
from wearsync.publish.client import MqttPublisher
from wearsync.publish.commands import COMMAND_MAX_BYTES, parse

STATUS = "wearsync/home/status"


def at(port: int, **more: object) -> BrokerAddress:
    return BrokerAddress(host="127.0.0.1", port=port, **more)  # type: ignore[arg-type]


def publisher(
    port: int, *, site: str = "home", ack_deadline_s: float = 10.0, **more: object
) -> MqttPublisher:
    return MqttPublisher(at(port, **more), site=site, ack_deadline_s=ack_deadline_s)


async def refusal(publisher: MqttPublisher) -> str:
    """The one line of a connection that is not made."""
    with pytest.raises(BrokerUnavailable) as caught:
        async with asyncio.timeout(DEADLINE_S), publisher.connect():
            pass
    message = str(caught.value)
    assert message.startswith("broker mqtt")
    assert "\n" not in message
    return message


async def first(session: BrokerSession) -> Incoming:
    async with asyncio.timeout(DEADLINE_S):
        async for message in session.incoming():
            return message
    raise AssertionError("the session ended without a message")


async def test_a_burst_of_commands_arrives_whole_and_in_order(mosquitto: Mosquitto) -> None:
    """What a flood of one watch's commands crowds out would be another one's."""
    numbers = [str(number).encode() for number in range(900)]
    taken = list[bytes]()

    async def take(session: BrokerSession) -> None:
        async for message in session.incoming():
            taken.append(message.payload)
            if message.payload == numbers[-1]:
                return

    async with publisher(mosquitto.port).connect() as session:
        taking = asyncio.create_task(take(session))
        async with listening(mosquitto.port) as listener, asyncio.timeout(DEADLINE_S):
            await asyncio.gather(
                taking, *(listener.client.publish("wearsync/home/w/command", n, qos=0) for n in numbers)
            )
    assert taken == numbers


async def test_an_errand_says_nothing_of_the_daemon_and_hears_no_commands(mosquitto: Mosquitto) -> None:
    async with listening(mosquitto.port) as listener:
        async with publisher(mosquitto.port).errand() as session:
            await session.publish("w/state", "", retain=True, qos=1)
            await listener.client.publish("wearsync/home/w/command", "start", qos=1)
        await listener.until_last("wearsync/home/w/command", "start")
        assert listener.of("wearsync/home/w/state") == [""]
        assert listener.of(STATUS) == []
    with pytest.raises(BrokerUnavailable, match="broker mqtt"):
        async with publisher(1).errand():
            pass


async def test_status_is_online_while_connected_and_offline_after(mosquitto: Mosquitto) -> None:
    async with listening(mosquitto.port) as listener:
        async with publisher(mosquitto.port).connect():
            await listener.until_last(STATUS, "online")
        await listener.until_last(STATUS, "offline")
    async with listening(mosquitto.port) as later:
        await later.until_last(STATUS, "offline")
        assert later.heard[0].retained


async def test_the_will_says_offline_when_the_link_is_cut(mosquitto: Mosquitto) -> None:
    async with Gate(mosquitto.port) as gate, listening(mosquitto.port) as listener:

        async def cut_while_online() -> None:
            async with publisher(gate.port).connect() as session:
                await listener.until_last(STATUS, "online")
                gate.cut()
                await first(session)

        with pytest.raises(BrokerUnavailable, match=r"^broker mqtt://127.0.0.1:\d+ is gone"):
            await cut_while_online()
        await listener.until_last(STATUS, "offline")
    async with listening(mosquitto.port) as later:
        await later.until_last(STATUS, "offline")
        assert later.heard[0].retained


async def test_topics_and_retention_are_as_asked(mosquitto: Mosquitto) -> None:
    async with publisher(mosquitto.port).connect() as session:
        assert await session.publish("w/state", '{"phase":"idle"}', retain=True, qos=1) is None
        assert await session.publish("w/hold", "{}", retain=False, qos=1) is None
        async with listening(mosquitto.port) as listener:
            assert await session.publish("health", "{}", retain=False, qos=0) is None
            await listener.until_last("wearsync/home/health", "{}")
            assert listener.of("wearsync/home/w/state") == ['{"phase":"idle"}']
            assert listener.of("wearsync/home/w/hold") == []
            await session.publish("w/state", "", retain=True, qos=1)
    async with listening(mosquitto.port) as later:
        await later.until_last(STATUS, "offline")
        assert later.of("wearsync/home/w/state") == []


async def test_many_at_once_arrive_in_order(mosquitto: Mosquitto) -> None:
    numbers = [str(number) for number in range(300)]
    async with publisher(mosquitto.port).connect() as session, listening(mosquitto.port) as listener:
        async with asyncio.timeout(DEADLINE_S):
            answers = await asyncio.gather(*(session.publish("n", n, retain=False, qos=1) for n in numbers))
        assert set(answers) == {None}
        await listener.until_last("wearsync/home/n", numbers[-1])
        assert listener.of("wearsync/home/n") == numbers


async def test_a_broker_that_takes_few_at_once_is_not_overrun(mosquitto: Mosquitto) -> None:
    mosquitto.configure("max_inflight_messages 3")
    async with publisher(mosquitto.port).connect() as session, asyncio.timeout(DEADLINE_S):
        answers = await asyncio.gather(*(session.publish("n", "x", retain=False, qos=1) for _ in range(50)))
    assert set(answers) == {None}


async def test_what_the_access_list_forbids_is_told(mosquitto: Mosquitto, tmp_path: Path) -> None:
    rules = tmp_path / "acl"
    rules.write_text("topic readwrite wearsync/home/status\ntopic write wearsync/home/w/hold\n")
    mosquitto.configure(f"acl_file {rules}")
    async with publisher(mosquitto.port).connect() as session:
        assert await session.publish("w/hold", "{}", retain=False, qos=1) is None
        assert (
            await session.publish("w/cue", "{}", retain=False, qos=1) == "the broker's access list forbids it"
        )
        assert await session.publish("w/hold", "{}", retain=False, qos=1) is None


async def test_a_status_that_the_access_list_forbids_is_told_in_the_log(
    mosquitto: Mosquitto, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rules = tmp_path / "acl"
    rules.write_text("topic write wearsync/home/w/hold\n")
    mosquitto.configure(f"acl_file {rules}")
    async with publisher(mosquitto.port).connect() as session:
        assert await session.publish("w/hold", "{}", retain=False, qos=1) is None
    assert caplog.messages == ['broker.refused topic=status reason="the broker\'s access list forbids it"']


async def test_a_refusal_that_mqtt_does_not_know_ends_the_connection(mosquitto: Mosquitto) -> None:
    # mosquitto 2.0.11 answers a message over message_size_limit with a code that a PUBACK can't have (0x95).
    mosquitto.configure("message_size_limit 1000")

    async def publish(size: int) -> None:
        async with publisher(mosquitto.port).connect() as session:
            assert await session.publish("w/hold", "x" * size, retain=False, qos=1) is None

    await publish(1000)
    with pytest.raises(BrokerUnavailable, match="is gone"):
        await publish(1001)


async def test_a_packet_limit_is_known_before_sending(mosquitto: Mosquitto) -> None:
    mosquitto.configure("max_packet_size 300")
    async with publisher(mosquitto.port).connect() as session:
        too_large = await session.publish("w/hold", "x" * 300, retain=False, qos=1)
        assert too_large == "the broker takes no message of this size"
        assert await session.publish("w/hold", "x" * 200, retain=False, qos=1) is None


@pytest.mark.parametrize("topic", ["a/#", "+", "a\x00b", "x" * 70_000])
async def test_a_topic_that_can_t_be_is_refused_not_sent(mosquitto: Mosquitto, topic: str) -> None:
    async with publisher(mosquitto.port).connect() as session:
        assert await session.publish(topic, "x", retain=False, qos=1)
        assert await session.publish("fine", "x", retain=False, qos=1) is None


async def test_commands_come_in(mosquitto: Mosquitto) -> None:
    async with publisher(mosquitto.port).connect() as session, listening(mosquitto.port) as other:
        await other.client.publish("wearsync/home/w/state", "not for us", qos=1)
        await other.client.publish("wearsync/home/w/command", '{"command": "start"}', qos=1)
        assert await first(session) == Incoming("w/command", b'{"command": "start"}', False)


async def test_a_command_that_was_retained_before_is_not_heard(mosquitto: Mosquitto) -> None:
    async with listening(mosquitto.port) as other:
        await other.client.publish("wearsync/home/w/command", "old", qos=1, retain=True)
        async with publisher(mosquitto.port).connect() as session:
            await other.client.publish("wearsync/home/w/command", "now", qos=1)
            assert await first(session) == Incoming("w/command", b"now", False)


async def test_a_command_that_is_being_retained_says_so(mosquitto: Mosquitto) -> None:
    async with publisher(mosquitto.port).connect() as session, listening(mosquitto.port) as other:
        await other.client.publish("wearsync/home/w/command", "x", qos=1, retain=True)
        assert (await first(session)).retained


async def test_a_command_of_1_mib_is_cut_and_refused(mosquitto: Mosquitto) -> None:
    async with publisher(mosquitto.port).connect() as session, listening(mosquitto.port, "other") as other:
        await other.client.publish("wearsync/home/w/command", b"x" * 1_048_576, qos=1)
        message = await first(session)
        assert len(message.payload) == COMMAND_MAX_BYTES + 1
        assert "1024 bytes" in str(parse(message.payload, retained=False))
        assert await session.publish("fine", "x", retain=False, qos=1) is None


async def test_commands_given_while_away_are_not_kept(mosquitto: Mosquitto) -> None:
    async with listening(mosquitto.port) as other:
        async with publisher(mosquitto.port).connect():
            pass
        await other.client.publish("wearsync/home/w/command", "missed", qos=1)
        async with publisher(mosquitto.port).connect() as session:
            await other.client.publish("wearsync/home/w/command", "now", qos=1)
            assert (await first(session)).payload == b"now"


async def test_no_broker_there() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert "is it running" in await refusal(publisher(unused.getsockname()[1]))


async def test_no_such_host() -> None:
    nowhere = MqttPublisher(BrokerAddress(host="broker.invalid", port=1883), site="home")
    assert "'broker.invalid'" in await refusal(nowhere)


async def test_something_that_never_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        assert "does not answer" in await refusal(publisher(port, ack_deadline_s=0.2))


async def test_user_name_and_password(mosquitto: Mosquitto, tmp_path: Path) -> None:
    file = tmp_path / "passwords"
    write_passwords(file, anna="geheim")
    mosquitto.configure("allow_anonymous false", f"password_file {file}")
    async with publisher(mosquitto.port, username="anna", password="geheim").connect() as session:
        assert await session.publish("x", "y", retain=False, qos=1) is None
    wrong = await refusal(publisher(mosquitto.port, username="anna", password="falsch"))
    assert "refuses the user name or password of 'anna'" in wrong
    assert "falsch" not in wrong
    assert "wants a user name and password" in await refusal(publisher(mosquitto.port))


async def test_another_client_with_the_same_id(mosquitto: Mosquitto) -> None:
    async def be_taken_over() -> None:
        v5 = aiomqtt.ProtocolVersion.V5
        twin = aiomqtt.Client("127.0.0.1", mosquitto.port, identifier="wearsync-home", protocol=v5)
        async with publisher(mosquitto.port).connect() as session, twin:
            await first(session)

    # Newer versions of mosquitto say why (0x8E), 2.0.11 just hangs up.
    with pytest.raises(BrokerUnavailable, match=r"give each daemon a `site`|connection was lost"):
        await be_taken_over()


async def test_a_broker_that_stalls(mosquitto: Mosquitto, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    mosquitto.configure(f"pid_file {pid_file}")
    pid = int(pid_file.read_text())

    async def be_stalled() -> None:
        async with publisher(mosquitto.port, ack_deadline_s=0.3).connect() as session:
            os.kill(pid, signal.SIGSTOP)
            await session.publish("x", "y", retain=False, qos=1)

    try:
        with pytest.raises(BrokerUnavailable, match="no acknowledgement"):
            await be_stalled()
        assert "does not answer" in await refusal(publisher(mosquitto.port, ack_deadline_s=0.3))
    finally:
        os.kill(pid, signal.SIGCONT)
    async with publisher(mosquitto.port).connect() as session:
        assert await session.publish("x", "y", retain=False, qos=1) is None


async def test_a_lost_link_wakes_whoever_waits_for_an_acknowledgement(mosquitto: Mosquitto) -> None:
    async with Gate(mosquitto.port) as gate, publisher(gate.port).connect() as session:
        gate.stall()
        waiting = [asyncio.create_task(session.publish("x", str(n), retain=False, qos=1)) for n in range(40)]
        await asyncio.sleep(0)
        gate.cut()
        async with asyncio.timeout(5):  # half of the acknowledgement's own deadline
            answers = await asyncio.gather(*waiting, return_exceptions=True)
        assert {type(answer) for answer in answers} == {BrokerUnavailable}


async def test_a_cancelled_connect_leaves_nothing_behind(mosquitto: Mosquitto) -> None:
    async def connect() -> None:
        async with publisher(mosquitto.port).connect():
            await asyncio.Event().wait()

    for turns in range(30):
        task = asyncio.create_task(connect())
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    async with listening(mosquitto.port) as listener, publisher(mosquitto.port).connect():
        await listener.until_last(STATUS, "online")


async def test_cancelled_in_mid_session_still_says_offline(mosquitto: Mosquitto) -> None:
    async with listening(mosquitto.port) as listener:

        async def session() -> None:
            async with publisher(mosquitto.port).connect():
                await asyncio.Event().wait()

        task = asyncio.create_task(session())
        await listener.until_last(STATUS, "online")
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await listener.until_last(STATUS, "offline")
