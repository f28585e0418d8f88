"""One hold on trial: begun, ended after the first, and read back from the journal."""

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.daemon.home import NAME, Running, at_home, until
from tests.daemon.test_supervise import settings_of
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.control.calls import StatusParams
from wearsync.control.client import ControlClient
from wearsync.control.results import StatusResult
from wearsync.daemon.trial import WITHIN_S, a_daemon, trial_hold
from wearsync.errors import AlreadyRunning, NotRunning, TryAgain, UsageError
from wearsync.model import Outcome, Phase, Side
from wearsync.publish.payloads import HoldPayload, StatePayload
from wearsync_simulators.watches.view import Face, WatchView
from wearsync_simulators.wearer import Comparison, Deed


class Nobody:
    """Leaves it on the table once it is paired."""

    def sees(self, view: WatchView) -> Sequence[Deed]:
        return () if view.code is None else [Deed(1.0, Comparison(same=True))]


async def tried(running: Running, show: Callable[[StatePayload], None] = lambda _: None) -> HoldPayload:
    return await trial_hold(running.client(), NAME, show=show)


@in_virtual_time
async def test_a_hold_is_done_and_recorded_and_the_session_ended(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon() as running:
        phases: list[Phase] = []
        hold = await tried(running, lambda state: phases.append(state.phase))
        assert (hold.side, hold.outcome, hold.planned_s) == (Side.LEFT, Outcome.DONE, 30)
        order = [phase for at, phase in enumerate(phases) if phases[at - 1] != phase]
        assert order[-3:] == [Phase.CONFIRM, Phase.GAP, Phase.HOLD] or order[-2:] == [Phase.HOLD, Phase.GAP]
        await until(lambda: running.phase is Phase.IDLE)
        (session,) = await running.events("session")
        assert (session["end"], session["holds"]) == ("ended", 1)
        again = await tried(running)
        assert again.id != hold.id


@in_virtual_time
async def test_who_breaks_it_off_leaves_no_session(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon() as running:
        trial = asyncio.create_task(tried(running))
        await until(lambda: running.phase is Phase.HOLD)
        trial.cancel()
        with pytest.raises(asyncio.CancelledError):
            await trial
        await until(lambda: running.phase is Phase.IDLE)
        await until(lambda: home.watch.view.face is not Face.HOLD)


@in_virtual_time
async def test_a_watch_that_nobody_taps_gives_no_hold(tmp_path: Path) -> None:
    async with at_home(tmp_path, wearer=Nobody()) as home, home.daemon() as running:
        with pytest.raises(TryAgain, match="no hold was begun"):
            await tried(running)


@in_virtual_time
async def test_a_watch_that_goes_in_mid_hold_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon() as running:
        trial = asyncio.create_task(tried(running))
        await until(lambda: running.phase is Phase.HOLD)
        await home.watch.set_in_range(False)
        with pytest.raises(TryAgain, match="out of reach"):
            await trial


@in_virtual_time
async def test_a_session_that_goes_on_is_not_taken_over(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon() as running:
        await running.start()
        with pytest.raises(TryAgain, match="wearsync stop"):
            await tried(running)
        assert running.phase is Phase.HOLD
        with pytest.raises(UsageError):
            await trial_hold(running.client(), "Other", show=lambda _: None)


async def test_a_daemon_for_the_moment(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    client, before = ControlClient(settings.paths.control_socket), signal.getsignal(signal.SIGINT)
    async with a_daemon(settings):
        assert (await client.call(StatusParams(), StatusResult)).pid == os.getpid()
        assert signal.getsignal(signal.SIGINT) == before, "Ctrl-C is the block's"
        with pytest.raises(AlreadyRunning):
            async with a_daemon(settings):
                raise AssertionError("two daemons")
    with pytest.raises(NotRunning):
        await client.call(StatusParams(), StatusResult)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


async def test_a_daemon_that_is_asked_to_end_ends_the_block(tmp_path: Path) -> None:
    async def block() -> None:
        async with a_daemon(settings_of(tmp_path)):
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(WITHIN_S)

    with pytest.raises(TryAgain, match="asked to end"):
        await block()


async def test_a_block_that_fails_ends_the_daemon(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)

    async def block() -> None:
        async with a_daemon(settings):
            raise ValueError("ours")

    with pytest.raises(ValueError, match="ours"):
        await block()
    assert not settings.paths.control_socket.exists()
