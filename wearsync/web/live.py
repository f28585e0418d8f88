"""What goes on, for all who look at the page: one live call to the daemon, begun by the first of them and
ended with the last.

Rule: nobody is waited for. Who is behind loses what is out of date, never what holds now: each view keeps the
newest of each kind, and no more.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from pydantic import BaseModel

from wearsync.control.calls import LiveParams, StatusParams
from wearsync.control.results import LiveState, StatusResult
from wearsync.control.server import Handler
from wearsync.errors import WearsyncError
from wearsync.web.desk import PageSession, called

# A phone and a tablet or two a person; more is a leak somewhere.
STREAMS_MAX = 32
# Proxies let go of what says nothing for a minute, and the page wants to know that it is still connected.
CLOCK_EVERY_S = 15.0
STATUS_EVERY_S = 60.0
# Links and broker are looked at as often, as long as somebody looks at the page.
LOOK_EVERY_S = 3.0

log = logging.getLogger(__name__)


class View:
    """One browser's: the newest of each kind that it has not got yet."""

    def __init__(self) -> None:
        self._waiting: dict[str, bytes] = {}
        self._news = asyncio.Event()
        self.ended = False

    def put(self, kind: str, event: bytes) -> None:
        """In place of an older one of the same kind."""
        self._waiting.pop(kind, None)
        self._waiting[kind] = event
        self._news.set()

    def begin(self, event: bytes) -> None:
        """Before all that it has been told meanwhile."""
        self._waiting = {"hello": event, **self._waiting}
        self._news.set()

    def end(self) -> None:
        """Nothing more will come."""
        self.ended = True
        self._news.set()

    async def news(self) -> bytes:
        """All that is new, as soon as there is something; empty: it is over."""
        await self._news.wait()
        if not self.ended:
            self._news.clear()
        events, self._waiting = b"".join(self._waiting.values()), {}
        return events


class Live:
    """The live call, and its views. `now`: the daemon's clock; `speed`: how fast that runs (a demo)."""

    def __init__(self, handler: Handler, *, now: Callable[[], datetime], speed: float = 1.0) -> None:
        self._handler = handler
        self._now = now
        self._speed = speed
        self._views: set[View] = set()
        self._states: dict[str, LiveState] = {}
        self._status: StatusResult | None = None
        self._running: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def count(self) -> int:
        """How many look."""
        return len(self._views)

    @property
    def is_full(self) -> bool:
        """Nobody more can look, or ever will."""
        return self._closed or len(self._views) >= STREAMS_MAX

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[View]:
        """A view, with what holds now already in it. Raises `WearsyncError`s."""
        view = View()
        self._views.add(view)  # before anything is awaited: it counts
        try:
            status = await called(self._handler, StatusParams(), StatusResult)
            view.put("status", event("status", status.model_dump_json()))
            for state in self._states.values():
                view.put(f"state {state.watch}", _state(state))
            view.begin(self._hello(status))
            if self._closed:
                view.end()
            elif self._running is None:
                self._status = status
                self._running = asyncio.create_task(self._run(), name="page-live")
            yield view
        finally:
            self._views.discard(view)
            if not self._views and self._running is not None:
                self._running.cancel()
                self._running = None
                self._states.clear()

    async def close(self) -> None:
        """End all views."""
        self._closed = True
        running, self._running = self._running, None
        if running is not None:
            running.cancel()
            await asyncio.wait({running})
        for view in self._views:
            view.end()

    def _hello(self, status: StatusResult) -> bytes:
        names = [watch.name for watch in status.watches]
        hello = {"version": status.version, "site": status.site, "watches": names, **self._clock()}
        return b"retry: 1000\n" + event("hello", json.dumps(hello))

    def _clock(self) -> dict[str, object]:
        now = self._now().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {"now": now, "speed": self._speed}

    async def _run(self) -> None:
        """Until cancelled; where it can't go on, the browsers come again."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._follow(), name="page-states")
                group.create_task(self._look(), name="page-status")
        except* WearsyncError as errors:
            log.warning("page.live_failed reason=%r", str(errors.exceptions[0]))
        except* Exception:
            # The border between the page and all else: the browsers' next try begins anew.
            log.exception("page.live_failed")
        finally:
            if self._running is asyncio.current_task():
                self._running = None
                self._states.clear()
                for view in self._views:
                    view.end()

    async def _follow(self) -> None:
        await self._handler(LiveParams(), PageSession(self._take))

    def _take(self, told: BaseModel) -> None:
        if isinstance(told, LiveState):
            self._states[told.watch] = told
            self._tell(f"state {told.watch}", _state(told))

    async def _look(self) -> None:
        loop = asyncio.get_running_loop()
        clock_s = status_s = loop.time()
        while True:
            await asyncio.sleep(LOOK_EVERY_S * self._speed)
            now_s = loop.time()
            if now_s - clock_s >= CLOCK_EVERY_S * self._speed:
                clock_s = now_s
                self._tell("clock", event("clock", json.dumps(self._clock())))
            status = await called(self._handler, StatusParams(), StatusResult)
            if _differs(status, self._status) or now_s - status_s >= STATUS_EVERY_S * self._speed:
                status_s, self._status = now_s, status
                self._tell("status", event("status", status.model_dump_json()))
            self._forget(tuple(watch.name for watch in status.watches))

    def _forget(self, names: tuple[str, ...]) -> None:
        """Who is gone says no word of it; the others' next one tells their names."""
        for gone in self._states.keys() - set(names):
            del self._states[gone]
        for state in self._states.values():
            if state.watches != names:
                self._take(state.model_copy(update={"watches": names}))

    def _tell(self, kind: str, event: bytes) -> None:
        for view in self._views:
            view.put(kind, event)


def event(kind: str, data: str) -> bytes:
    """One server-sent event (HTML standard, 9.2.6); JSON has no raw line feed."""
    return f"event: {kind}\ndata: {data}\n\n".encode()


def _state(live: LiveState) -> bytes:
    """State and summary are JSON already."""
    names = json.dumps(list(live.watches))
    return event(
        "state",
        f'{{"watch":{json.dumps(live.watch)},"watches":{names},"state":{live.state},"summary":{live.summary}}}',
    )


def _differs(status: StatusResult, before: StatusResult | None) -> bool:
    """Apart from how long ago something was, which is another time each time."""
    return before is None or _still(status) != _still(before)


def _still(status: StatusResult) -> StatusResult:
    watches = tuple(watch.model_copy(update={"last_heard_s": None}) for watch in status.watches)
    return status.model_copy(update={"watches": watches, "outbox_oldest_s": None})
