"""What the demo's audience sees: a picture at a terminal, calm lines in a pipe, or JSON; and the result.

Rule: shows what it is told; what is known and what can't be is `reckoning`'s.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TextIO

from wearsync.cli.live import keys
from wearsync.cli.live.picture import Frame, draw
from wearsync.cli.live.screen import Screen, abilities, keyboard_of
from wearsync.cli.live.session import FRAME_S
from wearsync.cli.live.views import Scene, View
from wearsync.cli.live.words import line
from wearsync.cli.terminal import note, print_json, say, show_table
from wearsync.publish.payloads import StatePayload, SummaryPayload
from wearsync_simulators.reckoning import Reckoning

__all__ = ["Show", "Wish"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asked for."""

    speed: float
    sessions: int
    hold_s: int
    rounds: int
    watch: str
    broker: str | None
    as_json: bool
    web: str | None = None


class Show:
    """What the demo's audience sees: a picture, lines, or JSON."""

    def __init__(
        self, wish: Wish, wall: Callable[[], float], *, name: str, screen: TextIO | None = None
    ) -> None:
        """`screen`: where pictures go; None: stdout."""
        self._wish = wish
        self._out = screen or sys.stdout
        self._wall = wall
        self._able = abilities(
            self._out, os.environ.get("TERM", ""), no_color=bool(os.environ.get("NO_COLOR"))
        )
        self._drawn = self._able.drawn_on and not wish.as_json
        self._view = View(name)
        speed = f" at {wish.speed:g} times the speed of life" if wish.speed != 1 else ""
        self._scene = Scene({name: self._view}, name, foot=f"demo{speed}   q quit")
        self._is_drawing = False

    def say(self, text: str) -> None:
        """A remark for people; while there is a picture, in it."""
        if self._is_drawing:
            self._scene.said = text
        elif not self._wish.as_json:
            note(text)

    def message(self, topic: str, payload: str, *, retained: bool) -> None:
        """The subscriber got something."""
        if self._wish.as_json:
            print_json({"topic": topic, "payload": _decoded(payload), "retain": retained})
        leaf = topic.rpartition("/")[2]
        if leaf == "state" and payload:
            before, self._view.state = self._view.state, StatePayload.model_validate_json(payload)
            changed = before is None or line(before) != line(self._view.state)
            if changed and not self._drawn and not self._wish.as_json:
                say(line(self._view.state))
        elif leaf == "summary" and payload:
            self._view.summary = SummaryPayload.model_validate_json(payload)

    @asynccontextmanager
    async def drawing(self) -> AsyncIterator[None]:
        """Draw while the block runs."""
        if not self._drawn:
            yield
            return
        keyboard = keyboard_of(sys.stdin)
        with Screen(
            self._out, self._able, keyboard=keyboard, pressed=_quit_by_key, stale=lambda: None
        ) as screen:
            pictures = asyncio.create_task(self._draw(screen), name="drawing")
            self._is_drawing = True
            try:
                yield
            finally:
                self._is_drawing = False
                pictures.cancel()
                await asyncio.gather(pictures, return_exceptions=True)

    async def _draw(self, screen: Screen) -> None:
        while True:
            screen.show(draw(self._scene, self._now(), Frame(*screen.size, self._able.signs)))
            # Pictures are for people, whose clock is not sped up.
            await asyncio.sleep(FRAME_S * self._wish.speed)

    def end(self, result: Reckoning, unknown: tuple[str, ...]) -> None:
        """The result, and what nobody can know."""
        if self._wish.as_json:
            print_json(_summary(result, self._wish, unknown))
            return
        rows = [
            (
                str(hold["side"]),
                str(hold["round"]),
                f"{hold['planned_s']} s",
                "?" if hold["measured_s"] is None else f"{hold['measured_s']:.1f} s",
                f"{hold['credited_s']:.0f} s",
                str(hold["outcome"]),
            )
            for hold in result.holds
        ]
        show_table(
            ("side", "round", "planned", "measured", "credited", "outcome"),
            rows,
            title="What the dashboard got",
        )
        cues = ", ".join(f"{count} {word}" for word, count in sorted(result.cues.items()))
        say(f"cues: {cues or 'none'} · lost: {len(result.lost)} · duplicates: {len(result.duplicates)}")
        for each in unknown:
            say(f"not to be known: {each}")
        say(
            f"{result.witness} and the subscriber agree."
            if result.agrees
            else f"They do NOT agree: {json.dumps(_disagreement(result))}"
        )

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._wall(), UTC)


def _quit_by_key(typed: str) -> None:
    """As Ctrl-C."""
    if keys.QUIT in keys.pressed(typed):
        signal.raise_signal(signal.SIGINT)


def _summary(result: Reckoning, wish: Wish, unknown: tuple[str, ...]) -> dict[str, object]:
    return {
        "holds": [dict(hold) for hold in result.holds],
        "sessions": [dict(session) for session in result.sessions],
        "cues": result.cues,
        "lost": len(result.lost),
        "duplicates": len(result.duplicates),
        "unknowable": list(unknown),
        "disagreement": _disagreement(result),
        "speed": wish.speed,
        "ok": result.agrees,
    }


def _disagreement(result: Reckoning) -> dict[str, tuple[str, ...]]:
    return {
        "lost": result.lost,
        "duplicates": result.duplicates,
        "differing": result.differing,
        "unexpected": result.unexpected,
    }


def _decoded(payload: str) -> object:
    try:
        return json.loads(payload)
    except ValueError:
        return payload
