"""The host's way of a notification, step by step as the daemon takes it: open and decode, take in, step, one
commit.

Rule: these are the product's own functions in the product's own order (`daemon/watch_task.py`), without the
link that brings the bytes and without the tasks that wait for them.
"""

import time
from collections.abc import Sequence
from dataclasses import replace

from wearsync.coordinator.events import Event, Input, LinkUp
from wearsync.coordinator.state import WatchState
from wearsync.daemon.boots import BootClocks
from wearsync.daemon.clock import HostClock
from wearsync.daemon.intake import take_in
from wearsync.daemon.turn import Fact, take
from wearsync.messages import RecordsArrived
from wearsync.model import CueFate, HoldResult, SessionResult
from wearsync.ports import Commit, OutboxRow, Position
from wearsync.protocol.session import HostSession
from wearsync.publish import events
from wearsync.publish.topics import Leaf, of_watch

WATCH, WEARER, NAME = "a1" * 16, "you", "Ours"


class Host:
    """The host of one watch; its journal begins with `first_commit`."""

    def __init__(self, *, watch_id: str = WATCH, wearer: str = WEARER) -> None:
        self._commit = Commit(watch_id, wearer)
        self._clock = HostClock(loop_time=time.monotonic, wall=time.time)
        self._boots = BootClocks()
        self._state = WatchState()
        self._position = Position("1", 1, 1, 0, "first")
        self._logged = 0
        self._seed = 0

    def first_commit(self, boot: int) -> Commit:
        """The watch is ready."""
        opening = replace(self._commit, opening=self._position)
        return self._turn((LinkUp(boot=boot),), opening)

    def hears(self, session: HostSession, notifications: Sequence[bytes]) -> Commit:
        """The commit of what these notifications bring."""
        said = [each for data in notifications for each in session.receive(data)]
        messages = [each for each in said if isinstance(each, RecordsArrived)]
        taken = take_in(
            messages,
            commit=self._commit,
            position=self._position,
            boots=self._boots,
            clock=self._clock,
            live=False,
        )
        self._position = taken.position
        return self._turn(taken.events, taken.commit)

    def _turn(self, happened: Sequence[Event], commit: Commit) -> Commit:
        now = self._clock.now()
        self._seed += 1
        turn = take(
            self._state,
            [Input(event, now, self._seed) for event in happened],
            commit=commit,
            logged=self._logged,
            event_row=lambda fact: _event_row(fact, self._commit.wearer, now.host_ms),
        )
        self._state, self._logged = turn.state, turn.logged
        return turn.commit


def _event_row(fact: Fact, wearer: str, now_ms: int) -> OutboxRow | None:
    match fact:
        case HoldResult():
            text: str | None = events.hold(fact, wearer=wearer, publish_pain=False)
            leaf = Leaf.HOLD
        case SessionResult():
            text, leaf = events.session(fact, wearer=wearer), Leaf.SESSION
        case CueFate():
            text, leaf = events.cue(fact, wearer=wearer), Leaf.CUE
        case _:
            text, leaf = events.alert(fact, wearer=wearer, publish_pain=False), Leaf.ALERT
    return None if text is None else OutboxRow(fact.event_id, of_watch(NAME, leaf), text, now_ms)
