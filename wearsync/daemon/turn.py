"""One turn of one watch: inputs → new state, one commit, and the wishes to carry out once it is durable.
Pure.

Rule: whatever must not be lost is in the commit; a wish may be lost, for it is derived anew from the state.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wearsync.coordinator import log
from wearsync.coordinator.effects import (
    Alerted,
    CueSent,
    CueSettled,
    Effect,
    HoldFinished,
    Reply,
    SessionFinished,
    ToWatch,
    WantLink,
)
from wearsync.coordinator.events import Input
from wearsync.coordinator.machine import step
from wearsync.coordinator.state import WatchState, to_json
from wearsync.model import Alert, CueFate, HoldResult, Phase, SessionResult
from wearsync.ports import Commit, CueRow, LoggedInput, OutboxRow, StoredRecord

Fact = HoldResult | SessionResult | CueFate | Alert
Wish = ToWatch | Reply | WantLink


@dataclass(frozen=True, slots=True)
class Arrival:
    """Records and gaps of one journal, and the cursor once they are durable."""

    journal: str
    cursor: int
    records: tuple[StoredRecord, ...] = ()
    gaps: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """What a turn comes to. `facts`: for listeners, once the commit is durable."""

    state: WatchState
    commit: Commit
    facts: tuple[Fact, ...]
    wishes: tuple[Wish, ...]


def take(
    state: WatchState,
    inputs: Sequence[Input],
    *,
    watch_id: str,
    wearer: str,
    arrival: Arrival | None,
    extra_facts: Sequence[Fact] = (),
    event_row: Callable[[Fact], OutboxRow | None],
) -> Turn:
    """Step over the inputs. `event_row`: the outbox row of a fact, None where it is not published."""
    effects: list[Effect] = []
    for entry in inputs:
        state, more = step(state, entry)
        effects.extend(more)
    facts = (*extra_facts, *(fact for effect in effects if (fact := _fact(effect)) is not None))
    rows = tuple(row for fact in facts if (row := event_row(fact)) is not None)
    commit = Commit(
        watch_id=watch_id,
        wearer=wearer,
        journal=None if arrival is None else arrival.journal,
        cursor=None if arrival is None else arrival.cursor,
        records=() if arrival is None else arrival.records,
        gaps=() if arrival is None else arrival.gaps,
        inputs=tuple(LoggedInput(entry.now.host_ms, log.to_json(entry)) for entry in inputs),
        checkpoint=to_json(state) if state.phase is Phase.IDLE else None,
        cues=tuple(_cue_row(effect) for effect in effects if isinstance(effect, CueSent | CueSettled)),
        holds=tuple(fact for fact in facts if isinstance(fact, HoldResult)),
        sessions=tuple(fact for fact in facts if isinstance(fact, SessionResult)),
        outbox=rows,
    )
    wishes = tuple(effect for effect in effects if isinstance(effect, ToWatch | Reply | WantLink))
    return Turn(state=state, commit=commit, facts=facts, wishes=wishes)


def _fact(effect: Effect) -> Fact | None:
    match effect:
        case HoldFinished(hold):
            return hold
        case SessionFinished(session):
            return session
        case CueSettled(fate):
            return fate
        case Alerted(alert):
            return alert
        case _:
            return None


def _cue_row(effect: CueSent | CueSettled) -> CueRow:
    match effect:
        case CueSent(cue_id, cue, session, boot, due_ms, attempts):
            return CueRow(cue_id, session, cue.value, boot, due_ms, attempts, None)
        case CueSettled(fate):
            return CueRow(
                fate.cue_id, fate.session, fate.cue.value, None, None, fate.attempts, fate.result.value
            )
