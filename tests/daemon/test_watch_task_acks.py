"""The last word to the watch: what is durable is acknowledged, also when a visit ends, or a link broke."""

import asyncio
from pathlib import Path

from tests.daemon.home import at_home, until
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.journal.store import SqliteJournal
from wearsync.model import Verb
from wearsync.ports import Commit, RecordConflict
from wearsync_simulators.watches.simulated_watch import SimulatedWatch
from wearsync_simulators.watches.view import Face


@in_virtual_time
async def test_visit_ends_after_the_last_acknowledgement(tmp_path: Path) -> None:
    """Else the watch would have something new for ever, and be visited for it every minute."""
    async with at_home(tmp_path) as home:
        home.config.write_text(home.config.read_text() + 'link = "visit"\n')
        async with home.daemon() as running:
            await until(lambda: running.task.link.state == "idle")
            assert await running.give(Verb.START) is None
            await until(lambda: home.watch.view.face is Face.DONE)
            await until(lambda: running.task.link.state == "idle")
            assert home.acknowledged == home.watch.journal()[-1].seq


class CutOff(SqliteJournal):
    """A journal whose commits take as long as the watch needs to get out of range, when there is one."""

    leaving: SimulatedWatch | None = None

    async def commit(self, commit: Commit) -> tuple[RecordConflict, ...]:
        conflicts = await super().commit(commit)
        if self.leaving is not None and commit.records:
            await self.leaving.set_in_range(False)
            self.leaving = None
        return conflicts


@in_virtual_time
async def test_acknowledgement_that_was_lost_with_the_link_is_said_again(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon(journal_kind=CutOff) as running:
        assert isinstance(running.journal, CutOff)
        await running.live()
        await asyncio.sleep(1)
        running.journal.leaving = home.watch
        home.watch.wear(worn=False)
        await until(lambda: running.task.link.state == "searching")
        last = home.watch.journal()[-1].seq
        assert home.acknowledged < last
        await home.watch.set_in_range(True)
        await running.live()
        await until(lambda: home.acknowledged == last, within_s=10)
