"""Each bug that is planted into the product is found by the world, within its stated number of seeds."""

import pytest

from tests.simulators.world.worlds import DEADLINE_S, run
from wearsync.journal.store import SqliteJournal
from wearsync_simulators.world.plan import Plan
from wearsync_simulators.world.planted import BUGS, planted

DAYS = 7


def finds(name: str) -> int | None:
    """The first seed whose week finds it, of those in which it must be found."""
    bug = BUGS[name]
    for seed in range(1, bug.within_seeds + 1):
        plan = Plan(seed=seed, days=DAYS, until_violated=bug.seen_by)
        report = run(plan, bug=name)
        if any(plan.ends_with(violation.partition(":")[0]) for violation in report.violations):
            return seed
        # Another invariant that breaks as well is no surprise; one that breaks instead is.
        assert not report.violations, report.violations
    return None


@pytest.mark.timeout(4 * DEADLINE_S)
@pytest.mark.parametrize("name", BUGS)
def test_the_world_finds(name: str):
    assert finds(name)


def test_there_are_ten_at_least_and_they_are_gone_afterwards():
    assert len(BUGS) >= 10
    sound = SqliteJournal.commit
    with planted("told_early"):
        assert SqliteJournal.commit is not sound
    assert SqliteJournal.commit is sound
    with planted(None):
        assert SqliteJournal.commit is sound
