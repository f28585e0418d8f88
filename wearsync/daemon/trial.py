"""One hold on trial: a daemon for the moment where none runs, a session, its first hold, and what the journal
has of it.

Rule: it is a real session like any other, ended after its first hold; whoever breaks it off leaves no session
behind.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from wearsync.config import Settings
from wearsync.control.calls import CommandParams, HoldsParams, LiveParams
from wearsync.control.client import ControlClient
from wearsync.control.results import Done, HoldsResult, LiveState
from wearsync.daemon.supervise import serve
from wearsync.errors import TryAgain, WearsyncError
from wearsync.model import Phase, Verb
from wearsync.publish.payloads import HoldPayload, StatePayload
from wearsync.service.notify import ServiceManager

# Watches are looked for in windows of 10 s.
LINK_WITHIN_S = 60.0
# A minute to tap, the longest gap and hold; a link that comes again.
WITHIN_S = 240.0
# Its record is on the way when the hold ends.
JOURNAL_WITHIN_S = 15.0
LOOK_EVERY_S = 0.2


class _Ready(ServiceManager):
    """Hears when a daemon of ours can be asked."""

    def __init__(self) -> None:
        super().__init__()
        self.is_ready = asyncio.Event()

    def ready(self) -> None:
        """See `ServiceManager`."""
        self.is_ready.set()


@asynccontextmanager
async def a_daemon(settings: Settings) -> AsyncIterator[None]:
    """A daemon in this process, while the block runs. Ctrl-C ends the block, and so the daemon; SIGTERM ends
    both. Raises what `serve` raises, and `TryAgain` if it ends before the block does.
    """
    manager, stop, body = _Ready(), asyncio.Event(), asyncio.current_task()
    assert body is not None, "asyncio runs this as a task"
    on_interrupt = signal.getsignal(signal.SIGINT)
    serving = asyncio.create_task(serve(settings, manager=manager, stop=stop), name="daemon on trial")
    ready = asyncio.create_task(manager.is_ready.wait(), name="daemon is ready")
    is_over = False

    def ended(_serving: asyncio.Task[None]) -> None:
        if not is_over:
            body.cancel()

    try:
        await asyncio.wait({serving, ready}, return_when=asyncio.FIRST_COMPLETED)
        if not serving.done():
            signal.signal(signal.SIGINT, on_interrupt)
            serving.add_done_callback(ended)
            yield
    except asyncio.CancelledError:
        if not serving.done():
            raise
        body.uncancel()
    finally:
        is_over = True
        was_over = serving.done()
        stop.set()
        ready.cancel()
        await asyncio.wait({serving})
    serving.result()
    if was_over:
        raise TryAgain("the daemon was asked to end")


async def trial_hold(
    daemon: ControlClient, watch: str, *, show: Callable[[StatePayload], None]
) -> HoldPayload:
    """Start a session on that watch, end it after its first hold, and give what was recorded. `show` is told
    each state. Raises `TryAgain` when there was no hold, and what the daemon raises.
    """
    states: asyncio.Queue[StatePayload] = asyncio.Queue()

    def take(text: str) -> None:
        states.put_nowait(StatePayload.model_validate_json(LiveState.model_validate_json(text).state))

    following = asyncio.create_task(
        daemon.call(LiveParams(watch=watch), Done, on_event=take), name="trial states"
    )
    trying = asyncio.create_task(_tried(daemon, watch, states, show), name="trial")
    try:
        await asyncio.wait({following, trying}, return_when=asyncio.FIRST_COMPLETED)
        if not trying.done():
            following.result()  # ends by raising only: there is no such watch, or no daemon any more
        return trying.result()
    finally:
        for task in (trying, following):
            task.cancel()
        await asyncio.gather(trying, following, return_exceptions=True)


async def _tried(
    daemon: ControlClient,
    watch: str,
    states: asyncio.Queue[StatePayload],
    show: Callable[[StatePayload], None],
) -> HoldPayload:
    if (await states.get()).phase is not Phase.IDLE:
        raise TryAgain("a session is going on: end it with `wearsync stop` first")
    await _start(daemon, watch)
    try:
        async with asyncio.timeout(WITHIN_S):
            session = await _first_hold(states, show)
    except TimeoutError as error:
        raise TryAgain(
            "the watch is out of reach: what it holds comes into the journal when it is back"
        ) from error
    finally:
        with suppress(WearsyncError):
            await asyncio.shield(daemon.call(CommandParams(verb=Verb.STOP, watch=watch), Done))
    return await _recorded(daemon, session)


async def _start(daemon: ControlClient, watch: str) -> None:
    """As soon as the watch is there."""
    loop = asyncio.get_running_loop()
    give_up_s = loop.time() + LINK_WITHIN_S
    while True:
        try:
            await daemon.call(CommandParams(verb=Verb.START, watch=watch), Done)
        except TryAgain:
            if loop.time() > give_up_s:
                raise
            await asyncio.sleep(1.0)
        else:
            return


async def _first_hold(states: asyncio.Queue[StatePayload], show: Callable[[StatePayload], None]) -> int:
    """Until it is over; the session's number."""
    began, session = False, None
    while True:
        state = await states.get()
        if session is not None and state.phase is not Phase.HOLD:
            return session
        show(state)
        if state.phase is Phase.HOLD:
            session = state.session
        elif began and state.phase is Phase.IDLE:
            raise TryAgain("no hold was begun: the watch asks for a tap within a minute")
        began = began or state.phase is not Phase.IDLE


async def _recorded(daemon: ControlClient, session: int) -> HoldPayload:
    """That session's hold, as the journal has it."""
    with suppress(TimeoutError):
        async with asyncio.timeout(JOURNAL_WITHIN_S):
            while True:
                told = await daemon.call(HoldsParams(), HoldsResult)
                for text in reversed(told.holds):
                    hold = HoldPayload.model_validate_json(text)
                    if hold.session == session:
                        return hold
                await asyncio.sleep(LOOK_EVERY_S)
    raise TryAgain("the hold is not in the journal yet: `wearsync today` shows it when it is")
