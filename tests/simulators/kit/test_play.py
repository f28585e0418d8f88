"""The kit plays stories: the package's own drivers pass, and each that is broken on purpose fails by name."""

import logging

import pytest

from tests.simulators.kit.broken import BROKEN, CueTwice
from wearsync.drivers.base import Driver, DriverSession, SessionOptions
from wearsync.drivers.hold_profile import HoldProfileDriver
from wearsync.drivers.infinitime import InfiniTimeDriver
from wearsync.errors import UnfitWatch
from wearsync.families import named
from wearsync_simulators.kit.faults import PLAIN, Fault, FaultKind
from wearsync_simulators.kit.play import FAULTY_STORIES, Outcome, Result, judged, play, play_all, rounds_of
from wearsync_simulators.kit.stories import STORIES, Story, story_named
from wearsync_simulators.world.log import WorldLog


def the(name: str) -> Story:
    story = story_named(name)
    assert story is not None
    return story


@pytest.mark.parametrize(("kind", "story"), BROKEN, ids=[story for _, story in BROKEN])
def test_a_driver_that_is_broken_fails_in_the_story_meant_for_it(kind: type[Driver], story: str) -> None:
    driver = kind()
    result = play(driver, the(story))
    assert (result.verdict, result.story, result.driver) == ("fail", story, driver.name)
    assert result.reason
    assert result.lines, "what passed over the link is shown"


@pytest.mark.parametrize(
    ("driver", "story"), [("wearsync", "offline-once"), ("banglejs", "session"), ("infinitime", "range-loss")]
)
def test_the_drivers_of_the_package_pass(driver: str, story: str) -> None:
    """In one story each; `wearsync-sim check` plays them all."""
    result = play(named(driver), the(story))
    assert (result.verdict, result.reason, result.lines) == ("pass", "", ())
    assert result.operations > 20


@pytest.mark.parametrize("kind", FaultKind)
def test_a_fault_is_survived(kind: FaultKind) -> None:
    struck = play(HoldProfileDriver(), the("session"), fault=Fault(kind, 30))
    assert (struck.verdict, struck.reason) == ("pass", "")
    # But for a radio that is only slow, a second session has shown that all is well again.
    assert (struck.operations > 80) is (kind is not FaultKind.SLOW)


def test_what_a_driver_does_wrong_after_a_fault_is_found() -> None:
    result = play(CueTwice(), the("session"), fault=Fault(FaultKind.CUT, 30))
    assert result.verdict == "fail"
    assert "that the host never sent" in result.reason


def test_what_a_family_has_not_is_not_asked_for() -> None:
    verdicts = {
        story.name: play(InfiniTimeDriver(), story).reason
        for story in STORIES
        if story.missing(InfiniTimeDriver.capabilities) is not None or story.busy
    }
    assert verdicts == {
        "run-alone": "no journal",
        "quiet-mode": "no acks",
        "app-closed": "no acks",
        "key-unknown": "no trust by key",
        "offline-once": "no journal",
        "flow-control": "no flow control",
    }


def test_faults_follow_a_plain_run_that_has_passed() -> None:
    results = list(play_all(HoldProfileDriver(), (the("run-alone"), the("nobody-there")), quick=True))
    assert [(each.story, each.fault) for each in results] == [
        ("run-alone", "plain"),
        ("nobody-there", "plain"),
    ]
    assert {each.verdict for each in results} == {"pass"}
    assert FAULTY_STORIES[0] == "session", "with `quick` faults are its alone"


def test_faults_strike_early_in_the_middle_and_late() -> None:
    assert [str(fault) for fault in rounds_of(100)] == [
        "cut@15",
        "cut@50",
        "cut@85",
        "reboot@30",
        "reboot@70",
        "silent@25",
        "silent@60",
        "slow",
    ]
    assert [str(fault) for fault in rounds_of(100, quick=True)] == [
        "cut@85",
        "reboot@70",
        "silent@60",
        "slow",
    ]
    assert rounds_of(1)[0].at == 1


def test_a_session_that_cannot_be_made_is_told_in_a_line() -> None:
    class Unmade(HoldProfileDriver):
        def session(self, options: SessionOptions) -> DriverSession:
            raise UnfitWatch("this family is not finished")

    result = play(Unmade(), the("session"))
    assert result.reason == "the stage could not be set: this family is not finished"


def test_whatever_a_driver_raises_is_a_failure_of_its_story() -> None:
    class Wild(HoldProfileDriver):
        links = 0

        def session(self, options: SessionOptions) -> DriverSession:
            self.links += 1
            if self.links > 1:
                raise LookupError("no such frame")
            return super().session(options)

    result = play(Wild(), the("session"))
    assert result.verdict == "fail"
    assert "no such frame" in result.reason


def test_an_error_that_the_daemon_had_to_log_is_a_failure() -> None:
    log = WorldLog()
    with log.taken():
        logging.getLogger("wearsync.daemon").error("watch.failed")
    assert judged("wearsync", "session", PLAIN, Outcome("", ("a line",), 3), log) == Result(
        "wearsync",
        "session",
        "plain",
        "fail",
        "the daemon logged: ERROR wearsync.daemon watch.failed",
        ("a line",),
        3,
    )
