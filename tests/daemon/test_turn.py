"""A turn is one commit of all that must not be lost; its wishes come apart, to be carried out after it."""

import json
from dataclasses import replace
from datetime import UTC

from wearsync.alert_codes import AlertCode
from wearsync.coordinator.effects import Reply, ToWatch
from wearsync.coordinator.events import CaughtUp, CommandGiven, Event, Input, LinkUp, RoutineConfigured
from wearsync.coordinator.state import WatchState, from_json
from wearsync.daemon.clock import HostClock
from wearsync.daemon.turn import INPUTS_MAX, Fact, Turn, take
from wearsync.messages import PlayCues, ShowStep
from wearsync.model import Alert, Command, Phase, Routine, SessionResult, Severity, Verb
from wearsync.ports import Commit, LoggedInput, OutboxRow

NOW = HostClock(loop_time=lambda: 0.0, wall=lambda: 1_780_000_000.0, zone=UTC).now()


EMPTY = Commit(watch_id="a1" * 16, wearer="you")


def turn_of(
    *events: Event, state: WatchState | None = None, extra: tuple[Fact, ...] = (), logged: int = 0
) -> Turn:
    return take(
        state or WatchState(),
        [Input(event, NOW, seed) for seed, event in enumerate(events)],
        commit=EMPTY,
        logged=logged,
        extra_facts=extra,
        event_row=lambda fact: (
            OutboxRow(fact.event_id, "t", "{}", NOW.host_ms)
            if isinstance(fact, Alert | SessionResult)
            else None
        ),
    )


def command(verb: Verb) -> CommandGiven:
    return CommandGiven(command=Command(verb), via="test", request_id="r")


READY = (RoutineConfigured(routine=Routine()), LinkUp(boot=1, routine_id=Routine().id), CaughtUp())


def test_the_inputs_are_logged_and_a_state_that_stands_alone_is_a_checkpoint() -> None:
    turn = turn_of(*READY)
    assert turn.commit.checkpoint is not None
    assert from_json(turn.commit.checkpoint) == turn.state
    assert turn.commit.inputs == (LoggedInput(NOW.host_ms, ""),) * 3
    asking = turn_of(command(Verb.START), command(Verb.START), state=turn.state)
    kinds = [json.loads(entry.payload)["event"]["kind"] for entry in asking.commit.inputs]
    assert kinds == ["command", "command"]


def test_cues_are_in_the_commit_and_the_words_to_the_watch_are_not() -> None:
    turn = turn_of(*READY, command(Verb.START))
    assert turn.state.phase is Phase.CONFIRM
    assert turn.commit.checkpoint is None
    assert [(cue.cue, cue.attempts, cue.result) for cue in turn.commit.cues] == [("reminder", 1, None)]
    told = [wish.message for wish in turn.wishes if isinstance(wish, ToWatch)]
    assert [type(message) for message in told] == [ShowStep, PlayCues]
    assert [wish.reason for wish in turn.wishes if isinstance(wish, Reply)] == [None]


def test_facts_are_in_the_commit_with_their_rows() -> None:
    asking = turn_of(*READY, command(Verb.START)).state
    turn = turn_of(command(Verb.STOP), state=asking)
    (session,) = turn.commit.sessions
    assert turn.facts[-1] == session
    assert [row.event_id for row in turn.commit.outbox] == [session.event_id]


def test_what_the_host_has_seen_itself_goes_first() -> None:
    alert = Alert("host:1", AlertCode.CONTINUITY, Severity.WARNING, "went back", NOW, replayed=False)
    turn = turn_of(*READY, extra=(alert,))
    assert turn.facts == (alert,)
    assert [row.event_id for row in turn.commit.outbox] == ["host:1"]


def test_what_has_arrived_is_in_the_same_commit() -> None:
    turn = take(
        WatchState(),
        (),
        commit=replace(EMPTY, journal="77", cursor=12, gaps=((1, 12),), nonce=bytes(16)),
        event_row=lambda fact: None,
    )
    assert (turn.commit.journal, turn.commit.cursor, turn.commit.gaps) == ("77", 12, ((1, 12),))
    assert turn.commit.nonce == bytes(16)


def test_log_of_a_session_of_days_is_written_down_in_its_midst() -> None:
    asking = turn_of(*READY, command(Verb.START), logged=INPUTS_MAX - 4)
    assert (asking.logged, asking.commit.checkpoint) == (INPUTS_MAX, None)
    more = turn_of(command(Verb.START), state=asking.state, logged=asking.logged)
    assert more.state.phase is Phase.CONFIRM
    assert more.commit.checkpoint is not None
    assert from_json(more.commit.checkpoint) == more.state
    assert more.logged == 0
