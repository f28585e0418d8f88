"""One turn of one watch: inputs → new state, one commit, and the wishes to carry out once it is durable.
Pure.

Rule: whatever must not be lost is in the commit; a wish may be lost, for it is derived anew from the state.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from wearsync.coordinator import log
from wearsync.coordinator.effects import (
    Alerted,
    AwayChanged,
    CameBack,
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
from wearsync.ports import Commit, CueRow, LoggedInput, OutboxRow

# A session takes some hundred inputs; more are one of days. The state is written down then in its midst too,
# so that neither the log nor the time to fold it grows.
INPUTS_MAX = 2000

Fact = HoldResult | SessionResult | CueFate | Alert
Wish = ToWatch | Reply | WantLink


@dataclass(frozen=True, slots=True)
class Turn:
    """What a turn comes to. `facts`: for listeners, once the commit is durable; `logged`: inputs since the
    last checkpoint.
    """

    state: WatchState
    commit: Commit
    facts: tuple[Fact, ...]
    wishes: tuple[Wish, ...]
    logged: int


def take(
    state: WatchState,
    inputs: Sequence[Input],
    *,
    commit: Commit,
    logged: int = 0,
    extra_facts: Sequence[Fact] = (),
    event_row: Callable[[Fact], OutboxRow | None],
) -> Turn:
    """Step over the inputs. `commit`: of the watch, with what has arrived besides; `logged`: inputs before
    these, since the last checkpoint; `event_row`: the outbox row of a fact, None where it is not published.
    """
    effects: list[Effect] = []
    for entry in inputs:
        state, more = step(state, entry)
        effects.extend(more)
    facts = (*extra_facts, *(fact for effect in effects if (fact := _fact(effect)) is not None))
    rows = tuple(row for fact in facts if (row := event_row(fact)) is not None)
    logged += len(inputs)
    stands_alone = state.phase is Phase.IDLE or logged > INPUTS_MAX
    # A state that is written down stands for the inputs: of these, only the time is kept.
    payloads = ("" if stands_alone else log.to_json(entry) for entry in inputs)
    whole = replace(
        commit,
        inputs=tuple(map(LoggedInput, (entry.now.host_ms for entry in inputs), payloads)),
        checkpoint=to_json(state) if stands_alone else None,
        cues=tuple(_cue_row(effect) for effect in effects if isinstance(effect, CueSent | CueSettled)),
        holds=tuple(fact for fact in facts if isinstance(fact, HoldResult)),
        sessions=tuple(fact for fact in facts if isinstance(fact, SessionResult)),
        away=tuple(effect.span for effect in effects if isinstance(effect, AwayChanged)),
        back=next((effect.day for effect in effects if isinstance(effect, CameBack)), None),
        outbox=rows,
    )
    wishes = tuple(effect for effect in effects if isinstance(effect, ToWatch | Reply | WantLink))
    return Turn(state=state, commit=whole, facts=facts, wishes=wishes, logged=0 if stands_alone else logged)


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
