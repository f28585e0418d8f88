"""A forgotten watch's retained topics, taken out of the broker where no daemon runs that would do it.

Rule: nothing is said of the daemon, which is not there; what the broker does not take is told.
"""

import asyncio
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, suppress
from typing import Protocol

from wearsync.config import Settings, WatchSettings
from wearsync.daemon import offline
from wearsync.errors import BrokerUnavailable, WearsyncError
from wearsync.ports import BrokerSession
from wearsync.publish.discovery.device import topic_of_watch
from wearsync.publish.topics import ELSEWHERE, Leaf, of_watch, summary_of

# A person waits at the terminal: a broker that is there answers at once.
PATIENCE_S = 10.0


class Errands(Protocol):
    """The way to the broker for who is no daemon."""

    def errand(self) -> AbstractAsyncContextManager[BrokerSession]:
        """A connection. Raises `BrokerUnavailable`."""


async def withdraw(watch: WatchSettings, *, settings: Settings, publisher: Errands) -> str | None:
    """Take them out; why that can't be done, in words, None if it is done. `settings`: without the watch."""
    topics = await _topics(watch, settings)
    try:
        async with asyncio.timeout(PATIENCE_S), publisher.errand() as session:
            for topic, payload in topics.items():
                refusal = await session.publish(topic, payload, retain=True, qos=1)
                if refusal is not None:
                    return f"the broker refuses {topic.removeprefix(ELSEWHERE)}: {refusal}"
    except BrokerUnavailable as error:
        return str(error)
    except TimeoutError:
        return f"the broker did not answer within {PATIENCE_S:.0f} s"
    return None


async def _topics(watch: WatchSettings, settings: Settings) -> Mapping[str, str]:
    """Empty for what goes; the wearer's day stays, without a reminder that nobody gives any more."""
    topics = {of_watch(watch.name, leaf): "" for leaf in (Leaf.STATE, Leaf.AVAILABILITY)}
    if settings.home_assistant.enabled:
        topics[f"{ELSEWHERE}{topic_of_watch(settings.home_assistant.prefix, watch.id)}"] = ""
    wearer = settings.wearer_of(watch)
    if settings.paths.journal.exists() and wearer not in map(settings.wearer_of, settings.watches):
        with suppress(WearsyncError):  # the journal's troubles are the daemon's to tell
            topics[summary_of(wearer)] = (await offline.summary(settings, wearer)).json_text()
    return topics
