"""The app's own JavaScript as an engine; conversations are in test_simulated_bangle.py, for both engines."""

import base64
import json
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Protocol

import pytest

from tests.simulators.watches.banglejs.engine_bench import APP, BONDED
from tests.simulators.watches.banglejs.test_node_process import node
from wearsync_simulators.watches.banglejs.engine import Kept
from wearsync_simulators.watches.banglejs.node_engine import NodeEngine
from wearsync_simulators.watches.banglejs.quirks import Quirks
from wearsync_simulators.watches.banglejs.simulated_bangle import APP_DIRECTORY, shipped_app
from wearsync_simulators.watches.effects import Drop, Effect, Print
from wearsync_simulators.watches.motor import MotorState
from wearsync_simulators.watches.view import Face, Press, Pulse

NOW_S = 5000.0
INFO = b"\x10GB(" + json.dumps({"t": "wearsync", "q": "info"}).encode() + b")\n"


@pytest.fixture
def pulses() -> deque[Pulse]:
    return deque()


class Maker(Protocol):
    def __call__(self, *, files: dict[str, bytes] | None = None, pairing: bool = False) -> NodeEngine: ...


@pytest.fixture
def engine(pulses: deque[Pulse]) -> Iterator[Maker]:
    """Makes engines, and ends their children."""
    with ExitStack() as stack:

        def make(*, files: dict[str, bytes] | None = None, pairing: bool = False) -> NodeEngine:
            made = NodeEngine(
                node=node(),
                app=APP_DIRECTORY,
                now_s=NOW_S,
                unix_us=0,
                files=shipped_app() if files is None else files,
                seed=1,
                pairing=pairing,
                quirks=Quirks(),
                motor_log=pulses,
                drift_ppm=100.0,
            )
            stack.callback(made.power_lost, NOW_S + 1000)
            return made

        yield make


def said(effects: list[Effect]) -> bytes:
    return b"".join(effect.raw for effect in effects if isinstance(effect, Print))


def until(core: NodeEngine, now_s: float) -> None:
    """Wake it whenever it wants to be woken, as a body does."""
    while (due_s := core.due_s()) is not None and due_s <= now_s:
        core.wake(due_s)
    core.wake(now_s)


def test_pairing_mode_and_its_passkey(engine: Maker) -> None:
    core = engine()
    core.link_up(NOW_S + 1, 131)
    core.open_pairing(NOW_S + 1)
    until(core, NOW_S + 3)
    assert any(isinstance(effect, Drop) for effect in core.effects()), "the code is for a new link"
    view = core.view(NOW_S + 3)
    assert view.pairing
    assert core.passkey == view.code is not None
    assert core.advertised(NOW_S + 3) & 1
    core.link_down(NOW_S + 3)
    for _ in range(3):
        core.pairing_failed(NOW_S + 4)
    assert (core.passkey, core.view(NOW_S + 4).pairing) == (None, False), "three attempts"


def test_what_protects_the_link_is_told_once(engine: Maker) -> None:
    core = engine()
    core.link_up(NOW_S + 1, 131)
    for _ in range(2):
        core.secured(NOW_S + 1, BONDED)
    core.down(NOW_S + 1, INFO)
    begin = said(core.effects())
    told = json.loads(begin)
    assert len(base64.b64decode(told["info"])) == 19
    kept = core.kept()
    assert base64.b64decode(told["info"])[2:18] == kept.watch_id
    assert [record.seq for record in kept.records] == list(range(1, kept.next_seq))


def test_after_its_power_it_is_what_it_was(engine: Maker) -> None:
    core = engine()
    core.link_up(NOW_S + 1, 131)
    core.down(NOW_S + 1, INFO)
    files, kept = core.files(), core.kept()
    assert core.power_lost(NOW_S + 2) == 0
    assert (core.files(), core.kept()) == (files, kept)
    core.press(NOW_S + 3, Press.TAP)
    core.wear(NOW_S + 3, worn=False)
    core.power_lost(NOW_S + 4)
    assert core.kept() == kept


def test_without_the_app_there_is_nothing_to_keep(engine: Maker) -> None:
    core = engine(files={})
    assert core.kept() == Kept()
    assert (core.due_s(), core.view(NOW_S).face, core.advertised(NOW_S)) == (None, Face.CLOCK, 0)


def test_the_clock_face_is_one_face(engine: Maker) -> None:
    core = engine()
    seen = {core.view(NOW_S)}
    for s in range(1, 4):
        core.set_motor(NOW_S + s, MotorState.WORKS)
        seen.add(core.view(NOW_S + s))
    assert len(seen) == 1


def test_an_error_of_the_app_is_told(engine: Maker, caplog: pytest.LogCaptureFixture) -> None:
    engine(files=APP | {"wearsync.boot.js": b"nonsense("})
    assert "bangle.fault" in caplog.text


def test_in_pairing_mode_until_a_host_has_proven_itself(engine: Maker) -> None:
    core = engine(pairing=True)
    assert core.waits_for_a_key
    until(core, NOW_S + 5)
    assert core.view(NOW_S + 5).pairing
    until(core, NOW_S + 300)
    assert core.waits_for_a_key


@pytest.mark.parametrize(("state", "felt"), [(MotorState.WORKS, 1), (MotorState.BROKEN, 0)])
def test_what_is_felt(engine: Maker, pulses: deque[Pulse], state: MotorState, felt: int) -> None:
    core = engine()
    core.set_motor(NOW_S + 1, state)
    core.link_up(NOW_S + 1, 131)
    core.down(NOW_S + 2, b"\x10Bangle.buzz(300,1)\n")
    assert len(pulses) == felt
    for pulse in pulses:
        assert pulse.on_s == pytest.approx(NOW_S + 2, abs=0.002)
        assert pulse.off_s - pulse.on_s == pytest.approx(0.3, rel=1e-3)
