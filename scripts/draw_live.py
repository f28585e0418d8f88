"""Draws the live view as SVG, three times: `wearsync demo --json` on stdin, the directory as argument.

Rule: the view is the product's own (wearsync/cli/live/), and what it shows was published by a session.
"""

import io
import json
import re
import sys
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from rich.console import Console
from rich.segment import Segment, Segments
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from wearsync.cli.live.picture import Frame, draw
from wearsync.cli.live.signs import ASCII, UNICODE
from wearsync.cli.live.views import Scene, View
from wearsync.model import CueKind, Phase
from wearsync.publish.payloads import StatePayload, SummaryPayload

# The hold that is shown: the third one, when its halfway cue has been played and the dose is no longer zero.
STEP = 2
INTO_THE_HOLD = timedelta(seconds=19)

THEME = TerminalTheme(
    (24, 26, 31),
    (214, 216, 222),
    [
        *((40, 42, 48), (232, 104, 99), (120, 190, 110), (224, 180, 90)),
        *((110, 150, 230), (198, 120, 210), (86, 190, 200), (200, 202, 208)),
    ],
)
# No fonts from elsewhere: a README must not make its reader's browser call others.
FRAME = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px; line-height: {line_height}px; }}
{styles}
</style>
<defs>{lines}</defs>
<rect width="100%" height="100%" rx="8" fill="#181a1f"/>
<g transform="translate({terminal_x}, 14)" clip-path="none">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
# Each with its size and signs, and whether it has colours.
PICTURES = {
    "live": (Frame(80, 24, UNICODE), True),
    "live-wide": (Frame(120, 34, UNICODE), True),
    "live-plain": (Frame(80, 24, ASCII), False),
}


def main() -> None:
    view = _seen(sys.stdin)
    if view.state is None or view.state.hold_started_at is None:
        sys.exit(f"draw_live: no halfway cue in step {STEP} came")
    for name, (frame, coloured) in PICTURES.items():
        lines = draw(Scene({view.watch: view}, view.watch), view.state.hold_started_at + INTO_THE_HOLD, frame)
        Path(sys.argv[1], f"{name}.svg").write_text(
            _svg(name, lines, frame.width, coloured), encoding="utf-8"
        )


def _seen(messages: Iterable[str]) -> View:
    view = View("Demo")
    for line in messages:
        message = json.loads(line)
        leaf = message.get("topic", "").rpartition("/")[2]
        if leaf == "summary" and view.state is None:
            view.summary = SummaryPayload.model_validate_json(json.dumps(message["payload"]))
        elif leaf == "state":
            state = StatePayload.model_validate_json(json.dumps(message["payload"]))
            if state.phase is Phase.HOLD and state.step == STEP and state.last_cue is CueKind.HALFWAY:
                view.state = state
    return view


def _svg(name: str, lines: Iterable[Text], width: int, coloured: bool) -> str:
    console = Console(
        record=True,
        width=width,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
    )
    for line in lines:
        # What is recorded has its colours whatever the console is told.
        segments = line.render(console, end="\n")
        console.print(Segments(segments if coloured else Segment.remove_color(segments)), end="")
    svg = console.export_svg(title="wearsync live", theme=THEME, code_format=FRAME, unique_id=name)
    return re.sub(r"[ \t]+\n", "\n", svg)


if __name__ == "__main__":
    main()
