"""The demo's run: everything that a home has, in one process tree, on one scaled clock.

Rule: nothing is short-cut. The watch is paired over the air, the daemon is the real one, and what is shown at
the end is what a subscriber
of its own got from the broker, held against the watch's journal.
"""

import asyncio
import json
import logging
import secrets
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from rich.console import Console

from wearsync.cli.live_view import FRAME_S, View, animate, line
from wearsync.cli.terminal import note, print_json, say, show_table
from wearsync.config import Settings, load
from wearsync.control.protocol import PairParams
from wearsync.daemon import enrol
from wearsync.daemon.clock import HostClock
from wearsync.daemon.compose import Daemon
from wearsync.daemon.keys import KeyStore
from wearsync.errors import TryAgain, UsageError
from wearsync.journal.store import SqliteJournal
from wearsync.model import Command, Phase, Verb
from wearsync.ports import Clock, Radio
from wearsync.publish.client import MqttPublisher
from wearsync.publish.payloads import StatePayload, SummaryPayload
from wearsync.radio.adapter import BleakRadio
from wearsync_simulators.broker import EmbeddedBroker
from wearsync_simulators.demo_subscriber import Subscriber
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.provider import InProcessRadio
from wearsync_simulators.reckoning import Reckoning, reckon
from wearsync_simulators.scaled_loop import ScaledLoop, run_scaled, scaled_wall
from wearsync_simulators.watches.records import CueAck
from wearsync_simulators.watches.simulated_watch import SimulatedWatch
from wearsync_simulators.wearer import Diligent

NAME = "Demo"
WEARER = "you"
# A session of 2 × 30 s a side takes three minutes; nothing that goes on for ten times that will end by
# itself.
SESSION_MAX_S = 1800.0
# The last events are on their way: real time, whatever the speed.
DRAIN_MAX_REAL_S = 10.0
# The broker is not sped up: it has as long as it has from the daemon.
ACK_DEADLINE_REAL_S = 10.0


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asked for."""

    speed: float
    sessions: int
    hold_s: int
    rounds: int
    watch: str
    broker: str | None
    as_json: bool


def run(wish: Wish) -> bool:
    """Run the demo; whether everything agrees. Raises `UsageError`, `BrokerUnavailable`."""
    if wish.watch != "wearsync":
        raise UsageError(f"there is no simulated watch for the driver {wish.watch!r}; there is: wearsync")
    logging.getLogger("wearsync").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="wearsync-demo-") as directory:
        return run_scaled(lambda loop: _run(wish, Path(directory), loop))


async def _run(wish: Wish, directory: Path, loop: ScaledLoop) -> bool:
    async with AsyncExitStack() as stack:
        url = wish.broker or (await stack.enter_async_context(EmbeddedBroker())).url
        settings = _settings(wish, directory, url)
        show = _Show(wish, scaled_wall(loop))
        subscriber = await stack.enter_async_context(Subscriber(settings.broker, settings.site, show.message))
        show.say("a simulated watch is on the air; pairing with it over Bluetooth LE")
        loop.set_speed(wish.speed)
        air = Air()
        watch = SimulatedWatch(name=NAME, pairing=True, wearer=Diligent(Random(secrets.randbits(32))))
        await watch.power_on(air)
        stack.push_async_callback(watch.power_off)
        radio = BleakRadio(await InProcessRadio(air).open())
        stack.push_async_callback(radio.close)
        journal = await stack.enter_async_context(
            await SqliteJournal.open(settings.paths.journal, wall=scaled_wall(loop))
        )
        clock = HostClock(loop_time=loop.time, wall=scaled_wall(loop))
        keys = KeyStore(settings.paths.keys)
        settings = await _pair(settings, radio=radio, keys=keys, clock=clock)
        own_cues = frozenset(
            record.body.cue_id for record in watch.journal() if isinstance(record.body, CueAck)
        )
        async with (
            _daemon(
                settings, radio=radio, journal=journal, clock=clock, keys=keys, speed=wish.speed
            ) as daemon,
            show.drawing(),
        ):
            for number in range(wish.sessions):
                await _session(daemon, subscriber, number + 1)
            reckoning = await _settled(
                lambda: reckon(
                    watch_id=watch.watch_id.hex(),
                    journal_id=watch.journal_id,
                    records=watch.journal(),
                    events=subscriber.events(),
                    own_cues=own_cues,
                ),
                loop,
            )
    # Not before the subscriber has gone: what the daemon says as it leaves would come after the last line.
    show.end(reckoning)
    return reckoning.agrees


def _settings(wish: Wish, directory: Path, url: str) -> Settings:
    config = directory / "config.toml"
    site = f"demo-{secrets.token_hex(3)}"
    config.write_text(
        f'site = "{site}"\nwearer = "{WEARER}"\n'
        f"[routine]\nrounds = {wish.rounds}\nleft_s = {wish.hold_s}\nright_s = {wish.hold_s}\n"
    )
    return load(config, state_dir=directory, broker=url, radio="in-process")


class _EverybodySaysYes:
    """The demo's person: the simulated wearer compares the code on the watch, this one trusts it."""

    async def confirm_number(self, number: int) -> bool:
        """Yes."""
        return True

    async def passkey(self) -> int | None:
        """Nobody types here."""
        return None

    async def confirm_just_works(self) -> bool:
        """No: this watch has a display."""
        return False


async def _pair(settings: Settings, *, radio: Radio, keys: KeyStore, clock: Clock) -> Settings:
    await enrol.pair(
        PairParams(name=NAME, yes=True),
        settings=settings,
        radio=radio,
        keys=keys,
        clock=clock,
        agent=_EverybodySaysYes(),
        entropy=secrets.token_bytes,
        say=lambda text: None,
    )
    return load(
        settings.source, state_dir=settings.paths.state_dir, broker=settings.broker.url, radio=settings.radio
    )


@asynccontextmanager
async def _daemon(
    settings: Settings, *, radio: Radio, journal: SqliteJournal, clock: Clock, keys: KeyStore, speed: float
) -> AsyncIterator[Daemon]:
    daemon = Daemon(
        settings=settings,
        radio=radio,
        publisher=MqttPublisher(
            address=settings.broker, site=settings.site, ack_deadline_s=ACK_DEADLINE_REAL_S * speed
        ),
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


async def _session(daemon: Daemon, subscriber: Subscriber, number: int) -> None:
    """One session: started as by `wearsync start`, over when the subscriber has its result and the last cue
    was answered.
    """
    async with asyncio.timeout(SESSION_MAX_S):
        await _until(
            lambda: subscriber.listens() and any(task.state.live for task in daemon.watches.values())
        )
        task = daemon.pick(None)
        await _until(lambda: task.state.phase is Phase.IDLE)
        reason = await daemon.commands.give(task, Command(Verb.START), via="demo")
        if reason is not None:
            raise TryAgain(f"the session could not be started: {reason}")
        await _until(lambda: subscriber.listens() and len(subscriber.events_of("session")) >= number)
        await _until(lambda: all(cue.given_up for cue in task.state.cues))


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


class _Show:
    """What the demo's audience sees: a picture, lines, or JSON."""

    def __init__(self, wish: Wish, wall: Callable[[], float]) -> None:
        self._wish = wish
        self._wall = wall
        self._console = Console()
        self._drawn = self._console.is_terminal and not wish.as_json
        self._view = View(NAME)

    def say(self, text: str) -> None:
        """A remark for people."""
        if not self._wish.as_json:
            note(text)

    def message(self, topic: str, payload: str, *, retained: bool) -> None:
        """The subscriber got something."""
        if self._wish.as_json:
            print_json({"topic": topic, "payload": _decoded(payload), "retain": retained})
        leaf = topic.rpartition("/")[2]
        if leaf == "state" and payload:
            before, self._view.state = self._view.state, StatePayload.model_validate_json(payload)
            changed = before is None or line(before) != line(self._view.state)
            if changed and not self._drawn and not self._wish.as_json:
                say(line(self._view.state))
        elif leaf == "summary" and payload:
            self._view.summary = SummaryPayload.model_validate_json(payload)

    @asynccontextmanager
    async def drawing(self) -> AsyncIterator[None]:
        """Draw while the block runs."""
        if not self._drawn:
            yield
            return
        pictures = asyncio.create_task(
            animate({NAME: self._view}, self._console, self._now, frame_s=FRAME_S * self._wish.speed),
            name="drawing",
        )
        try:
            yield
        finally:
            pictures.cancel()
            with suppress(asyncio.CancelledError):
                await pictures

    def end(self, result: Reckoning) -> None:
        """The result."""
        if self._wish.as_json:
            print_json(_summary(result, self._wish))
            return
        rows = [
            (
                str(hold["side"]),
                str(hold["round"]),
                f"{hold['planned_s']} s",
                "?" if hold["measured_s"] is None else f"{hold['measured_s']:.1f} s",
                f"{hold['credited_s']:.0f} s",
                str(hold["outcome"]),
            )
            for hold in result.holds
        ]
        show_table(
            ("side", "round", "planned", "measured", "credited", "outcome"),
            rows,
            title="What the dashboard got",
        )
        cues = ", ".join(f"{count} {word}" for word, count in sorted(result.cues.items()))
        say(f"cues: {cues or 'none'} · lost: {len(result.lost)} · duplicates: {len(result.duplicates)}")
        say(
            "The watch's own journal and the subscriber agree."
            if result.agrees
            else f"They do NOT agree: {json.dumps(_summary(result, self._wish)['disagreement'])}"
        )

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._wall(), UTC)


def _summary(result: Reckoning, wish: Wish) -> dict[str, object]:
    return {
        "holds": [dict(hold) for hold in result.holds],
        "sessions": [dict(session) for session in result.sessions],
        "cues": result.cues,
        "lost": len(result.lost),
        "duplicates": len(result.duplicates),
        "unknowable": [],
        "disagreement": {
            "lost": result.lost,
            "duplicates": result.duplicates,
            "differing": result.differing,
            "unexpected": result.unexpected,
        },
        "speed": wish.speed,
        "ok": result.agrees,
    }


def _decoded(payload: str) -> object:
    try:
        return json.loads(payload)
    except ValueError:
        return payload
