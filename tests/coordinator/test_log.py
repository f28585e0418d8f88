"""Inputs as JSON, and what follows from them."""

import pytest

from tests.coordinator.story import START, Story
from wearsync.coordinator import log
from wearsync.coordinator.events import Input, TimerFired
from wearsync.coordinator.state import WatchState, from_json, to_json
from wearsync.errors import StorageError
from wearsync.model import Side, Verb


def test_a_session_s_log_folds_to_its_state_from_any_checkpoint() -> None:
    story = Story()
    story.connect()
    story.command(Verb.SET, changes=(("rounds", 1), ("start", "auto")))
    story.command(Verb.START)
    story.command(Verb.EXTRA, side=Side.LEFT)
    story.run()
    lines = [log.to_json(entry) for entry in story.inputs]
    inputs = [log.from_json(line) for line in lines]
    assert inputs == story.inputs
    for cut in range(0, len(inputs), 7):
        checkpoint = to_json(log.fold(WatchState(), inputs[:cut]))
        assert log.fold(from_json(checkpoint), inputs[cut:]) == story.state


def test_entropy_is_kept_whole() -> None:
    entry = Input(TimerFired(), START, seed=2**64 - 1)
    assert log.from_json(log.to_json(entry)) == entry


def test_numbers_and_words_of_a_change_stay_apart() -> None:
    story = Story()
    story.command(Verb.SET, changes=(("left_s", 45), ("variant", "standing"), ("rounds", "3")))
    entry = story.inputs[-1]
    assert log.from_json(log.to_json(entry)) == entry


@pytest.mark.parametrize(
    ("text", "place"),
    [("nonsense", "its start"), ('{"now": {}}', "event"), ('{"event": {"kind": "party"}}', "event")],
)
def test_what_is_no_input_says_where(text: str, place: str) -> None:
    with pytest.raises(StorageError, match=f"an input can't be read at {place}"):
        log.from_json(text)
