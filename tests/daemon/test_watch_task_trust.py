"""Watches that are not who they say: refused, told once, nothing of them taken in."""

import asyncio
from pathlib import Path
from random import Random

from tests.daemon.home import Blackboard, at_home, until
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.daemon.connector import REFUSED_RETRY_S
from wearsync_simulators.adversaries.middle import Middle, Way
from wearsync_simulators.adversaries.relays import Op
from wearsync_simulators.watches.antenna import BumbleGround
from wearsync_simulators.watches.simulated_watch import SimulatedWatch
from wearsync_simulators.wearer import Diligent


@in_virtual_time
async def test_nonce_of_each_handshake_is_kept_and_none_may_come_again(tmp_path: Path) -> None:
    """A watch whose random numbers are the same after each power cycle."""
    async with at_home(tmp_path) as home:
        await home.watch.power_off()
        board = Blackboard()
        async with home.daemon(publisher=board) as running:
            watch_id = home.watch.watch_id.hex()

            async def power_on() -> None:
                home.watch = SimulatedWatch(state_dir=tmp_path / "watch", wearer=Diligent(Random(3)), seed=5)
                await home.watch.power_on(home.air)

            await power_on()
            await running.live()
            assert len(await running.journal.nonces(watch_id)) == 1
            await home.watch.power_off()
            await until(lambda: not running.task.state.live)
            told = len(await running.journal.nonces(watch_id))
            await power_on()
            await until(lambda: running.task.link.state == "refused")
            assert "used a nonce again" in running.task.link.reason
            assert not running.task.state.live
            assert len(await running.journal.nonces(watch_id)) == told
            await until(lambda: board.of("ours/alert"))
            (alert,) = board.of("ours/alert")
            assert (alert["code"], alert["text"]) == ("auth_failed", running.task.link.reason)
            await running.live()  # its next nonce is another one


@in_virtual_time
async def test_each_link_has_a_nonce_of_its_own(tmp_path: Path) -> None:
    """Else a recorded session could be played again to it, once those of the watch are forgotten."""
    middle = Middle()
    async with at_home(tmp_path) as home:
        await home.watch.power_off()
        await home.watch.power_on(middle.ground(BumbleGround(home.air)))
        async with home.daemon(publisher=Blackboard()) as running:
            await running.live()
            middle.hang_up()
            await until(lambda: not running.task.state.live)
            await running.live()
    greetings = [frame for frame in middle.frames(Way.DOWN) if frame[0] == Op.HELLO]
    assert len(greetings) == len(set(greetings)) == 2


@in_virtual_time
async def test_watch_with_a_wrong_key_is_told_once_an_hour_and_never_paired_anew(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        watch_id = home.watch.watch_id.hex()
        home.keys.forget(watch_id)
        home.keys.add_pending(watch_id, "Ours", bytes(32), home.clock().now().utc)
        board = Blackboard()
        async with home.daemon(publisher=board) as running:
            await until(lambda: board.of("ours/alert"))
            await asyncio.sleep(10 * REFUSED_RETRY_S)
            assert [alert["code"] for alert in board.of("ours/alert")] == ["auth_failed"]
            assert running.task.link.state == "refused"
            assert home.keys.keys()[watch_id] == bytes(32)


@in_virtual_time
async def test_watch_that_begins_a_new_journal_is_told_and_keeps_the_old_one(tmp_path: Path) -> None:
    """Its flash was wiped, its keys were not."""
    async with at_home(tmp_path) as home:
        board = Blackboard()
        async with home.daemon(publisher=board) as running:
            await running.start()
            await running.over()
            await home.watch.power_off()
            await until(lambda: not running.task.state.live)
            (tmp_path / "watch" / "flash").unlink()
            home.watch = SimulatedWatch(state_dir=tmp_path / "watch", wearer=Diligent(Random(3)))
            await home.watch.power_on(home.air)
            await running.live()
            await running.start()
            await running.over()
            await until(lambda: len(board.of("ours/hold")) == 4)
            assert [alert["code"] for alert in board.of("ours/alert")] == ["journal_replaced"]
            assert len({hold["id"] for hold in board.of("ours/hold")}) == 4
