"""Draws the live view as SVG: `wearsync demo --json` on stdin, the picture on stdout.

Rule: the view is the product's own (wearsync/cli/live_view.py), and what it shows was published by a session.
"""

import io
import json
import re
import sys
from datetime import timedelta

from rich.console import Console
from rich.terminal_theme import TerminalTheme

from wearsync.cli.live_view import WIDTH_MAX, View, draw
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


def main() -> None:
    view = View("Demo")
    for line in sys.stdin:
        message = json.loads(line)
        leaf = message.get("topic", "").rpartition("/")[2]
        if leaf == "summary" and view.state is None:
            view.summary = SummaryPayload.model_validate_json(json.dumps(message["payload"]))
        elif leaf == "state":
            state = StatePayload.model_validate_json(json.dumps(message["payload"]))
            if state.phase is Phase.HOLD and state.step == STEP and state.last_cue is CueKind.HALFWAY:
                view.state = state
    if view.state is None or view.state.hold_started_at is None:
        sys.exit(f"draw_live: no halfway cue in step {STEP} came")
    console = Console(
        record=True, width=WIDTH_MAX, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    console.print(draw(view, view.state.hold_started_at + INTO_THE_HOLD))
    svg = console.export_svg(title="wearsync live", theme=THEME, code_format=FRAME, unique_id="live")
    sys.stdout.write(re.sub(r"[ \t]+\n", "\n", svg))


if __name__ == "__main__":
    main()
