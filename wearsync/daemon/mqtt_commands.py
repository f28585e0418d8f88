"""Commands that come by MQTT: through the gate, to their watch, and an answer on its reply topic.

Rule: nothing here waits for a watch; one that does not answer holds up nobody else's command.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable

from wearsync.daemon.command_desk import CommandDesk
from wearsync.daemon.watch_task import WatchTask
from wearsync.errors import WearsyncError
from wearsync.ports import Clock, Incoming
from wearsync.publish.commands import CommandGate, Given, Parsed, Refusal, Resync
from wearsync.publish.events import reply
from wearsync.publish.topics import PROBE, Leaf, of_watch, watch_of_command

# Behind the gates' limits a minute, this many can only wait if the journal stands still.
WAITING_MAX = 64
# Lines of log for what is refused: enough to find out what somebody does wrong, whatever else is sent. Health
# counts all of it.
LINES_PER_MINUTE = 6
WINDOW_MS = 60_000

log = logging.getLogger(__name__)


class MqttCommands:
    """Takes messages in (`received`), carries them out (`run`). `find`: a watch by its slug; `answer(topic,
    payload)`.
    """

    def __init__(
        self,
        *,
        find: Callable[[str], WatchTask | None],
        commands: CommandDesk,
        resync: Callable[[str | None], Awaitable[int]],
        clock: Clock,
        answer: Callable[[str, str], None],
    ) -> None:
        self._find = find
        self._commands = commands
        self._resync = resync
        self._clock = clock
        self._answer = answer
        self._gates: dict[str, CommandGate] = {}
        self._noted: dict[str, str] = {}
        self._lines_ms: deque[int] = deque(maxlen=LINES_PER_MINUTE)
        self._refused = 0
        self._waiting: asyncio.Queue[tuple[WatchTask, Given | Resync]] = asyncio.Queue(WAITING_MAX)

    @property
    def refused(self) -> int:
        """How many were not let in: for no watch, not a command, too many."""
        return self._refused

    def received(self, message: Incoming) -> None:
        """A message on a command topic."""
        slug = watch_of_command(message.topic)
        if slug == PROBE:  # somebody tries whether commands arrive
            return
        task = None if slug is None else self._find(slug)
        if task is None:
            self._note("", "no watch has that topic", message.topic[:80])
            return
        gate = self._gates.setdefault(task.identity.watch_id, CommandGate())
        parsed = gate.take(message.payload, retained=message.retained, now_ms=self._clock.now().host_ms)
        self._admit(task, parsed)

    async def run(self) -> None:
        """Carry out for ever."""
        async with asyncio.TaskGroup() as group:
            while True:
                task, given = await self._waiting.get()
                group.create_task(self._carry_out(task, given), name="mqtt-command")

    def _admit(self, task: WatchTask, parsed: Parsed) -> None:
        if isinstance(parsed, Refusal):
            self._note(task.identity.name, parsed.reason)
            if parsed.answer:
                self._reply(task, parsed.request_id, parsed.reason)
        elif self._waiting.full():
            self._reply(task, parsed.request_id, "too many commands are waiting: try again in a moment")
        else:
            self._waiting.put_nowait((task, parsed))

    async def _carry_out(self, task: WatchTask, given: Given | Resync) -> None:
        try:
            reason = await self._result(task, given)
        except WearsyncError as error:
            reason = str(error)
        self._reply(task, given.request_id, reason)

    async def _result(self, task: WatchTask, given: Given | Resync) -> str | None:
        match given:
            case Given(command=command):
                return await self._commands.give(task, command, via="mqtt")
            case Resync(since=since):
                await self._resync(since)
                return None

    def _note(self, watch: str, reason: str, topic: str = "") -> None:
        """For health and the log: the same reason again and again is a flood, and one line."""
        self._refused += 1
        again = self._noted.get(watch) == reason
        self._noted[watch] = reason
        level = logging.DEBUG if again or not self._has_room() else logging.INFO
        log.log(level, "command.refused watch=%s reason=%s%s", watch, reason, topic and f" topic={topic}")

    def _has_room(self) -> bool:
        """Whether the log may have one more line now."""
        now_ms, lines_ms = self._clock.now().host_ms, self._lines_ms
        if len(lines_ms) == LINES_PER_MINUTE and now_ms - lines_ms[0] < WINDOW_MS:
            return False
        lines_ms.append(now_ms)
        return True

    def _reply(self, task: WatchTask, request_id: str | None, reason: str | None) -> None:
        self._answer(of_watch(task.identity.name, Leaf.REPLY), reply(request_id, reason))
