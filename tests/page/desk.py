"""The real page before a desk that says what a test wants: states no daemon would easily come to.

Rule: what it says are the product's own models; the server, its guard and its stream are the real ones.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from pydantic import BaseModel

from wearsync.control.calls import Call, CommandParams, HistoryParams, LiveParams, StatusParams
from wearsync.control.results import Done, LiveState, StatusResult, WatchStatus
from wearsync.control.session import Session
from wearsync.daemon.history import History, HistoryDay, HistoryWeek
from wearsync.daemon.page import Page
from wearsync.errors import UsageError
from wearsync.model import AckResult, CueKind, Phase, Routine, SessionEnd, Side, Trust, Variant
from wearsync.publish.payloads import (
    DayLine,
    LastSession,
    NextHold,
    PlannedCue,
    SideToday,
    StatePayload,
    SummaryPayload,
    Today,
    Week,
)
from wearsync.web.address import PageSettings, parse_listen

# A Wednesday, so that a week is begun and not over.
TODAY = date(2026, 11, 25)
NOW = datetime(2026, 11, 25, 18, 4, 5, tzinfo=UTC)
IDLE = StatePayload(
    phase=Phase.IDLE,
    link="connected",
    battery=83,
    trust=Trust.KEY,
    routine=Routine(),
    reminder_on=True,
    last_cue=CueKind.SESSION_DONE,
    last_ack=AckResult.PLAYED,
)


def hold(side: Side, into_s: float, *, variant: Variant = Variant.KNEELING, step: int = 0) -> StatePayload:
    """A hold of 30 s, `into_s` after its start."""
    began = NOW - timedelta(seconds=into_s)
    words = "knee down on the pillow" if variant is Variant.KNEELING else "foot back, hold something firm"
    offsets = ((CueKind.START, 0), (CueKind.FORM, 10), (CueKind.HALFWAY, 15), (CueKind.LAST_THREE, 27))
    return IDLE.model_copy(
        update={
            "phase": Phase.HOLD,
            "session": 5,
            "side": side,
            "variant": variant,
            "step": step,
            "round": step // 2 + 1,
            "rounds": 2,
            "planned_s": 30,
            "hold_started_at": began,
            "hold_ends_at": began + timedelta(seconds=30),
            "text": f"{side.upper()} {words}",
            "last_cue": CueKind.FORM if into_s > 10 else CueKind.START,
            "planned_cues": tuple(
                PlannedCue(cue=cue, at=began + timedelta(seconds=at_s)) for cue, at_s in offsets
            ),
            "next_hold": NextHold(side=side.other, round=1, planned_s=30),
        }
    )


def gap(side: Side, left_s: float, *, variant: Variant = Variant.KNEELING, step: int = 0) -> StatePayload:
    """A gap that ends in so many seconds."""
    ends = NOW + timedelta(seconds=left_s)
    return hold(side, 0, variant=variant, step=step).model_copy(
        update={
            "phase": Phase.GAP,
            "hold_started_at": None,
            "hold_ends_at": None,
            "gap_ends_at": ends,
            "last_cue": CueKind.READY,
            "planned_cues": (PlannedCue(cue=CueKind.START, at=ends),),
        }
    )


def other(phase: Phase) -> StatePayload:
    """A phase without a countdown."""
    texts = {Phase.CONFIRM: "Ready? Tap to start", Phase.PAUSED: "Paused. Tap to go on"}
    return gap(Side.LEFT, 0).model_copy(
        update={
            "phase": phase,
            "gap_ends_at": None,
            "planned_cues": (),
            "text": texts.get(phase, "Session done"),
        }
    )


def summary(wearer: str = "you", left_s: float = 0, right_s: float = 0) -> SummaryPayload:
    """A wearer of twelve days."""
    days = tuple(
        DayLine(
            date=TODAY - timedelta(days=27 - n), left_s=60, right_s=60, counts=n % 5 != 0, full=n % 3 != 0
        )
        for n in range(28)
    )
    return SummaryPayload(
        wearer=wearer,
        date=TODAY,
        today=Today(
            left=SideToday(seconds=left_s, holds=2, short=0),
            right=SideToday(seconds=right_s, holds=2, short=0),
        ),
        counts=min(left_s, right_s) >= 30,
        full=min(left_s, right_s) >= 60,
        streak=12,
        longest_streak=30,
        grace_left=1,
        away=False,
        days=days,
        adherence_days=22,
        week=Week(left_s=360, right_s=355.5, target_s=600),
        symmetry=0.53,
        last_session=LastSession(
            at=NOW - timedelta(hours=22), end=SessionEnd.DONE, holds=4, left_s=60, right_s=60, full=True
        ),
        next_reminder=NOW + timedelta(hours=13),
    )


def history(weeks: int, wearer: str) -> History:
    """Each kind of day is in it."""
    monday = TODAY - timedelta(days=TODAY.weekday())
    since = monday - timedelta(weeks=weeks - 1)
    days = []
    for number in range((TODAY - since).days + 1):
        kind = (number * number + number // 7) % 11
        held_s = 0.0 if kind in (3, 8) else 18.0 if kind == 5 else 30.0 if kind == 9 else 60.0
        days.append(
            HistoryDay(
                date=since + timedelta(days=number),
                left_s=held_s,
                right_s=held_s * (0.9 if kind == 2 else 1),
                counts=held_s >= 30,
                full=held_s >= 60,
                pain=number % 67 == 40,
                away=kind == 8,
            )
        )
    lines = [
        HistoryWeek(
            monday=since + timedelta(weeks=number),
            left_s=sum(day.left_s for day in week),
            right_s=sum(day.right_s for day in week),
            counted_days=sum(day.counts for day in week),
        )
        for number in range(weeks)
        if (week := days[7 * number : 7 * number + 7])
    ]
    return History(wearer=wearer, since=since, summary=summary(wearer), weeks=tuple(lines), days=tuple(days))


@dataclass
class Desk:
    """Answers as told. `states`, `wearers`: by watch; `refuses`: what each command is answered with."""

    states: dict[str, StatePayload] = field(default_factory=lambda: {"W": IDLE})
    wearers: dict[str, str] = field(default_factory=dict)
    commands: list[CommandParams] = field(default_factory=list)
    refuses: str = ""
    held: asyncio.Event | None = None
    now: datetime = NOW
    listening: list[asyncio.Queue[LiveState]] = field(default_factory=list)
    version: str = "0.1.0"
    left_s: float = 0
    right_s: float = 0

    async def handle(self, call: Call, session: Session) -> BaseModel:
        match call:
            case StatusParams():
                return self._status()
            case LiveParams():
                return await self._live(session)
            case HistoryParams():
                return history(call.weeks or 12, call.wearer or "you")
            case CommandParams():
                self.commands.append(call)
                if self.held is not None:
                    await self.held.wait()
                if self.refuses:
                    raise UsageError(self.refuses)
                return Done(text=f"{call.watch}: {call.verb.value} is done")
            case _:
                raise UsageError(f"no test wants {call.method}")

    def tell(self, watch: str, state: StatePayload) -> None:
        """A new state, for all who look on."""
        self.states[watch] = state
        for queue in self.listening:
            queue.put_nowait(self._of(watch))

    def _of(self, watch: str) -> LiveState:
        told = summary(self.wearers.get(watch, "you"), self.left_s, self.right_s)
        return LiveState(
            watch=watch,
            state=self.states[watch].json_text(),
            summary=told.json_text(),
            watches=tuple(self.states),
        )

    async def _live(self, session: Session) -> BaseModel:
        queue: asyncio.Queue[LiveState] = asyncio.Queue()
        self.listening.append(queue)
        try:
            for watch in self.states:
                await session.emit(self._of(watch))
            while True:
                await session.emit(await queue.get())
        finally:
            self.listening.remove(queue)

    def _status(self) -> StatusResult:
        return StatusResult(
            version=self.version,
            pid=1,
            site="home",
            radio="native",
            broker="connected",
            outbox=0,
            watches=tuple(
                WatchStatus(
                    name=name,
                    watch_id="0" * 32,
                    driver="wearsync",
                    wearer=self.wearers.get(name, "you"),
                    link=state.link,
                    trust=state.trust,
                    phase=state.phase.value,
                    battery_percent=state.battery,
                    last_heard_s=1.0,
                )
                for name, state in self.states.items()
            ),
        )


@dataclass(frozen=True)
class Served:
    """A page on a port; `token`: where it asks for one."""

    port: int
    token: str

    @property
    def address(self) -> str:
        """As it stands in a browser of this computer."""
        return f"http://127.0.0.1:{self.port}/"


@asynccontextmanager
async def served(
    directory: Path,
    desk: Desk,
    *,
    listen: str = "127.0.0.1:0",
    hosts: tuple[str, ...] = (),
    ingress_from: str | None = None,
) -> AsyncIterator[Served]:
    """The page before that desk; its clock stands at `desk.now`, so that pictures are the same each time.
    `ingress_from`: only for a Supervisor of that address.
    """
    page = Page(now=lambda: desk.now, healthy=lambda: True)
    settings = PageSettings(listen=parse_listen(listen), token_file=directory / "page-token", hosts=hosts)
    if ingress_from is not None:
        settings = replace(settings, ingress=True, ingress_from=(ingress_from,))
    async with page.served(settings, desk.handle):
        assert page.listen is not None
        yield Served(page.listen.port, page.token.text if page.token else "")
