"""`wearsync live`: a picture where there is a terminal, a line at each change elsewhere, JSON for programs.

Rule: who reads our lines and leaves, ends us.
"""

import asyncio
import os
import select
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from wearsync.cli.live.screen import abilities, keyboard_of
from wearsync.cli.live.session import LiveSession
from wearsync.cli.live.views import Scene
from wearsync.cli.live.words import line
from wearsync.cli.options import checked
from wearsync.cli.terminal import print_json, say
from wearsync.control.calls import LiveParams
from wearsync.control.client import ControlClient
from wearsync.control.results import Done, LiveState


async def follow(daemon: ControlClient, *, watch: str | None, as_json: bool) -> None:
    """Show the running daemon's watches until Ctrl-C or `q`. Raises `NotRunning`."""
    able = abilities(sys.stdout, os.environ.get("TERM", ""), no_color=bool(os.environ.get("NO_COLOR")))
    if able.drawn_on and not as_json:
        view = LiveSession(
            daemon,
            only=watch,
            out=sys.stdout,
            keyboard=keyboard_of(sys.stdin),
            able=able,
            now=lambda: datetime.now(UTC),
        )
        await view.run()
        return
    scene = Scene()

    def take(text: str) -> None:
        live = LiveState.model_validate_json(text)
        known = scene.views.get(live.watch)
        before = None if known is None or known.state is None else line(known.state)
        state = scene.told(live).state
        assert state is not None, "it was told"
        if as_json:
            print_json({"watch": live.watch, **state.model_dump(mode="json")})
        elif before != line(state):
            say(line(state))

    call = asyncio.create_task(
        daemon.call(checked(LiveParams, watch=watch), Done, on_event=take), name="live"
    )
    with _unheard() as gone:
        await asyncio.wait((call, gone), return_when=asyncio.FIRST_COMPLETED)
    if not call.done():
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        raise BrokenPipeError
    call.result()


@contextmanager
def _unheard() -> "Iterator[asyncio.Future[None]]":
    """Done when nobody reads our output any more: a session may not change for hours, and until then nothing
    is written that would fail.
    """
    loop = asyncio.get_running_loop()
    gone: asyncio.Future[None] = loop.create_future()
    output = _pipe()
    if output is None:
        yield gone
        return

    def look() -> None:
        loop.remove_reader(output)
        if _has_left(output):
            gone.set_result(None)

    loop.add_reader(output, look)
    try:
        yield gone
    finally:
        loop.remove_reader(output)


def _pipe() -> int | None:
    """Our output, if it is one that a reader can leave."""
    try:
        output = sys.stdout.fileno()
    except (OSError, ValueError):
        return None
    mode = os.fstat(output).st_mode
    return output if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) else None


def _has_left(output: int) -> bool:
    poll = select.poll()
    poll.register(output, 0)  # errors and hang-ups are told anyway
    return bool(poll.poll(0))
