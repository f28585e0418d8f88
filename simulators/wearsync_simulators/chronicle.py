"""What happens to a simulated watch as calm lines: one for each change that a person wants to see.

Rule: from two looks at the watch, nothing else; the motor's pulses and the battery are no news.
"""

from collections.abc import Iterator

from wearsync_simulators.watches.view import Face, WatchView

__all__ = ["news"]


def news(before: WatchView, now: WatchView, *, now_s: float) -> Iterator[str]:
    """The lines for what changed between two looks; `now_s` on the clock of the views' instants."""
    if now.in_range is not before.in_range:
        yield "range: back" if now.in_range else "range: out"
    if now.pairing is not before.pairing:
        yield "pairing: open" if now.pairing else "pairing: closed"
    if now.code is not None and now.code != before.code:
        yield f"pairing: code {now.code:06}"
    if now.connected is not before.connected:
        yield "link: connected" if now.connected else "link: gone"
    if now.host and not before.host:
        yield "host: on the line"
    if (now.face, now.step, now.since_s) != (before.face, before.step, before.since_s):
        yield _face(now, now_s)


def _face(view: WatchView, now_s: float) -> str:
    place = f"{view.side.name} {view.variant.name.lower()}, round {view.round}"
    led = ", alone" if view.alone else ""
    match view.face:
        case Face.CLOCK:
            return "clock"
        case Face.CONFIRM:
            return "confirm: ready?"
        case Face.WAITING:
            return "waiting for the host"
        case Face.GAP:
            left_s = view.seconds_left(now_s)
            return f"gap: {place}, " + ("a tap starts it" if left_s is None else f"in {left_s:.0f} s") + led
        case Face.HOLD:
            return f"hold: {place}, {view.planned_s} s{led}"
        case Face.QUESTION:
            return "question: done · too much · it hurt"
        case Face.PAUSED:
            return "paused"
        case Face.DONE:
            return "session over"
