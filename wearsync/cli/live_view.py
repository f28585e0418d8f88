"""The session in the terminal: side, bar, seconds, prompt, the last cue, today's dose.

Rule: drawn from the payloads of docs/mqtt.md and a clock, nothing else; so `wearsync live` and the demo show
what any dashboard could.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from wearsync.cli.options import checked
from wearsync.cli.terminal import print_json
from wearsync.control.calls import LiveParams
from wearsync.control.client import ControlClient
from wearsync.control.results import Done, LiveState
from wearsync.model import Phase, Side
from wearsync.publish.payloads import StatePayload, SummaryPayload

# Four pictures a second: the bar moves, the terminal stays calm.
FRAME_S = 0.25
WIDTH_MAX = 72

COLOURS = {Side.LEFT: "cyan", Side.RIGHT: "magenta"}
WORDS = {
    Phase.IDLE: "no session",
    Phase.CONFIRM: "ready? tap the watch",
    Phase.GAP: "get ready",
    Phase.HOLD: "hold",
    Phase.PAUSED: "paused",
    Phase.CLOSING: "session done",
}


@dataclass(slots=True)
class View:
    """What is known of one watch, for drawing."""

    watch: str
    state: StatePayload | None = None
    summary: SummaryPayload | None = None
    notes: list[str] = field(default_factory=list)


def draw(view: View, now: datetime) -> RenderableType:
    """One picture, at most 72 columns wide. `now`: the daemon's time."""
    state = view.state
    if state is None:
        return Panel(Text("waiting for the watch …", style="dim"), title=view.watch, width=WIDTH_MAX)
    parts: list[RenderableType] = [
        _headline(state),
        _bar(state, now),
        Text(state.text or " "),
        _cue_line(state),
    ]
    if view.summary is not None:
        parts.append(_dose(view.summary))
    link = state.link.replace("_", " ")
    battery = "" if state.battery is None else f" · battery {state.battery} %"
    trust = "" if state.trust is None else f" · trust {state.trust.value}"
    return Panel(
        Group(*(Padding(part, (0, 1)) for part in parts)),
        title=f"wearsync · {view.watch}",
        subtitle=f"{link}{trust}{battery}",
        width=WIDTH_MAX,
        padding=(1, 1),
    )


def line(state: StatePayload) -> str:
    """One line of text for terminals that can't be drawn on."""
    place = "" if state.side is None else f" {state.side.value} (round {state.round} of {state.rounds})"
    return f"{WORDS[state.phase]}{place}{': ' + state.text if state.text else ''}"


async def follow(daemon: ControlClient, *, watch: str | None, as_json: bool) -> None:
    """Draw the running daemon's watch until Ctrl-C. Raises `NotRunning`."""
    views: dict[str, View] = {}
    console = Console()
    drawn = console.is_terminal and not as_json

    def take(text: str) -> None:
        live = LiveState.model_validate_json(text)
        for gone in views.keys() - set(live.watches):
            del views[gone]
        view = views.setdefault(live.watch, View(live.watch))
        before = view.state
        view.state = StatePayload.model_validate_json(live.state)
        view.summary = SummaryPayload.model_validate_json(live.summary)
        if as_json:
            print_json({"watch": live.watch, **view.state.model_dump(mode="json")})
        elif not drawn and (before is None or line(before) != line(view.state)):
            console.print(line(view.state), markup=False)

    drawing = asyncio.create_task(animate(views, console, _utc_now), name="drawing") if drawn else None
    try:
        await daemon.call(checked(LiveParams, watch=watch), Done, on_event=take)
    finally:
        if drawing is not None:
            drawing.cancel()
            await drawing


async def animate(
    views: Mapping[str, View], console: Console, now: Callable[[], datetime], *, frame_s: float = FRAME_S
) -> None:
    """Draw the views again and again, until cancelled."""
    with Live(console=console, auto_refresh=False, transient=True) as live, suppress(asyncio.CancelledError):
        while True:
            live.update(Group(*(draw(view, now()) for view in views.values())), refresh=True)
            await asyncio.sleep(frame_s)


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _headline(state: StatePayload) -> Text:
    text = Text()
    if state.side is not None and state.phase is not Phase.IDLE:
        text.append(f" {state.side.value.upper()} ", style=f"bold reverse {COLOURS[state.side]}")
        text.append(f"  round {state.round} of {state.rounds}  ·  ")
    text.append(WORDS[state.phase], style="bold")
    return text


def _bar(state: StatePayload, now: datetime) -> RenderableType:
    start, end = _span(state)
    if start is None or end is None:
        return Text(" ")
    total_s = max(1.0, (end - start).total_seconds())
    gone_s = min(total_s, max(0.0, (now - start).total_seconds()))
    style = "green" if state.side is None or state.phase is Phase.GAP else COLOURS[state.side]
    row = Table.grid(padding=(0, 2))
    row.add_row(
        ProgressBar(total=total_s, completed=gone_s, width=44, complete_style=style, finished_style=style),
        Text(f"{total_s - gone_s:4.0f} s", style="bold"),
    )
    return Padding(row, (1, 0))


def _span(state: StatePayload) -> tuple[datetime | None, datetime | None]:
    if state.phase is Phase.HOLD:
        return state.hold_started_at, state.hold_ends_at
    if state.phase is Phase.GAP:
        return _gap_began(state), state.gap_ends_at
    return None, None


def _gap_began(state: StatePayload) -> datetime | None:
    if state.gap_ends_at is None or state.routine is None:
        return None
    gap_s = state.routine.first_gap_s if state.step == 0 else state.routine.switch_gap_s
    return state.gap_ends_at - timedelta(seconds=gap_s)


def _cue_line(state: StatePayload) -> Text:
    if state.last_cue is None:
        return Text(" ")
    ack = "…" if state.last_ack is None else state.last_ack.value
    return Text(f"last cue  {state.last_cue.value} · {ack}", style="dim")


def _dose(summary: SummaryPayload) -> Text:
    left, right, week = summary.today.left, summary.today.right, summary.week
    text = Text("\n")
    text.append(f"today     left {left.seconds:.0f} s · right {right.seconds:.0f} s\n")
    text.append(
        f"this week left {week.left_s / 60:.1f} · right {week.right_s / 60:.1f} "
        f"of {week.target_s / 60:.0f} min\n"
    )
    text.append(f"streak    {summary.streak} day{'' if summary.streak == 1 else 's'}")
    if summary.full:
        text.append(" · routine done today", style="green")
    return text
