"""Draws the diagrams of docs/explanation into a directory; `wearsync demo --json` on stdin.

Rule: the session's picture is what a session published. The others are drawn from the words below. No fonts
from elsewhere, light and dark by the reader's system, and narrow enough for a phone.
"""

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from xml.sax.saxutils import escape

FRAME = """\
<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" xmlns="http://www.w3.org/2000/svg">
<title>{title}</title>
<style>
text {{ font: 14px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1c2b28; }}
.small {{ font-size: 12px; fill: #52625e; }} .strong {{ font-weight: 600; }}
.halo {{ paint-order: stroke; stroke: #fbfcfb; stroke-width: 5px; }}
.middle {{ text-anchor: middle; }} .end {{ text-anchor: end; }}
.card {{ fill: #fbfcfb; }} .zone {{ fill: #f0f4f2; }} .gap {{ fill: #d7dfdc; }}
.box {{ fill: #ffffff; stroke: #0b6b5c; stroke-width: 1.5; }}
.line {{ stroke: #0b6b5c; stroke-width: 1.5; fill: none; }} .head {{ fill: #0b6b5c; }}
.back {{ stroke: #a3541b; stroke-width: 1.5; fill: none; stroke-dasharray: 5 4; }}
.backhead, .lost {{ fill: #a3541b; }} .left {{ fill: #2a7f9e; }} .right {{ fill: #b06a1c; }}
@media (prefers-color-scheme: dark) {{
text {{ fill: #dfe7e4; }} .small {{ fill: #a3b2ad; }} .card {{ fill: #161b1a; }} .halo {{ stroke: #161b1a; }}
.zone {{ fill: #1e2624; }}
.box {{ fill: #131716; stroke: #5fd0b8; }} .line {{ stroke: #5fd0b8; }} .head {{ fill: #5fd0b8; }}
.back {{ stroke: #e39a5f; }} .backhead, .lost {{ fill: #e39a5f; }} .gap {{ fill: #37423f; }}
}}
</style>
<rect class="card" width="100%" height="100%" rx="8"/>
{inside}
</svg>
"""
WIDTH = 600


@dataclass(frozen=True, slots=True)
class Message:
    """One arrow of the second picture: from and to are the numbers of the lifelines."""

    begins: int
    ends: int
    says: str
    note: str = ""
    lost: bool = False


LIFELINES = ("watch", "wearsync", "broker", "dashboard")
ONCE = (
    Message(0, 1, "record 118: hold, left, 30 s", "written to the watch's flash before it is sent"),
    Message(1, 1, "one commit", "record, hold, event for the broker, cursor: all or nothing"),
    Message(1, 0, "safe up to 118", "this one is lost: the watch walked away", lost=True),
    Message(0, 1, "record 118 again", "known by its number: no second row, nothing new"),
    Message(1, 0, "safe up to 118", "now the watch may forget it, when it needs the room"),
    Message(1, 2, "event …:118:hold", "its row waits for the broker's word, however long"),
    Message(2, 1, "taken", "this word is lost: the network was away", lost=True),
    Message(1, 2, "event …:118:hold again", "the same id"),
    Message(2, 3, "event, twice", "who counts by id counts once"),
)


def main() -> None:
    to = Path(sys.argv[1])
    (to / "way.svg").write_text(way(), encoding="utf-8")
    (to / "once.svg").write_text(once(), encoding="utf-8")
    (to / "session.svg").write_text(session(map(json.loads, sys.stdin)), encoding="utf-8")


def way() -> str:
    """The way of a hold from wrist to dashboard, and of a cue back."""
    rows = [
        ("On the wrist", [("watch", "measures, by its own clock", "and writes it down first")]),
        (
            "Your computer",
            [
                ("driver", "bytes become messages", "one for each family of watches"),
                ("coordinator", "decides, without any I/O:", "what was held, what comes next"),
                ("journal", "one commit: record, result,", "event, how far we have read"),
                ("outbox", "waits for the broker's word,", "however long"),
            ],
        ),
        ("Your home", [("broker", "MQTT", ""), ("dashboards", "Home Assistant, a page, your own", "")]),
    ]
    parts, y = [], 16
    centres: list[int] = []
    for title, boxes in rows:
        height = 34 + 62 * len(boxes)
        parts.append(f'<rect class="zone" x="16" y="{y}" width="{WIDTH - 32}" height="{height}" rx="8"/>')
        parts.append(_text(30, y + 22, title, "small strong"))
        for number, (name, *says) in enumerate(boxes):
            top = y + 32 + 62 * number
            centres.append(top)
            parts.append(f'<rect class="box" x="190" y="{top}" width="130" height="36" rx="6"/>')
            parts.append(_text(255, top + 23, name, "strong middle"))
            parts += [_text(338, top + 15 + 17 * n, line, "small") for n, line in enumerate(says) if line]
        y += height + 12
    for above, below in pairwise(centres):
        parts.append(_arrow(255, above + 36, 255, below))
    parts.append(
        f'<path class="back" d="M190 {centres[2] + 18} H150 V{centres[0] + 18} H184"/>'
        + _head(190, centres[0] + 18, "right", "backhead")
    )
    for n, line in enumerate(("cues: start,", "halfway,", "last three …")):
        parts.append(_text(140, centres[1] + 26 + 17 * n, line, "small end"))
    return _framed("The way of a hold from wrist to dashboard, and of a cue back", y + 4, parts)


def once() -> str:
    """Two things that go wrong, and why nothing is counted twice."""
    columns = [70 + 153 * number for number in range(len(LIFELINES))]
    parts, y = [], 64
    bottom = y + 58 * len(ONCE) - 10
    for x, name in zip(columns, LIFELINES, strict=True):
        parts.append(f'<line class="line" x1="{x}" y1="46" x2="{x}" y2="{bottom}" opacity="0.45"/>')
        parts.append(f'<rect class="box" x="{x - 52}" y="14" width="104" height="32" rx="6"/>')
        parts.append(_text(x, 35, name, "strong middle"))
    for message in ONCE:
        here, there = columns[message.begins], columns[message.ends]
        left = min(here, there)
        parts.append(_text(left + 10, y + 10, message.says, "strong halo"))
        if here == there:
            parts.append(f'<circle class="head" cx="{here}" cy="{y + 18}" r="6"/>')
        elif message.lost:
            middle = (here + there) // 2
            parts.append(f'<path class="back" d="M{here} {y + 18} H{middle}"/>')
            parts.append(_text(middle, y + 24, "✕", "lost strong middle"))
        else:
            parts.append(_arrow(here, y + 18, there, y + 18))
        parts.append(_text(left + 10, y + 36, message.note, "small halo"))
        y += 58
    return _framed("A record and an event, each sent twice and counted once", bottom + 14, parts)


def session(messages: Iterable[dict[str, object]]) -> str:
    """The first round of a session, second by second, with the cues that the watch says it played."""
    cues, holds = [], []
    for message in messages:
        leaf, payload = str(message.get("topic", "")).rpartition("/")[2], message.get("payload")
        if leaf not in ("cue", "hold") or not isinstance(payload, dict):
            continue
        at = datetime.fromisoformat(str(payload["at"])).timestamp()
        if leaf == "cue":
            cues.append((at, str(payload["cue"])))
        else:
            holds.append((at, str(payload["side"]), float(str(payload["measured_s"]))))
    (first, _, _), (second, _, length) = holds[:2]
    began = min(at for at, cue in cues if cue == "ready")
    ends = second + length
    parts = []

    def y_of(at: float) -> float:
        return 40 + (at - began) * 5.6

    parts.append(f'<rect class="gap" x="200" y="40" width="44" height="{y_of(ends) - 40:.0f}" rx="4"/>')
    for at, side, seconds in holds[:2]:
        y, height = y_of(at), seconds * 5.6
        parts.append(f'<rect class="{side}" x="200" y="{y:.0f}" width="44" height="{height:.0f}" rx="4"/>')
        parts.append(_text(190, y_of(at + seconds / 2) + 5, f"{side.upper()} {seconds:.0f} s", "strong end"))
    parts.append(_text(190, y_of((began + first) / 2) + 5, "get ready", "end"))
    parts.append(_text(190, y_of((first + 30 + second) / 2) + 5, "change sides", "end"))
    last = 0.0
    for at, cue in sorted(cue for cue in cues if began <= cue[0] <= ends + 0.5):
        y = max(y_of(at), last + 17)
        last = y
        parts.append(f'<path class="line" d="M244 {y_of(at):.0f} H262 L278 {y:.0f} H286"/>')
        parts.append(_text(294, y + 5, cue, "strong"))
        parts.append(_text(392, y + 5, f"{at - began:.0f} s · {MEANS[cue]}", "small"))
    return _framed("The first round of a session, with its cues", int(max(y_of(ends), last) + 30), parts)


MEANS = {
    "ready": "which side comes first",
    "start": "the hold has begun",
    "form": "hips forward and level",
    "halfway": "half is over",
    "last-three": "three, two, one",
    "done": "let go",
    "switch": "the other side",
}


def _text(x: float, y: float, text: str, kind: str = "") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}"' + (f' class="{kind}"' if kind else "") + f">{escape(text)}</text>"


def _arrow(x1: int, y1: int, x2: int, y2: int) -> str:
    way = "down" if x1 == x2 else "right" if x2 > x1 else "left"
    short = {"down": (0, -7), "right": (-7, 0), "left": (7, 0)}[way]
    return f'<line class="line" x1="{x1}" y1="{y1}" x2="{x2 + short[0]}" y2="{y2 + short[1]}"/>' + _head(
        x2, y2, way, "head"
    )


def _head(x: int, y: int, way: str, kind: str) -> str:
    corners = {
        "down": ((-5, -9), (5, -9)),
        "right": ((-9, -5), (-9, 5)),
        "left": ((9, -5), (9, 5)),
    }[way]
    points = " ".join(f"{x + dx},{y + dy}" for dx, dy in ((0, 0), *corners))
    return f'<polygon class="{kind}" points="{points}"/>'


def _framed(title: str, height: int, parts: Iterable[str]) -> str:
    return FRAME.format(width=WIDTH, height=height, title=escape(title), inside="\n".join(parts))


if __name__ == "__main__":
    main()
