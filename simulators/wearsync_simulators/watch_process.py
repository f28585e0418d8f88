"""`wearsync-sim watch` and `air` as processes: from options to a running watch, to a clean end.

Rule: a signal ends them in order, with exit 0: the radio silent, the journal dumped. What they print comes
from `chronicle`.
"""

import asyncio
import json
import logging
import signal
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from random import Random

from wearsync.errors import StorageError, UsageError
from wearsync_simulators.chronicle import news
from wearsync_simulators.keyboard import KEYS, OPEN_PAIRING, QUIT, keys_pressed
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.airtime import Airtime
from wearsync_simulators.radio.tcp import serve_air
from wearsync_simulators.watches.any_watch import AnyWatch
from wearsync_simulators.watches.banglejs.simulated_bangle import SimulatedBangle
from wearsync_simulators.watches.families import simulated
from wearsync_simulators.watches.simulated_watch import Outage, SimulatedWatch
from wearsync_simulators.watches.view import Press, WatchView
from wearsync_simulators.wearer import WEARERS, Starting, Wearer, wearer_named

__all__ = ["KEYBOARD", "Options", "journal_lines", "parse_outage", "run", "run_air"]

KEYBOARD = "keyboard"
STDOUT = Path("-")


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for on the command line."""

    driver: str
    transport: str
    wearer: str
    pairing: bool
    outages: tuple[Outage, ...]
    start_after_s: float | None
    open: bool
    trace: bool
    capture: Path | None
    dump_journal: Path | None
    name: str
    state_dir: Path
    seed: int | None
    drift_ppm: float


def parse_outage(spec: str) -> Outage:
    """AT:FOR, in seconds. Raises UsageError."""
    at, _, for_ = spec.partition(":")
    try:
        outage = Outage(float(at), float(for_))
    except ValueError:
        outage = Outage(-1.0, 0.0)
    if not (outage.at_s >= 0 and 0 < outage.for_s < float("inf")):
        raise UsageError(f"--out-of-range {spec!r} is not AT:FOR in seconds, such as 10:20")
    return outage


async def run(options: Options, *, say: Callable[[str], None], warn: Callable[[str], None]) -> None:
    """Be a watch until SIGTERM, SIGINT, or q on the keyboard.

    Raises UsageError for a wearer that is not known or has no terminal, RadioUnavailable if there is no
    radio at the start, AlreadyRunning and StorageError if the state directory can't be used.
    """
    # It logs, with a traceback, what it raises as well; what matters of that is told here in a line.
    logging.getLogger("bumble").setLevel(logging.CRITICAL)
    stop = _stop_signal()
    teller = _Teller(say, warn)
    watch = _made(options, say, teller)
    by_hand = options.wearer == KEYBOARD
    with keys_pressed(lambda key: _key(watch, key, stop, say)) if by_hand else nullcontext():
        await watch.power_on(options.transport, capture=options.capture)
        known = watch.watch_id.hex() if isinstance(watch, SimulatedWatch) else ""
        told = [watch.name, watch.address, *([f"id {known}"] if known else []), f"on {options.transport}"]
        say(f"watch: {' · '.join(told)}")
        if by_hand:
            say("keys: space tap, d double press, s start, y n code, o pairing, q quit; see --help")
        if options.open:
            say("OPEN: no encryption, no tags, anybody may command it: for the laboratory only")
        teller.begin(watch.view)
        await stop.wait()
        teller.end()  # its end is no news
        await watch.power_off()
    if options.dump_journal is not None and isinstance(watch, SimulatedWatch):
        _dump(options.dump_journal, journal_lines(watch), say)


async def run_air(
    host: str, port: int, *, say: Callable[[str], None], airtime: Airtime | None = None
) -> None:
    """Be the air until SIGTERM or SIGINT. Raises RadioUnavailable if the address can't be had."""
    stop = _stop_signal()
    server = await serve_air(host, port, air=Air(airtime=airtime))
    say(
        f"air: tcp:{server.address} · hosts join by --radio tcp:{server.address}, "
        f"watches by --transport tcp-client:{server.address}"
    )
    await stop.wait()
    await server.close()


def journal_lines(watch: SimulatedWatch) -> list[str]:
    """The journal as JSON Lines, named as in the document: what is gone as one LOST, then the records."""
    journal = {"journal_id": watch.journal_id}
    lines = [json.dumps(journal | dict(record.told())) for record in watch.journal()]
    if watch.first_seq > 1:
        lines.insert(0, json.dumps(journal | {"type": "LOST", "from": 1, "next": watch.first_seq}))
    return lines


class _Teller:
    """Tells, between `begin` and `end`, what changed since it last looked; what is wrong with the radio goes
    to `warn`.
    """

    def __init__(self, say: Callable[[str], None], warn: Callable[[str], None]) -> None:
        self._say, self._warn = say, warn
        self._view: WatchView | None = None

    def begin(self, view: WatchView) -> None:
        """The first look."""
        self._view = WatchView(since_s=view.since_s)
        self.tell(view)

    def end(self) -> None:
        """Look no more."""
        self._view = None

    def tell(self, view: WatchView) -> None:
        """Another look."""
        if self._view is None:
            return
        before, self._view = self._view, view
        for line in news(before, view, now_s=asyncio.get_running_loop().time()):
            self._say(line)
        if view.radio is not before.radio:
            self._warn(
                "the radio is back" if view.radio else "the radio is gone; it is looked for every second"
            )


def _made(options: Options, say: Callable[[str], None], teller: _Teller) -> AnyWatch:
    """The watch, not on yet. Raises UsageError for an option that this family has no use for."""
    on_trace = say if options.trace else None
    if options.open and options.driver != "wearsync":
        raise UsageError(f"--open: a simulated watch for {options.driver} is never open")
    match options.driver:
        case "wearsync":
            return SimulatedWatch(
                name=options.name,
                state_dir=options.state_dir,
                pairing=options.pairing,
                open_=options.open,
                wearer=_wearer(options),
                drift_ppm=options.drift_ppm,
                outages=options.outages,
                on_change=teller.tell,
                on_trace=on_trace,
            )
        case "banglejs":
            return SimulatedBangle(
                name=options.name,
                state_dir=options.state_dir,
                pairing=options.pairing,
                wearer=_wearer(options),
                drift_ppm=options.drift_ppm,
                outages=options.outages,
                on_change=teller.tell,
                on_trace=on_trace,
            )
        case driver:
            _refuse_unused(options)
            return simulated(
                driver,
                name=options.name,
                wearer=_wearer(options),
                state_dir=options.state_dir,
                on_change=teller.tell,
            )


def _refuse_unused(options: Options) -> None:
    """What only watches with the hold profile within can do. Raises UsageError."""
    asked = {
        "--pairing": options.pairing,
        "--out-of-range": options.outages,
        "--trace": options.trace,
        "--dump-journal": options.dump_journal,
        "--drift": options.drift_ppm,
    }
    for name, value in asked.items():
        if value:
            raise UsageError(f"{name}: a simulated watch for {options.driver} has nothing of that kind")


def _wearer(options: Options) -> Wearer | None:
    if options.wearer == KEYBOARD:
        return None
    if options.wearer not in WEARERS:
        known = ", ".join([*WEARERS, KEYBOARD])
        raise UsageError(f"--wearer {options.wearer!r} is not known; there are {known}")
    wearer = wearer_named(options.wearer, Random(options.seed))
    if options.start_after_s is not None:
        wearer = Starting(wearer, after_s=options.start_after_s)
    return wearer


def _key(watch: AnyWatch, key: str, stop: asyncio.Event, say: Callable[[str], None]) -> None:
    if key == QUIT:
        stop.set()
    elif key == OPEN_PAIRING and watch.is_on:
        watch.open_pairing()
        if not watch.view.pairing:
            say("pairing: stays closed for a minute after the last time")
    elif key in KEYS and watch.is_on:
        match KEYS[key]:
            case Press() as press:
                watch.press(press)
            case comparison:
                watch.confirm_code(same=comparison.same)


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


def _dump(path: Path, lines: list[str], say: Callable[[str], None]) -> None:
    if path == STDOUT:
        for line in lines:
            say(line)
        return
    draft = path.with_name(path.name + ".new")
    try:
        draft.write_text("".join(f"{line}\n" for line in lines))
        draft.replace(path)
    except OSError as error:
        raise StorageError(f"can't write the journal to {path}: {error.strerror}") from error
