"""The embedded broker: on loopback, answering when it says so, gone when it ends, whatever happens to its
parent.
"""

import asyncio
import os
import signal
import socket
import sys

import pytest

from tests.publish.listening import DEADLINE_S, listening
from wearsync.errors import BrokerUnavailable
from wearsync.publish.address import BrokerAddress
from wearsync.publish.client import MqttPublisher
from wearsync_simulators.broker import EmbeddedBroker


def answers(port: int, host: str = "127.0.0.1") -> bool:
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


async def test_our_publisher_works_with_it() -> None:
    async with EmbeddedBroker() as broker:
        assert broker.url == f"mqtt://127.0.0.1:{broker.port}"
        publisher = MqttPublisher(BrokerAddress(host="127.0.0.1", port=broker.port), site="home")
        async with publisher.connect() as session, listening(broker.port) as listener:
            await listener.until_last("wearsync/home/status", "online")
            assert await session.publish("w/state", "{}", retain=True, qos=1) is None
            big = "x" * 1_000_000
            assert await session.publish("w/hold", big, retain=False, qos=1) is None
            await listener.until_last("wearsync/home/w/hold", big)
            await listener.client.publish("wearsync/home/w/command", '{"command": "start"}', qos=1)
            async with asyncio.timeout(DEADLINE_S):
                async for message in session.incoming():
                    assert message.payload == b'{"command": "start"}'
                    break
    assert not answers(broker.port)


async def test_it_listens_on_loopback_only() -> None:
    async with EmbeddedBroker() as broker:
        assert answers(broker.port)
        # Of this machine too, and so reached by what listens on all addresses.
        assert not answers(broker.port, "127.0.0.2")


async def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BrokerUnavailable, match=str(port)):
            await EmbeddedBroker(port=port).__aenter__()


async def test_it_starts_again_on_its_port() -> None:
    broker = EmbeddedBroker()
    for _ in range(2):
        async with broker:
            assert answers(broker.port)
    await broker.stop()


async def test_it_does_not_outlive_a_parent_that_is_killed() -> None:
    script = (
        "import asyncio\n"
        "from wearsync_simulators.broker import EmbeddedBroker\n"
        "async def main():\n"
        "    async with EmbeddedBroker() as broker:\n"
        "        print(broker.port, flush=True)\n"
        "        await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    port = int(await parent.stdout.readline())
    assert answers(port)
    os.kill(parent.pid, signal.SIGKILL)
    await parent.wait()
    async with asyncio.timeout(DEADLINE_S):
        while answers(port):
            await asyncio.sleep(0.01)
