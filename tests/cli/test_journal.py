"""`backup` and `delete`: what people see, what they are asked, and what they are not allowed."""

import json
from datetime import date
from pathlib import Path

import pytest

from tests.cli.conftest import Desk
from tests.cli.console import at_a_terminal, piped, wearsync, wearsync_beside
from wearsync.control.calls import BackupParams, DeleteParams
from wearsync.control.results import BackupResult, Done
from wearsync.errors import TryAgain
from wearsync.journal.lock import instance_lock

KEPT = "What the watch and your broker have kept, they keep"


@pytest.fixture
def state(config: Path) -> Path:
    """The state directory, with a hold in its journal."""
    assert wearsync("log", "left", "40").code == 0
    return config.parents[2] / "s"


def seconds() -> float:
    left = json.loads(wearsync("today", "--json").out)["today"]["left"]["seconds"]
    assert isinstance(left, float)
    return left


def test_backup_is_made_listed_and_put_back(state: Path) -> None:
    assert wearsync("backup", "list").out.startswith("There is no backup yet")
    made = wearsync("backup")
    (path,) = (state / "backups").iterdir()
    assert made.out == f"{path} ({path.stat().st_size / 1000:.0f} kB)\n"
    assert json.loads(wearsync("backup", "--json").out) == {"path": str(path), "bytes": path.stat().st_size}
    assert wearsync("backup", "list").out == made.out
    assert json.loads(wearsync("backup", "list", "--json").out) == {
        "backups": [{"path": str(path), "bytes": path.stat().st_size}]
    }
    wearsync("log", "left", "50")
    back = wearsync("backup", "restore")
    assert (back.code, back.out) == (0, f"{path} is the journal now\n")
    assert "kept beside it, as journal.sqlite.replaced-…" in back.err
    assert "comes again from them, with the same ids" in back.err
    assert "What was logged or amended by hand since then does not." in back.err
    assert seconds() == 40
    again = json.loads(wearsync("backup", "restore", str(path), "--json").out)
    assert again == {"restored": str(path), "journal": str(state / "journal.sqlite")}


def test_backup_elsewhere(state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert wearsync("backup", "--to", "copy").out.startswith(f"{tmp_path}/copy (")
    assert not (state / "backups").exists()
    second = wearsync("backup", "--to", "copy")
    assert (second.code, second.err) == (
        2,
        f"wearsync: {tmp_path}/copy is there already: name another file\n",
    )
    wearsync("delete", "--yes")
    assert seconds() == 0
    assert wearsync("backup", "restore", "copy").code == 0
    assert seconds() == 40


def test_backup_is_not_put_back_beside_a_daemon(state: Path) -> None:
    wearsync("backup")
    with instance_lock(state):
        done = wearsync("backup", "restore")
    assert (done.code, done.out) == (73, "")
    assert done.err.endswith("end it first, restore, and start it again\n")


def test_what_is_no_backup_is_not_put_back(state: Path, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("nonsense")
    assert wearsync("backup", "restore", str(tmp_path / "x")).code == 74
    assert wearsync("backup", "restore", str(tmp_path / "y")).code == 74
    assert wearsync("backup", "restore").err.endswith(f"{state}/backups: name a file\n")
    assert seconds() == 40


def test_deleting_without_a_terminal_wants_a_word_before(state: Path) -> None:
    with piped("delete\n"):
        done = wearsync("delete")
    assert (done.code, done.out) == (2, "")
    assert done.err == "wearsync: deleting is for good, and nobody is here to ask: say --yes\n"
    assert seconds() == 40
    done = wearsync("delete", "--yes")
    assert done.out == "holds and sessions deleted: 1, with their records and all copies of them\n"
    assert done.err.startswith(KEPT)
    assert seconds() == 0


@pytest.mark.parametrize("typed", ["no\n", "\n", "y\n"])
def test_deleting_at_a_terminal_wants_the_word(state: Path, typed: str) -> None:
    with at_a_terminal(typed):
        done = wearsync("delete", "--before", "2100-01-01", "--wearer", "me")
    asked, told = done.err.split(": ", 1)
    assert asked == 'All holds and sessions of me before 2100-01-01, and every backup. Type "delete" to go on'
    assert (done.code, told) == (1, "Nothing was deleted.\n")
    assert seconds() == 40


def test_deleting_with_the_word(state: Path) -> None:
    with at_a_terminal("delete\n"):
        done = wearsync("delete", "--json")
    assert done.err.startswith("All holds and sessions of everybody, and every backup.")
    assert json.loads(done.out)["text"].startswith("holds and sessions deleted: 1")
    assert seconds() == 0


@pytest.mark.parametrize("wrong", ["yesterday", "2026-02-30", "14.3.2026"])
def test_day_that_is_none(state: Path, wrong: str) -> None:
    done = wearsync("delete", "--yes", "--before", wrong)
    assert done.code == 2
    assert "is no day" in done.err
    assert seconds() == 40


async def test_running_daemon_is_asked(desk: Desk, tmp_path: Path) -> None:
    desk.answer = BackupResult(path="/there/copy", bytes=1_234_567)
    assert (await wearsync_beside("backup")).out == "/there/copy (1,235 kB)\n"
    await wearsync_beside("backup", "--to", str(tmp_path / "copy"))
    desk.answer = Done(text="deleted")
    assert (await wearsync_beside("delete", "--yes", "--before", "2026-03-14")).out == "deleted\n"
    desk.answer = TryAgain("not now")
    done = await wearsync_beside("delete", "--yes", "--wearer", "anna")
    assert (done.code, done.err) == (75, "wearsync: not now\n")
    assert desk.calls == [
        BackupParams(),
        BackupParams(path=str(tmp_path / "copy")),
        DeleteParams(before=date(2026, 3, 14)),
        DeleteParams(wearer="anna"),
    ]
