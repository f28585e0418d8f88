"""What a watch's state tells of the past, taken out of it.

Rule: nothing that is needed to take each record once (`finished`: random numbers) goes, nor what holds at
present: routine, battery, being away.
"""

from dataclasses import replace
from datetime import date

from wearsync.coordinator import progression
from wearsync.coordinator.state import WatchState


def forget(state: WatchState, before: date | None) -> WatchState:
    """The state without days away before that date (None: all that are over), without the last cue and cues
    that were given up, and without the full days before it on the way to longer holds.
    """
    spans = tuple(
        span for span in state.away_spans if span.last is None or (before is not None and span.last >= before)
    )
    cues = tuple(cue for cue in state.cues if not cue.given_up)
    progress = progression.forget(state.progression, before)
    return replace(state, away_spans=spans, cues=cues, last_cue=None, last_ack=None, progression=progress)
