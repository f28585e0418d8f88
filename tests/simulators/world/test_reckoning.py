"""What of a world is violated, on the way and at its end."""

import logging
from pathlib import Path

import pytest

from tests.daemon.home import BEGAN
from tests.simulators.watches.virtual_time import in_virtual_time
from tests.simulators.world.test_host import Machine
from wearsync.daemon.keys import KeyStore
from wearsync_simulators.world.evidence import Violation
from wearsync_simulators.world.log import WorldLog
from wearsync_simulators.world.plan import Plan
from wearsync_simulators.world.planted import planted
from wearsync_simulators.world.reckoning import Reckoning
from wearsync_simulators.world.world import ZONE, run_world

KEY = bytes(range(32))


def reckoning_of(machine: Machine, directory: Path) -> Reckoning:
    """Of a host without a journal, which has a key."""
    KeyStore(directory / "keys.json").add_pending("ab" * 16, "Watch0", KEY, BEGAN)
    return Reckoning(
        host=machine.host,
        broker=machine.broker,
        wrists=(),
        log=WorldLog(),
        keys=directory / "keys.json",
        wall=machine.host.wall,
        zone=ZONE,
    )


@in_virtual_time
async def test_a_journal_that_can_not_be_read_is_violated_at_the_end_only(tmp_path: Path):
    found = reckoning_of(Machine(tmp_path), tmp_path)
    assert found.so_far() == []
    (violation,) = found.at_the_end(days=1)
    assert violation == Violation("I6", "the journal can't be read: unable to open database file")


@in_virtual_time
async def test_what_the_log_may_not_say_is_seen_on_the_way(tmp_path: Path):
    found = reckoning_of(Machine(tmp_path), tmp_path)
    with found.log.taken():
        logging.getLogger("wearsync.daemon").info("key=%s", KEY.hex())
        try:
            raise ValueError("not meant to be")
        except ValueError:
            logging.getLogger("wearsync.daemon").exception("broken")
    secret, defect = found.so_far()
    assert secret == Violation("I9", "a log line has a key or a nonce in it")
    assert defect.invariant == "I6"
    assert defect.text.endswith("ValueError: not meant to be")


@in_virtual_time
async def test_a_log_that_nobody_can_read_is_violated_at_the_end(tmp_path: Path):
    found = reckoning_of(Machine(tmp_path), tmp_path)
    found.log.count = 1  # and there is no watch that might have a line
    assert "lines of log a day: 0.5 is more than 0" in [each.text for each in found.at_the_end(days=2)]


@pytest.mark.parametrize(("until", "days"), [("I9", 1), ("I2", 2)])
def test_it_breaks_off_when_what_is_waited_for_is_seen(memory: Path, until: str, days: int):
    with planted("keys_logged"):
        report = run_world(Plan(seed=1, days=2, faults=(), until_violated=until), memory)
    assert report.violations == ("I9: a log line has a key or a nonce in it",)
    assert report.days == days
