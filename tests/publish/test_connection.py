"""What the connection adds to aiomqtt: reason codes, one end for all who wait, silence at the end."""

import asyncio
import contextlib
import gc
import logging

import aiomqtt
import pytest

from tests.mosquitto import Mosquitto
from tests.publish.gate import Gate
from wearsync.publish.address import BrokerAddress
from wearsync.publish.connection import IN_FLIGHT, Connection

# MQTT 5's "no matching subscribers": a success.
NOBODY_LISTENS = 0x10


def connection(port: int, *, ack_deadline_s: float = 10.0) -> Connection:
    return Connection(
        BrokerAddress(host="127.0.0.1", port=port),
        client_id="wearsync-home",
        will=aiomqtt.Will("wearsync/home/status", "offline", qos=1, retain=True),
        tls=None,
        ack_deadline_s=ack_deadline_s,
    )


async def test_the_reason_code_of_the_acknowledgement_comes_back(mosquitto: Mosquitto) -> None:
    async with connection(mosquitto.port) as link:
        code = await link.publish_acknowledged("x", b"y", retain=False, qos=1)
        assert code in (0, NOBODY_LISTENS)
        assert await link.publish_acknowledged("x", b"y", retain=False, qos=0) == 0
        assert link.alive


async def test_without_an_acknowledgement_there_is_a_deadline(mosquitto: Mosquitto) -> None:
    async with Gate(mosquitto.port) as gate, connection(gate.port, ack_deadline_s=0.2) as link:
        gate.stall()
        with pytest.raises(aiomqtt.MqttError, match="no acknowledgement"):
            await link.publish_acknowledged("x", b"y", retain=False, qos=1)


async def test_an_aborted_connection_says_so_to_all(mosquitto: Mosquitto) -> None:
    async with Gate(mosquitto.port) as gate, connection(gate.port) as link:
        gate.stall()
        waiting = [
            asyncio.create_task(link.publish_acknowledged("x", b"y", retain=False, qos=1)) for _ in range(50)
        ]
        await asyncio.sleep(0)
        link.abort()
        async with asyncio.timeout(5):
            answers = await asyncio.gather(*waiting, return_exceptions=True)
        assert all(isinstance(answer, aiomqtt.MqttError) for answer in answers)
        assert not link.alive


@pytest.mark.parametrize("turns", range(12))
async def test_an_end_makes_no_noise(
    mosquitto: Mosquitto, caplog: pytest.LogCaptureFixture, turns: int
) -> None:
    """Whenever the link is cut: nothing on any log, nothing left for the garbage collector to complain of."""
    noises: list[str] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: noises.append(str(context["message"])))
    caplog.set_level(logging.DEBUG)

    async def be_cut(gate: Gate) -> None:
        async with asyncio.timeout(5), connection(gate.port, ack_deadline_s=0.3) as link:
            for _ in range(turns):
                await asyncio.sleep(0)
            gate.cut()
            await link.publish_acknowledged("x", b"y", retain=False, qos=1)

    async with Gate(mosquitto.port) as gate:
        with contextlib.suppress(aiomqtt.MqttError):
            await be_cut(gate)
        for _ in range(20):  # what the loop still has to do for the connection
            await asyncio.sleep(0)
        gc.collect()
    assert noises == []
    assert [record.getMessage() for record in caplog.records if "asyncio" not in record.name] == []


async def test_the_brokers_limits_are_known(mosquitto: Mosquitto) -> None:
    async with connection(mosquitto.port) as link:
        assert (link.largest_packet, link.in_flight_max) == (None, IN_FLIGHT)
    mosquitto.configure("max_packet_size 500", "max_inflight_messages 3")
    async with connection(mosquitto.port) as link:
        assert (link.largest_packet, link.in_flight_max) == (500, 3)
