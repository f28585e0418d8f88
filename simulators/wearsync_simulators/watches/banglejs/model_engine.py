"""A model of the Bangle with our app: the simulated hold-profile watch, behind the app's lines and a console
that knows what an installer says.

Rule: what a watch does is `HoldWatch`'s; what comes in lines is taken apart here, by the contract in
docs/watches/banglejs.md.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final

from wearsync_simulators.watches.banglejs.console import APP_BOOT, APP_INFO, Console, Load
from wearsync_simulators.watches.banglejs.engine import Engine, Kept
from wearsync_simulators.watches.banglejs.quirks import Quirks
from wearsync_simulators.watches.effects import Drop, Effect, Print, Send
from wearsync_simulators.watches.flash import Flash
from wearsync_simulators.watches.hold_watch import HoldWatch
from wearsync_simulators.watches.motor import MotorState
from wearsync_simulators.watches.records import read_record
from wearsync_simulators.watches.view import Press, WatchView
from wearsync_simulators.watches.words import Reset

__all__ = ["ModelEngine"]

# "Frames ≤ 200 B before base64", and the header that a GATT frame would have.
FRAME_MTU: Final = 203
# A passkey has six digits, and the first is none of the zeros that people leave out.
PASSKEY_MIN, PASSKEYS = 100_000, 900_000
# What Espruino's console keeps of a line that does not end.
LINE_MAX_BYTES = 4096
# Empties the line, for whoever types it.
ERASE_LINE: Final = b"\x1b[2H"

_GB = re.compile(rb"GB\((\{.*\})\)")
_NO_APP: Final = b'Uncaught ReferenceError: "GB" is not defined\r\n at line 1 col 1\r\n'


class ModelEngine(Engine):
    """`boot(now_s, reset, unix_us)` makes the watch's core; it is made anew by `load()`, as the app is.

    `files`: the watch's storage; without the app in it there is no core, only a console.
    """

    def __init__(
        self,
        *,
        now_s: float,
        reset: Reset,
        unix_us: int,
        boot: Callable[[float, Reset, int], HoldWatch],
        flash: Flash,
        watch_id: bytes,
        files: Mapping[str, bytes],
        entropy: Callable[[int], bytes],
        quirks: Quirks,
    ) -> None:
        super().__init__(quirks)
        self._boot, self._flash, self._watch_id, self._entropy = boot, flash, watch_id, entropy
        self._console = Console(dict(files))
        self._programmable = quirks.programmable
        self._motor = MotorState.WORKS
        self._is_linked = False
        self._talks = False
        self._half = b""
        self._out: list[Effect] = []
        self._code: int | None = None
        self._app: HoldWatch | None = None
        self._load(now_s, reset, unix_us)

    # What it has.

    @property
    def waits_for_a_key(self) -> bool:
        """See `Engine`."""
        return self._app is not None and self._app.waits_for_a_key

    @property
    def passkey(self) -> int | None:
        """See `Engine`."""
        return self._code

    def kept(self) -> Kept:
        """See `Engine`."""
        if self._app is None:
            return Kept()
        records = tuple(map(read_record, self._flash.oldest_first()))
        return Kept(self._watch_id, self._flash.journal_id, self._flash.next_seq, records)

    def files(self) -> Mapping[str, bytes]:
        """See `Engine`."""
        return self._console.files

    # Hands.

    def press(self, now_s: float, press: Press) -> None:
        """See `Engine`."""
        if self._app is not None:
            self._app.press(now_s, press)

    def open_pairing(self, now_s: float) -> None:
        """See `Engine`."""
        if self._app is not None:
            self._app.open_pairing(now_s)
            self._show_passkey(now_s)
            if self._is_linked and self._code is not None:
                self._out.append(Drop("the passkey is asked for on a new link"))

    def wear(self, now_s: float, *, worn: bool) -> None:
        """See `Engine`."""
        if self._app is not None:
            self._app.wear(now_s, worn=worn)

    def set_motor(self, now_s: float, state: MotorState) -> None:
        """See `Engine`."""
        self._motor = state
        if self._app is not None:
            self._app.set_motor(now_s, state)

    def power_lost(self, now_s: float) -> int:
        """See `Engine`."""
        return 0 if self._app is None else self._app.power_lost(now_s)

    def view(self, now_s: float) -> WatchView:
        """See `Engine`."""
        view = WatchView() if self._app is None else self._app.view(now_s)
        return replace(view, connected=self._is_linked, code=self._code)

    def advertised(self, now_s: float) -> int:
        """See `Engine`."""
        return 0 if self._app is None else self._app.advertised(now_s)

    # Bytes and time.

    def _connect(self, now_s: float) -> None:
        self._is_linked = True

    def _disconnect(self, now_s: float) -> None:
        self._is_linked, self._half = False, b""
        self._hang_up(now_s)

    def _hear(self, now_s: float, raw: bytes) -> None:
        *lines, half = (self._half + raw).split(b"\n")
        self._half = half[-LINE_MAX_BYTES:]
        for line in lines:
            self._take(now_s, line.rpartition(ERASE_LINE)[2].lstrip(b"\x10").strip())
        self._show_passkey(now_s)

    def _wake(self, now_s: float) -> None:
        if self._app is not None:
            self._app.wake(now_s)
        self._show_passkey(now_s)

    def _due_s(self) -> float | None:
        return None if self._app is None else self._app.due_s()

    def _effects(self) -> Iterable[Effect]:
        out, self._out = self._out, []
        yield from out
        for effect in () if self._app is None else self._app.effects():
            yield Send(_line(u=effect.raw), effect.frame) if isinstance(effect, Send) else effect

    # Lines.

    def _take(self, now_s: float, line: bytes) -> None:
        called = _GB.fullmatch(line)
        if called is None:
            if self._programmable:
                self._run(now_s, line)
        elif self._app is None:
            self._out.append(Print(_NO_APP))
        else:
            self._called(now_s, self._app, called[1])

    def _run(self, now_s: float, line: bytes) -> None:
        match self._console.run(line.decode("latin-1")):
            case Load():
                if self._app is not None:
                    self._hang_up(now_s)
                unix_us = self.power_lost(now_s)
                self._load(now_s, Reset.RESET, unix_us)
            case "":
                pass
            case said:
                self._out.append(Print(said.encode("latin-1")))

    def _called(self, now_s: float, app: HoldWatch, told: bytes) -> None:
        """GB({…}) was called: ours is what is in the contract; everything else is another app's."""
        try:
            message = json.loads(told)
        except ValueError:
            return
        match message:
            case {"t": "wearsync", "q": "info"}:
                version = self._console.version() or ""
                self._out.append(Print(_line(info=app.info(now_s), app=version)))
            case {"t": "wearsync", "q": "key", "k": str(key)}:
                refused = not self._security.authenticated or app.key(now_s, _decoded(key)) is not None
                self._out.append(Print(_line(key="refused" if refused else "ok")))
            case {"t": "wearsync", "d": str(frame)}:
                if not self._talks:
                    # Not before: a phone's link is none of the app's, and no HELLO is missing on it.
                    app.link_up(now_s, FRAME_MTU)
                    self._talks = True
                app.down(now_s, _decoded(frame))
            case _:
                pass

    def _hang_up(self, now_s: float) -> None:
        if self._talks and self._app is not None:
            self._app.link_down(now_s)
        self._talks = False

    def _load(self, now_s: float, reset: Reset, unix_us: int) -> None:
        files = self._console.files
        self._app = self._boot(now_s, reset, unix_us) if {APP_INFO, APP_BOOT} <= files.keys() else None
        self.set_motor(now_s, self._motor)
        self._show_passkey(now_s)

    def _show_passkey(self, now_s: float) -> None:
        """A fresh one while pairing mode is open."""
        is_open = self._app is not None and self._app.view(now_s).pairing
        if not is_open:
            self._code = None
        elif self._code is None:
            self._code = PASSKEY_MIN + int.from_bytes(self._entropy(4), "little") % PASSKEYS


def _line(**told: str | bytes) -> bytes:
    text = {
        name: base64.b64encode(value).decode() if isinstance(value, bytes) else value
        for name, value in told.items()
    }
    return json.dumps({"t": "wearsync"} | text, separators=(",", ":")).encode() + b"\r\n"


def _decoded(text: str) -> bytes:
    """What is no base64 is no frame either: an empty one, which nobody takes."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""
