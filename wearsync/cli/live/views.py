"""What a live view knows: of each watch, of the daemon, and of what the person is doing; pure.

Rule: what is known stays until something newer is; how old it is, is said beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from wearsync.control.results import LiveState, WatchStatus
from wearsync.publish.payloads import StatePayload, SummaryPayload


@dataclass(slots=True)
class View:
    """One watch. `link`: how it is reached, with the reason why not; `heard_s`: how long ago it was heard of
    at `asked`, None: never, or not asked.
    """

    watch: str
    state: StatePayload | None = None
    summary: SummaryPayload | None = None
    link: str = ""
    heard_s: float | None = None
    asked: datetime | None = None


@dataclass(slots=True)
class Scene:
    """All of it. `chosen`: the watch that is looked at; `said`: the answer to a key; `help`: the keys are
    shown; `keys`: there is somebody to press them; `away_since`, `why`: the daemon is, for that reason;
    `foot`: in place of the keys.
    """

    views: dict[str, View] = field(default_factory=dict)
    chosen: str | None = None
    said: str = ""
    is_error: bool = False
    help: bool = False
    keys: bool = True
    away_since: datetime | None = None
    why: str = ""
    foot: str = ""

    @property
    def view(self) -> View | None:
        """The watch that is looked at."""
        return self.views.get(self.chosen or "")

    def told(self, live: LiveState) -> View:
        """The daemon has told of a watch."""
        view = self.views.setdefault(live.watch, View(live.watch))
        view.state = StatePayload.model_validate_json(live.state)
        view.summary = SummaryPayload.model_validate_json(live.summary)
        self.keep(live.watches)
        return view

    def asked(self, watches: Sequence[WatchStatus], *, only: str | None, now: datetime) -> None:
        """The daemon has been asked how its watches are; `only`: the one that this view is of."""
        for watch in watches:
            if only in (None, watch.name):
                view = self.views.setdefault(watch.name, View(watch.name))
                view.link, view.heard_s, view.asked = watch.link, watch.last_heard_s, now
        self.keep([watch.name for watch in watches])

    def keep(self, names: Sequence[str]) -> None:
        """Only these are left: others were renamed or forgotten. One is always looked at, if there is any."""
        for gone in self.views.keys() - set(names):
            del self.views[gone]
        if self.chosen not in self.views:
            self.chosen = next(iter(self.views), None)

    def turn(self, by: int) -> None:
        """Look at the next watch, or the one before."""
        names = list(self.views)
        if self.chosen in names:
            self.chosen = names[(names.index(self.chosen) + by) % len(names)]
