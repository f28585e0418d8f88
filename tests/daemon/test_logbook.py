"""Holds written down by hand, and corrected: what they count for, and that each event goes the way of every
other.
"""

import json
from dataclasses import replace
from datetime import UTC

import pytest

from wearsync.daemon.clock import HostClock
from wearsync.daemon.logbook import NO_WATCH, amended, commit_of, logged_hold
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


HOLD = logged_hold(Side.LEFT, 45, Variant.KNEELING, now=NOW, entropy=bytes(16))
LATER = replace(NOW, host_ms=NOW.host_ms + 3_600_000, unix_ms=NOW.unix_ms + 3_600_000)


@pytest.mark.parametrize(
    ("seconds", "side", "void", "expected"),
    [
        (20, None, False, (Side.LEFT, 20, Outcome.SHORT)),
        (75, None, False, (Side.LEFT, 60, Outcome.DONE)),
        (None, Side.RIGHT, False, (Side.RIGHT, 45, Outcome.DONE)),
        (0, Side.RIGHT, False, (Side.RIGHT, 0, Outcome.SHORT)),
        (None, None, True, (Side.LEFT, 0, Outcome.SHORT)),
    ],
)
def test_what_a_correction_comes_to(
    seconds: int | None, side: Side | None, void: bool, expected: tuple[Side, float, Outcome]
) -> None:
    found, commit = amended(
        HOLD,
        wearer="Anna B",
        seconds=seconds,
        side=side,
        void=void,
        now=LATER,
        entropy=bytes(range(16)),
        publish_pain=False,
    )
    assert (found.side, found.credited_s, found.outcome) == expected
    assert (found.event_id, found.measured_s, found.started) == (HOLD.event_id, 45, NOW)
    (amendment,), (row,) = commit.amendments, commit.outbox
    # The latest amendment stands alone, so it says all that there is to say.
    assert (amendment.side, amendment.credited_s, amendment.void) == (*expected[:2], void)
    assert (amendment.amends, amendment.at, commit.holds) == (HOLD.event_id, LATER, ())
    assert (commit.watch_id, commit.wearer) == (NO_WATCH, "Anna B")
    event = json.loads(row.payload)
    assert row.topic == "wearer/anna-b/hold"
    assert row.event_id == event["id"] == amendment.event_id == f"host:{bytes(range(16)).hex()}"
    assert (event["amends"], event["void"], event["credited_s"]) == (HOLD.event_id, void, expected[1])
    # It is told late, at its own time: no lamp is to be switched by it.
    assert (event["replayed"], event["at"]) == (True, NOW.utc.isoformat(timespec="milliseconds")[:-6] + "Z")


@pytest.mark.parametrize(("publish_pain", "shown"), [(True, "pain"), (False, "done")])
def test_pain_of_a_corrected_hold_shows_only_where_it_is_wanted(publish_pain: bool, shown: str) -> None:
    hurt = replace(HOLD, outcome=Outcome.PAIN, measured_s=12.0, credited_s=12.0)
    found, commit = amended(
        hurt,
        wearer="anna",
        seconds=40,
        side=None,
        void=False,
        now=LATER,
        entropy=bytes(16),
        publish_pain=publish_pain,
    )
    assert found.outcome is Outcome.PAIN
    assert json.loads(commit.outbox[0].payload)["outcome"] == shown
