"""A reminder that runs out: it is asked in time or not at all, and is no session."""

import pytest

from tests.coordinator.story import Story
from wearsync.model import Verb


@pytest.mark.parametrize(("asleep_s", "told"), [(0, ["reminder"]), (3600, ["reminder_missed"])])
def test_a_reminder_that_was_put_off_is_asked_in_time_or_not_at_all(asleep_s: int, told: list[str]) -> None:
    story = Story(answers=None)
    story.connect()
    story.remind()
    story.command(Verb.SNOOZE, minutes=10)
    story.wait(599)
    story.now_ms += 1000 * asleep_s
    story.wait(1)
    assert [alert.code for alert in story.alerts] == ["reminder", *told]


def test_a_reminder_that_nobody_answers_is_no_session() -> None:
    story = Story(answers=None)
    story.connect()
    story.remind()
    story.wait(70)
    assert story.sessions == []
