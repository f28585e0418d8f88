"""A hold written down by hand: what it counts for, and that its event goes the way of every other."""

import json
from datetime import UTC

import pytest

from wearsync.daemon.clock import HostClock
from wearsync.daemon.logbook import commit_of, logged_hold
from wearsync.model import HoldSource, Outcome, Side, Variant

NOW = HostClock(loop_time=lambda: 0.0, wall=lambda: 1_780_000_000.0, zone=UTC).now()


@pytest.mark.parametrize(
    ("seconds", "outcome", "credited_s"),
    [
        (1, Outcome.SHORT, 1),
        (29, Outcome.SHORT, 29),
        (30, Outcome.DONE, 30),
        (60, Outcome.DONE, 60),
        (61, Outcome.OVER, 60),
        (3600, Outcome.OVER, 60),
    ],
)
def test_what_it_counts_for(seconds: int, outcome: Outcome, credited_s: int) -> None:
    hold = logged_hold(Side.LEFT, seconds, Variant.STANDING, now=NOW, entropy=bytes(16))
    assert (hold.outcome, hold.credited_s, hold.measured_s) == (outcome, credited_s, seconds)
    assert (hold.source, hold.side, hold.variant, hold.started) == (
        HoldSource.LOG,
        Side.LEFT,
        Variant.STANDING,
        NOW,
    )


def test_its_event_is_committed_with_it() -> None:
    hold = logged_hold(Side.RIGHT, 45, Variant.KNEELING, now=NOW, entropy=bytes(range(16)))
    commit = commit_of(hold, wearer="Anna B")
    (row,) = commit.outbox
    assert commit.holds == (hold,)
    assert commit.wearer == "Anna B"
    assert row.topic == "wearer/anna-b/hold"
    assert row.event_id == hold.event_id == f"host:{bytes(range(16)).hex()}"
    event = json.loads(row.payload)
    assert (event["id"], event["source"], event["credited_s"]) == (row.event_id, "log", 45.0)
