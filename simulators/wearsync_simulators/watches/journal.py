"""Writes records to the flash, with their numbers; and, at boot, the end of what the last boot left open.

Rule: nothing is sent that was not written here first (docs/hold-profile.md, section 5, rule 1).
"""

from collections.abc import Iterable

from wearsync_simulators.watches.flash import Flash
from wearsync_simulators.watches.records import (
    Body,
    Booted,
    HoldStarted,
    HoldStopped,
    SessionTold,
    read_record,
    write_record,
)
from wearsync_simulators.watches.words import Reason, Reset, SessionSource, SessionWhat

__all__ = ["Journal"]


class Journal:
    """The journal of one boot."""

    def __init__(self, flash: Flash, *, boot: int) -> None:
        self._flash = flash
        self.boot = boot

    def write(self, body: Body, tick: int) -> None:
        """Write what happened at `tick`."""
        seq = self._flash.next_seq
        self._flash.append(write_record(seq=seq, boot=self.boot, tick=tick, body=body))

    def booted(self, reset: Reset, unix_us: int) -> None:
        """BOOTED, then the end of a hold and of a session that were under way (section 7, rule 10)."""
        hold, session = _left_open(read_record(raw).body for raw in self._flash.newest_first())
        self.write(Booted(reset, unix_us), 0)
        if hold is not None:
            self.write(HoldStopped(hold.session, hold.step, Reason.REBOOT, 0), 0)
        if session is not None:
            self.write(SessionTold(session, SessionWhat.ENDED, SessionSource.WATCH), 0)


def _left_open(newest_first: Iterable[Body]) -> tuple[HoldStarted | None, int | None]:
    """The hold without a stop, and the session without an end, that the journal closes with."""
    hold: HoldStarted | None = None
    stopped = False
    for body in newest_first:
        match body:
            case HoldStopped():
                stopped = True
            case HoldStarted() if not stopped:
                hold, stopped = body, True
            case SessionTold(session, SessionWhat.STARTED):
                return hold, session
            case SessionTold():
                return hold, None
            case _:
                pass
    # The session's start was overwritten: a hold without a stop still tells which it was.
    return hold, hold.session if hold else None
