"""What `wearsync-sim check` prints: a line a story, failures with what passed over the link, a last line that
sums up; or JSON, one object a story and a summary.

Rule: shows, and decides nothing but the exit code.
"""

import json
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from wearsync.drivers.base import Driver
from wearsync_simulators.kit.play import Result, Verdict
from wearsync_simulators.kit.stories import STORIES

__all__ = ["Show"]

COLUMNS = 80
_MARKS: dict[Verdict, str] = {"pass": "pass", "fail": "FAIL", "not applicable": "n/a "}
_TITLES = {story.name: story.title for story in STORIES}


@dataclass(slots=True)
class Show:
    """Takes results as they come, those of one story together; `say` prints a line."""

    driver: Driver
    seed: int
    as_json: bool
    say: Callable[[str], None]
    runs: int = 0
    counts: dict[Verdict, int] = field(default_factory=lambda: {"pass": 0, "fail": 0, "not applicable": 0})
    _story: list[Result] = field(default_factory=list)

    def begin(self) -> None:
        """The head."""
        if not self.as_json:
            self.say(f"{self.driver.name}: {self.driver.title}, seed {self.seed}")

    def result(self, result: Result) -> None:
        """One more."""
        if self._story and self._story[0].story != result.story:
            self._end_story()
        self._story.append(result)

    def end(self) -> bool:
        """The summary; whether nothing failed."""
        self._end_story()
        good = not self.counts["fail"]
        if self.as_json:
            summary = {
                "driver": self.driver.name,
                "seed": self.seed,
                "passed": self.counts["pass"],
                "failed": self.counts["fail"],
                "not_applicable": self.counts["not applicable"],
                "runs": self.runs,
                "ok": good,
            }
            self.say(json.dumps(summary))
        else:
            counted = ", ".join(f"{count} {word}" for word, count in self._counted())
            self.say(f"check: {self.driver.name}: {counted} ({self.runs} runs)")
        return good

    def _counted(self) -> Iterable[tuple[str, int]]:
        words: tuple[tuple[Verdict, str], ...] = (
            ("pass", "passed"),
            ("fail", "failed"),
            ("not applicable", "not applicable"),
        )
        return ((word, self.counts[verdict]) for verdict, word in words)

    def _end_story(self) -> None:
        story, self._story = self._story, []
        if not story:
            return
        failed = [each for each in story if each.verdict == "fail"]
        verdict = "fail" if failed else story[0].verdict
        self.counts[verdict] += 1
        self.runs += sum(each.verdict != "not applicable" for each in story)
        if self.as_json:
            self.say(json.dumps(_story_object(story, verdict), ensure_ascii=False))
            return
        name = story[0].story
        faults = f" · {len(story) - 1} faults" if len(story) > 1 else ""
        said = story[0].reason if verdict == "not applicable" else f"{_TITLES[name]}{faults}"
        self._wrapped(f"  {_MARKS[verdict]}  {name:14}", said, indent=22)
        for each in failed:
            self._wrapped(f"        {each.fault}: ", each.reason, indent=8)
            for line in each.lines:
                self._wrapped("    ", line, indent=15)

    def _wrapped(self, first: str, text: str, *, indent: int) -> None:
        lines = textwrap.wrap(
            text, COLUMNS, initial_indent=first, subsequent_indent=" " * indent, break_on_hyphens=False
        )
        for line in lines or [first.rstrip()]:
            self.say(line)


def _story_object(story: list[Result], verdict: Verdict) -> dict[str, object]:
    return {
        "driver": story[0].driver,
        "story": story[0].story,
        "result": verdict.replace(" ", "_"),
        "reason": next((each.reason for each in story if each.verdict == verdict), ""),
        "runs": [
            {
                "fault": each.fault,
                "result": each.verdict.replace(" ", "_"),
                "reason": each.reason,
                "operations": each.operations,
                "frames": list(each.lines),
            }
            for each in story
        ],
    }
