"""The stories that there are, by name; what each one comes to is `test_play.py`'s."""

from wearsync.drivers.hold_profile import HoldProfileDriver
from wearsync.drivers.infinitime import InfiniTimeDriver
from wearsync_simulators.kit.play import play
from wearsync_simulators.kit.stories import STORIES, story_named


def test_stories_are_found_by_name() -> None:
    assert len({story.name for story in STORIES}) == len(STORIES)
    assert all(story_named(story.name) is story for story in STORIES)
    assert story_named("no such") is None


def test_a_story_says_what_it_misses() -> None:
    missing = {story.name: story.missing(InfiniTimeDriver.capabilities) for story in STORIES}
    assert missing["run-alone"] == "journal"
    assert missing["session"] is None
    assert all(story.missing(HoldProfileDriver.capabilities) is None for story in STORIES)


def test_titles_fit_their_line() -> None:
    assert all(len(story.title) <= 45 for story in STORIES)


def test_what_the_other_tests_leave_out() -> None:
    for name in ("early-stop", "reboot"):
        story = story_named(name)
        assert story is not None
        assert play(HoldProfileDriver(), story).reason == ""
