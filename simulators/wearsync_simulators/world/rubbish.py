"""Commands that are none: what a broken or hostile client puts on a command topic.

Rule: pure; nothing of it may be carried out, but for one buzz with a `request_id` that comes again and again.
"""

import json
from random import Random

from wearsync.ports import Incoming

__all__ = ["rubbish"]

_MIB = 1024 * 1024
# Deeper than a parser that recurses can stand.
_DEEP = 100_000
# A button that is stuck: the same request for ever.
_STUCK_ID = "stuck-button"

_PAYLOADS = (
    b"",
    b"start",
    b"{",
    b"null",
    b"[]",
    b"\xff\xfe\x00\x01",
    b"\x00" * 64,
    b'{"command": "start\x00"}',
    b'{"command": NaN}',
    b'{"command": "snooze", "minutes": Infinity}',
    b'{"command": "snooze", "minutes": 1e999}',
    b'{"command": "extra", "side": 18446744073709551616}',
    b'{"command": "format", "request_id": "r"}',
    b'{"command": "start", "key": "value"}',
    b'{"command": "start", "request_id": "' + b"x" * 200 + b'"}',
    b'{"command": "set", "changes": {"rounds": -1}}',
    b'{"command": "set", "changes": {}}',
    b'{"command": "resync", "since": "nobody:1:1:hold"}',
    b'{"command": "away"}',
    b"[" * _DEEP,
    b" " * _MIB,
    b'{"command": "start", "note": "' + b"x" * _MIB + b'"}',
)
_STRANGE_TOPICS = ("nobody/command", "/command", "😀/command", "a" * 300 + "/command")


def rubbish(draw: Random, watch: str) -> Incoming:
    """One message; `watch` is the level of a watch that there is. About one in ten is retained."""
    chance = draw.random()
    topic = f"{watch}/command"
    if chance < 0.1:
        start = json.dumps({"command": "start", "request_id": f"old-{draw.randrange(1000)}"})
        return Incoming(topic, start.encode(), retained=True)
    if chance < 0.2:
        stuck = json.dumps({"command": "buzz", "request_id": _STUCK_ID})
        return Incoming(topic, stuck.encode(), retained=False)
    if chance < 0.3:
        topic = draw.choice(_STRANGE_TOPICS)
    return Incoming(topic, draw.choice(_PAYLOADS), retained=False)
