"""The watch's core on a bench: no radio, no loop; the test is host (of an open watch), wearer and time."""

from collections import deque
from collections.abc import Iterator
from random import Random

from tests.simulators.watches.paper_host import (
    CUES,
    HELLO,
    ROUTINE,
    START,
    STEP,
    cues_body,
    routine_body,
    step_body,
)
from wearsync_simulators.watches.effects import Drop, Effect, Send
from wearsync_simulators.watches.flash import Flash
from wearsync_simulators.watches.frames import ErrorTold, Lost, Records, Up
from wearsync_simulators.watches.hold_watch import HoldWatch
from wearsync_simulators.watches.memory import Memory, new_memory
from wearsync_simulators.watches.records import Battery, Body, Booted, Record, read_record
from wearsync_simulators.watches.view import Face, Press, Pulse
from wearsync_simulators.watches.words import Reset

STARTED_S = 5000.0


class Bench:
    """A watch that has just booted; `now` is seconds since then, and its tick in ms if it does not drift."""

    def __init__(
        self,
        *,
        flash: Flash | None = None,
        memory: Memory | None = None,
        lab: bool = True,
        pairing: bool = False,
        drift_ppm: float = 0.0,
        seed: int = 1,
    ) -> None:
        self.random = Random(seed)
        self.flash = flash or Flash(None, new_id=lambda: 77, capacity=512)
        self.memory = memory or new_memory(self.random.randbytes)
        self.pulses: deque[Pulse] = deque()
        self.now = 0.0
        self.said: list[Up] = []
        self.dropped: str | None = None
        self._drift_ppm, self._lab, self._pairing = drift_ppm, lab, pairing
        self.watch = self._boot(Reset.POWER_ON)
        self._seen = self.flash.next_seq - 1
        self.others: list[Effect] = []

    def _boot(self, reset: Reset) -> HoldWatch:
        return HoldWatch(
            now_s=STARTED_S + self.now,
            reset=reset,
            flash=self.flash,
            memory=self.memory,
            remember=self._remember,
            entropy=self.random.randbytes,
            pairing=self._pairing,
            motor_log=self.pulses,
            drift_ppm=self._drift_ppm,
            lab=self._lab,
        )

    def _remember(self, memory: Memory) -> None:
        self.memory = memory

    def reboot(self, reset: Reset = Reset.WATCHDOG) -> None:
        """Power gone and back; `now` goes on, the tick begins again."""
        self.watch.power_lost(STARTED_S + self.now)
        self.watch = self._boot(reset)

    def face(self) -> Face:
        """What is shown."""
        return self.watch.view(STARTED_S + self.now).face

    # The host.

    def connect(self, *, cursor: int = 1, mtu: int = 247) -> None:
        """A host on the line, with the stream."""
        self.watch.link_up(STARTED_S + self.now, mtu)
        self.say(HELLO, b"\x01\x01" + bytes(20))
        self.say(START, cursor.to_bytes(4, "little"))

    def disconnect(self) -> None:
        """The link is lost."""
        self.watch.link_down(STARTED_S + self.now)
        self.settle()

    def say(self, opcode: int, body: bytes = b"") -> None:
        """A frame down."""
        self.watch.down(STARTED_S + self.now, bytes([opcode]) + body)
        self.settle()

    def step(self, session: int, step: int, phase: int = 2, **values: int) -> None:
        """STEP."""
        self.say(STEP, step_body(session, step, phase, text="LEFT", **values))

    def cues(self, *cues: tuple[int, int, int, int, int, int], boot: int = 1) -> None:
        """CUES."""
        self.say(CUES, cues_body(boot, *cues))

    def routine(self, **values: int) -> None:
        """ROUTINE."""
        self.say(ROUTINE, routine_body(**values))

    # The wearer, and the time.

    def press(self, press: Press) -> None:
        """A hand."""
        self.watch.press(STARTED_S + self.now, press)
        self.settle()

    def wait(self, seconds: float) -> None:
        """Time passes; the core is woken late, once, as by a busy machine: it must not matter."""
        self.now = round(self.now + seconds, 6)
        self.watch.wake(STARTED_S + self.now)
        self.settle()

    def settle(self) -> None:
        """Take the effects."""
        for effect in self.watch.effects():
            match effect:
                case Send(_, frame):
                    self.said.append(frame)
                case Drop(why):
                    self.dropped = why
                case other:
                    self.others.append(other)

    # What it has written and said.

    def told(self) -> list[Body]:
        """What was journalled since this was asked last; boots' own records left out."""
        return [record.body for record in self.records() if not isinstance(record.body, Booted | Battery)]

    def records(self) -> list[Record]:
        """All records since this was asked last."""
        new = [raw for seq in range(self._seen + 1, self.flash.next_seq) if (raw := self.flash.read(seq))]
        self._seen = self.flash.next_seq - 1
        return [read_record(raw) for raw in new]

    def error(self) -> ErrorTold | None:
        """The last frame, if it was an ERROR."""
        last = self.said[-1] if self.said else None
        return last if isinstance(last, ErrorTold) else None

    def streamed(self) -> Iterator[int | Lost]:
        """What went up the stream since this was asked last: sequence numbers, and LOST in its place."""
        said, self.said = self.said, []
        for frame in said:
            match frame:
                case Records(raw):
                    yield from (read_record(one).seq for one in raw)
                case Lost():
                    yield frame
                case _:
                    pass
