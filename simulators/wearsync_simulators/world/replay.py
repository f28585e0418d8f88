"""The outbox of a host, replayed to a real broker, and counted there by a subscriber of its own.

Rule: real time and real sockets, after the world has ended; the file is only read.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from wearsync.publish.address import BrokerAddress, parse_url
from wearsync.publish.client import MqttPublisher
from wearsync_simulators.demo_subscriber import Subscriber
from wearsync_simulators.world.books import read_books
from wearsync_simulators.world.subscriber import content

__all__ = ["Replayed", "replay_outbox"]

# A site of its own: nothing else speaks there.
SITE = "replay"
# Fewer than a broker queues for one subscriber (mosquitto: 1000), as many as make it quick.
BATCH = 200
# An event has been acknowledged: it is on its way to the subscriber, in milliseconds.
ARRIVES_WITHIN_S = 30.0


@dataclass(frozen=True, slots=True)
class Replayed:
    """`sent`: events with content in the outbox; `missing`, `doubled`: ids that the subscriber got not, or
    more than once.
    """

    sent: int
    missing: tuple[str, ...]
    doubled: tuple[str, ...]


async def replay_outbox(
    path: Path, url: str, *, told: Callable[[str], None] = lambda _payload: None
) -> Replayed:
    """Publish all that is in the outbox of that file; `told`: of each payload that the subscriber got. Raises
    `BrokerUnavailable`, `sqlite3.Error`.
    """
    events = [event for event in read_books(path).events if event.payload]
    where = parse_url(url)
    address = BrokerAddress(host=where.host, port=where.port)
    heard = Counter[str]()
    arrived = asyncio.Event()

    def hears(topic: str, payload: str, *, retained: bool) -> None:
        heard[str(content(payload).get("id"))] += not retained
        if not retained:
            told(payload)
        arrived.set()

    async with Subscriber(address, SITE, hears), MqttPublisher(address, site=SITE).connect() as session:
        with suppress(TimeoutError):
            for at in range(0, len(events), BATCH):
                batch = events[at : at + BATCH]
                refusals = await asyncio.gather(
                    *(session.publish(event.topic, event.payload, retain=False, qos=1) for event in batch)
                )
                taken = [event for event, refusal in zip(batch, refusals, strict=True) if refusal is None]
                async with asyncio.timeout(ARRIVES_WITHIN_S):
                    while not all(heard[event.event_id] for event in taken):
                        arrived.clear()
                        await arrived.wait()
    ids = [event.event_id for event in events]
    return Replayed(
        sent=len(events),
        missing=tuple(event_id for event_id in ids if not heard[event_id]),
        doubled=tuple(event_id for event_id in ids if heard[event_id] > 1),
    )
