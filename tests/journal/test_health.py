"""How the storage does, told by what became of transactions."""

import pytest

from wearsync.journal.health import COMMITS_REMEMBERED, HealthWatch
from wearsync.ports import StorageHealth


class Clock:
    """Seconds, as a test sets them."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def health(clock: Clock) -> HealthWatch:
    return HealthWatch(monotonic=clock)


def commit(health: HealthWatch, clock: Clock, took_ms: float, *, low: str = "") -> None:
    started = health.begin()
    clock.now_s += took_ms / 1000
    health.committed(started, low=low)


def test_before_the_first_commit(health: HealthWatch) -> None:
    assert health.now == StorageHealth("ok", "", None)


def test_the_median_is_not_moved_by_one_that_is_slow(health: HealthWatch, clock: Clock) -> None:
    for took_ms in (4, 3, 9000, 5):
        commit(health, clock, took_ms)
    assert health.now == StorageHealth("ok", "", 4.5)


def test_only_the_latest_count(health: HealthWatch, clock: Clock) -> None:
    for took_ms in [1000] * COMMITS_REMEMBERED + [2] * COMMITS_REMEMBERED:
        commit(health, clock, took_ms)
    assert health.now.commit_ms == 2


def test_a_failure_stands_until_the_next_commit(health: HealthWatch, clock: Clock) -> None:
    commit(health, clock, 3)
    health.failed("failing", "the card is worn")
    assert health.now == StorageHealth("failing", "the card is worn", 3)
    health.failed("full", "no room")
    assert health.now.state == "full"
    commit(health, clock, 3)
    assert health.now == StorageHealth("ok", "", 3)


def test_a_commit_into_the_last_room_is_no_good_sign(health: HealthWatch, clock: Clock) -> None:
    commit(health, clock, 3, low="next to no room")
    assert health.now == StorageHealth("full", "next to no room", 3)
