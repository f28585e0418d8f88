"""The lines below the picture: next cue and last one, today, week, streak, and what is amiss; pure.

Rule: each line says how readily it is left out where there is no room: the greater its rank, the sooner.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from rich.text import Text

from wearsync.cli.live import words
from wearsync.cli.live.signs import Signs
from wearsync.cli.live.views import Scene, View
from wearsync.model import Phase, Side
from wearsync.publish.payloads import LastSession, StatePayload, SummaryPayload

# Below that, bars and long words have no room.
_ROOMY = 68
# Of one sentence: what is longer is in the log.
_LINES_MAX = 2
_BARS = (6, 24)
_LABEL = 13
_NUMBER = len("10.0 of 10 min")


@dataclass(frozen=True, slots=True)
class Row:
    """A line. `rank` 0: never left out; `loud`: it says why the others are grey."""

    text: Text
    rank: int = 0
    loud: bool = False


BLANK = Text()


def blank(rank: int) -> Row:
    """Room between things."""
    return Row(BLANK, rank)


def amiss(scene: Scene, now: datetime, width: int) -> Iterator[Row]:
    """Why what is shown may not be so: the daemon is away, or the watch is."""
    if scene.away_since is not None:
        away = words.lasting((now - scene.away_since).total_seconds())
        told = f"The daemon has been away for {away}: waiting for it to come back."
        yield from _wrapped(told, "bold yellow", width, rank=0)
        yield from _wrapped(scene.why, "yellow", width, rank=2)
        return
    view = scene.view
    if view is None or view.state is None or view.state.link == "connected":
        return
    reason = (view.link or view.state.link).replace("_", " ")
    # A watch that is only visited rests in between: nothing is amiss.
    rests = view.state.link == "idle" and view.state.phase is Phase.IDLE
    told = f"watch {reason}{_heard(view, now)}"
    if view.state.phase in (Phase.GAP, Phase.HOLD):
        told += "; it goes on alone, and this is the plan"
    yield from _wrapped(told, "dim" if rests else "yellow", width, rank=2)


def _wrapped(told: str, style: str, width: int, *, rank: int) -> Iterator[Row]:
    for line in words.wrapped(told, width, _LINES_MAX):
        yield Row(_text((line, style)), rank, loud=True)


def _heard(view: View, now: datetime) -> str:
    if view.heard_s is None or view.asked is None:
        return ""
    return f", last heard of {words.lasting(view.heard_s + (now - view.asked).total_seconds())} ago"


def of_session(state: StatePayload, now: datetime, signs: Signs) -> Iterator[Row]:
    """The next cue and the last one, and which hold comes then."""
    planned = words.ahead(state, now)
    if state.phase in (Phase.GAP, Phase.HOLD):
        soon = "" if planned is None else f"in {words.seconds_to(planned.at, now)} s"
        what = signs.dot if planned is None else f"{words.cue(planned.cue)} {signs.dot} {soon}"
        yield _fact("next cue", what, 0)
    if state.last_cue is not None and state.phase is not Phase.IDLE:
        ack = signs.waiting if state.last_ack is None else state.last_ack.value
        yield _fact("last cue", f"{words.cue(state.last_cue)} {signs.dot} {ack}", 1)
    then = state.next_hold
    if then is not None:
        yield _fact("then", f"{then.side.value.upper()}, round {then.round}, {then.planned_s} s", 3)


def of_wearer(
    summary: SummaryPayload, state: StatePayload, width: int, signs: Signs, *, idle: bool
) -> Iterator[Row]:
    """The day and the weeks. While nothing goes on, `idle`, the day stands above already."""
    if not idle:
        yield Row(_label("today", _both(_today(summary, state), "s", width, signs)), 1)
    week, target = summary.week, summary.week.target_s / 60
    minutes = ((week.left_s / 60, target), (week.right_s / 60, target))
    yield Row(_label("this week", _both(minutes, "min", width, signs)), 4)
    yield Row(_label("streak", _streak(summary, width, signs, idle=idle)), 2)
    if width >= _LABEL + len(summary.days) and summary.days:
        yield Row(_label(f"{len(summary.days)} days", _strip(summary, width, signs)), 5)
    if idle and summary.last_session is not None:
        yield _fact("last session", _last(summary.last_session, signs), 5)
    if summary.next_reminder is not None:
        at = summary.next_reminder.astimezone()
        yield _fact("reminder", f"{at:%a %H:%M}", 5)
    if summary.symmetry is not None:
        left = round(100 * summary.symmetry)
        yield _fact("symmetry", f"left {left} %, right {100 - left} % in four weeks", 7)
    yield from _progression(summary)


def planned_s(state: StatePayload, side: Side) -> int:
    """A day's plan for that side."""
    return 0 if state.routine is None else state.routine.rounds * state.routine.planned_s(side)


def bar(done: float, target: float, length: int, signs: Signs, style: str) -> Text:
    """As long as `length`, as full as it is done."""
    share = 0.0 if target <= 0 else min(1.0, max(0.0, done / target))
    full, part = divmod(round(share * length * 8), 8) if signs.part else (round(share * length), 0)
    last = signs.part[part - 1] if part else ""
    return _text((signs.full * full + last, style), (signs.rest * (length - full - len(last)), "dim"))


def _today(summary: SummaryPayload, state: StatePayload) -> tuple[tuple[float, float], tuple[float, float]]:
    today = summary.today
    return (
        (today.left.seconds, planned_s(state, Side.LEFT)),
        (today.right.seconds, planned_s(state, Side.RIGHT)),
    )


def _both(
    sides: tuple[tuple[float, float], tuple[float, float]], unit: str, width: int, signs: Signs
) -> Text:
    """Left and right: bars where there is room, numbers always."""
    numbers = [
        f"{done:.{digits}f}{of}{target:.0f} {unit}" if target else f"{done:.{digits}f} {unit}"
        for digits, of in ((1 if unit == "min" else 0, " of " if width >= _ROOMY else "/"),)
        for done, target in sides
    ]
    if width < _ROOMY:
        return Text(f"L {numbers[0]} {signs.dot} R {numbers[1]}")
    # The longest number is that of minutes: both lines have their columns at the same place.
    length = min(max((width - _LABEL - 2 * _NUMBER - 16) // 2, _BARS[0]), _BARS[1])
    text = Text()
    for side, (done, target), number in zip(Side, sides, numbers, strict=True):
        text.append(f"{side.value} ")
        text.append_text(bar(done, target, length, signs, words.COLOURS[side]))
        text.append(f" {number:{_NUMBER}}   ")
    text.rstrip()
    return text


def _streak(summary: SummaryPayload, width: int, signs: Signs, *, idle: bool) -> Text:
    text = Text(words.days(summary.streak))
    if summary.away:
        return text.append(f" {signs.dot} away, it waits", "cyan")
    if summary.full and not idle:
        text.append(f" {signs.dot} routine done today", "green")
    elif summary.counts and not summary.full:
        text.append(f" {signs.dot} today counts", "green")
    if width >= _ROOMY and summary.grace_left:
        text.append(f" {signs.dot} {words.days(summary.grace_left)} of grace left this week", "dim")
    return text


def _strip(summary: SummaryPayload, width: int, signs: Signs) -> Text:
    """A sign for each of the last days, as in `wearsync history`."""
    text = Text()
    for day in summary.days:
        if day.full:
            text.append(signs.days.full, "bold green")
        elif day.counts:
            text.append(signs.days.counts, "green")
        else:
            some = day.left_s + day.right_s > 0
            text.append(signs.days.some if some else signs.days.nothing, "yellow" if some else "dim")
    if width >= _ROOMY:
        text.append(f"  {summary.adherence_days} of them counted", "dim")
    return text


def _last(last: LastSession, signs: Signs) -> str:
    at = last.at.astimezone()
    seconds = f"left {last.left_s:.0f} s, right {last.right_s:.0f} s"
    return f"{at:%a %H:%M} {signs.dot} {last.end.value} {signs.dot} {seconds}"


def _progression(summary: SummaryPayload) -> Iterator[Row]:
    progression = summary.progression
    if progression is None:
        return
    for side, one in ((Side.LEFT, progression.left), (Side.RIGHT, progression.right)):
        if one.next_s is not None:
            days = f"{one.full_days} of {progression.days_needed} full days"
            yield _fact(f"{side.value} holds", f"{one.planned_s} s; {days} towards {one.next_s} s", 8)


def _fact(label: str, value: str, rank: int) -> Row:
    return Row(_label(label, Text(value)), rank)


def _label(label: str, value: Text) -> Text:
    return _text((f"{label:{_LABEL}}", "dim")).append_text(value)


def _text(*parts: tuple[str, str]) -> Text:
    return Text.assemble(*parts)
