"""Checkpoints, and the earliest timer."""

import pytest

from tests.coordinator.story import Story
from wearsync.coordinator.state import WatchState, from_json, to_json
from wearsync.errors import StorageError
from wearsync.model import Phase, Verb


def test_a_checkpoint_in_the_middle_of_everything_reads_back() -> None:
    story = Story()
    story.connect()
    story.command(Verb.START)
    story.wait(30)
    assert story.state.hold is not None
    assert story.state.cues
    assert from_json(to_json(story.state)) == story.state


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "its start"),
        ("{", "its start"),
        ('{"phase": "lunch"}', "phase"),
        ('{"hold": {}}', "hold.key"),
        ('{"x": 1}', "x"),
    ],
)
def test_what_is_no_checkpoint_says_where(text: str, place: str) -> None:
    with pytest.raises(StorageError, match=f"the checkpoint can't be read at {place}: "):
        from_json(text)


@pytest.mark.parametrize(
    ("state", "deadline_ms"),
    [
        (WatchState(), None),
        (WatchState(snoozed_until_ms=5), 5),
        (WatchState(snoozed_until_ms=5, phase=Phase.GAP, phase_deadline_ms=9), None),
        (WatchState(snoozed_until_ms=5, phase=Phase.GAP, phase_deadline_ms=9, live=True), 9),
        (WatchState(phase=Phase.CONFIRM, phase_deadline_ms=9), 9),
    ],
)
def test_timers_that_count(state: WatchState, deadline_ms: int | None) -> None:
    assert state.deadline_ms == deadline_ms


def test_acks_are_waited_for_while_the_watch_is_there() -> None:
    story = Story(obeys=False)
    story.connect()
    story.command(Verb.BUZZ)
    [cue] = story.state.cues
    assert story.state.deadline_ms == cue.deadline_ms
    story.disconnect()
    assert story.state.deadline_ms is None
