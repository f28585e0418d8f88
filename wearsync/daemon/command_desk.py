"""Commands from wherever they come, and the way back for their answers.

Rule: each command is answered once: by the coordinator, or, when that takes too long, with the reason why
not. Being away is the wearer's, not a watch's: all of the wearer's watches are told.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from itertools import count

from wearsync.coordinator.effects import Reply
from wearsync.daemon.watch_task import WatchTask
from wearsync.errors import TryAgain, UsageError
from wearsync.model import Command, Verb

# A turn takes some milliseconds; ten seconds mean that the disk stands still.
ANSWER_DEADLINE_S = 10.0
# Answers that are waited for at once; the rate limits are far below.
WAITING_MAX = 256


class CommandDesk:
    """Gives commands to watches. `others`: those that the same wearer has besides that one; `away_changed`:
    told of a wearer who is away, or back.
    """

    def __init__(
        self,
        *,
        others: Callable[[WatchTask], Sequence[WatchTask]] = lambda _task: (),
        away_changed: Callable[[str], None] = lambda _wearer: None,
    ) -> None:
        self._others = others
        self._away_changed = away_changed
        self._numbers = count(1)
        self._waiting: dict[str, asyncio.Future[str | None]] = {}

    def replied(self, reply: Reply) -> None:
        """The coordinator has answered."""
        waiting = self._waiting.get(reply.request_id)
        if waiting is not None and not waiting.done():
            waiting.set_result(reply.reason)

    async def give(self, task: WatchTask, command: Command, *, via: str) -> str | None:
        """Have it carried out; gives the reason why not, None if it was. Raises `TryAgain`."""
        reason = await self._give(task, command, via=via)
        if reason is None and command.verb is Verb.AWAY:
            for other in self._others(task):
                reason = reason or await self._give(other, command, via=via)
            self._away_changed(task.identity.wearer)
        return reason

    async def _give(self, task: WatchTask, command: Command, *, via: str) -> str | None:
        if len(self._waiting) >= WAITING_MAX:
            raise TryAgain("too many commands are waiting: try again in a moment")
        request_id = f"{via}-{next(self._numbers)}"
        future: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._waiting[request_id] = future
        try:
            if not task.command(command, via=via, request_id=request_id):
                raise TryAgain("the daemon is busy: try again in a moment")
            async with asyncio.timeout(ANSWER_DEADLINE_S):
                return await future
        except TimeoutError as error:
            raise TryAgain("the daemon did not get to it in time: see its log") from error
        finally:
            del self._waiting[request_id]


def pick(
    tasks: Mapping[str, WatchTask], name: str | None, named: Callable[[str], WatchTask | None]
) -> WatchTask:
    """The watch of that name; without one, the only one. Raises `UsageError`."""
    if name is not None:
        task = named(name)
        if task is None:
            known = ", ".join(sorted(tasks)) or "none: pair one with `wearsync pair`"
            raise UsageError(f"no watch is called {name!r}; there are: {known}")
        return task
    match list(tasks.values()):
        case [only]:
            return only
        case []:
            raise UsageError("no watch is paired yet: pair one with `wearsync pair`")
        case _:
            raise UsageError(f"which watch? name one with --watch: {', '.join(sorted(tasks))}")
