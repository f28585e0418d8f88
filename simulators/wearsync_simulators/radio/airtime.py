"""How long the link layer of Bluetooth LE takes for what it sends. Pure.

Rule: sizes in octets, times in microseconds, as the Core Specification (5.4) has them in Vol 6, Part B:
packet formats in 2.1 and 2.2, data PDUs in 2.4, the inter frame space in 4.1.1, connection events in 4.5.

Left out: peripheral latency, channel hopping, clock inaccuracy, and what a controller keeps for itself
between two events.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

__all__ = ["ATT_HEADER_OCTETS", "INTERVAL_MAX_MS", "INTERVAL_MIN_MS", "T_IFS_US", "Airtime", "Phy"]

Phy: TypeAlias = Literal["1M", "2M"]

# Vol 6, Part B, 4.1.1: the time between two packets of an exchange.
T_IFS_US = 150
# 2.4: what a data PDU carries without, and with, the data length extension; the MIC of an encrypted one.
PAYLOAD_OCTETS = 27
LONG_PAYLOAD_OCTETS = 251
MIC_OCTETS = 4
# 2.1.2 access address; 2.4 header; 3.1.1 CRC. The preamble (2.1.1) is an octet on 1M, two on 2M (2.2).
_AROUND_OCTETS = 4 + 2 + 3
_PREAMBLE_OCTETS = {"1M": 1, "2M": 2}
_OCTET_US = {"1M": 8, "2M": 4}
# 4.5.1: connInterval.
INTERVAL_MIN_MS, INTERVAL_MAX_MS = 7.5, 4000.0
# Before an attribute's value: L2CAP's header (Vol 3, Part A, 3.1), ATT's opcode and handle (Part F, 3.4.7.1).
L2CAP_HEADER_OCTETS = 4
ATT_HEADER_OCTETS = 3


@dataclass(frozen=True, slots=True)
class Airtime:
    """A radio whose packets take time. `interval_ms` None: what the central asks for; `dle`: data length
    extension; `loss`: how likely a packet arrives broken, drawn from `seed`. Raises ValueError.
    """

    phy: Phy = "2M"
    interval_ms: float | None = None
    dle: bool = True
    loss: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.phy not in get_args(Phy):
            raise ValueError(f"no PHY {self.phy!r}: it is 1M or 2M")
        if self.interval_ms is not None and not INTERVAL_MIN_MS <= self.interval_ms <= INTERVAL_MAX_MS:
            raise ValueError(f"no connection interval of {self.interval_ms:g} ms: it is 7.5 to 4000 ms")
        if not 0 <= self.loss < 1:
            raise ValueError(f"no loss of {self.loss:g}: it is 0 to below 1")

    def pdu_us(self, octets: int, *, encrypted: bool) -> int:
        """A data PDU's packet on the air; an empty one has no MIC (2.4)."""
        mic = MIC_OCTETS if encrypted and octets else 0
        return (_PREAMBLE_OCTETS[self.phy] + _AROUND_OCTETS + octets + mic) * _OCTET_US[self.phy]

    def fragments(self, octets: int) -> list[int]:
        """The payloads of the data PDUs that carry so much of L2CAP."""
        most = LONG_PAYLOAD_OCTETS if self.dle else PAYLOAD_OCTETS
        return [min(most, octets - at) for at in range(0, octets, most)]

    def notifications_us(self, values: Iterable[int], *, encrypted: bool = False) -> int:
        """Notifications of values of so many bytes, back to back: each data PDU is asked for by an empty one,
        and an inter frame space is on either side of it. No connection event ends meanwhile.
        """
        around_us = 2 * T_IFS_US + self.pdu_us(0, encrypted=encrypted)
        return sum(
            around_us + self.pdu_us(octets, encrypted=encrypted)
            for value in values
            for octets in self.fragments(L2CAP_HEADER_OCTETS + ATT_HEADER_OCTETS + value)
        )

    def ceiling_kbit_s(self, mtu: int, *, encrypted: bool = False) -> float:
        """The most that notifications can carry: full ones, back to back."""
        value_bytes = mtu - ATT_HEADER_OCTETS
        return 8000 * value_bytes / self.notifications_us([value_bytes], encrypted=encrypted)
