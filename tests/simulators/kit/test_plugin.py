"""The pytest plugin, in a project that brings a driver of its own: installed, as its makers have it."""

from pathlib import Path

import pytest

from wearsync_simulators.kit import play
from wearsync_simulators.kit.stories import STORIES

pytest_plugins = "pytester"

# A run inside of this process forgets what it has imported, and some of it can't be imported twice.
KEPT = (play,)
UNWANTED = len(STORIES) - 2

DRIVER = """
from dataclasses import replace
from wearsync.drivers.hold_profile import HoldProfileDriver

class Mine(HoldProfileDriver):
    name = "mine"
    title = "a watch of mine"
    capabilities = replace(HoldProfileDriver.capabilities, acks={acks!r})
"""
ENTRY_POINTS = """
[wearsync.drivers]
mine = {module}:Mine
[wearsync.simulated]
mine = wearsync_simulators.watches.simulated_watch:SimulatedWatch
"""


def project(pytester: pytest.Pytester, module: str, *, acks: str = "motor") -> Path:
    """A directory on the path of Python, with the metadata that an installer would leave."""
    (pytester.path / f"{module}.py").write_text(DRIVER.format(acks=acks))
    metadata = pytester.path / f"{module}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(ENTRY_POINTS.format(module=module))
    pytester.syspathinsert()
    return pytester.path


def run(pytester: pytest.Pytester, *options: str) -> pytest.RunResult:
    """Without what our own tests bring; the plugin is there by its entry point, or by its name."""
    return pytester.runpytest_inprocess("-p", "wearsync_simulators.kit.plugin", "-p", "no:asyncio", *options)


def test_each_story_is_a_test(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)  # here a skip is what is wanted
    project(pytester, "good_driver")
    done = run(pytester, "--wearsync-driver", "mine", "--wearsync-quick", "-k", "nobody or flow", "-rA")
    done.assert_outcomes(passed=1, skipped=1, deselected=UNWANTED)
    done.stdout.fnmatch_lines_random(["*no flow control*", "PASSED ::wearsync/mine/nobody-there"])


def test_a_driver_that_is_broken_fails_by_the_name_of_a_story(pytester: pytest.Pytester) -> None:
    project(pytester, "lying_driver", acks="none")
    done = run(pytester, "--wearsync-driver", "mine", "--wearsync-quick", "-k", "range-loss")
    done.assert_outcomes(failed=1, deselected=UNWANTED + 1)
    done.stdout.fnmatch_lines(
        ["*a watch with acks 'none' can't know that*", "what passed over the link:", "*↑ RECORDS *"]
    )


def test_a_driver_that_is_not_there_is_a_usage_error(pytester: pytest.Pytester) -> None:
    project(pytester, "other_driver")
    done = run(pytester, "--wearsync-driver", "yours")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines(
        ["*there is no driver 'yours': take one of wearsync, banglejs, infinitime, mine*"]
    )


def test_without_the_option_nothing_happens(pytester: pytest.Pytester) -> None:
    assert run(pytester).ret == pytest.ExitCode.NO_TESTS_COLLECTED
