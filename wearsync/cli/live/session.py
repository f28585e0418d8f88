"""What goes on between a daemon, a person at the keyboard, and the picture.

Rule: a daemon that goes away is waited for, and the picture says so; what a verb comes to is shown in the
picture. Only what makes the view pointless ends it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TextIO

from wearsync.cli.live import keys
from wearsync.cli.live.picture import Frame, draw
from wearsync.cli.live.screen import Abilities, Screen
from wearsync.cli.live.views import Scene
from wearsync.cli.options import checked
from wearsync.control.calls import CommandParams, LiveParams, StatusParams
from wearsync.control.client import ControlClient
from wearsync.control.results import Done, LiveState, StatusResult
from wearsync.errors import UsageError, WearsyncError
from wearsync.model import Phase, Verb

# The bar moves, the terminal stays calm.
FRAME_S = 0.25
# As `wearsync snooze`.
SNOOZE_MIN = 10
# Verbs on their way; each is answered in 10 s at the latest.
ON_THE_WAY_MAX = 4


@dataclass(frozen=True, slots=True)
class Tempo:
    """How long things take, in seconds.

    `frame_s`: between pictures while something runs down; `calm_s`: while nothing does, but "12 s ago" grows;
    `least_s`: a flood of changes is one picture; `ask_s`: links, and watches that have come or gone, are
    asked for, sessions are told; `retry_s`: a daemon that is started anew takes some seconds; `said_s`: an
    answer is read in a moment; `error_s`: an error says what to do.
    """

    frame_s: float = FRAME_S
    calm_s: float = 1.0
    least_s: float = 0.05
    ask_s: float = 10.0
    retry_s: float = 1.0
    said_s: float = 8.0
    error_s: float = 20.0


_MOVING = frozenset({Phase.GAP, Phase.HOLD})


class LiveSession:
    """Draws `daemon`'s watches, or `only` one, on the terminal `out`, until the person at `keyboard` quits;
    None: there is nobody.
    """

    def __init__(
        self,
        daemon: ControlClient,
        *,
        only: str | None,
        out: TextIO,
        keyboard: int | None,
        able: Abilities,
        now: Callable[[], datetime],
        tempo: Tempo = Tempo(),
    ) -> None:
        self._daemon = daemon
        self._only = only
        self._out = out
        self._keyboard = keyboard
        self._able = able
        self._now = now
        self._tempo = tempo
        self._scene = Scene(keys=keyboard is not None)
        self._stale = asyncio.Event()
        self._over = False
        self._asks_side = False
        self._said_until = 0.0
        self._on_the_way: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Until `q`. Raises `NotRunning` if there is no daemon at the start, and what makes the view
        pointless.
        """
        await self._ask()
        with Screen(
            self._out, self._able, keyboard=self._keyboard, pressed=self._typed, stale=self._stale.set
        ) as screen:
            tasks = [
                asyncio.create_task(self._listen(), name="live-listen"),
                asyncio.create_task(self._keep_asking(), name="live-ask"),
                asyncio.create_task(self._draw(screen), name="live-draw"),
            ]
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in tasks:
                    if task.done():
                        task.result()
            finally:
                tasks.extend(self._on_the_way)
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    # --- the daemon ---

    async def _ask(self) -> None:
        """How the watches are. Raises `WearsyncError`."""
        status = await self._daemon.call(StatusParams(), StatusResult)
        names = [watch.name for watch in status.watches]
        if self._only is not None and self._only not in names:
            known = ", ".join(sorted(names)) or "none: pair one with `wearsync pair`"
            raise UsageError(f"no watch is called {self._only!r}; there are: {known}")
        self._scene.asked(status.watches, only=self._only, now=self._now())
        self._scene.away_since, self._scene.why = None, ""
        self._stale.set()

    async def _keep_asking(self) -> None:
        while True:
            await asyncio.sleep(self._tempo.ask_s)
            if self._scene.away_since is None:
                try:
                    await self._ask()
                except UsageError:
                    raise
                except WearsyncError:
                    continue  # the listener hears of it too

    async def _listen(self) -> None:
        """Sessions as they go on; when the daemon is away, until it is back. Raises `UsageError`."""
        while True:
            why = ""
            try:
                if self._scene.away_since is not None:
                    await self._ask()
                await self._daemon.call(LiveParams(watch=self._only), Done, on_event=self._told)
            except UsageError:
                raise
            except WearsyncError as error:
                why = str(error)
            self._scene.away_since = self._scene.away_since or self._now()
            self._scene.why = why
            self._stale.set()
            await asyncio.sleep(self._tempo.retry_s)

    def _told(self, text: str) -> None:
        self._scene.told(LiveState.model_validate_json(text))
        self._stale.set()

    # --- the picture ---

    async def _draw(self, screen: Screen) -> None:
        loop, tempo = asyncio.get_running_loop(), self._tempo
        while not self._over:
            self._stale.clear()
            if self._scene.said and loop.time() >= self._said_until and not self._asks_side:
                self._scene.said = ""
            frame = Frame(*screen.size, self._able.signs)
            screen.show(draw(self._scene, self._now(), frame))
            await asyncio.sleep(tempo.least_s)
            await self._until_stale()

    async def _until_stale(self) -> None:
        view = self._scene.view
        tempo = self._tempo
        moving = view is not None and view.state is not None and view.state.phase in _MOVING
        try:
            async with asyncio.timeout(tempo.frame_s - tempo.least_s if moving else tempo.calm_s):
                await self._stale.wait()
        except TimeoutError:
            return

    # --- the person ---

    def _typed(self, text: str) -> None:
        """Something came from the keyboard; nothing: it is gone."""
        self._over = self._over or not text
        for key in keys.pressed(text):
            self._press(key)
        self._stale.set()

    def _press(self, key: str) -> None:
        scene = self._scene
        view = scene.view
        if key == keys.QUIT:
            self._over = True
        elif scene.help:
            scene.help = False
        elif self._asks_side:
            self._asks_side = False
            scene.said = ""
            if key in keys.SIDES:
                self._send(keys.Wish(Verb.EXTRA, side=keys.SIDES[key]))
        elif key == keys.HELP:
            scene.help = True
        elif key in (keys.NEXT, keys.BEFORE):
            scene.turn(1 if key == keys.NEXT else -1)
        elif view is None or view.state is None:
            return  # there is nobody to tell
        elif key == keys.EXTRA:
            self._asks_side = True
            self._say("one more hold of which side? l left, r right; any other key: none")
        else:
            away = view.summary is not None and view.summary.away
            wish = keys.wish(key, view.state.phase, away=away)
            if wish is not None:
                self._send(wish)

    def _send(self, wish: keys.Wish) -> None:
        view = self._scene.view
        if self._scene.away_since is not None or view is None:
            self._say("the daemon is away: try again when it is back", is_error=True)
        elif len(self._on_the_way) >= ON_THE_WAY_MAX:
            self._say("one moment: the daemon has not answered yet", is_error=True)
        else:
            self._say(f"{wish.verb.value} {self._able.signs.waiting}")
            task = asyncio.create_task(self._carry_out(wish, view.watch), name=f"live-{wish.verb.value}")
            self._on_the_way.add(task)
            task.add_done_callback(self._on_the_way.discard)

    async def _carry_out(self, wish: keys.Wish, watch: str) -> None:
        try:
            call = checked(
                CommandParams,
                verb=wish.verb,
                watch=watch,
                side=wish.side,
                minutes=SNOOZE_MIN if wish.verb is Verb.SNOOZE else None,
                away=wish.away,
            )
            done = await self._daemon.call(call, Done)
        except WearsyncError as error:
            self._say(f"{wish.verb.value}: {error}", is_error=True)
        else:
            self._say(done.text or "done")

    def _say(self, text: str, *, is_error: bool = False) -> None:
        self._scene.said, self._scene.is_error = text, is_error
        shown_s = self._tempo.error_s if is_error else self._tempo.said_s
        self._said_until = asyncio.get_running_loop().time() + shown_s
        self._stale.set()
