"""A connection that installs the app on a Bangle.js, updates it or takes it out, by the watch's own console.

    NEW ─Connected─▶ SUBSCRIBING ──▶ LOOKING ─AppFound─▶ ASKING ─Pair─▶ WORKING ──▶ LOADING ─AppFound─▶ DONE
                                                             └──────────────Goodbye──────────────▶ OVER ◀─┘

Rule: one command at a time, each with its answer; `program` says which, and in what order. What may be done
is asked first: `AppFound`, answered by `Pair(None)` (yes) or `Goodbye`.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final, Literal, assert_never

from wearsync.drivers.banglejs.lines import (
    ASK_INFO_LINE,
    RESYNC_LINE,
    ConsoleTold,
    InfoTold,
    console_line,
    read_answer,
)
from wearsync.drivers.banglejs.program import (
    LOAD_LINE,
    OTHER_BOARD,
    VERSION_EXPRESSION,
    Command,
    installation,
    removal,
)
from wearsync.drivers.banglejs.serial_line import TX_UUID, SerialLine
from wearsync.drivers.base import (
    Connected,
    Deadline,
    DeadlineReached,
    Disconnect,
    DriverEvent,
    DriverOutput,
    Message,
    OperationDone,
    Received,
    Send,
    Subscribe,
)
from wearsync.errors import LinkLost, UnfitWatch
from wearsync.messages import AppFound, AppProgress, Goodbye, Pair, Up

# TX may have to be encrypted first, and slow watches take seconds for that.
SUBSCRIBE_DEADLINE_MS: Final = 30_000
# A console answers in a fraction of a second; one that is switched off never does.
LOOK_DEADLINE_MS: Final = 6_000
# A person reads a question and answers it.
QUESTION_DEADLINE_MS: Final = 120_000
# Writing takes milliseconds; when the flash storage is full, all of it is moved together first: some 15 s.
COMMAND_DEADLINE_MS: Final = 30_000
# The watch puts its boot code together anew, which may move the flash storage too, and starts it.
LOAD_DEADLINE_MS: Final = 45_000
# While it starts, what is said to it is lost.
ASK_AGAIN_MS: Final = 3_000
# Whoever was told says goodbye at once.
GOODBYE_DEADLINE_MS: Final = 10_000

_NOT_PROGRAMMABLE: Final = (
    "the watch does not let itself be programmed: switch on Settings → Bluetooth → Programmable"
)
_INCOMPLETE: Final = (
    "the app on the watch is incomplete: run `wearsync pair` again; the watch itself works as before"
)
_HALF_REMOVED: Final = (
    "the app is taken out in part: run `wearsync pair --remove-app` again; the watch itself works as before"
)


class InstallStage(Enum):
    """How far it has come; see the drawing above."""

    NEW = "new"
    SUBSCRIBING = "subscribing"
    LOOKING = "looking for the app"
    ASKING = "asking"
    WORKING = "working"
    LOADING = "loading"
    DONE = "done"
    OVER = "over"


class AppInstaller:
    """One connection that changes the app; a `DriverSession`.

    `files`: by name on the watch, `wearsync.info` among them; `version`: what that file says. To `remove`,
    the names count. Raises `ValueError` for files that can't be installed safely (see `program`).
    """

    def __init__(
        self, *, files: Mapping[str, bytes], version: str, action: Literal["install", "remove"]
    ) -> None:
        self._tasks = installation(files) if action == "install" else removal(files)
        self._total_bytes = sum(map(len, files.values()))
        self._wanted = version if action == "install" else None
        self._half_done = _INCOMPLETE if action == "install" else _HALF_REMOVED
        self._stage = InstallStage.NEW
        self._line = SerialLine()
        self._number = 0
        self._app: str | None = None
        self._writable = False
        self._task = 0
        self._command = 0
        self._tried_again = False
        self._done_bytes = 0
        self._due_ms: int | None = None
        self._again_ms: int | None = None
        self._armed_ms: int | None = None
        self._said: list[Up] = []

    @property
    def stage(self) -> InstallStage:
        """How far it has come."""
        return self._stage

    @property
    def half_done(self) -> str | None:
        """What to tell people if the connection ended now: the app is neither there nor gone; None: it is
        one of the two.
        """
        return self._half_done if self._stage is InstallStage.WORKING else None

    def step(self, event: DriverEvent, now_ms: int) -> tuple[DriverOutput, ...]:
        """Take what happened, return what to do. Raises `RuntimeError` for an event that can't be now."""
        if self._stage is InstallStage.OVER:
            return ()
        try:
            outputs = self._take(event, now_ms)
        except (LinkLost, UnfitWatch) as error:
            text = str(error) if self.half_done is None else f"{error}; {self.half_done}"
            outputs = self._leave(text, "link" if isinstance(error, LinkLost) else "unfit")
        said, self._said = self._said, []
        messages = tuple(Message(each) for each in said)
        if self.stage is InstallStage.OVER:
            return (*messages, *outputs)
        return (*outputs, *self._line.advance(), *self._rearmed(), *messages)

    def _take(self, event: DriverEvent, now_ms: int) -> tuple[DriverOutput, ...]:
        match event:
            case Connected(mtu):
                self._line.fit(mtu)
                self._enter(InstallStage.SUBSCRIBING, now_ms + SUBSCRIBE_DEADLINE_MS)
                return (Subscribe(TX_UUID),)
            case OperationDone():
                self._done(event, now_ms)
            case Received(attribute, data) if attribute == TX_UUID:
                for line in self._line.receive(data, now_ms):
                    self._heard(line, now_ms)
            case Received():
                pass
            case DeadlineReached():
                self._late(now_ms)
            case Send(Pair()):
                self._begin(now_ms)
            case Send(Goodbye()):
                return self._goodbye()
            case Send(message):
                raise RuntimeError(f"{type(message).__name__} is nothing that an installer is told")
            case _:
                assert_never(event)
        return ()

    def _done(self, event: OperationDone, now_ms: int) -> None:
        if event.error is not None:
            raise LinkLost(f"{type(event.operation).__name__.lower()} failed: {event.error}")
        if not isinstance(event.operation, Subscribe):
            self._line.done()
            return
        self._enter(InstallStage.LOOKING, now_ms + LOOK_DEADLINE_MS)
        self._line.put(RESYNC_LINE)
        # An app that is there says so even where the console is switched off.
        self._line.put(ASK_INFO_LINE)
        self._look(now_ms)

    def _heard(self, line: bytes, now_ms: int) -> None:
        match read_answer(line):
            case InfoTold(_, app):
                self._app = app
            case ConsoleTold(number, value) if number == self._number:
                self._answered(value, now_ms)
            case _:
                pass

    def _answered(self, value: str | int | bool | None, now_ms: int) -> None:
        match self._stage:
            case InstallStage.LOOKING:
                self._find(value, now_ms)
            case InstallStage.WORKING:
                self._go_on(value, now_ms)
            case InstallStage.LOADING if value == self._wanted:
                self._enter(InstallStage.DONE, now_ms + GOODBYE_DEADLINE_MS)
                self._said.append(AppFound(self._wanted, writable=True))
            case InstallStage.LOADING:
                raise UnfitWatch(f"the watch says that it has app version {value}, not {self._wanted}")
            case _:
                pass

    # --- what there is ---

    def _look(self, now_ms: int) -> None:
        self._again_ms = now_ms + ASK_AGAIN_MS
        self._line.put(console_line(self._number, VERSION_EXPRESSION))

    def _find(self, value: str | int | bool | None, now_ms: int) -> None:
        if value == OTHER_BOARD:
            raise UnfitWatch("this is no Bangle.js 2, which the app is made for: nothing was written")
        self._app = None if value is None else str(value)
        self._writable = True
        self._ask(now_ms)

    def _ask(self, now_ms: int) -> None:
        self._enter(InstallStage.ASKING, now_ms + QUESTION_DEADLINE_MS)
        self._said.append(AppFound(self._app, self._writable))

    # --- the work ---

    def _begin(self, now_ms: int) -> None:
        if self._stage is not InstallStage.ASKING:
            raise RuntimeError(f"Pair came while {self._stage.value}")
        if not self._writable:
            raise UnfitWatch(_NOT_PROGRAMMABLE)
        self._say(self._tasks[0][0], now_ms)

    def _say(self, command: Command, now_ms: int) -> None:
        self._number += 1
        self._line.put(console_line(self._number, command.expression))
        self._enter(InstallStage.WORKING, now_ms + COMMAND_DEADLINE_MS)

    def _go_on(self, value: str | int | bool | None, now_ms: int) -> None:
        task = self._tasks[self._task]
        command = task[self._command]
        if (type(value), value) != (type(command.answer), command.answer):
            self._do_again(task)
        else:
            self._command += 1
            self._done_bytes += command.done_bytes
            if command.done_bytes:
                self._said.append(AppProgress(self._done_bytes, self._total_bytes))
            if self._command == len(task):
                self._task, self._command, self._tried_again = self._task + 1, 0, False
        if self._task < len(self._tasks):
            self._say(self._tasks[self._task][self._command], now_ms)
        else:
            self._load(now_ms)

    def _do_again(self, task: tuple[Command, ...]) -> None:
        if self._tried_again:
            raise UnfitWatch("the watch did not store a file as it was sent, twice: free some of its storage")
        self._done_bytes -= sum(command.done_bytes for command in task[: self._command])
        self._command, self._tried_again = 0, True

    def _load(self, now_ms: int) -> None:
        self._enter(InstallStage.LOADING, now_ms + LOAD_DEADLINE_MS)
        self._number += 1
        self._line.put(LOAD_LINE)
        self._look(now_ms)

    # --- time and the end ---

    def _late(self, now_ms: int) -> None:
        self._armed_ms = None
        self._line.check(now_ms)
        if self._due_ms is not None and now_ms >= self._due_ms:
            self._out_of_time(now_ms)
        elif self._again_ms is not None and now_ms >= self._again_ms:
            self._look(now_ms)

    def _out_of_time(self, now_ms: int) -> None:
        match self._stage:
            case InstallStage.LOOKING:
                self._ask(now_ms)
            case InstallStage.ASKING:
                raise LinkLost("nobody said in time whether to change the app on the watch")
            case InstallStage.WORKING:
                raise LinkLost("the watch did not do as it was told in time (is its storage full?)")
            case InstallStage.LOADING:
                raise LinkLost("the watch did not answer after its restart: run `wearsync pair` again")
            case InstallStage.DONE:
                raise LinkLost("nobody said goodbye to the watch in time")
            case _:
                raise LinkLost("the watch did not switch its notifications on in time")

    def _goodbye(self) -> tuple[DriverOutput, ...]:
        return self._leave(self.half_done or "the host said goodbye", "none")

    def _enter(self, stage: InstallStage, due_ms: int) -> None:
        self._stage = stage
        self._due_ms, self._again_ms = due_ms, None

    def _rearmed(self) -> tuple[DriverOutput, ...]:
        """The deadline, when it is another one than before."""
        dues = [due for due in (self._due_ms, self._again_ms, self._line.deadline_ms) if due is not None]
        at_ms = min(dues, default=None)
        if at_ms == self._armed_ms:
            return ()
        self._armed_ms = at_ms
        return (Deadline(at_ms),)

    def _leave(self, reason: str, fault: Literal["none", "link", "unfit"]) -> tuple[DriverOutput, ...]:
        self._stage = InstallStage.OVER
        return (Disconnect(reason, fault),)
