"""A line without a radio, for tests: what it sends is kept."""

from dataclasses import dataclass, field

from wearsync_simulators.watches.frames import Down, Up
from wearsync_simulators.watches.line import Line
from wearsync_simulators.watches.trust import Keyring, Lockout, PairingMode


@dataclass
class Laboratory:
    """Who the watch is, and what it has said and heard."""

    watch_id: bytes = bytes(16)
    nonce: bytes = bytes(range(16))
    sent: list[bytes] = field(default_factory=list)
    said: list[Up] = field(default_factory=list)
    heard: list[Down] = field(default_factory=list)
    lockout: Lockout = field(default_factory=Lockout)
    pairing: PairingMode = field(default_factory=PairingMode)


def open_line(
    laboratory: Laboratory, keyring: Keyring, *, tick: int = 0, lab: bool = False, mtu: int = 247
) -> Line:
    """A line that has just been connected."""

    def send(raw: bytes, frame: Up) -> None:
        laboratory.sent.append(raw)
        laboratory.said.append(frame)

    return Line(
        tick=tick,
        mtu=mtu,
        watch_id=laboratory.watch_id,
        keyring=keyring,
        lockout=laboratory.lockout,
        pairing=laboratory.pairing,
        entropy=lambda _size: laboratory.nonce,
        send=send,
        heard=laboratory.heard.append,
        lab=lab,
    )
