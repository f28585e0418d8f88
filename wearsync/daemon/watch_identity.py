"""Which watch a task is for, and how it is treated: what the configuration says of it.

Rule: a value; who is another one, or somebody else's, by its settings is taken in anew.
"""

from dataclasses import dataclass, replace

from wearsync.config import Settings, WatchSettings
from wearsync.coordinator.events import RoutineConfigured
from wearsync.coordinator.reminder_plan import ReminderPlan
from wearsync.model import LinkMode, Routine


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

    def is_who(self, other: "WatchIdentity") -> bool:
        """Whether only the treatment differs."""
        return self == replace(
            other,
            routine=self.routine,
            progression=self.progression,
            visits=self.visits,
            reminder=self.reminder,
        )


def identity_of(watch: WatchSettings, settings: Settings) -> WatchIdentity:
    """A watch of these settings."""
    routine = settings.routine_of(watch)
    return WatchIdentity(
        name=watch.name,
        watch_id=watch.id,
        wearer=settings.wearer_of(watch),
        driver=watch.driver,
        routine=routine.plan,
        progression=routine.progression,
        visits=watch.link is LinkMode.VISIT,
        reminder=settings.reminder_of(watch),
    )


def configured(who: WatchIdentity) -> RoutineConfigured:
    """What its coordinator is told of that."""
    return RoutineConfigured(who.routine, who.visits, who.progression, who.reminder)
