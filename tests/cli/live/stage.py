"""What the live view draws and talks to in tests: payloads of a session, a daemon behind the real socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from pydantic import BaseModel

from wearsync.cli.live.views import Scene, View
from wearsync.control.calls import Call, CommandParams, LiveParams, StatusParams
from wearsync.control.results import Done, LiveState, StatusResult, WatchStatus
from wearsync.control.server import ControlServer
from wearsync.control.session import Session
from wearsync.errors import UsageError, WearsyncError
from wearsync.model import AckResult, CueKind, Phase, Routine, SessionEnd, Side, Trust
from wearsync.publish.payloads import (
    DayLine,
    LastSession,
    NextHold,
    PlannedCue,
    ProgressionState,
    SideProgression,
    SideToday,
    StatePayload,
    SummaryPayload,
    Today,
    Week,
)

BEGAN = datetime(2026, 3, 14, 18, 4, 5, tzinfo=UTC)
_PLAN = ((CueKind.START, 0), (CueKind.HALFWAY, 15), (CueKind.LAST_THREE, 27), (CueKind.DONE, 30))
HOLD = StatePayload(
    phase=Phase.HOLD, link="connected", side=Side.LEFT, step=2, round=2, rounds=2, planned_s=30,
    hold_started_at=BEGAN, hold_ends_at=BEGAN + timedelta(seconds=30), text="LEFT knee down on the pillow",
    last_cue=CueKind.HALFWAY, last_ack=AckResult.PLAYED, battery=83, routine=Routine(), trust=Trust.KEY,
    planned_cues=tuple(PlannedCue(cue=cue, at=BEGAN + timedelta(seconds=at_s)) for cue, at_s in _PLAN),
    next_hold=NextHold(side=Side.RIGHT, round=2, planned_s=35),
)  # fmt: skip
GAP = HOLD.model_copy(
    update={"phase": Phase.GAP, "step": 1, "gap_ends_at": BEGAN, "last_ack": None, "battery": None}
)
CONFIRM = HOLD.model_copy(update={"phase": Phase.CONFIRM, "text": "Ready? Tap to start", "planned_cues": ()})
PAUSED = HOLD.model_copy(update={"phase": Phase.PAUSED, "text": "Paused. Tap to go on", "planned_cues": ()})
CLOSING = HOLD.model_copy(update={"phase": Phase.CLOSING, "text": "Session done", "planned_cues": ()})
IDLE = StatePayload(phase=Phase.IDLE, link="connected", routine=Routine(), trust=Trust.KEY, battery=83)
LOST = StatePayload(phase=Phase.IDLE, link="no_adapter")
SUMMARY = SummaryPayload(
    wearer="you", date=date(2026, 3, 14), counts=True, full=True, streak=1, longest_streak=1, grace_left=1,
    away=False, adherence_days=1,
    days=tuple(
        DayLine(date=date(2026, 2, 15) + timedelta(days=day), left_s=day % 3, right_s=0, counts=day % 4 == 0,
                full=day % 8 == 0) for day in range(28)
    ),
    today=Today(left=SideToday(seconds=60.0, holds=2, short=0),
                right=SideToday(seconds=30.0, holds=1, short=0)),
    week=Week(left_s=90.0, right_s=30.0, target_s=600), symmetry=0.52,
    last_session=LastSession(at=BEGAN, end=SessionEnd.DONE, holds=4, left_s=60, right_s=60, full=True),
    next_reminder=BEGAN,
    progression=ProgressionState(
        left=SideProgression(planned_s=30, full_days=2, next_s=35),
        right=SideProgression(planned_s=60, full_days=0, next_s=None), days_needed=3),
)  # fmt: skip


def scene(state: StatePayload | None, summary: SummaryPayload | None = SUMMARY, **changes: object) -> Scene:
    """A scene of one watch, W."""
    made = Scene({"W": View("W", state, summary)}, "W")
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def status(*names: str, link: str = "connected", heard_s: float | None = 1.0) -> StatusResult:
    """What a daemon with these watches says of them."""
    watches = tuple(
        WatchStatus(
            name=name, watch_id="a1" * 16, driver="wearsync", wearer="you", link=link, trust=Trust.KEY,
            phase="idle", last_heard_s=heard_s,
        )
        for name in names
    )  # fmt: skip
    return StatusResult(
        version="0", pid=1, site="home", radio="native", broker="connected", outbox=0, watches=watches
    )


@dataclass
class Daemon:
    """Has these watches, shows what it is told to, and notes the verbs."""

    path: Path
    watches: tuple[str, ...] = ("W",)
    link: str = "connected"
    answer: BaseModel | WearsyncError = field(default_factory=lambda: Done(text="W: as you wish"))
    verbs: list[CommandParams] = field(default_factory=list)
    shown: dict[str, StatePayload] = field(default_factory=dict)
    summary: SummaryPayload = SUMMARY
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Daemon"]:
        """While the block runs."""
        self.path.parent.mkdir(mode=0o700, exist_ok=True)
        async with ControlServer(self.path, self.handle):
            yield self

    async def show(self, state: StatePayload, watch: str = "W") -> None:
        """The watch's state has changed."""
        self.shown[watch] = state
        async with self._changed:
            self._changed.notify_all()

    async def handle(self, call: Call, session: Session) -> BaseModel:
        match call:
            case StatusParams():
                return status(*self.watches, link=self.link)
            case CommandParams():
                self.verbs.append(call)
                if isinstance(self.answer, WearsyncError):
                    raise self.answer
                return self.answer
            case LiveParams():
                return await self._live(session)
            case _:
                raise UsageError(f"not played: {call.method}")

    async def _live(self, session: Session) -> BaseModel:
        while True:
            for watch, state in list(self.shown.items()):
                live = LiveState(
                    watch=watch,
                    state=state.json_text(),
                    summary=self.summary.json_text(),
                    watches=self.watches,
                )
                await session.emit(live)
            async with self._changed:
                await self._changed.wait()
