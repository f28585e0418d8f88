"""The demo's run: everything that a home has, in one process tree, on one scaled clock.

Rule: nothing is short-cut. The watch is paired over the air, the daemon is the real one, and what is shown at
the end is what a subscriber of its own got from the broker, held against the watch's journal, or against what
was seen and felt of a watch that keeps none.
"""

import asyncio
import logging
import secrets
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from random import Random

from wearsync import families
from wearsync.config import Settings, load
from wearsync.control.calls import PairParams
from wearsync.daemon.clock import HostClock
from wearsync.daemon.compose import Daemon
from wearsync.daemon.control_desk import ControlDesk
from wearsync.daemon.keys import KeyStore
from wearsync.daemon.page import Page
from wearsync.daemon.pairing import enrol
from wearsync.daemon.reload import Reloader
from wearsync.drivers.base import Driver
from wearsync.errors import TryAgain
from wearsync.journal.store import SqliteJournal
from wearsync.model import Command, Phase, Verb
from wearsync.ports import Clock, PairingAgent, Radio
from wearsync.publish.client import MqttPublisher
from wearsync.radio.adapter import BleakRadio
from wearsync_simulators.broker import EmbeddedBroker
from wearsync_simulators.demo_person import DemoPerson, Insistent
from wearsync_simulators.demo_show import Show, Wish
from wearsync_simulators.demo_subscriber import Subscriber
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.provider import InProcessRadio
from wearsync_simulators.reckoning import Event, Reckoning, reckon, reckon_shown, unknowable
from wearsync_simulators.scaled_loop import ScaledLoop, run_scaled, scaled_wall
from wearsync_simulators.watches.any_watch import AnyWatch
from wearsync_simulators.watches.families import simulated
from wearsync_simulators.watches.records import CueAck
from wearsync_simulators.watches.simulated_watch import SimulatedWatch
from wearsync_simulators.watches.view import WatchView
from wearsync_simulators.wearer import Diligent
from wearsync_simulators.witness import Witness

__all__ = ["Wish", "run"]

NAME = "Demo"
WEARER = "you"
# A session of 2 × 30 s a side takes three minutes; nothing that goes on for ten times that will end by
# itself.
SESSION_MAX_S = 1800.0
# The last events are on their way: real time, whatever the speed.
DRAIN_MAX_REAL_S = 10.0
# The broker is not sped up: it has as long as it has from the daemon.
ACK_DEADLINE_REAL_S = 10.0


def run(wish: Wish) -> bool:
    """Run the demo; whether everything agrees. Raises `UsageError`, `BrokerUnavailable`."""
    watch = _Wrist(wish.watch, wish.speed)
    with _errors_only(), tempfile.TemporaryDirectory(prefix="wearsync-demo-") as directory:
        return run_scaled(lambda loop: _run(wish, watch, Path(directory), loop))


@contextmanager
def _errors_only() -> Iterator[None]:
    """What the daemon logs would be in the picture's way."""
    log = logging.getLogger("wearsync")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)


async def _run(wish: Wish, wrist: "_Wrist", directory: Path, loop: ScaledLoop) -> bool:
    async with AsyncExitStack() as stack:
        url = wish.broker or (await stack.enter_async_context(EmbeddedBroker())).url
        settings = _settings(wish, directory, url)
        show = Show(wish, scaled_wall(loop), name=NAME)
        subscriber = await stack.enter_async_context(Subscriber(settings.broker, settings.site, show.message))
        show.say("a simulated watch is on the air; pairing with it over Bluetooth LE")
        loop.set_speed(wish.speed)
        air = Air()
        await wrist.watch.power_on(air)
        stack.push_async_callback(wrist.watch.power_off)
        radio = BleakRadio(await InProcessRadio(air).open())
        stack.push_async_callback(radio.close)
        journal = await stack.enter_async_context(
            await SqliteJournal.open(settings.paths.journal, wall=scaled_wall(loop))
        )
        clock = HostClock(loop_time=loop.time, wall=scaled_wall(loop))
        keys = KeyStore(settings.paths.keys)
        page = Page(now=lambda: clock.now().utc, healthy=lambda: True, speed=wish.speed)
        with wrist.pairing() as agent:
            settings = await _pair(
                settings, radio=radio, keys=keys, clock=clock, agent=agent, driver=wrist.driver
            )
        async with (
            _daemon(
                settings, radio=radio, journal=journal, clock=clock, keys=keys, speed=wish.speed
            ) as daemon,
            page.served(settings.page, _desk(daemon, wish.speed).handle),
            show.drawing(),
        ):
            place = page.told()
            if place is not None:
                show.say(f"the page is at {place.here}")
                for address in place.elsewhere[:1]:
                    show.say(f"on a phone in the same network: {address}#token={place.token}")
            for number in range(wish.sessions):
                await _session(daemon, subscriber, number + 1)
            reckoning = await _settled(lambda: wrist.reckon(subscriber.events()), loop)
            if place is not None:
                loop.set_speed(wish.speed)
                show.say(f"that was it; the page stays at {place.here}, until Ctrl-C")
                await _until_interrupted()
    # Not before the subscriber has gone: what the daemon says as it leaves would come after the last line.
    show.end(reckoning, unknowable(wrist.driver.title, wrist.driver.capabilities))
    return reckoning.agrees


class _Wrist:
    """The simulated watch, who wears it, and who watches. Raises `UsageError` for a driver without one."""

    def __init__(self, driver: str, speed: float) -> None:
        self._speed = speed
        wearer = Insistent(Diligent(Random(secrets.randbits(32))))
        self.watch: AnyWatch = simulated(driver, wearer=wearer, on_change=self._sees)
        self.driver = families.named(driver)
        self._person = DemoPerson(self.watch)
        self._witness = Witness(pulses=lambda: len(self.watch.motor_log))
        self._own_cues: frozenset[int] = frozenset()

    @contextmanager
    def pairing(self) -> Iterator[PairingAgent]:
        """While the block runs it is being paired: what the watch felt until then was for that."""
        with self._person.pairing():
            yield self._person
        self._witness.begin()
        self._own_cues = frozenset(
            record.body.cue_id for record in self.watch.journal() if isinstance(record.body, CueAck)
        )

    def reckon(self, events: Sequence[Event]) -> Reckoning:
        """What the subscriber got, held against what this watch knows."""
        if not isinstance(self.watch, SimulatedWatch):
            return reckon_shown(
                seen=self._witness.account(),
                events=events,
                can=self.driver.capabilities,
                speed=self._speed,
            )
        return reckon(
            watch_id=self.watch.watch_id.hex(),
            journal_id=self.watch.journal_id,
            records=self.watch.journal(),
            events=events,
            own_cues=self._own_cues,
        )

    def _sees(self, view: WatchView) -> None:
        self._witness.sees(view)
        self._person.sees(view)


def _settings(wish: Wish, directory: Path, url: str) -> Settings:
    config = directory / "config.toml"
    site = f"demo-{secrets.token_hex(3)}"
    config.write_text(
        f'site = "{site}"\nwearer = "{WEARER}"\n'
        f"[routine]\nrounds = {wish.rounds}\nleft_s = {wish.hold_s}\nright_s = {wish.hold_s}\n"
        # Each demo has a watch and a site of its own: they would stay in somebody's Home Assistant.
        "[home_assistant]\nenabled = false\n"
    )
    return load(config, state_dir=directory, broker=url, radio="in-process", web=wish.web)


async def _pair(
    settings: Settings,
    *,
    radio: Radio,
    keys: KeyStore,
    clock: Clock,
    agent: PairingAgent,
    driver: Driver,
) -> Settings:
    await enrol.pair(
        PairParams(name=NAME, yes=True),
        settings=settings,
        radio=radio,
        keys=keys,
        clock=clock,
        agent=agent,
        entropy=secrets.token_bytes,
        driver=driver,
    )
    loaded = load(
        settings.source, state_dir=settings.paths.state_dir, broker=settings.broker.url, radio=settings.radio
    )
    return replace(loaded, page=settings.page)


@asynccontextmanager
async def _daemon(
    settings: Settings, *, radio: Radio, journal: SqliteJournal, clock: Clock, keys: KeyStore, speed: float
) -> AsyncIterator[Daemon]:
    daemon = Daemon(
        settings=settings,
        radio=radio,
        publisher=_publisher(settings, speed),
        journal=journal,
        clock=clock,
        keys=keys,
        entropy=secrets.token_bytes,
        chance=Random().random,
    )
    stop = asyncio.Event()
    running = asyncio.create_task(daemon.run(stop), name="daemon")
    try:
        yield daemon
    finally:
        stop.set()
        await running


def _publisher(settings: Settings, speed: float) -> MqttPublisher:
    return MqttPublisher(
        address=settings.broker, site=settings.site, ack_deadline_s=ACK_DEADLINE_REAL_S * speed
    )


def _desk(daemon: Daemon, speed: float) -> ControlDesk:
    """For the page; a demo's configuration changes no more."""

    async def reread() -> Settings:
        return daemon.settings

    reloader = Reloader(daemon=daemon, reread=reread, publisher=lambda said: _publisher(said, speed))
    return ControlDesk(daemon, reloader=reloader)


async def _session(daemon: Daemon, subscriber: Subscriber, number: int) -> None:
    """One session: started as by `wearsync start`, over when the subscriber has its result and the last cue
    was answered.
    """
    async with _in_time():
        await _until(subscriber.listens)
        await _until(lambda: any(task.link.trust is not None for task in daemon.watches.values()))
        task = daemon.pick(None)
        # A visited watch is not there any more: the command brings it back.
        await _until(lambda: task.state.phase is Phase.IDLE)
        reason = await daemon.commands.give(task, Command(Verb.START), via="demo")
        if reason is not None:
            raise TryAgain(f"the session could not be started: {reason}")
        await _until(lambda: subscriber.listens() and len(subscriber.events_of("session")) >= number)
        end = subscriber.events_of("session")[number - 1]["end"]
        if end != "done":
            raise TryAgain(f"the session ended as {end}, not as done: run the demo again, more slowly")
        await _until(lambda: all(cue.given_up for cue in task.state.cues))


@asynccontextmanager
async def _in_time() -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(SESSION_MAX_S):
            yield
    except TimeoutError as error:
        raise TryAgain(
            f"no session came to an end in {SESSION_MAX_S / 60:.0f} minutes: run the demo again, more slowly"
        ) from error


async def _until_interrupted() -> None:
    """Until Ctrl-C, which is no failure here."""
    with suppress(asyncio.CancelledError):
        await asyncio.Event().wait()


async def _until(reached: Callable[[], bool]) -> None:
    while not reached():  # noqa: ASYNC110  # an onlooker: nothing tells it
        await asyncio.sleep(0.2)


async def _settled(reckoned: Callable[[], Reckoning], loop: ScaledLoop) -> Reckoning:
    """Wait until what is on its way has arrived; what has not by then is lost."""
    loop.set_speed(1.0)
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_MAX_REAL_S):
            await _until(lambda: reckoned().agrees)
    return reckoned()
