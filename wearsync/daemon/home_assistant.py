"""When Home Assistant is told of our devices: on each connect, when it is born again, when watches change.

Rule: what was announced is remembered by nobody but the broker, which is asked on each connect; so nothing is
left behind by a watch that went while the broker, or the daemon, was away. Nothing of another daemon's is
touched, and nothing that Home Assistant would not know: that would be a warning in its log.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from wearsync.config.sections import HomeAssistantSettings, WatchSettings
from wearsync.daemon.pairing.bangle_app import app_of
from wearsync.drivers.base import Driver
from wearsync.ports import BrokerSession, Incoming
from wearsync.publish.client import Subscription
from wearsync.publish.discovery.device import (
    Announced,
    WatchDevice,
    announcements,
    births,
    of_daemon_device,
    of_watch_device,
    read_back,
    topic_of_daemon,
    topic_of_watch,
)
from wearsync.publish.payloads import ONLINE
from wearsync.publish.topics import ELSEWHERE, Leaf, of_watch

# What the broker has comes within milliseconds of the subscription; two seconds also gather what changes
# together.
GATHER_S = 2.0
# Everybody answers a birth; not all at the same moment.
BIRTH_WITHIN_S = 5.0
# Home Assistant takes only the first component of an announcement that follows another one too soon, and
# needs a moment before it hears states (design: tried against 2026.11).
SETTLE_S = 5.0

log = logging.getLogger(__name__)


def device_of(watch: WatchSettings, *, wearer: str, driver: Driver) -> WatchDevice:
    """The watch as it is announced."""
    app = app_of(driver)
    return WatchDevice(
        watch_id=watch.id,
        name=watch.name,
        topic=watch.topic,
        wearer=wearer,
        model=driver.title,
        app=None if app is None else app.version,
    )


class States(Protocol):
    """Where retained messages go."""

    @property
    def connected(self) -> bool:
        """Whether the broker is there."""

    def publish_state(self, topic: str, payload: str) -> None:
        """Publish, or forget it while the broker is away."""


def heard_by(settings: HomeAssistantSettings) -> tuple[Subscription, ...]:
    """What is to be subscribed to. Switched off, it still looks for what was announced before."""
    return (
        Subscription(announcements(settings.prefix), retained=True),
        Subscription(births(settings.prefix)),
    )


class HomeAssistant:
    """Announces `watches()` and the daemon. `repeat`: tells all states again; `chance`: uniform in [0, 1)."""

    def __init__(
        self,
        *,
        settings: HomeAssistantSettings,
        site: str,
        watches: Callable[[], Sequence[WatchDevice]],
        states: States,
        repeat: Callable[[], None],
        chance: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._site = site
        self._watches = watches
        self._states = states
        self._repeat = repeat
        self._chance = chance
        # By topic: what the broker has of ours, as far as it is known.
        self._there: dict[str, Announced] = {}
        # Topics with a prefix that does not hold any more: to be taken back on the next connection.
        self._left: set[str] = set()
        # By topic: what was announced on this connection.
        self._said: dict[str, str] = {}
        self._due = asyncio.Event()
        self._born = False

    def renew(self, settings: HomeAssistantSettings) -> None:
        """Announce there, or nothing any more. With another prefix the broker has to be connected to anew:
        what is heard of it hangs on that.
        """
        if settings.prefix != self._settings.prefix:
            self._left.update(self._there, self._wanted())
        self._settings = settings
        self._due.set()

    async def announce(self, session: BrokerSession) -> None:
        """The broker is there again. What it has is heard in a moment; but events must not come before the
        announcement that knows their kind.
        """
        self._there.clear()
        self._born = False
        self._said = dict(self._wanted())
        self._there = _read(self._said)
        for topic, payload in self._said.items():
            refusal = await session.publish(f"{ELSEWHERE}{topic}", payload, retain=True, qos=1)
            if refusal is not None:
                log.warning("home_assistant.refused topic=%s reason=%r", topic, refusal)
        for topic in tuple(self._left - self._said.keys()):
            await session.publish(f"{ELSEWHERE}{topic}", "", retain=True, qos=1)
        self._left.clear()
        self._due.set()

    def changed(self) -> None:
        """Watches came, went, or have another name."""
        self._due.set()

    def received(self, message: Incoming) -> None:
        """Something that does not stand below our base."""
        topic = message.topic.removeprefix(ELSEWHERE)
        if topic == births(self._settings.prefix):
            if message.payload == ONLINE.encode():
                self._born = True
                self._due.set()
            return
        announced = read_back(message.payload)
        if announced is None or announced.site != self._site:
            self._there.pop(topic, None)
            return
        self._there[topic] = announced
        self._due.set()

    async def run(self) -> None:
        """Run for ever."""
        while True:
            await self._due.wait()
            await asyncio.sleep(GATHER_S + (self._chance() * BIRTH_WITHIN_S if self._born else 0.0))
            self._due.clear()
            born, self._born = self._born, False
            self._bring_up_to_date(anew=born)
            await asyncio.sleep(SETTLE_S)
            if born:
                self._repeat()

    def _bring_up_to_date(self, *, anew: bool) -> None:
        """Announce what is not as it was announced; `anew`: all."""
        if not self._states.connected:
            return
        wanted, before = self._wanted(), self._there
        said, self._said, self._there = self._said, dict(wanted), _read(wanted)
        for topic, payload in wanted.items():
            if anew or said.get(topic) != payload:
                self._states.publish_state(f"{ELSEWHERE}{topic}", payload)
        for topic in before.keys() - wanted.keys():
            log.info("home_assistant.removed topic=%s", topic)
            self._states.publish_state(f"{ELSEWHERE}{topic}", "")
        for state in self._stale(before.values()):
            self._states.publish_state(state, "")

    def _stale(self, before: Iterable[Announced]) -> frozenset[str]:
        """Retained topics of names that no watch has any more."""
        named = frozenset(topic for announced in before for topic in announced.retained)
        used = {
            of_watch(watch.topic, leaf)
            for watch in self._watches()
            for leaf in (Leaf.STATE, Leaf.AVAILABILITY)
        }
        return named - used

    def _wanted(self) -> Mapping[str, str]:
        """By topic: what is to be announced, the daemon first, which the watches hang on."""
        if not self._settings.enabled:
            return {}
        prefix, site, there = self._settings.prefix, self._site, self._there
        hub = topic_of_daemon(prefix, site)
        wanted = {hub: of_daemon_device(site=site, before=there.get(hub))}
        for watch in self._watches():
            topic = topic_of_watch(prefix, watch.watch_id)
            wanted[topic] = of_watch_device(watch, site=site, before=there.get(topic))
        return wanted


def _read(payloads: Mapping[str, str]) -> dict[str, Announced]:
    """By topic: what the broker has of these."""
    read = {topic: read_back(payload.encode()) for topic, payload in payloads.items()}
    return {topic: announced for topic, announced in read.items() if announced is not None}
