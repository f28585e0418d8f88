"""Pairing as Bumble does it, mended where it strays; and what a link's key is worth.

Rule: "encrypted" says that nobody listens; only "authenticated" says that a person compared numbers.
"""

from dataclasses import dataclass

from bumble import smp
from bumble.device import Connection

from wearsync_simulators.radio.bonds import BondStore

__all__ = ["LinkSecurity", "Session", "link_security"]


@dataclass(frozen=True, slots=True)
class LinkSecurity:
    """What protects a link now. `authenticated`: encrypted with a key that a person vouched for (MITM)."""

    encrypted: bool
    authenticated: bool


def link_security(connection: Connection) -> LinkSecurity:
    """What protects this link now.

    Bumble's own `connection.authenticated` is true of every encrypted LE link, so it is asked of the key:
    of this connection's pairing if there was one, else of the stored bond.
    """
    if not connection.is_encrypted:
        return LinkSecurity(encrypted=False, authenticated=False)
    device = connection.device
    session = device.smp_manager.sessions.get(connection.handle)
    if session is not None and not (isinstance(session, Session) and session.has_failed):
        vouched = session.completed and session.pairing_method is not smp.PairingMethod.JUST_WORKS
        return LinkSecurity(encrypted=True, authenticated=vouched)
    assert isinstance(device.keystore, BondStore), "devices of this package are opened with a BondStore"
    keys = device.keystore.bond(str(connection.peer_address))
    key = keys and (keys.ltk or keys.ltk_peripheral or keys.ltk_central)
    return LinkSecurity(encrypted=True, authenticated=bool(key and key.authenticated))


class Session(smp.Session):
    """Bumble's pairing session with two faults mended (bumble 0.0.236).

    A failed session stays in charge of its connection: it trips over what was still on its way, lets a
    person's late answer fail the attempt that came after it, and takes no second one. Here it waits, deaf.
    A refused numeric comparison is reported as 0x04, as if the protocol had failed, instead of 0x0C.
    """

    has_failed = False

    def on_smp_command(self, command: smp.SMP_Command) -> None:
        """After a failure, only a new request is heard; a new session takes it."""
        if not self.has_failed:
            super().on_smp_command(command)
        elif isinstance(command, smp.SMP_Pairing_Request_Command):
            self.on_disconnection(0)
            self.manager.on_smp_pdu(self.connection, bytes(command))

    def send_pairing_failed(self, error: smp.ErrorCode) -> None:
        """Fail the pairing, once."""
        if self.completed:
            return
        asked = self.wait_before_continuing is not None
        if asked and self.pairing_method is smp.PairingMethod.NUMERIC_COMPARISON:
            error = smp.ErrorCode.NUMERIC_COMPARISON_FAILED
        super().send_pairing_failed(error)

    def on_pairing_failure(self, reason: smp.ErrorCode) -> None:
        """Fail, unless it is over already."""
        if not self.completed:
            self.has_failed = True
            super().on_pairing_failure(reason)
