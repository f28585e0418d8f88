"""Reminders: whether the wearer is asked for the day's session, and when not.

Rule: an instant of the plan is dealt with once, whatever comes of it; a reminder is a question like that of
`start`, but one that nobody answers is no session, and is not asked again. The daemon says what it knows of
the wearer (`ReminderDue`, `PainDays`, `DayDone`); what follows from it is decided here.
"""

from dataclasses import replace
from datetime import date, timedelta
from typing import assert_never

from wearsync.alert_codes import AlertCode
from wearsync.coordinator import session as course
from wearsync.coordinator.draft import Draft
from wearsync.coordinator.events import (
    DayDone,
    PainDays,
    ReminderAhead,
    ReminderDue,
    ReminderEvent,
    SwitchHeard,
)
from wearsync.coordinator.reminder_plan import DAY_MIN, ReminderPlan, local_minute
from wearsync.coordinator.state import Reminders, Switch, WatchState
from wearsync.model import Command, Phase, Severity

# Who was not asked a quarter of an hour ago is asked late: that is for the plan's `missed` to allow.
ON_TIME_MS = 15 * 60 * 1000

# What was dealt with and lies more than this ahead, was dealt with while the clock was wrong.
DAY_MS = DAY_MIN * 60_000
# So what was before that must be known too: a clock that is years ahead is put right before it has come to
# more instants.
HANDLED_KEPT = 4

# "Three such days in seven stop the reminders."
PAIN_DAYS_MAX = 3
PAIN_WITHIN_DAYS = 7

ASKED = "time to stretch; stop on sharp pain, numbness or tingling"
PUT_OFF = f"put off until now: {ASKED}"
STOPPED_BY_PAIN = (
    "it hurt on three days of seven: no more reminders until you switch them on again. "
    "Pain that stays is a matter for a professional"
)
RESUMED_AFTER_PAIN = "reminders are on again; see a professional for pain that stays"
# Also what dashboards are told that are not to know of pain: the two must not be told apart.
STOPPED_PLAINLY = "reminders are off until they are switched on again"


def configure(draft: Draft, plan: ReminderPlan) -> Draft:
    """The plan of the configuration; of a new one, nothing is due before now."""
    if plan == draft.state.reminders.plan:
        return draft
    return _handled(_to(draft, replace(draft.state.reminders, plan=plan)), draft.now.unix_ms)


def heard(draft: Draft, event: ReminderEvent) -> Draft:
    """What the daemon knows of the wearer's reminders."""
    match event:
        case ReminderDue():
            return due(draft, event)
        case PainDays(days):
            return _pain(draft, days)
        case DayDone(day):
            return _call_off(draft) if day == draft.now.local_date else draft
        case SwitchHeard(on, pain, at_ms, day):
            return _switch_heard(draft, Switch(on, pain, at_ms, day))
        case ReminderAhead(minute):
            return _to(draft, replace(draft.state.reminders, ahead_min=minute))
        case _:
            assert_never(event)


def due(draft: Draft, event: ReminderDue) -> Draft:
    """An instant of the plan has come, or is past: ask, or let it go."""
    reminders, now = draft.state.reminders, draft.now
    if any(0 <= handled_ms - event.at_ms < DAY_MS for handled_ms in reminders.handled_ms):
        return draft
    draft = _handled(draft, event.at_ms)
    if event.done or event.away or not _wanted(draft) or draft.state.phase is not Phase.IDLE:
        return draft
    if now.unix_ms - event.at_ms > ON_TIME_MS:
        due_on = replace(now, unix_ms=event.at_ms).local_date
        if reminders.plan.missed == "skip" or due_on != now.local_date:
            return _missed(draft, "the reminder did not come: this computer slept, or was off")
    return _ask(draft, ASKED)


def ask_again(draft: Draft) -> Draft:
    """A reminder that was put off comes again, if it still has to."""
    draft = draft.to(replace(draft.state, snoozed_until_ms=None))
    return _ask(draft, PUT_OFF) if _wanted(draft) else draft


def still_wanted(draft: Draft) -> Draft:
    """The watch has caught up: a reminder that waited for it is not asked if what it told makes that void."""
    if not _asking(draft) or (_wanted(draft) and not _charging(draft)):
        return draft
    return course.drop(draft)


def unanswered(draft: Draft) -> Draft:
    """Nobody answered in time, or nobody could be asked: gone."""
    text = (
        "nobody answered the reminder" if draft.state.live else "the watch was not reached for the reminder"
    )
    return _missed(course.drop(course.clear(draft)), text)


def asked_late(draft: Draft) -> Draft:
    """It was put off to a time at which this computer slept."""
    draft = draft.to(replace(draft.state, snoozed_until_ms=None))
    return _missed(draft, "the reminder that was put off did not come in time")


def switch(draft: Draft, command: Command) -> Draft:
    """On or off; on also after pain has stopped them."""
    if command.on is None:
        return draft.refuse("remind wants on or off")
    reminders = draft.state.reminders
    if not reminders.plan.times:
        return draft.refuse("no reminders are configured: write times under [reminder]")
    if command.on is reminders.switch.on:
        return draft
    now = draft.now
    seen = now.local_date if command.on else reminders.switch.day
    draft = _switched(draft, Switch(command.on, pain=False, at_ms=now.host_ms, day=seen))
    if command.on:
        return draft
    return _call_off(draft).alert(AlertCode.REMINDERS_STOPPED, Severity.WARNING, STOPPED_PLAINLY)


def alone_min(state: WatchState) -> int | None:
    """The minute after local midnight at which the watch is to remind when it is alone."""
    return state.reminders.ahead_min if state.reminders.switch.on and not state.away else None


def away_changed(draft: Draft) -> Draft:
    """Who is away is not reminded."""
    return _call_off(draft) if draft.state.away else draft


def _ask(draft: Draft, text: str) -> Draft:
    """Now, if it is not quiet, and the watch not on its charger."""
    state, now = draft.state, draft.now
    quiet_min = state.reminders.plan.quiet_left_min(local_minute(now))
    if quiet_min:
        until = replace(
            now, host_ms=now.host_ms + quiet_min * 60_000, unix_ms=now.unix_ms + quiet_min * 60_000
        )
        if until.local_date != now.local_date:
            return draft  # tomorrow has reminders of its own
        return draft.to(replace(state, snoozed_until_ms=until.host_ms, reminds=True))
    draft = draft.alert(AlertCode.REMINDER, Severity.INFO, text)
    if state.live and _charging(draft):
        return draft
    # Out of reach it waits for two minutes: a link may just have been lost, a machine just have woken up.
    return course.ask(draft, reminds=True)


def _pain(draft: Draft, days: tuple[date, ...]) -> Draft:
    """It hurt on these days. Those before the wearer has switched on again are seen to."""
    reminders, today = draft.state.reminders, draft.now.local_date
    since = today - timedelta(days=PAIN_WITHIN_DAYS - 1)
    seen = reminders.switch.day
    counted = {day for day in days if since <= day <= today and (seen is None or day > seen)}
    if not reminders.plan.times or not reminders.switch.on or len(counted) < PAIN_DAYS_MAX:
        return draft
    draft = _switched(draft, Switch(on=False, pain=True, at_ms=draft.now.host_ms, day=seen))
    return _call_off(draft).alert(AlertCode.REMINDERS_STOPPED, Severity.WARNING, STOPPED_BY_PAIN)


def _switch_heard(draft: Draft, other: Switch) -> Draft:
    """Another watch of this wearer: the newer word holds."""
    if other.at_ms <= draft.state.reminders.switch.at_ms:
        return draft
    draft = _switched(draft, other)
    return draft if other.on else _call_off(draft)


def _call_off(draft: Draft) -> Draft:
    """A reminder that is asked, or put off, is taken back; nothing else is."""
    state = draft.state
    if _asking(draft):
        return course.drop(course.clear(draft))
    if state.phase is Phase.IDLE and state.reminds:
        return draft.to(replace(state, snoozed_until_ms=None))
    return draft


def _missed(draft: Draft, text: str) -> Draft:
    return draft.alert(AlertCode.REMINDER_MISSED, Severity.INFO, text)


def _wanted(draft: Draft) -> bool:
    state = draft.state
    return state.reminders.switch.on and not state.away and state.done_on != draft.now.local_date


def _asking(draft: Draft) -> bool:
    return draft.state.phase is Phase.CONFIRM and draft.state.reminds


def _charging(draft: Draft) -> bool:
    return draft.state.battery is not None and draft.state.battery.charging


def _handled(draft: Draft, at_ms: int) -> Draft:
    reminders = draft.state.reminders
    return _to(draft, replace(reminders, handled_ms=(*reminders.handled_ms, at_ms)[-HANDLED_KEPT:]))


def _switched(draft: Draft, switch: Switch) -> Draft:
    return _to(draft, replace(draft.state.reminders, switch=switch))


def _to(draft: Draft, reminders: Reminders) -> Draft:
    return draft.to(replace(draft.state, reminders=reminders))
