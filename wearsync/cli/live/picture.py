"""One picture of a scene: side and seconds in big letters, a bar, the prompt, the next cue, the day; pure.

Rule: drawn from the payloads of docs/mqtt.md, what the daemon says of its links, and a clock, nothing else.
It fits its terminal, whatever its size: the letters take the room that there is, and what matters least is
left out first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.cells import cell_len
from rich.text import Text

from wearsync.cli.live import facts, keys, letters, words
from wearsync.cli.live.facts import Row, bar, blank
from wearsync.cli.live.signs import Signs
from wearsync.cli.live.views import Scene, View
from wearsync.model import Phase, Side, Trust
from wearsync.publish.payloads import StatePayload

# Wider lines are not easier to read.
WIDTH_MAX = 160
# The longest word beside two digits: the letters keep their size when the side changes.
_WIDEST = "RIGHT"
_DIGITS = "88"
_BETWEEN = 4
# Below that width nothing stands beside the border.
_NARROW = 60
# From these heights on the bar is two and three lines thick.
_TALL = (30, 44)
# From so many lines on nobody has to save any.
_ROOMY = 18
# In %: it may not last through the day.
_LOW_BATTERY = 15
# The header, one line of an answer, the keys: longer answers take no letter's room.
_OUTSIDE = 3
# Lines of an answer: an error says what to do.
_SAID_MAX = 3
# Lines that a large letter must leave to the rest.
_REST = 13
_BIG_WORDS = {Phase.CONFIRM: "READY?", Phase.PAUSED: "PAUSED", Phase.CLOSING: "DONE"}

NO_WATCH = (
    "No watch is paired yet.",
    "Switch pairing mode on at the watch; then, in another terminal:",
    "wearsync pair",
    "The watch appears here by itself.",
)


@dataclass(frozen=True, slots=True)
class Frame:
    """The room that there is, in cells, and the signs that it shows."""

    width: int
    height: int
    signs: Signs

    @property
    def room(self) -> int:
        """Lines for the picture itself."""
        return max(0, self.height - _OUTSIDE)

    @property
    def margin(self) -> int:
        """Cells on either side."""
        return 2 if self.width >= _NARROW else 0

    @property
    def inner(self) -> int:
        """The width of a line."""
        return max(1, min(self.width, WIDTH_MAX) - 2 * self.margin)


def draw(scene: Scene, now: datetime, frame: Frame) -> tuple[Text, ...]:
    """One line each, `frame.height` of them, none wider than the frame. `now`: the daemon's time."""
    head = [_header(scene, frame)]
    feet = _feet(scene, frame)
    room = max(0, frame.height - len(head) - len(feet))
    body = _fitting(_body(scene, now, frame), room, grey=scene.away_since is not None)
    lines = [*head, *body, *([Text()] * (room - len(body))), *feet][: frame.height]
    return tuple(_placed(line, frame) for line in lines)


def _placed(line: Text, frame: Frame) -> Text:
    line = line.copy()
    line.truncate(frame.inner, overflow="ellipsis" if frame.signs.part else "crop")
    line.rstrip()
    return Text(" " * frame.margin).append_text(line) if line else line


def _header(scene: Scene, frame: Frame) -> Text:
    """Which watch, of which; and how it is."""
    left = Text()
    for number, name in enumerate(scene.views):
        left.append(f" {frame.signs.dot} " if number else "", "dim")
        shown = words.plain(name)
        left.append(shown, "bold" if name == scene.chosen else "dim")
    if not scene.views:
        left.append("wearsync", "bold")
    conditions = _conditions(scene, frame)
    while conditions and left.cell_len + 2 + _joined(conditions, frame).cell_len > frame.inner:
        conditions.pop()
    right = _joined(conditions, frame)
    room = frame.inner - right.cell_len
    left.truncate(room, pad=True)
    return left.append_text(right)


def _joined(conditions: Sequence[tuple[str, str]], frame: Frame) -> Text:
    text = Text()
    for told, style in conditions:
        text.append(f" {frame.signs.dot} " if text else "", "dim").append(told, style)
    return text


def _conditions(scene: Scene, frame: Frame) -> list[tuple[str, str]]:
    """How the watch is reached, how far it is believed, how long it will last; the first matters most."""
    view = scene.view
    if scene.away_since is not None:
        return [("daemon away", "bold yellow")]
    if view is None or view.state is None:
        return []
    state = view.state
    roomy = frame.inner >= _NARROW - 4
    told = [(state.link.replace("_", " "), "dim" if state.link in ("connected", "idle") else "yellow")]
    if state.battery is not None:
        battery = f"{state.battery} %{' charging' if state.charging else ''}"
        low = state.battery < _LOW_BATTERY and not state.charging
        told.append((f"battery {battery}" if roomy else battery, "yellow" if low else "dim"))
    if state.trust is not None:
        told.append((f"trust {state.trust.value}", "dim" if state.trust is Trust.KEY else "yellow"))
    return told


def _feet(scene: Scene, frame: Frame) -> list[Text]:
    """What was said, and the keys."""
    style = "bold yellow" if scene.is_error else "bold"
    told = words.wrapped(scene.said, frame.inner, _SAID_MAX)
    said = [Text(line, style) for line in told] or [Text()]
    if scene.foot or not scene.keys:
        return [*said, Text(scene.foot or "Ctrl-C ends the view, not the daemon", "dim")]
    state = None if scene.view is None else scene.view.state
    away = scene.view is not None and scene.view.summary is not None and scene.view.summary.away
    phase = Phase.CLOSING if state is None else state.phase
    hints = list(keys.offered(phase, several=len(scene.views) > 1, away=away))
    if scene.away_since is not None:
        hints = hints[-1:]
    while len(hints) > 1 and _hints(hints, frame).cell_len > frame.inner:
        # What there is help for goes first; how to get it and how to leave go last.
        del hints[max(0, len(hints) - 3)]
    return [*said, _hints(hints, frame)]


def _hints(hints: Sequence[tuple[str, str]], frame: Frame) -> Text:
    text = Text()
    for key, word in hints:
        text.append("  " if text else "").append(key, "bold").append(f" {word}", "dim")
    return text


def _body(scene: Scene, now: datetime, frame: Frame) -> Sequence[Row]:
    if scene.help:
        return list(_help(frame))
    view = scene.view
    if view is None:
        return [
            blank(5),
            *facts.amiss(scene, now, frame.inner),
            *([] if scene.away_since else _no_watch(frame)),
        ]
    if view.state is None:
        waiting = f"waiting for the first word of the watch {frame.signs.waiting}"
        return [blank(5), Row(Text(waiting, "dim")), blank(5), *facts.amiss(scene, now, frame.inner)]
    return list(_rows(scene, view, view.state, now, frame))


def _rows(scene: Scene, view: View, state: StatePayload, now: datetime, frame: Frame) -> Iterator[Row]:
    idle = state.phase is Phase.IDLE
    yield blank(3)
    yield Row(_headline(view, state, frame), 0)
    yield blank(4)
    if idle:
        yield from _day(view, state, frame)
    else:
        yield from _big(state, now, frame)
    yield blank(4)
    trouble = list(facts.amiss(scene, now, frame.inner))
    yield from trouble
    if trouble:
        yield blank(4)
    if state.text and state.phase is not Phase.CLOSING:  # then the headline says the same
        yield Row(Text(words.plain(state.text), "bold"))
        yield blank(4)
    yield from facts.of_session(state, now, frame.signs)
    if view.summary is not None:
        yield blank(4)
        yield from facts.of_wearer(view.summary, state, frame.inner, frame.signs, idle=idle)
    if scene.said:
        yield blank(3)


def _headline(view: View, state: StatePayload, frame: Frame) -> Text:
    dot = f" {frame.signs.dot} "
    text = Text(words.WORDS[state.phase], "bold")
    if state.phase is Phase.CONFIRM and state.side is not None:
        text = Text("first", "bold")  # the letters and the prompt ask already
    if state.phase is Phase.IDLE:
        summary = view.summary
        if summary is not None and summary.full:
            text.append(f"{dot}routine done today", "bold green")
        elif state.planned_cues == () and state.charging:
            text.append(f"{dot}on the charger", "dim")
        return text
    if state.phase is Phase.GAP and state.gap_ends_at is None:
        text.append(f"{dot}tap the watch to begin", "bold")
    if state.side is not None:
        if state.phase not in (Phase.GAP, Phase.HOLD):
            text.append(f"{dot}{state.side.value.upper()}", f"bold {words.COLOURS[state.side]}")
        text.append(f"{dot}round {state.round} of {state.rounds}")
    return text


def _day(view: View, state: StatePayload, frame: Frame) -> Iterator[Row]:
    """While nothing goes on: today, a bar a side."""
    if view.summary is None:
        return
    today = view.summary.today
    thick = 1 if frame.room < _ROOMY else 2
    for side, of_side in ((Side.LEFT, today.left), (Side.RIGHT, today.right)):
        planned = facts.planned_s(state, side)
        number = f"{of_side.seconds:.0f} of {planned} s" if planned else f"{of_side.seconds:.0f} s"
        label = f"{side.value.upper():7}"
        length = max(4, frame.inner - len(label) - len(number) - 2)
        drawn = bar(of_side.seconds, planned, length, frame.signs, words.COLOURS[side])
        yield Row(Text(label, "bold").append_text(drawn).append(f"  {number}", "bold"))
        for _ in range(thick - 1):
            yield Row(Text(" " * len(label)).append_text(drawn), 3)
        if side is Side.LEFT:
            yield blank(9)


def _big(state: StatePayload, now: datetime, frame: Frame) -> Iterator[Row]:
    """Side and seconds, and the bar."""
    span = words.span(state)
    left = "" if span is None else str(min(99, words.seconds_to(span[1], now)))
    named = state.phase in (Phase.GAP, Phase.HOLD)
    word = state.side.value.upper() if named and state.side is not None else _BIG_WORDS.get(state.phase, "")
    style = f"bold {words.COLOURS[state.side]}" if named and state.side is not None else "bold"
    size = _size(frame, word)
    if size is None:
        text = Text(f" {word} ", f"{style} reverse")
        yield Row(text.append(f"  {left} s" if left else "", "not reverse"))
    else:
        yield from _letters(word, left, size, frame, style)
    yield blank(3)
    if span is not None:
        total_s = max(1.0, (span[1] - span[0]).total_seconds())
        gone_s = (now - span[0]).total_seconds()
        colour = "green" if state.phase is Phase.GAP else style
        drawn = bar(gone_s, total_s, frame.inner, frame.signs, colour.replace("bold ", ""))
        yield Row(drawn)
        for _ in range(sum(frame.height >= tall for tall in _TALL)):
            yield Row(drawn, 6)


def _letters(word: str, left: str, size: int, frame: Frame, style: str) -> Iterator[Row]:
    of_word = letters.rows(word, size, frame.signs)
    of_left = letters.rows(left, size, frame.signs) if left else ("",) * len(of_word)
    # One digit stands where the second of two does.
    between = frame.inner - letters.width(word, size) - letters.width(left, size) - 3
    for number, (one, other) in enumerate(zip(of_word, of_left, strict=True)):
        text = Text().append(one, style)
        if left:
            unit = " s" if number == len(of_word) - 1 else ""
            text.append(" " * max(_BETWEEN, between)).append(other, "bold").append(unit)
        yield Row(text)


def _size(frame: Frame, word: str) -> int | None:
    """Of the letters; None: there is no room for any."""
    widest = 0 if word in _BIG_WORDS.values() else _BETWEEN + 3
    for size in letters.sizes(frame.signs):
        width = letters.width(word, size)
        if widest:
            width = letters.width(_WIDEST, size) + letters.width(_DIGITS, size) + widest
        must = _REST if size > 2 else 6
        if width <= frame.inner and letters.height(size) <= frame.room - must:
            return size
    return None


def _help(frame: Frame) -> Iterator[Row]:
    widest = max(cell_len(f"{key:4}{word}") for key, word in keys.ALL) + (3 if frame.inner >= _NARROW else 1)
    columns = max(1, min(3, (frame.inner + 1) // widest))
    count = -(-len(keys.ALL) // columns)
    yield blank(5)
    for number in range(count):
        text = Text()
        for key, word in keys.ALL[number::count]:
            text.append(f"{key:4}", "bold").append(f"{word:{widest - 4}}")
        yield Row(text)
    yield blank(5)
    yield Row(Text("any key goes back", "dim"), 4)


def _no_watch(frame: Frame) -> Iterator[Row]:
    for paragraph in NO_WATCH:
        for line in words.wrapped(paragraph, frame.inner, _SAID_MAX):
            yield Row(Text(line, "bold" if paragraph.startswith("wearsync ") else ""))
        yield blank(5)


def _fitting(rows: Sequence[Row], room: int, *, grey: bool) -> list[Text]:
    """As many as there is room for, in their order; `grey`: what they say may be old."""
    kept = list(rows)
    while len(kept) > room and any(row.rank for row in kept):
        worst = max(row.rank for row in kept)
        del kept[max(number for number, row in enumerate(kept) if row.rank == worst)]
    lines = [row.text.copy() for row in kept[:room]]
    for line, row in zip(lines, kept, strict=False):
        if grey and not row.loud:
            line.stylize("dim")
    return lines
