"""What people want of a session, from wherever it comes: the command line, MQTT, the watch itself.

Rule: each verb acts or refuses with one clear sentence; a refused one changes nothing.
"""

from dataclasses import replace
from typing import Literal

from pydantic import ValidationError

from wearsync.coordinator import cues, progression, reminders
from wearsync.coordinator import session as course
from wearsync.coordinator.draft import Draft
from wearsync.coordinator.effects import AwayChanged, CameBack
from wearsync.coordinator.state import OpenSession
from wearsync.messages import StopHold
from wearsync.model import AwaySpan, Command, CueKind, Phase, Routine, SessionEnd

# "snooze (minutes 10/30/60)": longer is another day's matter.
SNOOZE_MIN = (10, 30, 60)

# As many as a routine may have rounds: more is a stuck button.
EXTRAS_MAX = 10


def start(draft: Draft, command: Command) -> Draft:
    """Ask on the wrist; a watch that is only visited is fetched for it."""
    if not draft.state.visits and draft.state.link is None:
        return _out_of_reach(draft)
    return course.ask(draft)


def start_again(draft: Draft, command: Command) -> Draft:
    """One session at a time."""
    if draft.state.phase is Phase.CLOSING:
        return draft.refuse("a session is just ending: try again in a moment")
    return draft.refuse("a session is running already")


def no_session(draft: Draft, command: Command) -> Draft:
    """There is nothing to change."""
    return draft.refuse("no session is running")


def not_begun(draft: Draft, command: Command) -> Draft:
    """The watch still asks."""
    return draft.refuse("the session has not begun: the watch is asking for a tap")


def ending(draft: Draft, command: Command) -> Draft:
    """Too late."""
    return draft.refuse("the session is ending")


def stop_idle(draft: Draft, command: Command) -> Draft:
    """Without a session, one that was put off is called off."""
    if draft.state.snoozed_until_ms is None:
        return no_session(draft, command)
    return draft.to(replace(draft.state, snoozed_until_ms=None))


def call_off(draft: Draft, command: Command) -> Draft:
    """Take the question back."""
    if draft.state.reminds:
        return course.drop(course.clear(draft))
    return course.finish(course.clear(draft), SessionEnd.ENDED, key=None, at=draft.now, replayed=False)


def stop(draft: Draft, command: Command) -> Draft:
    """End the session. Out of reach it is over for the host at once; a hold that runs on still counts."""
    if draft.state.live:
        return course.wind_up(draft, SessionEnd.ENDED)
    return course.finish(draft, SessionEnd.ENDED, key=None, at=draft.now, replayed=False)


def stop_closing(draft: Draft, command: Command) -> Draft:
    """It is ending anyway; but nobody waits for a watch that is out of reach."""
    if draft.state.live:
        return ending(draft, command)
    end = _session(draft).end or SessionEnd.ENDED
    return course.finish(draft, end, key=None, at=draft.now, replayed=False)


def pause(draft: Draft, command: Command) -> Draft:
    """In a gap: wait for the wearer."""
    return course.enter_pause(draft, _session(draft).step) if draft.state.live else _out_of_reach(draft)


def pause_hold(draft: Draft, command: Command) -> Draft:
    """In a hold: it ends, and a full one is offered afterwards."""
    return _after_hold(draft, "pause", StopHold("pause"))


def paused_already(draft: Draft, command: Command) -> Draft:
    """Twice is once."""
    return draft.refuse("the session is paused already")


def resume(draft: Draft, command: Command) -> Draft:
    """On with the step that was paused at."""
    if not draft.state.live:
        return _out_of_reach(draft)
    session = _session(draft)
    return course.enter_gap(
        draft, session.step, draft.now.host_ms, session.routine.switch_gap_s, CueKind.READY
    )


def not_paused(draft: Draft, command: Command) -> Draft:
    """Nothing to resume."""
    return draft.refuse("the session is not paused")


def skip(draft: Draft, command: Command) -> Draft:
    """On to the next step."""
    if not draft.state.live:
        return _out_of_reach(draft)
    return course.go_to(draft, _session(draft).step + 1, draft.now.host_ms)


def skip_hold(draft: Draft, command: Command) -> Draft:
    """Stop the hold, then on to the next step."""
    return _after_hold(draft, "skip", StopHold("stop"))


def back(draft: Draft, command: Command) -> Draft:
    """The previous step once more; the first is its own."""
    if not draft.state.live:
        return _out_of_reach(draft)
    return course.go_to(draft, max(0, _session(draft).step - 1), draft.now.host_ms)


def back_hold(draft: Draft, command: Command) -> Draft:
    """Stop the hold, then the previous step once more."""
    return _after_hold(draft, "back", StopHold("stop"))


def extra(draft: Draft, command: Command) -> Draft:
    """One more hold of a side, after the last step."""
    if command.side is None:
        return draft.refuse("extra wants a side: left or right")
    if not draft.state.live:
        return _out_of_reach(draft)
    session = _session(draft)
    if len(session.extras) == EXTRAS_MAX:
        return draft.refuse(f"no more than {EXTRAS_MAX} extra holds in a session")
    extras = (*session.extras, command.side)
    return draft.to(replace(draft.state, session=replace(session, extras=extras)))


def snooze(draft: Draft, command: Command) -> Draft:
    """Ask again later."""
    if command.minutes not in SNOOZE_MIN:
        return draft.refuse("snooze wants 10, 30 or 60 minutes")
    draft = course.clear(draft)
    until_ms = draft.now.host_ms + command.minutes * 60_000
    return draft.to(
        replace(
            draft.state,
            phase=Phase.IDLE,
            session=None,
            phase_deadline_ms=None,
            snoozed_until_ms=until_ms,
        )
    )


def nothing_to_snooze(draft: Draft, command: Command) -> Draft:
    """Only a question can be put off."""
    return draft.refuse("there is nothing to put off: the watch is not asking")


def away(draft: Draft, command: Command) -> Draft:
    """While the wearer is away the streak stands still. On once more is told once more: the journal may not
    know of it (an older version kept it here alone), and then nobody could see it.
    """
    if command.away is None:
        return draft.refuse("away wants on or off")
    today = draft.now.local_date
    if not command.away:
        draft = draft.emit(CameBack(today))
        if not draft.state.away:
            return draft
    since = draft.state.away_since or today
    span = AwaySpan(since, last=None if command.away else today)
    changed = draft.to(replace(draft.state, away_since=since if command.away else None))
    return reminders.away_changed(changed.emit(AwayChanged(span)))


def buzz(draft: Draft, command: Command) -> Draft:
    """One nudge, to see that it is felt."""
    if not draft.state.live:
        return _out_of_reach(draft)
    session = draft.state.session
    return cues.send(draft, [cues.Wanted(CueKind.NUDGE)], session.id if session else 0)


def set_routine(draft: Draft, command: Command) -> Draft:
    """Change the routine, from the next session on."""
    known = ", ".join(Routine.model_fields)
    unknown = [name for name, _ in command.changes if name not in Routine.model_fields]
    if unknown:
        return draft.refuse(f"set does not know {unknown[0]!r}: it changes {known}")
    if not command.changes:
        return draft.refuse(f"set wants something to change: {known}")
    changed = {**draft.state.routine.model_dump(), **dict(command.changes)}
    try:
        routine = Routine.model_validate(changed)
    except ValidationError as error:
        first = error.errors()[0]
        return draft.refuse(f"{first['loc'][0]}: {first['msg'].lower()}")
    draft = draft.to(replace(draft.state, routine=routine))
    return progression.restart(draft, [name for name, _ in command.changes])


def _after_hold(draft: Draft, wish: Literal["skip", "back", "pause"], order: StopHold) -> Draft:
    if not draft.state.live:
        return _out_of_reach(draft)
    session = replace(_session(draft), wish=wish)
    return draft.to(replace(draft.state, session=session)).tell(order)


def _out_of_reach(draft: Draft) -> Draft:
    if draft.state.link is not None:
        return draft.refuse("the watch is still catching up: try again in a moment")
    if draft.state.visits and draft.state.session is None:
        return draft.refuse("this watch is connected for a session only: start one")
    return draft.refuse("the watch is out of reach: bring it near")


def _session(draft: Draft) -> OpenSession:
    session = draft.state.session
    assert session is not None, f"phase {draft.state.phase} without a session"
    return session
