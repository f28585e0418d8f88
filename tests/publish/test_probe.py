"""A broker tried step by step: what each step finds, on a real mosquitto; and a daemon beside it hears
nothing of it.
"""

import asyncio
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.mosquitto import Mosquitto
from tests.publish.certificates import Authority
from tests.publish.listening import listening
from wearsync.errors import BrokerUnavailable
from wearsync.publish.address import BrokerAddress
from wearsync.publish.probe import StepFailed, Trouble, agree, reach, visit


def at(mosquitto: Mosquitto) -> BrokerAddress:
    return BrokerAddress(host="127.0.0.1", port=mosquitto.port)


async def test_each_question_has_its_answer_and_nothing_stays(mosquitto: Mosquitto) -> None:
    await reach(at(mosquitto))
    async with visit(at(mosquitto), site="home") as visiting:
        assert await visiting.publish() is None
        assert await visiting.command()
        assert await visiting.kept()
        assert await visiting.retained("homeassistant/status") is None
        assert visiting.largest_packet is None
    async with listening(mosquitto.port, "#") as listener:
        await listener.client.publish("end", "x", qos=1)
        await listener.until_last("end", "x")
        assert [heard.topic for heard in listener.heard] == ["end"]


async def test_what_is_said_stands_below_a_level_that_no_watch_has(mosquitto: Mosquitto) -> None:
    async with listening(mosquitto.port) as listener, visit(at(mosquitto), site="home") as visiting:
        await visiting.publish()
        await visiting.command()
        await listener.until(lambda: len(listener.heard) == 2)
        assert [heard.topic for heard in listener.heard] == [
            "wearsync/home/.doctor",
            "wearsync/home/.doctor/command",
        ]


async def test_who_is_cut_off_leaves_nothing_behind(mosquitto: Mosquitto) -> None:
    async with listening(mosquitto.port) as listener:
        async with visit(at(mosquitto), site="home") as visiting:
            await visiting.command()
            visiting._connection.abort()
        await listener.until_last("wearsync/home/.doctor/command", "")
    async with listening(mosquitto.port) as later:
        await later.client.publish("wearsync/end", "x", qos=1)
        await later.until_last("wearsync/end", "x")
        assert len(later.heard) == 1


async def test_a_port_that_never_answers() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=1) as deaf:
        address = BrokerAddress(host="127.0.0.1", port=deaf.getsockname()[1])
        with pytest.raises(StepFailed) as raised:
            async with visit(address, site="home", within_s=1.0):
                pass
        assert raised.value.trouble is Trouble.HANGS_UP
        # Its queue is full by now: the kernel lets further ones wait.
        with socket.create_connection(deaf.getsockname()), pytest.raises(StepFailed) as raised:
            await reach(address, within_s=0.2)
        assert raised.value.trouble is Trouble.SILENT


async def test_a_certificate_says_until_when_it_holds(mosquitto: Mosquitto, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificate, key = authority.issue("127.0.0.1", days=5)
    mosquitto.configure(
        f"listener {mosquitto.port} 127.0.0.1", f"certfile {certificate}", f"keyfile {key}", anybody=False
    )
    agreed = await agree(
        BrokerAddress(host="127.0.0.1", port=mosquitto.port, tls=True, ca_file=authority.file)
    )
    assert abs(agreed.until - datetime.now(UTC) - timedelta(days=5)) < timedelta(minutes=5)
    with pytest.raises(StepFailed) as raised:
        await agree(BrokerAddress(host="127.0.0.1", port=mosquitto.port, tls=True))
    assert raised.value.trouble is Trouble.CERTIFICATE_UNTRUSTED


async def test_a_broker_that_goes_in_the_midst_is_told(mosquitto: Mosquitto) -> None:
    async with visit(at(mosquitto), site="home") as visiting:
        mosquitto.kill()
        await asyncio.sleep(0)
        with pytest.raises(BrokerUnavailable, match="has ended the connection"):
            await visiting.publish()
