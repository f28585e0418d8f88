"""The Bangle whose inside is the shipped app itself, its JavaScript run by `NodeProcess`.

Rule: what happens is told to the child at its time, what the child says is handed on; nothing is decided
here. One engine is one boot and one child; the flash goes in at the birth, and comes out when the power goes.
"""

import logging
from base64 import b64encode
from collections import deque
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, assert_never

from pydantic import JsonValue

from wearsync_simulators.radio.pairing import LinkSecurity
from wearsync_simulators.watches.banglejs.engine import OPEN, Engine, Kept
from wearsync_simulators.watches.banglejs.node_process import (
    Advertise,
    Buzz,
    Dropped,
    Fault,
    NodeProcess,
    Off,
    Out,
    Passkey,
    Reply,
    Tx,
)
from wearsync_simulators.watches.banglejs.quirks import Quirks
from wearsync_simulators.watches.effects import Drop, Effect, Print
from wearsync_simulators.watches.motor import MotorState
from wearsync_simulators.watches.records import read_record
from wearsync_simulators.watches.view import Face, Press, Pulse, WatchView
from wearsync_simulators.watches.words import Pattern, Side, Variant

__all__ = ["NodeEngine"]

# A pairing mode that is to last is opened again by hand: the watch keeps it closed for a minute at times.
REOPEN_S: Final = 2.0
# A loop may wake a microsecond early; what is due at a millisecond is due.
EARLY_MS: Final = 0.01

log = logging.getLogger(__name__)


class NodeEngine(Engine):
    """`files`: the storage; `pairing`: in pairing mode until a host has proven itself; `seed`: of what the
    watch draws by chance. A pulse in `motor_log` is no cue's that could be named: the firmware's buzz does
    not know what it is for.
    """

    def __init__(
        self,
        *,
        node: str,
        app: Path,
        now_s: float,
        unix_us: int,
        files: Mapping[str, bytes],
        seed: int,
        pairing: bool,
        quirks: Quirks,
        motor_log: deque[Pulse],
        drift_ppm: float = 0.0,
    ) -> None:
        super().__init__(quirks)
        self._booted_s = now_s
        self._rate = 1000 * (1 + drift_ppm / 1e6)
        self._motor_log = motor_log
        self._motor = MotorState.WORKS
        self._lasting = pairing
        self._reopen_s: float | None = now_s if pairing else None
        self._is_linked = False
        self._passkey: int | None = None
        self._flags = 0
        self._out: list[Effect] = []
        self._kept = Kept()
        self._files = files
        self._child: NodeProcess | None = NodeProcess(node, app)
        self._now_ms = 0
        self._view = WatchView(since_s=now_s)
        self._due_ms: float | None = None
        storage: JsonValue = {name: b64encode(content).decode() for name, content in files.items()}
        settings: JsonValue = {
            "seed": seed,
            "programmable": quirks.programmable,
            "vibrate": True,
            "quiet": 0,
            "unix_s": unix_us / 1e6,
        }
        self._tell(now_s, "boot", storage=storage, settings=settings)

    # What it has.

    @property
    def waits_for_a_key(self) -> bool:
        """See `Engine`."""
        return self._lasting

    @property
    def passkey(self) -> int | None:
        """See `Engine`."""
        return self._passkey

    def kept(self) -> Kept:
        """See `Engine`."""
        if self._child is not None:
            self._kept = _kept(self._child.ask(self._now_ms, "journal"))
        return self._kept

    def files(self) -> Mapping[str, bytes]:
        """See `Engine`."""
        if self._child is not None:
            self._files = self._child.ask(self._now_ms, "storage").storage
        return self._files

    # Hands.

    def press(self, now_s: float, press: Press) -> None:
        """See `Engine`."""
        self._tell(now_s, "press", what=press.value)

    def open_pairing(self, now_s: float) -> None:
        """See `Engine`."""
        self._tell(now_s, "press", what="pair")

    def wear(self, now_s: float, *, worn: bool) -> None:
        """See `Engine`: it can't tell."""

    def set_motor(self, now_s: float, state: MotorState) -> None:
        """See `Engine`. Of a broken motor the firmware knows nothing."""
        self._motor = state
        self._tell(now_s, "settings", vibrate=True, quiet=int(state is MotorState.QUIET))

    def power_lost(self, now_s: float) -> int:
        """See `Engine`: its clock begins anew."""
        if self._child is not None:
            self.kept()
            self.files()
            self._child.close()
        self._child = None
        return 0

    def view(self, now_s: float) -> WatchView:
        """See `Engine`."""
        return self._view

    def advertised(self, now_s: float) -> int:
        """See `Engine`."""
        return self._flags

    # Bytes and time.

    def secured(self, now_s: float, security: LinkSecurity) -> None:
        """See `Engine`."""
        if security != self._security:
            super().secured(now_s, security)
            self._tell_security(now_s)

    def pairing_failed(self, now_s: float) -> None:
        """See `Engine`; Espruino tells the app."""
        self._tell(now_s, "bond", status="fail")

    def _connect(self, now_s: float) -> None:
        self._is_linked = True
        self._tell(now_s, "connect")

    def _disconnect(self, now_s: float) -> None:
        self._is_linked = False
        self._security = OPEN
        self._tell(now_s, "disconnect")

    def _hear(self, now_s: float, raw: bytes) -> None:
        self._tell(now_s, "rx", data=b64encode(raw).decode())

    def _wake(self, now_s: float) -> None:
        if self._reopen_s is not None and now_s >= self._reopen_s:
            self._reopen_s = now_s + REOPEN_S
            if not self._view.pairing:
                self.open_pairing(now_s)
        if self._due_ms is not None and self._ms(now_s) >= self._due_ms:
            self._tell(now_s, "wake")

    def _due_s(self) -> float | None:
        due_s = None if self._due_ms is None else self._instant_s(self._due_ms)
        return min((time for time in (due_s, self._reopen_s) if time is not None), default=None)

    def _effects(self) -> Iterable[Effect]:
        out, self._out = self._out, []
        return out

    # The child.

    def _ms(self, now_s: float) -> int:
        return int((now_s - self._booted_s) * self._rate + EARLY_MS)

    def _instant_s(self, ms: float) -> float:
        return self._booted_s + ms / self._rate

    def _tell_security(self, now_s: float) -> None:
        told = self._security
        self._tell(
            now_s, "security", encrypted=told.encrypted, mitm=told.authenticated, bonded=told.encrypted
        )

    def _tell(self, now_s: float, do: str, **told: JsonValue) -> None:
        if self._child is None:
            return
        self._now_ms = self._ms(now_s)
        reply = self._child.ask(self._now_ms, do, **told)
        for each in reply.out:
            self._take(each)
        self._due_ms = reply.due
        self._view = self._seen(reply)
        if self._lasting and self._view.host:
            self._lasting, self._reopen_s = False, None

    def _take(self, out: Out) -> None:
        match out:
            case Tx(data=data):
                self._out.append(Print(data))
            case Buzz(ms=ms, at=at):
                if self._motor is not MotorState.BROKEN:
                    on_s, off_s = self._instant_s(at), self._instant_s(at + ms)
                    self._motor_log.append(Pulse(on_s, off_s, int(at), Pattern.READY, None))
            case Passkey(code=code):
                self._passkey = code
            case Advertise(flags=flags):
                self._flags = flags
            case Dropped():
                self._out.append(Drop("the app has disconnected"))
            case Fault(text=text):
                log.warning("bangle.fault text=%s", text)
            case Off():
                pass
            case _:
                assert_never(out)

    def _seen(self, reply: Reply) -> WatchView:
        told, before = reply.view, self._view
        face = Face(told.face)
        # Without the library in its memory the child counts the clock face from now on, each time anew.
        since_s = before.since_s if face is before.face is Face.CLOCK else self._instant_s(told.since)
        return WatchView(
            face=face,
            session=told.session,
            step=told.step,
            side=Side(told.side),
            variant=Variant(told.variant),
            round=told.round,
            planned_s=told.planned_s,
            tap_starts=told.tap_starts,
            text=told.text,
            since_s=since_s,
            ends_at_s=None if told.ends_at is None else self._instant_s(told.ends_at),
            connected=self._is_linked,
            host=told.host,
            alone=told.alone,
            pairing=told.pairing,
            code=told.code,
        )


def _kept(reply: Reply) -> Kept:
    if reply.watch_id is None or reply.journal_id is None:
        return Kept()
    records = tuple(map(read_record, reply.records))
    return Kept(reply.watch_id, reply.journal_id, records[-1].seq + 1 if records else 1, records)
