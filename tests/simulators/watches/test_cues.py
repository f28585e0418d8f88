"""Section 6 of the hold profile: cues. Tests are named by its rules."""

import pytest

from tests.simulators.watches.bench import Bench
from tests.simulators.watches.paper_host import BYE, CANCEL, DONE, HOLD
from wearsync_simulators.watches.cues import CUE_SLOTS
from wearsync_simulators.watches.frames import ErrorTold
from wearsync_simulators.watches.motor import MotorState
from wearsync_simulators.watches.records import CueAck, HoldStopped
from wearsync_simulators.watches.view import Press
from wearsync_simulators.watches.words import CueResult, ErrorCode, Pattern, Reason

TICK, HOLDS_START = 0, 1
START, FORM, HALFWAY, CUE_DONE, NUDGE = (
    Pattern.START,
    Pattern.FORM,
    Pattern.HALFWAY,
    Pattern.DONE,
    Pattern.NUDGE,
)


def acks(bench: Bench) -> list[tuple[int, CueResult]]:
    """The cue ids and results that were journalled since this was asked last."""
    return [(body.cue_id, body.result) for body in bench.told() if isinstance(body, CueAck)]


def test_rule_1_a_cue_plays_at_most_once(led: Bench) -> None:
    led.cues((5, NUDGE, TICK, 0, 0, 500), (5, NUDGE, TICK, 0, 0, 500))
    led.wait(1)
    led.cues((5, NUDGE, TICK, 0, 0, 500))
    led.wait(1)
    assert acks(led) == [(5, CueResult.PLAYED)]
    assert len(led.pulses) == 1


def test_rule_1_the_last_64_are_remembered(led: Bench) -> None:
    for cue_id in range(64):
        led.cues((cue_id, NUDGE, TICK, 0, 0, 500))
        led.wait(1)
    for cue_id in range(64):
        led.cues((cue_id, NUDGE, TICK, 0, 0, 500))
        led.wait(1)
    assert [cue_id for cue_id, _ in acks(led)] == list(range(64))


def test_rule_2_anchored_to_the_tick(led: Bench) -> None:
    led.cues((5, NUDGE, TICK, 0, 3000, 500), (6, NUDGE, TICK, 0, 0, 500))
    led.wait(10)
    assert led.told() == [CueAck(6, CueResult.PLAYED, 0, 400), CueAck(5, CueResult.PLAYED, 3000, 400)]
    assert [pulse.at_tick for pulse in led.pulses] == [0, 3000]


def test_rule_2_anchored_to_the_holds_start(led: Bench) -> None:
    led.step(1, 0, at=5000)
    led.cues(
        (5, START, HOLDS_START, 0, 0, 500),
        (6, FORM, HOLDS_START, 0, 10_000, 500),
        (7, FORM, HOLDS_START, 1, 0, 500),
    )
    led.wait(2)
    led.press(Press.TAP)  # earlier than planned: the cues move along
    led.wait(20)
    assert acks(led) == [(5, CueResult.PLAYED), (6, CueResult.PLAYED)]
    assert {pulse.at_tick for pulse in led.pulses} == {2000, 2300, 12_000}


def test_rule_2_a_cue_for_the_running_hold_is_timed_by_its_start(led: Bench) -> None:
    led.step(1, 0)
    led.wait(4)
    led.cues((5, FORM, HOLDS_START, 0, 10_000, 500), (6, START, HOLDS_START, 0, 0, 500))
    led.wait(10)
    assert led.told()[-2:] == [CueAck(6, CueResult.EXPIRED, 0, 0), CueAck(5, CueResult.PLAYED, 10_000, 150)]


def test_rule_2_what_cant_start_in_time_expires(led: Bench) -> None:
    led.wait(5)
    led.cues((5, NUDGE, TICK, 0, 4499, 500), (6, NUDGE, TICK, 0, 4500, 500))
    assert acks(led) == [(5, CueResult.EXPIRED), (6, CueResult.PLAYED)]


def test_rule_2_no_free_slot_is_refused(led: Bench) -> None:
    assert CUE_SLOTS >= 16
    led.cues(*((cue_id, NUDGE, TICK, 0, 60_000, 500) for cue_id in range(CUE_SLOTS + 1)))
    assert acks(led) == [(CUE_SLOTS, CueResult.REFUSED)]


def test_rule_3_cues_of_another_boot(led: Bench) -> None:
    led.cues((5, NUDGE, TICK, 0, 0, 500), boot=2)
    assert led.error() == ErrorTold(ErrorCode.ANOTHER_BOOT, 5)
    led.wait(5)
    assert led.told() == []


@pytest.mark.parametrize("end", ["double press", "host", "pause"])
def test_rule_4_the_end_of_a_hold_cancels_what_is_anchored_to_it(led: Bench, end: str) -> None:
    led.step(1, 0)
    led.cues(
        (5, HALFWAY, HOLDS_START, 0, 15_000, 500),
        (6, START, HOLDS_START, 1, 0, 500),
        (7, NUDGE, TICK, 0, 5500, 500),
    )
    led.wait(5)
    match end:
        case "double press":
            led.press(Press.DOUBLE_PRESS)
        case "host":
            led.say(HOLD, b"\x01")
        case _:
            led.say(HOLD, b"\x02")
    assert acks(led) == [(5, CueResult.CANCELLED)]
    led.wait(1)
    assert acks(led) == [(7, CueResult.PLAYED)]


def test_rule_4_done_at_the_planned_end_still_plays(led: Bench) -> None:
    led.step(1, 0)
    led.cues((5, CUE_DONE, HOLDS_START, 0, 30_000, 500), (6, FORM, HOLDS_START, 0, 30_001, 500))
    led.wait(31)
    assert [body for body in led.told() if isinstance(body, CueAck | HoldStopped)] == [
        CueAck(5, CueResult.PLAYED, 30_000, 400),
        HoldStopped(1, 0, Reason.PLANNED, 30_000),
        CueAck(6, CueResult.CANCELLED, 0, 0),
    ]


def test_rule_4_one_whose_time_has_come_waits_for_the_motor_beyond_the_end(led: Bench) -> None:
    led.step(1, 0)
    led.cues((5, NUDGE, TICK, 0, 29_900, 500), (6, CUE_DONE, HOLDS_START, 0, 30_000, 2000))
    led.wait(32)
    assert acks(led) == [(5, CueResult.PLAYED), (6, CueResult.PLAYED)]


@pytest.mark.parametrize("change", ["another", "done"])
def test_rule_4_a_sessions_change_cancels_all_that_is_anchored(led: Bench, change: str) -> None:
    led.step(1, 0, at=60_000)
    led.cues(
        (5, START, HOLDS_START, 0, 0, 500), (6, START, HOLDS_START, 1, 0, 500), (7, NUDGE, TICK, 0, 9000, 500)
    )
    if change == "another":
        led.step(2, 0, at=60_000)
    else:
        led.step(1, 0, DONE)
    assert acks(led) == [(5, CueResult.CANCELLED), (6, CueResult.CANCELLED)]


@pytest.mark.parametrize("leave", ["bye", "link lost"])
def test_rule_4_bye_and_link_loss_cancel_nothing(led: Bench, leave: str) -> None:
    led.step(1, 0, at=1000)
    led.cues((5, START, HOLDS_START, 0, 0, 500), (6, NUDGE, TICK, 0, 9000, 500))
    if leave == "bye":
        led.say(BYE)
    else:
        led.disconnect()
    led.wait(10)
    assert acks(led) == [(5, CueResult.PLAYED), (6, CueResult.PLAYED)]


@pytest.mark.parametrize(
    ("state", "result"), [(MotorState.QUIET, CueResult.SUPPRESSED), (MotorState.BROKEN, CueResult.FAILED)]
)
def test_rule_5_a_cue_that_was_not_felt_says_so(led: Bench, state: MotorState, result: CueResult) -> None:
    led.watch.motor.state = state
    led.cues((5, NUDGE, TICK, 0, 0, 500))
    assert led.told() == [CueAck(5, result, 0, 0)]
    assert not led.pulses


def test_rule_6_cues_never_overlap(led: Bench) -> None:
    led.cues((5, NUDGE, TICK, 0, 1000, 500), (6, CUE_DONE, TICK, 0, 1100, 500), (7, FORM, TICK, 0, 1200, 500))
    led.wait(5)
    assert led.told() == [
        CueAck(5, CueResult.PLAYED, 1000, 400),
        CueAck(6, CueResult.PLAYED, 1550, 400),
        CueAck(7, CueResult.EXPIRED, 0, 0),
    ]


def test_cancel_some_and_all(led: Bench) -> None:
    led.cues(*((cue_id, NUDGE, TICK, 0, 5000 + 1000 * cue_id, 500) for cue_id in range(1, 5)))
    led.say(CANCEL, (2).to_bytes(4, "little") + (99).to_bytes(4, "little"))
    assert acks(led) == [(2, CueResult.CANCELLED)]
    led.wait(6.5)
    assert acks(led) == [(1, CueResult.PLAYED)]
    led.say(CANCEL)
    assert acks(led) == [(3, CueResult.CANCELLED), (4, CueResult.CANCELLED)]
    led.wait(10)
    assert acks(led) == []
