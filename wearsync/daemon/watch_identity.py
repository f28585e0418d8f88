"""Which watch a task is for, and how it is treated: what the configuration says of it.

Rule: a value; a watch whose settings change is taken in anew.
"""

from dataclasses import dataclass

from wearsync.coordinator.reminder_plan import ReminderPlan
from wearsync.model import Routine


@dataclass(frozen=True, slots=True)
class WatchIdentity:
    """Which watch, whose, and how it is treated."""

    name: str
    watch_id: str
    wearer: str
    driver: str
    routine: Routine
    progression: bool
    visits: bool
    reminder: ReminderPlan
