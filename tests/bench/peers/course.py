"""What is done to each tool, alone in the guest, in turns; and the broker's outage, which those share that
leave each other in peace.

Rule: every wait has a deadline, and what a tool does not survive is told, not repaired in silence.
"""

import asyncio
import json
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from tests.bench.peers.ears import Ears
from tests.bench.peers.peripheral import Restless
from tests.bench.peers.probe import Use, used
from tests.bench.peers.tools import Tool
from tests.bluez.guest import Command, GuestFailed
from tests.bluez.home import until
from tests.bluez.settings import SITE
from tests.bluez.stage import Stage
from tests.mosquitto import Mosquitto

__all__ = ["Course", "Marks", "Window"]

FIRST_DEADLINE_S = 90.0
SETTLE_S = 2.0
IDLE_S = 30.0
BUSY_S = 12.0
AWAY_S = 10.0
BACK_DEADLINE_S = 25.0
OUTAGE_S = 60.0
AFTER_OUTAGE_DEADLINE_S = 90.0
DRAIN_DEADLINE_S = 15.0
# What is sent just before a blow may be under way.
BEFORE_S = 2.0
STOP_DEADLINE_S = 20.0
# So that a tool's process can be found, and is the one that is killed.
WITH_PID = 'echo "pid $$"; exec "$@"'


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of the host's clock. `back_s`: from the blow's end until something new arrived; None: nothing
    did.
    """

    begin_s: float
    end_s: float
    back_s: float | None = None


@dataclass(slots=True)
class Marks:
    """What one tool was seen doing. `trouble`: why it was left out from then on."""

    tool: Tool
    idle: list[Use] = field(default_factory=list)
    busy: list[Window] = field(default_factory=list)
    kills: list[Window] = field(default_factory=list)
    cuts: list[Window] = field(default_factory=list)
    outages: list[Window] = field(default_factory=list)
    trouble: str | None = None


class Course:
    """All that is done. `say`: progress, for who waits."""

    def __init__(self, stage: Stage, broker: Mosquitto, ears: Ears, say: Callable[[str], None]) -> None:
        self._stage = stage
        self._broker = broker
        self._ears = ears
        self._say = say
        self._commands: dict[str, tuple[Command, int]] = {}
        self._ends = 0

    async def turn(self, marks: Marks) -> None:
        """One tool alone: idle, busy, killed, cut off. One that a kill has ended for good is killed once."""
        await self._adapter()
        await self._guarded(marks, self._turn)
        await self._stop(marks.tool)

    async def outage(self, all_marks: list[Marks]) -> None:
        """All of these at once, and no broker for a minute."""
        await self._adapter()
        await asyncio.gather(*(self._guarded(marks, self._begin) for marks in all_marks))
        well = [marks for marks in all_marks if marks.trouble is None]
        await asyncio.sleep(SETTLE_S)
        begin_s = self._now() - BEFORE_S
        await asyncio.to_thread(self._broker.stop)
        await asyncio.sleep(OUTAGE_S)
        await asyncio.to_thread(self._broker.start)
        back_s = self._now()
        came = await asyncio.gather(
            *(self._came(marks.tool, back_s, AFTER_OUTAGE_DEADLINE_S) for marks in well)
        )
        end_s = self._now()
        for marks, took_s in zip(well, came, strict=True):
            marks.outages.append(Window(begin_s, end_s, took_s))
            self._say(f"{marks.tool.name}: back {_told(took_s, AFTER_OUTAGE_DEADLINE_S)} after the broker")
        for marks in well:
            marks.tool.watch.counts = False
        await asyncio.gather(*(self._drained(marks.tool, begin_s, end_s) for marks in well))
        for marks in all_marks:
            await self._stop(marks.tool)

    async def _adapter(self) -> None:
        """Plugged in anew, if the one before has left it switched off."""
        shown = await self._stage.guest.run("bluetoothctl", "show")
        if "Powered: yes" not in shown.output:
            self._say("the adapter was left switched off: plugged in anew")
            await self._stage.guest.unplug()
            await self._stage.plug_adapter()
            await self._stage.wait_powered()

    async def _guarded(self, marks: Marks, do: Callable[[Marks], Awaitable[None]]) -> None:
        if marks.trouble is not None:
            return
        try:
            await do(marks)
        except GuestFailed as error:
            marks.trouble = str(error).strip()
            self._say(f"{marks.tool.name}: {marks.trouble}")

    async def _begin(self, marks: Marks) -> None:
        """Start it; returns when it has published something new."""
        since_s = self._now()
        marks.tool.watch.counts = True
        await self._start(marks.tool)
        if await self._came(marks.tool, since_s, FIRST_DEADLINE_S) is None:
            said = self._commands[marks.tool.name][0]
            words = (said.output + said.errors).strip().splitlines()
            raise GuestFailed(f"published nothing in {FIRST_DEADLINE_S:.0f} s; its last line: {words[-1]}")

    async def _turn(self, marks: Marks) -> None:
        tool = marks.tool
        await self._begin(marks)
        await self._rest(tool)
        marks.idle.append(await used(self._stage.guest, self._commands[tool.name][1], IDLE_S))
        # From no instant that the tool could have chosen: one that scans now and then may be deaf now.
        tool.watch.counts = True
        begin_s = self._now()
        await asyncio.sleep(BUSY_S)
        marks.busy.append(Window(begin_s, self._now() - SETTLE_S))
        if all(each.back_s is not None for each in marks.kills):
            marks.kills.append(await self._killed(tool))
        marks.cuts.append(await self._cut(tool))
        await self._rest(tool)

    async def _killed(self, tool: Tool) -> Window:
        begin_s = self._now() - BEFORE_S
        command, _ = self._commands[tool.name]
        command.signal(signal.SIGKILL)
        await command.ended()
        at_s = self._now()
        await self._start(tool)
        return await self._mended(tool, begin_s, at_s, "the kill")

    async def _cut(self, tool: Tool) -> Window:
        begin_s = self._now() - BEFORE_S
        await tool.watch.watch.set_in_range(False)
        await asyncio.sleep(AWAY_S)
        await tool.watch.watch.set_in_range(True)
        return await self._mended(tool, begin_s, self._now(), "the watch was back")

    async def _mended(self, tool: Tool, begin_s: float, at_s: float, what: str) -> Window:
        took_s = await self._came(tool, at_s, BACK_DEADLINE_S)
        window = Window(begin_s, self._now(), took_s)
        self._say(f"{tool.name}: back {_told(took_s, BACK_DEADLINE_S)} after {what}")
        if took_s is None:
            await self._stage.guest.run("bluetoothctl", "disconnect", tool.watch.watch.address)
            if await self._came(tool, self._now(), BACK_DEADLINE_S) is None:
                raise GuestFailed(f"did not come back after {what}, nor after `bluetoothctl disconnect`")
        await asyncio.sleep(SETTLE_S)
        return window

    async def _rest(self, tool: Tool) -> None:
        """Nothing more to send: what is under way arrives, a session ends."""
        tool.watch.counts = False
        if isinstance(tool.watch, Restless):
            self._ends += 1
            command = {"command": "stop", "request_id": f"end-{self._ends}"}
            await self._ears.say(f"wearsync/{SITE}/sim/command", json.dumps(command))
        await asyncio.sleep(SETTLE_S)

    async def _start(self, tool: Tool) -> None:
        guest = self._stage.guest
        for path, text in tool.files.items():
            await guest.run("bash", "-c", 'cat > "$1"', "bash", path, stdin=text)
        command = await guest.start("bash", "-c", WITH_PID, "bash", *tool.argv, env=tool.env)
        pid = int((await command.says("\n")).split()[1])
        self._commands[tool.name] = command, pid

    async def _stop(self, tool: Tool) -> None:
        tool.watch.counts = False
        if tool.name not in self._commands:
            return
        command, _ = self._commands.pop(tool.name)
        if command.status is None:
            command.signal(signal.SIGTERM)
            try:
                await command.ended(STOP_DEADLINE_S)
            except GuestFailed:
                command.signal(signal.SIGKILL)
                await command.ended()
        if tool.watch.watch.view.connected:
            await self._stage.guest.run("bluetoothctl", "disconnect", tool.watch.watch.address)

    async def _drained(self, tool: Tool, begin_s: float, end_s: float) -> None:
        """What was kept for later may still be on its way."""
        with suppress(GuestFailed):
            await until(lambda: not tool.tally.loss(begin_s, end_s).lost, "", DRAIN_DEADLINE_S)

    async def _came(self, tool: Tool, since_s: float, deadline_s: float) -> float | None:
        """Seconds until something arrived that was sent after that."""
        try:
            return await until(lambda: tool.tally.came_since(since_s), "", deadline_s)
        except GuestFailed:
            return None

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


def _told(took_s: float | None, deadline_s: float) -> str:
    return f"NOT within {deadline_s:.0f} s" if took_s is None else f"{took_s:.1f} s"
