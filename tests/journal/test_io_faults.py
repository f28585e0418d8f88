"""Each single call to the disk fails, is the last before a kill, or before a power cut: nothing told is lost.

The call that is spoiled is the first, then the second (or one further on, to save time) … until a run makes
fewer calls than that. It is a run with a new journal, or with one that a killed process has left.
"""

import asyncio
from pathlib import Path

import pytest

from tests.journal.failing import RECORDS_A_STEP, Host, spoiled
from wearsync.journal.store import SqliteJournal

STEPS = 2
# So many rows change in them that the write-ahead log is moved into the file.
LONG_STEPS = 48
# To save time: some thirty of the calls among which the log is moved.
EVERY_OF_MANY = 17


@pytest.fixture
def new(memory: Path) -> Host:
    return Host(memory / "new")


@pytest.fixture
def left(memory: Path) -> Host:
    host = Host(memory / "left")
    host.live(steps=1)
    host.live(steps=1, ends=False)
    assert host.path.with_name("journal.db-wal").stat().st_size > 0
    return host


def fail_calls(start: Host, *, calls: int, every: int) -> None:
    def spoil(host: Host, at: int) -> None:
        host.disk.fail_at, host.disk.fail_calls = at, calls
        host.live(steps=STEPS)

    failed = 0
    for host in spoiled(start, spoil, every=every):
        assert host.expect() == host.told >= start.told + STEPS * RECORDS_A_STEP
        failed += len(host.errors)
    assert failed > 30


def cut_power(start: Host, *, seed: int) -> None:
    def spoil(host: Host, at: int) -> None:
        host.live(steps=STEPS, dies_at=at)

    for host in spoiled(start, spoil, seed=seed, every=2):
        host.disk.cut_power()
        host.live(steps=1)
        assert host.expect() == host.told


def test_whichever_call_fails_a_new_journal_comes_up(new: Host) -> None:
    fail_calls(new, calls=1, every=2)


@pytest.mark.parametrize("calls", [1, 3])
def test_whichever_call_fails_it_goes_on_with_all_that_was_told(left: Host, calls: int) -> None:
    fail_calls(left, calls=calls, every=calls)


def test_killed_before_whichever_call_it_goes_on_with_all_that_was_told(left: Host) -> None:
    def spoil(host: Host, at: int) -> None:
        host.live(steps=STEPS, dies_at=at)

    cursors = set()
    for host in spoiled(left, spoil, every=2):
        cursors.add(host.told)
        host.live(steps=1)
        assert host.expect() == host.told
    assert len(cursors) == 1 + STEPS


def test_whenever_power_goes_a_new_journal_comes_up(new: Host) -> None:
    cut_power(new, seed=0)


@pytest.mark.parametrize("seed", range(2))
def test_whenever_power_goes_it_goes_on_with_all_that_was_told(left: Host, seed: int) -> None:
    cut_power(left, seed=seed)


@pytest.fixture
def calls(left: Host) -> int:
    """How many calls a life makes that is so long that its log is moved."""
    whole = Host(left.path.parent.with_name("whole"), like=left)
    whole.live(steps=LONG_STEPS, ends=False)
    assert whole.path.with_name("journal.db-wal").stat().st_size > 1_000_000
    return whole.disk.calls


def test_a_log_that_can_not_be_moved_is_no_fault_of_a_commit(left: Host, calls: int) -> None:
    for at in range(calls * 3 // 4, calls, EVERY_OF_MANY):
        host = Host(left.path.parent.with_name(f"{at}"), at, like=left)
        host.disk.fail_at = at
        host.live(steps=LONG_STEPS)
        assert host.expect() == host.told >= left.told + LONG_STEPS * RECORDS_A_STEP


def test_killed_before_whichever_call_and_without_its_log_it_is_older_or_new_but_no_mixture(
    left: Host, calls: int
) -> None:
    ends = set()
    for at in range(calls * 3 // 4, calls, EVERY_OF_MANY):
        host = Host(left.path.parent.with_name(f"{at}"), at, like=left)
        host.live(steps=LONG_STEPS, dies_at=at)
        for suffix in ("-wal", "-shm"):
            host.path.with_name(f"{host.path.name}{suffix}").unlink(missing_ok=True)
        ends.add(opened_anew(host.path))
        host.whole()
    assert ends == {(), ("journal_new",)}


def opened_anew(path: Path) -> tuple[str, ...]:
    async def open_and_close() -> tuple[str, ...]:
        async with await SqliteJournal.open(path, inline=True, ballast_bytes=0) as journal:
            return tuple(notice.code for notice in journal.notices)

    return asyncio.run(open_and_close())


def test_what_is_told_after_calls_that_failed_lasts_too(left: Host) -> None:
    """A sync that failed above all: what the kernel forgot then must have been written again."""

    def spoil(host: Host, at: int) -> None:
        # The commit's own, the one of the closing after it, and the first of opening anew.
        host.disk.fail_at, host.disk.fail_calls = at, 3
        host.live(steps=STEPS, ends=False)

    for host in spoiled(left, spoil):
        host.disk.cut_power()
        host.live(steps=1)
        assert host.expect() == host.told


@pytest.mark.parametrize("start", ["new", "left"])
def test_however_little_room_there_is_it_waits_for_more(start: str, request: pytest.FixtureRequest) -> None:
    host: Host = request.getfixturevalue(start)
    for number, room_bytes in enumerate(range(0, 1_000_000, 4096 + 7)):
        full = Host(host.path.parent.with_name(f"{number}"), like=host)
        full.disk.capacity_bytes = full.disk.used_bytes + room_bytes
        full.live(steps=STEPS)
        assert full.expect() == full.told == host.told + STEPS * RECORDS_A_STEP
        assert len(full.errors) <= 1
        if not full.errors:
            break
    assert number > 10
