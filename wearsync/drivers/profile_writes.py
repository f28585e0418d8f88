"""What is on its way to a watch of the hold profile: not without limit, and never more than one ACK.

Rule: an ACK stands for all before it, so of those that fall due while one is on its way only the last is ever
written. A write with response takes two connection intervals: one for each commit would hold up the stream,
and whatever is to be said to the watch besides.
"""

from collections.abc import Iterable
from typing import Final

from wearsync.drivers.base import DriverOutput, Write
from wearsync.errors import LinkLost
from wearsync.protocol.gatt import DOWN_UUID
from wearsync.protocol.session import HostSession, Transmit

# A session's plan and some commands, beside an ACK. More is a link that takes nothing.
WRITES_UNDER_WAY_MAX: Final = 256


class Writes:
    """The writes of one connection."""

    def __init__(self) -> None:
        self._count = 0
        self._ack: Write | None = None
        self._durable_seq: int | None = None

    def begun(self, outputs: Iterable[DriverOutput]) -> None:
        """These are carried out from now on. Raises `LinkLost` when too many wait."""
        self._count += sum(isinstance(each, Write) for each in outputs)
        if self._count > WRITES_UNDER_WAY_MAX:
            raise LinkLost(f"{WRITES_UNDER_WAY_MAX} writes wait for the watch: the link is built anew")

    def done(self, write: Write) -> None:
        """The watch has this one."""
        self._count -= 1
        if write is self._ack:
            self._ack = None

    def durable(self, seq: int, session: HostSession) -> tuple[Write, ...]:
        """All records up to this one are durable: the ACK that is to be written now."""
        self._durable_seq = seq
        return self.ack(session)

    def ack(self, session: HostSession, *, at_once: bool = False) -> tuple[Write, ...]:
        """The ACK that is to be written now. `at_once`: though another is on its way, for it is the last."""
        if self._durable_seq is None or (self._ack is not None and not at_once):
            return ()
        said, self._durable_seq = session.acknowledge(self._durable_seq), None
        writes = tuple(Write(DOWN_UUID, each.data) for each in said if isinstance(each, Transmit))
        self._ack = writes[0] if writes else None
        return writes
