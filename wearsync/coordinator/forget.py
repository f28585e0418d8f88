"""What a watch's state tells of the past, taken out of it.

Rule: nothing that is needed to take each record once (`finished`: random numbers) goes, nor what holds at
present: routine, battery, being away.
"""

from dataclasses import replace
from datetime import date

from wearsync.coordinator import progression
from wearsync.coordinator.state import WatchState


def forget(state: WatchState, before: date | None) -> WatchState:
    """The state without the last cue and cues that were given up, and without the full days before that date
    (None: all of them): on the way to longer holds, and the one on which no reminder is needed any more. With
    all of them goes why reminders are off, not that they are.
    """
    cues = tuple(cue for cue in state.cues if not cue.given_up)
    progress = progression.forget(state.progression, before)
    done_on = (
        state.done_on
        if before is not None and state.done_on is not None and state.done_on >= before
        else None
    )
    reminders = state.reminders
    if before is None:
        reminders = replace(reminders, switch=replace(reminders.switch, pain=False, day=None))
    return replace(
        state,
        cues=cues,
        last_cue=None,
        last_ack=None,
        progression=progress,
        done_on=done_on,
        reminders=reminders,
    )
