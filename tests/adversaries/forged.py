"""Frames down as a proven host would write them, by name; whoever writes them here has no tag for them."""

import struct

# A session at once, a buzz at once, 1970, ten rounds of a minute.
FORGED = {
    "START": b"\x03" + bytes(4),
    "ACK": b"\x04" + bytes(4),
    "CUES": b"\x05" + struct.pack("<I", 2) + struct.pack("<IBBBIH", 99, 1, 0, 0, 0, 60_000),
    "CANCEL": b"\x06",
    "STEP": b"\x07" + struct.pack("<IBBBBBIBB", 7, 0, 2, 0, 0, 1, 0, 30, 0) + b"LEFT",
    "HOLD": b"\x08\x03",
    "CLOCK": b"\x09" + struct.pack("<qh", 1, 0),
    "PING": b"\x0a" + bytes(4),
    "ROUTINE": b"\x0b" + struct.pack("<IBBBBBBBBHH", 9, 0, 10, 60, 60, 3, 3, 0, 0, 0xFFFF, 0),
    "BYE": b"\x0c",
}
