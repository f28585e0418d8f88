"""What Home Assistant can do with a watch, and what its automations can wait for; pure.

Rule: as in entity.py. Each command is one that `publish/commands.py` takes; what a control shows is what the
daemon says, never a guess.
"""

from collections.abc import Iterable

from wearsync.alert_codes import AlertCode
from wearsync.model import Outcome, SessionEnd, Side, StartMode, Variant
from wearsync.publish.discovery.entity import (
    CONFIG,
    OFF_AT_FIRST,
    SECONDS,
    Entity,
    Options,
    Source,
    icon,
    on_if,
    told_in,
)


def _button(
    key: str, name: str, command: str, mdi: str, *, off_at_first: bool = False, alone: bool = False
) -> Entity:
    """`alone`: it needs no watch. At QoS 0: what is delivered twice is pressed twice."""
    options: Options = {"payload_press": command, "qos": 0, **icon(mdi)}
    return Entity(
        "button",
        key,
        name,
        None,
        commands=True,
        needs="daemon" if alone else "watch",
        options={**options, **(OFF_AT_FIRST if off_at_first else {})},
    )


def _snooze(key: str, minutes: int, *, off_at_first: bool = False) -> Entity:
    command = f'{{"command":"snooze","minutes":{minutes}}}'
    return _button(
        key, f"Snooze {minutes} min", command, "alarm-snooze", off_at_first=off_at_first, alone=True
    )


BUTTONS: tuple[Entity, ...] = (
    _button("start", "Start", '{"command":"start"}', "play"),
    _button("stop", "Stop", '{"command":"stop"}', "stop"),
    _button("pause", "Pause", '{"command":"pause"}', "pause"),
    _button("resume", "Resume", '{"command":"resume"}', "play-pause"),
    _button("skip", "Skip", '{"command":"skip"}', "skip-next"),
    _button("back", "Back", '{"command":"back"}', "skip-previous", off_at_first=True),
    _button("extra_left", "Extra left", '{"command":"extra","side":"left"}', "plus", off_at_first=True),
    _button("extra_right", "Extra right", '{"command":"extra","side":"right"}', "plus", off_at_first=True),
    _button("buzz", "Test buzz", '{"command":"buzz"}', "vibrate"),
    _snooze("snooze", 10),
    _snooze("snooze_30", 30, off_at_first=True),
    _snooze("snooze_60", 60, off_at_first=True),
)
"""The verbs of a session."""


def _number(key: str, name: str, field: str, least: int, most: int, *, off_at_first: bool = False) -> Entity:
    is_time = field.endswith("_s")
    options: Options = {
        **CONFIG,
        **(SECONDS if is_time else {}),
        "command_template": f'{{"command":"set","changes":{{"{field}":{{{{ value | int }}}}}}}}',
        "min": least,
        "max": most,
        "step": 1,
        "mode": "box",
        **icon("timer-cog-outline" if is_time else "repeat"),
    }
    return Entity(
        "number",
        key,
        name,
        Source.STATE,
        told_in("routine", f"value_json.routine.{field}"),
        commands=True,
        options={**options, **(OFF_AT_FIRST if off_at_first else {})},
    )


def _select(
    key: str, name: str, field: str, values: Iterable[str], mdi: str, *, off_at_first: bool = False
) -> Entity:
    options: Options = {
        **CONFIG,
        "command_template": f'{{"command":"set","changes":{{"{field}":"{{{{ value }}}}"}}}}',
        "options": [str(value) for value in values],
        **icon(mdi),
    }
    return Entity(
        "select",
        key,
        name,
        Source.STATE,
        told_in("routine", f"value_json.routine.{field}"),
        commands=True,
        options={**options, **(OFF_AT_FIRST if off_at_first else {})},
    )


ROUTINE: tuple[Entity, ...] = (
    _number("hold_left", "Hold left", "left_s", 30, 60),
    _number("hold_right", "Hold right", "right_s", 30, 60),
    _number("rounds", "Rounds", "rounds", 1, 10),
    _number("first_gap", "First gap", "first_gap_s", 3, 60, off_at_first=True),
    _number("switch_gap", "Switch gap", "switch_gap_s", 3, 60, off_at_first=True),
    _select("variant", "Variant", "variant", Variant, "human-handsdown"),
    _select("first_side", "First side", "first_side", Side, "arrow-left-right"),
    _select("start_mode", "Hold starts by", "start", StartMode, "gesture-tap", off_at_first=True),
)
"""The routine of the next session."""


def _switch(
    key: str, name: str, source: Source, template: str, commands: tuple[str, str], options: Options
) -> Entity:
    """`commands`: what switches it on, and off."""
    on, off = commands
    words: Options = {"payload_on": on, "payload_off": off, "state_on": "ON", "state_off": "OFF"}
    return Entity("switch", key, name, source, template, commands=True, options={**words, **options})


SWITCHES: tuple[Entity, ...] = (
    _switch(
        "away",
        "Away",
        Source.SUMMARY,
        on_if("value_json.away"),
        ('{"command":"away","away":true}', '{"command":"away","away":false}'),
        icon("beach"),
    ),
    _switch(
        "reminders",
        "Reminders",
        Source.STATE,
        told_in("reminder_on", "('ON' if value_json.reminder_on else 'OFF')"),
        ('{"command":"remind","on":true}', '{"command":"remind","on":false}'),
        icon("bell-ring-outline"),
    ),
    _switch(
        "form_cue",
        "Form cue",
        Source.STATE,
        told_in("routine", "('ON' if value_json.routine.form_cue else 'OFF')"),
        (
            '{"command":"set","changes":{"form_cue":true}}',
            '{"command":"set","changes":{"form_cue":false}}',
        ),
        {**CONFIG, **OFF_AT_FIRST, **icon("account-voice")},
    ),
)
"""What is on or off for longer than a session."""


def _event(key: str, name: str, source: Source, field: str, kinds: Iterable[str], mdi: str) -> Entity:
    """The whole payload becomes the event's attributes; `field` says which of `kinds` it is."""
    template = f"{{{{ dict(value_json, event_type=value_json.{field}) | tojson }}}}"
    options: Options = {"event_types": [str(kind) for kind in kinds], **icon(mdi)}
    return Entity("event", key, name, source, template, options=options)


EVENTS: tuple[Entity, ...] = (
    _event("hold_over", "Hold over", Source.HOLD, "outcome", Outcome, "timer-check-outline"),
    _event("session_over", "Session over", Source.SESSION, "end", SessionEnd, "flag-checkered"),
    _event("alert", "Alert", Source.ALERT, "code", AlertCode, "alert-outline"),
)
"""What has happened, also what was learnt late (`replayed` is among the attributes)."""


def _trigger(key: str, subtype: str, kind: str, source: Source, field: str, value: str) -> Entity:
    """Of what happens now, only: told late, it would switch a lamp on in the night."""
    template = f"{{{{ 'replayed' if value_json.replayed else value_json.{field} }}}}"
    options: Options = {"automation_type": "trigger", "type": kind, "subtype": subtype, "payload": value}
    return Entity("device_automation", key, f"{subtype} {kind}", source, template, options=options)


TRIGGERS: tuple[Entity, ...] = (
    _trigger("session_done", "session", "done", Source.SESSION, "end", SessionEnd.DONE.value),
    _trigger("reminder_due", "reminder", "due", Source.ALERT, "code", AlertCode.REMINDER.value),
    _trigger("cue_unanswered", "cue", "unanswered", Source.ALERT, "code", AlertCode.CUE_UNANSWERED.value),
)
"""What an automation can begin with."""
