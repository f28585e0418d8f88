"""Alerts that the host raises by itself: their words, and how often the same one may come.

Rule: what is seen again and again is told once in a while: whoever reads alerts must not be flooded, nor the
outbox. Codes as in docs/mqtt.md.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from wearsync.alert_codes import AlertCode
from wearsync.model import Alert, Severity
from wearsync.ports import Clock, Position

# Somebody who mends a thing is back within the hour; who does not read alerts is not reached by more of them.
ALERT_EVERY_MS = 3600 * 1000
# Different texts of one kind in an hour: a watch is refused every five minutes at most.
TEXTS_KEPT = 32


@dataclass(frozen=True, slots=True)
class Trouble:
    """The journal fails since `since_ms`, host time. `is_news`: to be told when it is over."""

    code: AlertCode
    reason: str
    since_ms: int
    is_news: bool


class Alerts:
    """Makes alerts for one watch. `entropy(n)`: n random bytes."""

    def __init__(self, *, clock: Clock, entropy: Callable[[int], bytes]) -> None:
        self._clock = clock
        self._entropy = entropy
        self._told_ms: OrderedDict[tuple[str, str], int] = OrderedDict()

    def new(self, code: AlertCode, text: str, severity: Severity = Severity.WARNING) -> Alert:
        """An alert as of now."""
        event_id = f"host:{self._entropy(16).hex()}"
        return Alert(event_id, code, severity, text, self._clock.now(), replayed=False)

    def is_news(self, code: AlertCode, text: str) -> bool:
        """Whether that was not told within the last hour; who asks tells it."""
        now_ms, key = self._clock.now().host_ms, (code, text)
        told_ms = self._told_ms.get(key)
        if told_ms is not None and now_ms - told_ms < ALERT_EVERY_MS:
            return False
        self._told_ms[key] = now_ms
        self._told_ms.move_to_end(key)
        while len(self._told_ms) > TEXTS_KEPT:
            self._told_ms.popitem(last=False)
        return True

    def of_opening(self, position: Position) -> tuple[Alert, ...]:
        """What people should know of a journal that is to be opened; of the first one, nothing."""
        match position.news:
            case "known" | "first":
                return ()
            case "another":
                text = "the watch began a new journal (was it reset?): the old one stays"
                return (self.new(AlertCode.JOURNAL_REPLACED, text),)
            case "epoch":
                text = "the watch's journal went back: a new local journal was opened"
                return (self.new(AlertCode.CONTINUITY, text),)
            case _:
                assert_never(position.news)

    def of_gaps(self, gaps: tuple[tuple[int, int], ...]) -> tuple[Alert, ...]:
        """Records (first … before) that are lost for ever."""
        text = "records {} to {} were overwritten on the watch before they were synced"
        return tuple(self.new(AlertCode.DATA_LOST, text.format(first, before - 1)) for first, before in gaps)

    def trouble(self, code: AlertCode, reason: str) -> Trouble:
        """The journal fails from now on."""
        return Trouble(code, reason, self._clock.now().host_ms, self.is_news(code, ""))

    def of_storage(self, trouble: Trouble | None) -> tuple[Alert, ...]:
        """What people should know of a trouble, if they have not heard of such a one just now."""
        if trouble is None or not trouble.is_news:
            return ()
        for_s = (self._clock.now().host_ms - trouble.since_ms) // 1000
        text = f"not synced for {for_s} s, the watch keeps its records: {trouble.reason}"
        return (self.new(trouble.code, text, Severity.ERROR),)
