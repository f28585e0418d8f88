"""What Home Assistant reads of a watch and of the daemon; pure.

Rule: as in entity.py. Instants, not countdowns: nothing here changes by the second.
"""

from typing import get_args

from wearsync.model import AckResult, CueKind, LinkState, Phase, Side, Trust
from wearsync.publish.discovery.entity import (
    DAYS,
    DIAGNOSTIC,
    HIDDEN,
    INSTANT,
    MEASUREMENT,
    MILLISECONDS,
    OFF_AT_FIRST,
    SECONDS,
    Entity,
    Options,
    Source,
    enum,
    icon,
    on_if,
    told,
    told_in,
)
from wearsync.publish.payloads import OFFLINE, ONLINE


def _state(key: str, name: str, template: str, options: Options, *, binary: bool = False) -> Entity:
    """Of the watch, whether it is there or not."""
    return Entity("binary_sensor" if binary else "sensor", key, name, Source.STATE, template, options=options)


def _session(key: str, name: str, template: str, options: Options, *, binary: bool = False) -> Entity:
    """Of the session: a watch that is not there may be in another one by now."""
    return Entity(
        "binary_sensor" if binary else "sensor",
        key,
        name,
        Source.STATE,
        template,
        needs="watch",
        options=options,
    )


def _dose(key: str, name: str, template: str, options: Options, *, binary: bool = False) -> Entity:
    """Of the wearer: known to the daemon, wherever the watch is."""
    return Entity(
        "binary_sensor" if binary else "sensor", key, name, Source.SUMMARY, template, options=options
    )


def _today(side: Side) -> Entity:
    """A `total` that begins anew each day: Home Assistant adds the days up, and what was amended counts."""
    begins: Options = {
        "state_class": "total",
        "last_reset_value_template": "{{ value_json.date ~ 'T00:00:00' if value_json is defined else '' }}",
    }
    shown: Options = {"suggested_display_precision": 0, **icon(f"alpha-{side[0]}-circle-outline")}
    template = told(f"value_json.today.{side}.seconds")
    return _dose(f"{side}_today", f"{side.capitalize()} today", template, {**SECONDS, **begins, **shown})


def _week(side: Side) -> Entity:
    shown: Options = {"suggested_display_precision": 0, **icon("calendar-week")}
    template = told(f"value_json.week.{side}_s")
    return _dose(
        f"{side}_week", f"{side.capitalize()} this week", template, {**SECONDS, **MEASUREMENT, **shown}
    )


SESSION: tuple[Entity, ...] = (
    _session("session", "Session", told("value_json.phase"), {**enum(Phase), **icon("yoga")}),
    _session("side", "Side", told("value_json.side"), {**enum(Side), **icon("arrow-left-right")}),
    _session("round", "Round", told("value_json.round"), icon("repeat")),
    _session("prompt", "Prompt", told("(value_json.text or none)"), icon("message-text-outline")),
    _session(
        "hold_begins_at",
        "Hold begins at",
        told("value_json.gap_ends_at"),
        {**INSTANT, **icon("timer-play-outline")},
    ),
    _session(
        "hold_ends_at", "Hold ends at", told("value_json.hold_ends_at"), {**INSTANT, **icon("timer-sand")}
    ),
    _session("holding", "Holding", on_if("value_json.phase == 'hold'"), icon("timer-sand"), binary=True),
)
"""The session that is going on."""

DOSE: tuple[Entity, ...] = (
    _today(Side.LEFT),
    _today(Side.RIGHT),
    _dose("done_today", "Done today", on_if("value_json.full"), icon("calendar-check"), binary=True),
    _dose("counts_today", "Today counts", on_if("value_json.counts"), icon("calendar-star"), binary=True),
    _dose("streak", "Streak", told("value_json.streak"), {**DAYS, **MEASUREMENT, **icon("fire")}),
    _dose(
        "longest_streak",
        "Longest streak",
        told("value_json.longest_streak"),
        {**OFF_AT_FIRST, **DAYS, **MEASUREMENT, **icon("trophy-outline")},
    ),
    _dose(
        "adherence",
        "Days of the last 28",
        told("value_json.adherence_days"),
        {**DAYS, **MEASUREMENT, **icon("calendar-month")},
    ),
    _dose("grace_left", "Grace days left", told("value_json.grace_left"), {**DAYS, **icon("calendar-heart")}),
    _week(Side.LEFT),
    _week(Side.RIGHT),
    _dose(
        "symmetry",
        "Left side's share",
        told_in("symmetry", "(value_json.symmetry * 100) | round(1)"),
        {
            **MEASUREMENT,
            "unit_of_measurement": "%",
            "suggested_display_precision": 0,
            **icon("scale-balance"),
        },
    ),
    _dose(
        "last_session",
        "Last session",
        told_in("last_session", "value_json.last_session.at"),
        {**INSTANT, **icon("history")},
    ),
    _dose(
        "next_reminder",
        "Next reminder",
        told("value_json.next_reminder"),
        {**INSTANT, **icon("bell-outline")},
    ),
)
"""The wearer's day and weeks."""

WATCH: tuple[Entity, ...] = (
    _state(
        "battery",
        "Battery",
        told("value_json.battery"),
        {**DIAGNOSTIC, **MEASUREMENT, "device_class": "battery", "unit_of_measurement": "%"},
    ),
    _state(
        "connected",
        "Connected",
        on_if("value_json.link == 'connected'"),
        {**DIAGNOSTIC, "device_class": "connectivity"},
        binary=True,
    ),
    _state(
        "charging",
        "Charging",
        told_in("charging", "('ON' if value_json.charging else 'OFF')"),
        {**HIDDEN, "device_class": "battery_charging"},
        binary=True,
    ),
    _state(
        "link", "Link", told("value_json.link"), {**HIDDEN, **enum(get_args(LinkState)), **icon("bluetooth")}
    ),
    _state(
        "trust", "Trust", told("value_json.trust"), {**HIDDEN, **enum(Trust), **icon("shield-key-outline")}
    ),
    _state(
        "last_cue", "Last cue", told("value_json.last_cue"), {**HIDDEN, **enum(CueKind), **icon("vibrate")}
    ),
    _state(
        "last_cue_result",
        "Last cue's result",
        told("value_json.last_ack"),
        {**HIDDEN, **enum(AckResult), **icon("vibrate")},
    ),
    _state(
        "signal",
        "Signal",
        told("value_json.rssi"),
        {
            **HIDDEN,
            **MEASUREMENT,
            "device_class": "signal_strength",
            "unit_of_measurement": "dBm",
        },
    ),
    _state(
        "clock_offset",
        "Clock offset",
        told("value_json.clock_offset_ms"),
        {**HIDDEN, **MILLISECONDS, **MEASUREMENT},
    ),
)
"""The watch itself."""


def app(latest: str) -> Entity:
    """Our app on a watch that we can install it on; `latest`: what we have. It is brought up to date by
    `wearsync pair`, not from here: it takes somebody with the watch at hand.
    """
    versions = f"dict(installed_version=value_json.app_version, latest_version='{latest}') | tojson"
    template = f"{{{{ {versions} if value_json is defined and value_json.app_version is not none else '' }}}}"
    options: Options = {**DIAGNOSTIC, "title": "wearsync app", **icon("watch-import")}
    return Entity("update", "app", "App", Source.STATE, template, options=options)


def _health(key: str, name: str, field: str, options: Options) -> Entity:
    """Told once a minute, and not retained: unknown until then."""
    return Entity("sensor", key, name, Source.HEALTH, told(f"value_json.{field}"), options=options)


DAEMON: tuple[Entity, ...] = (
    Entity(
        "binary_sensor",
        "online",
        "Daemon",
        Source.STATUS,
        options={
            **DIAGNOSTIC,
            "device_class": "connectivity",
            "payload_on": ONLINE,
            "payload_off": OFFLINE,
            # Whether the daemon is there is what it says: it has to be able to say no.
            "availability": [],
        },
    ),
    Entity(
        "sensor",
        "adapter",
        "Bluetooth adapter",
        Source.INFO,
        told("value_json.adapters[0].state"),
        options={**DIAGNOSTIC, **enum(("ready", "no_adapter")), **icon("bluetooth")},
    ),
    _health(
        "storage",
        "Storage",
        "storage",
        {**DIAGNOSTIC, **enum(("ok", "full", "failing")), **icon("database")},
    ),
    _health(
        "outbox_waiting",
        "Events that wait",
        "outbox_waiting",
        {**DIAGNOSTIC, **MEASUREMENT, **icon("tray-full")},
    ),
    _health(
        "outbox_parked",
        "Events set aside",
        "outbox_parked",
        {**DIAGNOSTIC, **MEASUREMENT, **icon("tray-alert")},
    ),
    _health(
        "outbox_oldest", "Oldest event that waits", "outbox_oldest_s", {**HIDDEN, **SECONDS, **MEASUREMENT}
    ),
    _health(
        "reconnects",
        "Broker's connections lost",
        "reconnects",
        {**HIDDEN, "state_class": "total_increasing", **icon("lan-disconnect")},
    ),
    _health(
        "commands_refused",
        "Commands refused",
        "commands_refused",
        {**HIDDEN, "state_class": "total_increasing", **icon("message-off-outline")},
    ),
    _health("commit", "Commit", "commit_ms", {**HIDDEN, **MILLISECONDS, **MEASUREMENT}),
    _health("loop_lag", "Loop lag", "loop_lag_ms", {**HIDDEN, **MILLISECONDS, **MEASUREMENT}),
    _health(
        "memory",
        "Memory",
        "memory_mb",
        {**HIDDEN, **MEASUREMENT, "device_class": "data_size", "unit_of_measurement": "MB"},
    ),
    _health(
        "cue_lateness_p50",
        "Cue lateness, median",
        "cue_lateness_p50_ms",
        {**HIDDEN, **MILLISECONDS, **MEASUREMENT},
    ),
    _health(
        "cue_lateness_p99",
        "Cue lateness, 99 %",
        "cue_lateness_p99_ms",
        {**HIDDEN, **MILLISECONDS, **MEASUREMENT},
    ),
)
"""The daemon: the device that the watches hang on."""
