"""Where everything stands below `wearsync/<site>`; pure.

Rule: a name given by a person reaches a topic through `slug` and in no other way. Topics are written without
the base, except by `base`.
"""

import hashlib
import re
from enum import StrEnum

# A level longer than this helps nobody who reads topics, and brokers limit the whole.
SLUG_MAX = 40

# Beside the watches, these stand on the same level: a watch of that name would take their place.
_RESERVED = frozenset({"status", "info", "health", "wearer"})

STATUS = "status"
INFO = "info"
HEALTH = "health"
COMMANDS = "+/command"

# Where `wearsync doctor` tries what the broker lets us do: no watch's slug has a dot.
PROBE = ".doctor"

# What a topic begins with that does not stand below the base.
ELSEWHERE = "/"


class Leaf(StrEnum):
    """The last level of a watch's topic."""

    AVAILABILITY = "availability"
    STATE = "state"
    HOLD = "hold"
    SESSION = "session"
    CUE = "cue"
    ALERT = "alert"
    COMMAND = "command"
    REPLY = "reply"


def slug(name: str) -> str:
    """The level that stands for a name: `[a-z0-9_-]`, 1 to 40 characters.

    Case and blanks are let go; where more than that is lost, a hash of the name is added, so that different
    names do not meet. Those that differ by case and blanks alone do: the configuration refuses the second.
    """
    plain = re.sub(r"\s+", "-", name.strip().lower())
    if re.fullmatch(rf"[a-z0-9_-]{{1,{SLUG_MAX}}}", plain) and plain not in _RESERVED:
        return plain
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    readable = re.sub(r"[^a-z0-9_-]+", "_", plain[:SLUG_MAX])[: SLUG_MAX - len(digest) - 1].strip("_-")
    return f"{readable}-{digest}" if readable else digest


def base(site: str) -> str:
    """The base of all topics of one daemon."""
    return f"wearsync/{slug(site)}"


def full(base: str, topic: str) -> str:
    """The topic as the broker knows it."""
    return topic.removeprefix(ELSEWHERE) if topic.startswith(ELSEWHERE) else f"{base}/{topic}"


def short(base: str, topic: str) -> str:
    """The topic as the daemon knows it."""
    below = topic.removeprefix(f"{base}/")
    return f"{ELSEWHERE}{topic}" if below == topic else below


def of_watch(watch: str, leaf: Leaf) -> str:
    """A watch's topic; `watch` is its name or its slug."""
    return f"{slug(watch)}/{leaf}"


def of_probe(leaf: Leaf) -> str:
    """A topic as a watch's, which is none."""
    return f"{PROBE}/{leaf}"


def summary_of(wearer: str) -> str:
    """Where a wearer's day and weeks stand."""
    return f"wearer/{slug(wearer)}/summary"


def holds_of(wearer: str) -> str:
    """Where holds done without a watch, and amendments, are told."""
    return f"wearer/{slug(wearer)}/hold"


def watch_of_command(topic: str) -> str | None:
    """The slug of the watch that a command topic names; None when it is no command topic."""
    watch, separator, leaf = topic.partition("/")
    return watch if separator and watch and leaf == Leaf.COMMAND else None
