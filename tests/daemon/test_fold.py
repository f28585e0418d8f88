"""Where a session stands, from checkpoint and inputs; and what is said when they can't be read."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from wearsync.coordinator import log
from wearsync.coordinator.events import CommandGiven, Input
from wearsync.coordinator.state import WatchState, to_json
from wearsync.daemon.fold import read_state
from wearsync.errors import StorageError
from wearsync.journal.store import SqliteJournal
from wearsync.model import Command, Stamp, Verb
from wearsync.ports import Commit, LoggedInput

WATCH = "ab" * 16
AWAY = Input(CommandGiven(Command(Verb.AWAY, away=True), "cli", "1"), Stamp(5, 1_700_000_000_000, 60), 7)


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[SqliteJournal]:
    async with await SqliteJournal.open(tmp_path / "journal.sqlite") as journal:
        yield journal


def commit(*inputs: str, checkpoint: str | None = None) -> Commit:
    logged = tuple(LoggedInput(5, payload) for payload in inputs)
    return Commit(watch_id=WATCH, wearer="me", inputs=logged, checkpoint=checkpoint)


async def test_a_new_watch_has_no_history(journal: SqliteJournal) -> None:
    assert await read_state(journal, WATCH) == WatchState()


async def test_inputs_after_the_checkpoint_are_folded(journal: SqliteJournal) -> None:
    await journal.commit(commit(checkpoint=to_json(WatchState(sessions_done=3))))
    await journal.commit(commit(log.to_json(AWAY)))
    state = await read_state(journal, WATCH)
    assert (state.sessions_done, state.away) == (3, True)


@pytest.mark.parametrize(
    "unreadable", [commit("{}"), commit(checkpoint='{"x": 1}')], ids=["input", "checkpoint"]
)
async def test_what_can_not_be_read_names_the_watch(journal: SqliteJournal, unreadable: Commit) -> None:
    await journal.commit(unreadable)
    with pytest.raises(StorageError, match=f"the session log of watch {WATCH} can't be read .*upgrade"):
        await read_state(journal, WATCH)
