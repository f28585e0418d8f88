"""The model of the app on a bench: no radio, no loop; the test is host, wearer and time."""

import base64
import json
from collections import deque
from random import Random

from wearsync_simulators.radio.pairing import LinkSecurity
from wearsync_simulators.watches.banglejs.model_engine import ModelEngine
from wearsync_simulators.watches.banglejs.quirks import Quirks
from wearsync_simulators.watches.effects import Drop, Heard, Print, Send
from wearsync_simulators.watches.flash import Flash
from wearsync_simulators.watches.hold_watch import HoldWatch
from wearsync_simulators.watches.memory import new_memory
from wearsync_simulators.watches.view import Pulse, WatchView
from wearsync_simulators.watches.words import CueResult, Reset

APP = {"wearsync.info": b'{"id":"wearsync","version":"1.0"}', "wearsync.boot.js": b"// boots"}
BONDED = LinkSecurity(encrypted=True, authenticated=True)


class EngineBench:
    """A Bangle that has just booted; `now` is in seconds."""

    def __init__(
        self, *, files: dict[str, bytes] | None = None, pairing: bool = False, quirks: Quirks | None = None
    ) -> None:
        self.now = 5000.0
        self.random = Random(1)
        self.flash = Flash(None, new_id=lambda: 77)
        self.memory = new_memory(self.random.randbytes)
        self.pulses: deque[Pulse] = deque()
        self._pairing = pairing
        self.dropped: list[str] = []
        self.boots = 0
        self.engine = ModelEngine(
            now_s=self.now,
            reset=Reset.POWER_ON,
            unix_us=0,
            boot=self._boot,
            flash=self.flash,
            watch_id=self.memory.watch_id,
            files=dict(APP if files is None else files),
            entropy=self.random.randbytes,
            quirks=quirks or Quirks(),
        )

    def _boot(self, now_s: float, reset: Reset, unix_us: int) -> HoldWatch:
        self.boots += 1
        return HoldWatch(
            now_s=now_s,
            reset=reset,
            flash=self.flash,
            memory=self.memory,
            remember=lambda memory: None,
            entropy=self.random.randbytes,
            pairing=self._pairing,
            motor_log=self.pulses,
            unix_us=unix_us,
            played=CueResult.SCHEDULED,
        )

    @property
    def view(self) -> WatchView:
        """A look at it."""
        return self.engine.view(self.now)

    def connect(self, security: LinkSecurity | None = None) -> None:
        """A host is there."""
        self.engine.link_up(self.now, 131)
        if security is not None:
            self.engine.secured(self.now, security)

    def write(self, raw: bytes) -> bytes:
        """What comes of these bytes."""
        self.engine.down(self.now, raw)
        return self.out()

    def call(self, told: object) -> bytes:
        """GB({…})."""
        return self.write(b"\x10GB(" + json.dumps(told).encode() + b")\n")

    def ask(self, told: dict[str, str]) -> dict[str, str]:
        """GB({…}), and the one line that answers it."""
        said = self.call({"t": "wearsync"} | told)
        assert said.endswith(b"\r\n"), said
        answer: dict[str, str] = json.loads(said)
        assert answer.pop("t") == "wearsync"
        return answer

    def key(self, key: bytes) -> str:
        """Hand a key over."""
        return self.ask({"q": "key", "k": base64.b64encode(key).decode()})["key"]

    def out(self) -> bytes:
        """What goes out now."""
        raw = b""
        for effect in self.engine.effects():
            match effect:
                case Send(part) | Print(part):
                    raw += part
                case Drop(why):
                    self.dropped.append(why)
                case Heard():
                    pass
                case _:
                    raise AssertionError(effect)
        return raw

    def wait(self, seconds: float) -> bytes:
        """Time passes; what goes out by then."""
        self.now += seconds
        self.engine.wake(self.now)
        return self.out()
