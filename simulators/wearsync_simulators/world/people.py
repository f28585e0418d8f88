"""The wearers' days: when they stretch, how they start it, what they do in between, and where they go.

Rule: pure; a day is drawn whole from a random stream, before it begins.
"""

from dataclasses import dataclass
from random import Random
from typing import Literal

from wearsync.model import Verb

__all__ = ["QUIET_MIN", "REMINDERS_MIN", "ROUTINE", "STEPS", "Appointment", "Deed", "Walk", "day"]

# At any time of the day: who stretches at half past midnight shows by which date it was counted.
LAST_START_S = 24 * 3600.0 - 900.0
SESSIONS_A_DAY = (2, 3, 4, 5)
WALKS_A_DAY = (0, 1, 2, 3)
# What is asked of a running session, by command; half of all sessions are left alone.
VERBS = (
    Verb.PAUSE,
    Verb.RESUME,
    Verb.SKIP,
    Verb.BACK,
    Verb.EXTRA,
    Verb.STOP,
    Verb.SNOOZE,
    Verb.BUZZ,
    Verb.START,
)
# Short enough for many sessions, long enough for something to happen in each hold.
# Reminders at an hour that is left out, or comes twice, in some nights; and at two that people choose.
ROUTINE = """
[routine]
rounds = 2
left_s = 30
right_s = 45
first_gap_s = 5
switch_gap_s = 5

[reminder]
times = ["02:30", "07:30", "19:00"]
quiet = "22:00-01:00"
"""
REMINDERS_MIN = frozenset({150, 450, 1140})
QUIET_MIN = (22 * 60, 60)
STEPS = 4

How = Literal["cli", "mqtt", "watch"]


@dataclass(frozen=True, slots=True)
class Deed:
    """A command, this long after the session's start, on that way."""

    after_s: float
    verb: Verb
    how: Literal["cli", "mqtt"]


@dataclass(frozen=True, slots=True)
class Appointment:
    """A session at `at_s` after midnight, started `how`, and what is asked of it."""

    at_s: float
    how: How
    deeds: tuple[Deed, ...]


@dataclass(frozen=True, slots=True)
class Walk:
    """Out of the host's reach from `at_s` after midnight, for `for_s`."""

    at_s: float
    for_s: float


def day(random: Random) -> tuple[tuple[Appointment, ...], tuple[Walk, ...]]:
    """One wearer's day."""
    starts = sorted(random.uniform(0.0, LAST_START_S) for _ in range(random.choice(SESSIONS_A_DAY)))
    appointments = tuple(
        Appointment(at_s, random.choice(("cli", "mqtt", "watch", "watch")), _deeds(random)) for at_s in starts
    )
    walks = tuple(
        sorted(
            (_walk(random, appointments) for _ in range(random.choice(WALKS_A_DAY))),
            key=lambda walk: walk.at_s,
        )
    )
    return appointments, walks


def _deeds(random: Random) -> tuple[Deed, ...]:
    if random.random() < 0.5:
        return ()
    return tuple(
        Deed(random.uniform(5.0, 240.0), random.choice(VERBS), random.choice(("cli", "mqtt")))
        for _ in range(random.choice((1, 1, 2, 4)))
    )


def _walk(random: Random, appointments: tuple[Appointment, ...]) -> Walk:
    """Anywhere in the day; or, what hurts most, in the middle of a session, or over a whole one."""
    for_s = random.choice((5.0, 30.0, 90.0, 600.0, 3600.0, 8 * 3600.0)) * random.uniform(0.5, 1.5)
    if random.random() < 0.5:
        return Walk(random.choice(appointments).at_s + random.uniform(-60.0, 200.0), for_s)
    return Walk(random.uniform(0.0, 24 * 3600.0), for_s)
