"""A simulated Bangle.js 2 with the wearsync app, for demo, conformance kit, tests and `wearsync-sim watch`.

    watch = SimulatedBangle(wearer=Diligent(Random(1)), quirks=Quirks(noise=True), engine="model")
    await watch.power_on(air)
    watch.open_pairing()               # in the app's menu: watch.view.code is the passkey on the display

Beside that it is used as `SimulatedWatch` is. Rule: this shell decides nothing; the engine does.
"""

import asyncio
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Final, Literal

from wearsync.errors import StorageError, Unavailable
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.pairing import LinkSecurity
from wearsync_simulators.watches.antenna import BumbleGround, Ground
from wearsync_simulators.watches.banglejs.engine import Engine, Kept
from wearsync_simulators.watches.banglejs.model_engine import ModelEngine
from wearsync_simulators.watches.banglejs.node_engine import NodeEngine
from wearsync_simulators.watches.banglejs.node_process import node_path
from wearsync_simulators.watches.banglejs.quirks import USUAL, Quirks
from wearsync_simulators.watches.banglejs.uart import UartOutfit
from wearsync_simulators.watches.body import Core
from wearsync_simulators.watches.flash import Flash
from wearsync_simulators.watches.hold_watch import HoldWatch
from wearsync_simulators.watches.records import Record
from wearsync_simulators.watches.simulated_watch import Outage, SimulatedWatch
from wearsync_simulators.watches.view import WatchView
from wearsync_simulators.watches.words import CueResult, Reset
from wearsync_simulators.wearer import Wearer

__all__ = ["SimulatedBangle", "shipped_app"]

# The app, as the package ships it.
APP_DIRECTORY: Final = Path(str(resources.files("wearsync"))) / "drivers" / "banglejs" / "app"
# Its own address ends the name of a real one.
NAME: Final = "Bangle.js 1234"
STORAGE: Final = "storage.json"


class SimulatedBangle(SimulatedWatch):
    """See `SimulatedWatch` for what is not named here.

    `engine`: "node" runs the shipped app's JavaScript, "model" a model of it; None: node where it is
    installed. `app`: the app's files, as an installer would leave them; None: those of the package, {}: none.
    Raises Unavailable for "node" where there is none.
    """

    def __init__(
        self,
        *,
        name: str = NAME,
        state_dir: Path | None = None,
        pairing: bool = False,
        wearer: Wearer | None = None,
        drift_ppm: float = 0.0,
        seed: int | None = None,
        outages: Sequence[Outage] = (),
        engine: Literal["node", "model"] | None = None,
        app: Mapping[str, bytes] | None = None,
        quirks: Quirks = USUAL,
        on_change: Callable[[WatchView], None] | None = None,
        on_trace: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(
            name=name,
            state_dir=state_dir,
            pairing=pairing,
            wearer=wearer,
            drift_ppm=drift_ppm,
            seed=seed,
            outages=outages,
            on_change=on_change,
            on_trace=on_trace,
        )
        self._quirks = quirks
        self._node = None if engine == "model" else node_path()
        if engine == "node" and self._node is None:
            raise Unavailable("there is no node here to run the app of the Bangle: install nodejs")
        new = shipped_app() if app is None else app
        self._files: Mapping[str, bytes] = _stored(state_dir) or new
        self._engine: Engine | None = None

    # What it has kept, now or when its power went.

    @property
    def watch_id(self) -> bytes:
        """See `SimulatedWatch`; empty until the app has run for the first time."""
        return self._kept().watch_id

    @property
    def journal_id(self) -> int:
        """See `SimulatedWatch`."""
        return self._kept().journal_id

    @property
    def first_seq(self) -> int:
        """See `SimulatedWatch`."""
        kept = self._kept()
        return kept.records[0].seq if kept.records else kept.next_seq

    @property
    def next_seq(self) -> int:
        """See `SimulatedWatch`."""
        return self._kept().next_seq

    def journal(self) -> tuple[Record, ...]:
        """See `SimulatedWatch`."""
        return self._kept().records

    def files(self) -> Mapping[str, bytes]:
        """What is in its storage, by name."""
        return self._files if self._engine is None else self._engine.files()

    # For its radio.

    def passkey(self) -> int | None:
        """What is on the display for the host's person to type; None: it pairs without."""
        return None if self._engine is None else self._engine.passkey

    def secured(self, security: LinkSecurity) -> None:
        """What protects its link."""
        if self._engine is not None:
            self._engine.secured(asyncio.get_running_loop().time(), security)

    def _stand(self, where: Air | str, capture: Path | None) -> Ground:
        return BumbleGround(where, capture, partial(UartOutfit, lock=self, mtu=self._quirks.mtu))

    def _core(self, flash: Flash, reset: Reset, unix_us: int) -> Core:
        now_s = asyncio.get_running_loop().time()
        if self._node is not None:
            self._engine = NodeEngine(
                node=self._node,
                app=APP_DIRECTORY,
                now_s=now_s,
                unix_us=unix_us,
                files=self._files,
                seed=int.from_bytes(self._entropy(4), "little"),
                pairing=self._pairing,
                quirks=self._quirks,
                motor_log=self.motor_log,
                drift_ppm=self._drift_ppm,
            )
            return self._engine
        self._engine = ModelEngine(
            now_s=now_s,
            reset=reset,
            unix_us=unix_us,
            boot=partial(self._hold_watch, flash),
            flash=flash,
            watch_id=self._memory.watch_id,
            files=self._files,
            entropy=self._entropy,
            quirks=self._quirks,
        )
        return self._engine

    def _hold_watch(self, flash: Flash, now_s: float, reset: Reset, unix_us: int) -> HoldWatch:
        return HoldWatch(
            now_s=now_s,
            reset=reset,
            flash=flash,
            memory=self._memory,
            remember=self._remember,
            entropy=self._entropy,
            pairing=self._pairing,
            motor_log=self.motor_log,
            drift_ppm=self._drift_ppm,
            unix_us=unix_us,
            played=CueResult.SCHEDULED,
        )

    async def _silence(self) -> int:
        unix_us = await super()._silence()
        self._files = self.files()
        if self._state_dir is not None:
            _store(self._state_dir, self._files)
        return unix_us

    def _kept(self) -> Kept:
        assert self._engine is not None, "the watch was never on"
        return self._engine.kept()


def shipped_app() -> Mapping[str, bytes]:
    """The app's files as the package has them, by their names on the watch."""
    directory = resources.files("wearsync").joinpath("drivers/banglejs/app")
    return {file.name: file.read_bytes() for file in directory.iterdir() if file.name.startswith("wearsync.")}


def _stored(state_dir: Path | None) -> Mapping[str, bytes] | None:
    """The storage as it was left; None for a watch that is new."""
    if state_dir is None or not (path := state_dir / STORAGE).exists():
        return None
    try:
        told: dict[str, str] = json.loads(path.read_text())
        return {name: b64decode(content, validate=True) for name, content in dict(told).items()}
    except (OSError, ValueError, TypeError) as error:
        raise StorageError(f"{path} is not a simulated Bangle's storage: move it away") from error


def _store(state_dir: Path, files: Mapping[str, bytes]) -> None:
    draft = state_dir / f"{STORAGE}.new"
    try:
        draft.write_text(json.dumps({name: b64encode(content).decode() for name, content in files.items()}))
        draft.replace(state_dir / STORAGE)
    except OSError as error:
        raise StorageError(f"can't write the watch's storage {draft}: {error.strerror}") from error
