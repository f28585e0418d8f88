"""Plans sent ahead; acks matched; sent again once; given up; late acks; other boots."""

from dataclasses import replace

import pytest

from tests.coordinator.story import START, Story, hold_started
from wearsync.coordinator.cues import (
    ACK_DEADLINE_MS,
    ANCHORED_EXPIRES_MS,
    AT_ONCE_EXPIRES_MS,
    CUES_KEPT,
    Wanted,
    ahead,
    send,
)
from wearsync.coordinator.draft import Draft
from wearsync.coordinator.effects import CueSent
from wearsync.coordinator.events import CaughtUp, LinkDown, LinkUp
from wearsync.coordinator.state import WatchState
from wearsync.messages import CancelCues, Cue, CueAcked, PlayCues, SessionEnded
from wearsync.model import (
    AckResult,
    CueKind,
    Phase,
    Routine,
    SessionEnd,
    SessionSource,
    Severity,
    StartMode,
    Verb,
)


def in_gap(routine: Routine | None = None) -> Story:
    """In the first gap, the watch silent from here on."""
    story = Story(routine=routine or Routine())
    story.connect()
    story.command(Verb.START)
    story.wait(3)
    assert story.is_in(Phase.GAP)
    story.silence()
    return story


def sent(story: Story) -> list[Cue]:
    return [cue for play in story.told(PlayCues) for cue in play.cues]


def ack(story: Story, cue_id: int, result: AckResult = AckResult.PLAYED, *, ago_ms: int = 0) -> None:
    tick_ms = story.now_ms - 500_000
    story.record(CueAcked(cue_id, result, tick_ms - ago_ms, 400))


@pytest.mark.parametrize(
    ("seconds", "form_ms", "halfway_ms", "last_ms"),
    [(30, 10_000, 15_000, 27_000), (50, 16_666, 25_000, 47_000)],
)
def test_a_hold_s_cues_go_ahead_anchored_to_its_step(
    seconds: int, form_ms: int, halfway_ms: int, last_ms: int
) -> None:
    story = in_gap(Routine(left_s=seconds))
    plan = [(cue.cue, cue.step, cue.at_ms, cue.expires_ms) for cue in sent(story)[1:]]
    assert plan == [
        (CueKind.READY, None, None, AT_ONCE_EXPIRES_MS),
        (CueKind.START, 0, 0, ANCHORED_EXPIRES_MS),
        (CueKind.FORM, 0, form_ms, ANCHORED_EXPIRES_MS),
        (CueKind.HALFWAY, 0, halfway_ms, ANCHORED_EXPIRES_MS),
        (CueKind.LAST_THREE, 0, last_ms, ANCHORED_EXPIRES_MS),
        (CueKind.DONE, 0, seconds * 1000, ANCHORED_EXPIRES_MS),
    ]


def test_each_cue_has_an_id_of_its_own_and_a_row() -> None:
    story = in_gap()
    ids = [cue.cue_id for cue in sent(story)]
    assert len(set(ids)) == len(ids)
    rows = [effect for effect in story.effects if isinstance(effect, CueSent)]
    assert [row.cue_id for row in rows] == ids
    assert [row.due_ms is None for row in rows] == [cue.step is not None for cue in sent(story)]
    assert {row.boot for row in rows} == {story.boot}


def test_the_form_cue_goes_when_the_form_is_known() -> None:
    assert CueKind.FORM not in {cue.cue for cue in sent(in_gap(Routine(form_cue=False)))}
    story = Story()
    story.connect()
    story.state = replace(story.state, sessions_done=10)
    story.command(Verb.START)
    story.wait(3)
    assert [cue.cue for cue in sent(story)][-4:] == [
        CueKind.START,
        CueKind.HALFWAY,
        CueKind.LAST_THREE,
        CueKind.DONE,
    ]


def test_nudges_come_by_host_time_and_are_cancelled_by_the_hold() -> None:
    story = in_gap(Routine(start=StartMode.TAP))
    entered_ms = START.host_ms + 2050
    nudges = [cue for cue in sent(story) if cue.cue is CueKind.NUDGE]
    assert [cue.at_ms for cue in nudges] == [entered_ms + 10_000, entered_ms + 30_000]
    assert story.state.session is not None
    story.record(hold_started(story.state.session.id, 0))
    assert story.told(CancelCues) == [CancelCues(tuple(cue.cue_id for cue in nudges))]


def test_latency_of_a_cue_at_once_is_from_its_sending() -> None:
    story = Story(obeys=False)
    story.connect()
    story.command(Verb.BUZZ)
    story.wait(0.2)
    ack(story, sent(story)[0].cue_id, ago_ms=80)
    [fate] = story.fates
    assert (fate.cue, fate.result, fate.latency_ms, fate.motor_ms) == (
        CueKind.NUDGE,
        AckResult.PLAYED,
        120,
        400,
    )
    assert fate.event_id == "f00d:1:1:cue"
    assert story.state.cues == ()
    assert (story.state.last_cue, story.state.last_ack) == (CueKind.NUDGE, AckResult.PLAYED)


def test_latency_of_an_anchored_cue_is_from_its_anchor_not_from_its_arrival() -> None:
    story = in_gap()
    assert story.state.session is not None
    start, form = sent(story)[2:4]
    story.now_ms += 14_000
    story.record(hold_started(story.state.session.id, 0))
    story.now_ms += 12_000
    ack(story, start.cue_id, ago_ms=11_900)
    ack(story, form.cue_id, ago_ms=1_990)
    assert [(fate.cue, fate.latency_ms) for fate in story.fates[-2:]] == [
        (CueKind.START, 100),
        (CueKind.FORM, 10),
    ]


@pytest.mark.parametrize(
    "result", [result for result in AckResult if result not in {AckResult.PLAYED, AckResult.UNKNOWN}]
)
def test_the_watch_s_word_is_taken_as_it_is(result: AckResult) -> None:
    story = Story(obeys=False)
    story.connect()
    story.command(Verb.BUZZ)
    ack(story, sent(story)[0].cue_id, result)
    assert [(fate.result, fate.latency_ms) for fate in story.fates] == [(result, None)]
    story.wait(60)
    assert not story.alerts


def test_no_ack_the_same_id_again_once_then_somebody_is_told() -> None:
    story = Story(obeys=False)
    story.connect()
    story.command(Verb.BUZZ)
    patience_s = (AT_ONCE_EXPIRES_MS + ACK_DEADLINE_MS) / 1000
    story.wait(patience_s - 0.001)
    assert len(sent(story)) == 1
    story.wait(0.001)
    first, second = sent(story)
    assert first == second
    assert not story.alerts
    story.wait(patience_s)
    assert len(sent(story)) == 2
    [alert] = story.alerts
    assert (alert.code, alert.severity) == ("cue_unanswered", Severity.WARNING)
    assert [(fate.result, fate.attempts) for fate in story.fates] == [(AckResult.UNKNOWN, 2)]
    assert story.state.deadline_ms is None
    assert story.state.last_ack is AckResult.UNKNOWN


def test_a_late_ack_is_a_second_fact() -> None:
    story = Story(obeys=False)
    story.connect()
    story.command(Verb.BUZZ)
    story.wait(60)
    ack(story, sent(story)[0].cue_id)
    first, second = story.fates
    assert (first.result, second.result) == (AckResult.UNKNOWN, AckResult.PLAYED)
    assert first.cue_id == second.cue_id
    assert first.event_id != second.event_id
    assert story.state.cues == ()


def test_an_anchored_cue_whose_time_has_passed_is_not_sent_again() -> None:
    story = in_gap()
    assert story.state.session is not None
    before = len(sent(story))
    story.record(hold_started(story.state.session.id, 0))
    story.wait((ANCHORED_EXPIRES_MS + ACK_DEADLINE_MS) / 1000)
    assert len(sent(story)) == before
    assert [alert.text for alert in story.alerts] == ["the watch did not answer the cue start"]


def test_an_ack_of_a_cue_that_was_not_ours_changes_nothing() -> None:
    story = Story(obeys=False)
    story.connect()
    ack(story, 0xABC)
    assert not story.alerts
    assert not story.fates
    assert story.state.last_ack is None


def test_an_ack_of_another_boot_has_no_latency() -> None:
    story = Story(obeys=False)
    story.connect()
    story.command(Verb.BUZZ)
    story.record(CueAcked(sent(story)[0].cue_id, AckResult.PLAYED, 5, 400), boot=99)
    assert [fate.latency_ms for fate in story.fates] == [None]


def test_a_link_that_comes_back_brings_what_can_still_play_under_the_same_ids() -> None:
    story = in_gap()
    first = sent(story)[2:]
    story.disconnect()
    story.wait(2)
    story.connect()
    assert sent(story)[-len(first) :] == first
    assert [cue.attempts for cue in story.state.cues] == [2] * 5


def test_a_cue_at_once_that_came_to_nothing_is_not_played_late() -> None:
    story = Story(obeys=False)
    story.connect()
    story.command(Verb.BUZZ)
    story.disconnect()
    story.wait(20)
    story.connect()
    story.wait(20)
    assert len(sent(story)) == 1
    assert [alert.code for alert in story.alerts] == ["cue_unanswered"]


def test_what_was_given_up_is_not_given_up_again_on_a_new_link() -> None:
    story = Story(obeys=False)
    story.connect()
    story.command(Verb.BUZZ)
    story.wait(60)
    story.disconnect()
    story.connect()
    story.wait(60)
    assert len(story.fates) == len(story.alerts) == 1


def test_cues_of_an_older_boot_are_unknown_and_never_sent_again() -> None:
    story = Story(obeys=False)
    story.connect(boot=7)
    story.command(Verb.BUZZ)
    story.disconnect()
    story.connect(boot=8)
    story.wait(60)
    assert [fate.result for fate in story.fates] == [AckResult.UNKNOWN]
    assert len(sent(story)) == 1
    assert not story.alerts
    assert story.state.cues == ()


def test_an_older_boot_s_cue_that_was_given_up_has_had_its_fate() -> None:
    story = Story(obeys=False)
    story.connect(boot=7)
    story.command(Verb.BUZZ)
    story.wait(60)
    assert len(story.fates) == 1
    story.disconnect()
    story.connect(boot=8)
    assert len(story.fates) == 1
    assert story.state.cues == ()


def test_acks_replayed_before_caught_up_are_not_overtaken() -> None:
    story = Story(obeys=False)
    story.connect(boot=7)
    story.command(Verb.BUZZ)
    story.disconnect()
    story.feed(LinkUp(8))
    played = CueAcked(sent(story)[0].cue_id, AckResult.PLAYED, story.now_ms - 500_000, 400)
    story.record(played, boot=7)
    story.feed(CaughtUp())
    assert [(fate.result, fate.replayed) for fate in story.fates] == [(AckResult.PLAYED, True)]


def test_taking_back_is_said_again_after_a_lost_link() -> None:
    story = in_gap()
    ids = tuple(cue.cue_id for cue in sent(story)[2:])
    story.command(Verb.PAUSE)
    assert story.told(CancelCues) == [CancelCues(ids)]
    story.disconnect()
    story.connect()
    assert story.told(CancelCues) == [CancelCues(ids)] * 2
    story.wait(30)
    assert {fate.result for fate in story.fates[-5:]} == {AckResult.UNKNOWN}
    assert not story.alerts


def test_a_session_s_end_settles_what_was_still_anchored() -> None:
    story = in_gap()
    story.obeys = True
    story.command(Verb.STOP)
    story.run()
    story.wait(1)
    assert story.state.cues == tuple(cue for cue in story.state.cues if cue.cancelled)
    story.wait(30)
    assert len(story.fates) == len(sent(story))
    assert not story.alerts


def test_what_no_hold_will_come_for_is_unknown_without_a_fuss() -> None:
    story = in_gap()
    assert story.state.session is not None
    fates = len(story.fates)
    story.record(SessionEnded(story.state.session.id, SessionEnd.ENDED, SessionSource.WATCH))
    story.wait((ANCHORED_EXPIRES_MS + ACK_DEADLINE_MS) / 1000)
    assert [fate.result for fate in story.fates[fates:]] == [AckResult.UNKNOWN] * 5
    assert not story.alerts


def test_no_more_are_kept_than_a_watch_remembers() -> None:
    story = Story(obeys=False)
    story.connect()
    draft = Draft(story.state, START, seed=9)
    draft = send(draft, [Wanted(CueKind.NUDGE)] * (CUES_KEPT + 2), 0)
    assert len(draft.state.cues) == CUES_KEPT
    given_up = replace(draft.state.cues[5], given_up=True)
    cues = (*draft.state.cues[:5], given_up, *draft.state.cues[6:])
    draft = send(draft.to(replace(draft.state, cues=cues)), [Wanted(CueKind.DONE)], 0)
    assert given_up not in draft.state.cues
    assert draft.state.cues[:5] == cues[:5]


def test_nothing_is_sent_to_a_watch_that_is_not_live() -> None:
    draft = Draft(WatchState(), START, seed=1)
    assert send(draft, [Wanted(CueKind.NUDGE)], 0) == draft


def begin_hold(story: Story, planned_s: int = 30) -> None:
    """The watch starts the first hold, now."""
    assert story.state.session is not None
    story.record(hold_started(story.state.session.id, 0, planned_s=planned_s))


def ahead_of(story: Story) -> list[tuple[CueKind, int]]:
    """What is ahead, in seconds from now."""
    return [(cue.cue, (cue.due_ms - story.now_ms) // 1000) for cue in ahead(story.state)]


def test_ahead_in_a_gap_and_in_its_hold_is_the_plan_of_the_same_hold() -> None:
    story = in_gap(Routine(left_s=40, form_cue=False))
    starts_at_ms = story.state.starts_at_ms
    assert starts_at_ms is not None
    plan = [(CueKind.START, 0), (CueKind.HALFWAY, 20), (CueKind.LAST_THREE, 37), (CueKind.DONE, 40)]
    assert [(cue.cue, (cue.due_ms - starts_at_ms) // 1000) for cue in ahead(story.state)] == plan
    begin_hold(story, planned_s=40)
    assert ahead_of(story) == plan
    story.wait(25)
    assert [cue for cue, _ in ahead_of(story)] == [cue for cue, _ in plan], "what has played stays in it"


def test_ahead_tells_of_the_form_until_it_is_known() -> None:
    story = in_gap()
    assert CueKind.FORM in dict(ahead_of(story))
    known = replace(story.state, sessions_done=10)
    assert CueKind.FORM not in {cue.cue for cue in ahead(known)}


def test_ahead_of_a_watch_out_of_reach_is_what_it_plays_alone() -> None:
    story = in_gap()
    before = ahead(story.state)
    assert before
    story.feed(LinkDown())
    assert ahead(story.state) == before


def test_ahead_of_a_hold_without_a_session_of_ours_goes_by_the_watch_s_routine() -> None:
    story = in_gap()
    begin_hold(story)
    with_session = ahead(story.state)
    assert ahead(replace(story.state, session=None)) == with_session


def test_ahead_in_a_gap_that_waits_for_the_tap_are_the_nudges_that_are_left() -> None:
    story = in_gap(Routine(start=StartMode.TAP))
    assert ahead_of(story) == [(CueKind.NUDGE, 9), (CueKind.NUDGE, 29)]
    story.wait(12)
    nudge = next(cue for cue in sent(story) if cue.cue is CueKind.NUDGE)
    ack(story, nudge.cue_id)
    assert ahead_of(story) == [(CueKind.NUDGE, 17)]


def test_nothing_is_ahead_without_a_gap_or_a_hold() -> None:
    assert ahead(WatchState()) == ()
    story = Story()
    story.connect()
    story.silence()
    story.command(Verb.START)
    assert story.is_in(Phase.CONFIRM)
    assert ahead(story.state) == ()
