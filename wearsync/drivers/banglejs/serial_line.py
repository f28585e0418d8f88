"""The Nordic UART of a Bangle.js as a serial line: whole lines down in packets, bytes up into lines.

Rule: one line at a time, one packet under way at a time, and none while the watch has said XOFF. What goes
wrong here is a broken link: `LinkLost`.
"""

from collections import deque
from typing import Final

from wearsync.drivers.banglejs.lines import XOFF, XON, LineReader
from wearsync.drivers.base import Write
from wearsync.errors import LinkLost

NUS_UUID: Final = "6e400001-b5a3-f393-e0a9-e50e24dcca9e"
# Named as the watch sees them: it receives on RX and transmits on TX.
RX_UUID: Final = "6e400002-b5a3-f393-e0a9-e50e24dcca9e"
TX_UUID: Final = "6e400003-b5a3-f393-e0a9-e50e24dcca9e"

# Espruino's own MTU is 131 (boards/BANGLEJS2.py): 3 bytes are ATT's, and a packet fits its buffers whole.
PACKET_MAX_BYTES: Final = 128
ATT_HEADER_BYTES: Final = 3
# The least that any link carries: ATT's default MTU of 23.
PACKET_MIN_BYTES: Final = 20
# The watch says XOFF while it writes flash or draws; moving its whole flash storage together takes some 15 s.
XOFF_DEADLINE_MS: Final = 20_000
# More than the session within has under way at most (256 writes), and a few lines of our own.
LINES_WAITING_MAX: Final = 300


class SerialLine:
    """The host's end of the line. After each event: `advance`, and carry out what it gives."""

    def __init__(self) -> None:
        self._reader = LineReader()
        self._packet_bytes = PACKET_MIN_BYTES
        self._lines: deque[deque[bytes]] = deque()
        self._under_way = False
        self._stopped_ms: int | None = None

    @property
    def is_empty(self) -> bool:
        """All that was put has been sent."""
        return not self._lines

    @property
    def deadline_ms(self) -> int | None:
        """When `check` has to be asked; None: the watch takes what comes."""
        return None if self._stopped_ms is None else self._stopped_ms + XOFF_DEADLINE_MS

    def fit(self, mtu: int) -> None:
        """Make packets that an ATT MTU carries."""
        self._packet_bytes = max(PACKET_MIN_BYTES, min(mtu - ATT_HEADER_BYTES, PACKET_MAX_BYTES))

    def put(self, line: bytes) -> None:
        """Send a line, after those before it. Raises `LinkLost` when too many wait."""
        if len(self._lines) >= LINES_WAITING_MAX:
            raise LinkLost(f"{LINES_WAITING_MAX} lines wait for the watch: the link is built anew")
        size = self._packet_bytes
        self._lines.append(deque(line[begin : begin + size] for begin in range(0, len(line), size)))

    def advance(self) -> tuple[Write, ...]:
        """The next packet, if there is one and its time has come."""
        if self._under_way or self._stopped_ms is not None or not self._lines:
            return ()
        self._under_way = True
        return (Write(RX_UUID, self._lines[0].popleft()),)

    def done(self) -> bool:
        """The packet under way is done; whether it was the last of its line."""
        self._under_way = False
        if self._lines[0]:
            return False
        self._lines.popleft()
        return True

    def receive(self, data: bytes, now_ms: int) -> tuple[bytes, ...]:
        """Take the bytes of a notification: the lines that end in them; XOFF and XON are obeyed."""
        flow = [byte for byte in data if byte in (XON, XOFF)]
        if XON in flow:
            self._stopped_ms = None
        if flow and flow[-1] == XOFF and self._stopped_ms is None:
            self._stopped_ms = now_ms
        return self._reader.take(data)

    def check(self, now_ms: int) -> None:
        """Raises `LinkLost` when the watch has been taking nothing for too long."""
        if self.deadline_ms is not None and now_ms >= self.deadline_ms:
            raise LinkLost(
                f"the watch has taken nothing for {XOFF_DEADLINE_MS // 1000} s: the link is built anew"
            )
