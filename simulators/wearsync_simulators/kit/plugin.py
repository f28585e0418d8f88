"""The kit as a pytest plugin (entry point `pytest11`), for drivers that other packages bring:

    pytest --wearsync-driver mywatch [--wearsync-quick] [--wearsync-seed S]

adds one test a story, which plays it plain and under its faults, named `wearsync/mywatch/STORY`.

Rule: without the option nothing happens, and nothing heavy is imported.
"""

from collections.abc import Iterator
from typing import Final

import pytest

__all__ = ["StoryItem", "pytest_addoption", "pytest_collection_modifyitems"]

_DRIVER: Final = "wearsync_driver"
_SEED: Final = "wearsync_seed"
_QUICK: Final = "wearsync_quick"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options."""
    group = parser.getgroup("wearsync", "conformance of wearsync drivers")
    group.addoption(
        "--wearsync-driver",
        action="append",
        default=[],
        dest=_DRIVER,
        metavar="NAME",
        help="test this driver with its simulated watch: one test a story (may be given again)",
    )
    group.addoption("--wearsync-seed", type=int, default=1, dest=_SEED, metavar="S", help="of all chance")
    group.addoption("--wearsync-quick", action="store_true", dest=_QUICK, help="fewer faults")


def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """A test for each story, after all others. Raises `pytest.UsageError` for a driver that is not there."""
    items.extend(item for name in config.getoption(_DRIVER) for item in _items(session, name))


class StoryItem(pytest.Item):
    """One story with one driver; skipped where the driver lacks a capability that it rests on."""

    driver: str
    story: str

    def runtest(self) -> None:
        """Play it."""
        from wearsync import families
        from wearsync_simulators.kit.play import play_all
        from wearsync_simulators.kit.stories import story_named

        story = story_named(self.story)
        assert story is not None, "collected from the list of stories"
        results = play_all(
            families.named(self.driver),
            (story,),
            seed=self.config.getoption(_SEED),
            quick=self.config.getoption(_QUICK),
        )
        for result in results:
            if result.verdict == "not applicable":
                pytest.skip(result.reason)
            if result.verdict == "fail":
                told = "\n".join(("", "what passed over the link:", *result.lines))
                pytest.fail(f"{result.story} {result.fault}: {result.reason}{told}", pytrace=False)

    def reportinfo(self) -> tuple[str, int | None, str]:
        """Where it is from."""
        return "wearsync", None, self.name


def _items(session: pytest.Session, driver: str) -> Iterator[StoryItem]:
    from wearsync import families
    from wearsync.errors import WearsyncError
    from wearsync_simulators.kit.stories import STORIES

    try:
        families.named(driver)
    except WearsyncError as error:
        raise pytest.UsageError(str(error)) from error
    for story in STORIES:
        item = StoryItem.from_parent(session, name=f"wearsync/{driver}/{story.name}")
        item.driver, item.story = driver, story.name
        yield item
