"""Events: every key of them, and what must not be told."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from wearsync.alert_codes import AlertCode
from wearsync.coordinator.reminders import STOPPED_BY_PAIN, STOPPED_PLAINLY
from wearsync.model import (
    AckResult,
    Alert,
    CueFate,
    CueKind,
    HoldResult,
    HoldSource,
    Outcome,
    SessionEnd,
    SessionResult,
    SessionSource,
    Severity,
    Side,
    Stamp,
    Variant,
)
from wearsync.publish import events, payloads

LATE = Stamp(1, int(datetime(2026, 3, 14, 23, 30, 5, 120_000, UTC).timestamp() * 1000), 60, 12)
HOLD = HoldResult(
    event_id="aa:7:3:hold",
    session=9,
    step=1,
    side=Side.LEFT,
    variant=Variant.KNEELING,
    round=1,
    planned_s=30,
    measured_s=30.02,
    credited_s=30.02,
    outcome=Outcome.DONE,
    source=HoldSource.AUTO,
    started=LATE,
    replayed=False,
)


def read(text: str | None) -> Mapping[str, JsonValue]:
    assert text is not None
    value: dict[str, JsonValue] = json.loads(text)
    return value


def test_every_event_says_who_when_and_how_sure() -> None:
    event = read(events.hold(HOLD, wearer="anna", publish_pain=False))
    assert event["schema"] == 1
    assert event["id"] == "aa:7:3:hold"
    assert event["wearer"] == "anna"
    assert event["at"] == "2026-03-14T23:30:05.120Z"
    assert event["utc_offset"] == "+01:00"
    assert event["local_date"] == "2026-03-15"  # the wearer's day, not UTC's
    assert event["clock_error_ms"] == 12
    assert event["replayed"] is False


@pytest.mark.parametrize(
    ("minutes", "text"), [(0, "+00:00"), (-210, "-03:30"), (345, "+05:45"), (-60, "-01:00")]
)
def test_offsets_of_every_zone(minutes: int, text: str) -> None:
    hold = replace(HOLD, started=replace(LATE, utc_offset_min=minutes))
    assert read(events.hold(hold, wearer="anna", publish_pain=False))["utc_offset"] == text


def test_a_hold() -> None:
    event = read(events.hold(HOLD, wearer="anna", publish_pain=False))
    assert {key: event[key] for key in ("side", "variant", "round", "planned_s", "outcome", "source")} == {
        "side": "left",
        "variant": "kneeling",
        "round": 1,
        "planned_s": 30,
        "outcome": "done",
        "source": "auto",
    }
    assert event["measured_s"] == event["credited_s"] == 30.02


@pytest.mark.parametrize(
    ("measured_s", "published", "shown"),
    [(31.0, False, "done"), (12.0, False, "short"), (None, False, "short"), (12.0, True, "pain")],
)
def test_pain_shows_only_where_it_is_wanted(measured_s: float | None, published: bool, shown: str) -> None:
    hold = replace(HOLD, outcome=Outcome.PAIN, measured_s=measured_s, credited_s=measured_s or 0)
    text = events.hold(hold, wearer="anna", publish_pain=published)
    assert read(text)["outcome"] == shown
    assert ("pain" in text) is published


def test_a_hold_that_was_corrected() -> None:
    event = read(events.hold(HOLD, wearer="anna", publish_pain=False))
    assert (event["amends"], event["void"]) == (None, False)
    event = read(events.hold(HOLD, wearer="anna", publish_pain=False, amends="aa:7:3:hold", void=True))
    assert (event["amends"], event["void"]) == ("aa:7:3:hold", True)


@pytest.mark.parametrize(("minutes", "shown"), [(60, "00:30"), (-210, "20:00"), (0, "23:30")])
def test_the_time_of_day_as_the_wearer_saw_it(minutes: int, shown: str) -> None:
    hold = replace(HOLD, started=replace(LATE, utc_offset_min=minutes))
    text = events.hold(hold, wearer="anna", publish_pain=False)
    assert payloads.HoldPayload.model_validate_json(text).local_time == shown


def test_a_session_a_cue_and_an_alert() -> None:
    session = SessionResult(
        event_id="aa:7:9:session",
        session=9,
        end=SessionEnd.DONE,
        source=SessionSource.WATCH,
        variant=Variant.STANDING,
        holds=4,
        left_s=60,
        right_s=60,
        full=True,
        started=LATE,
        finished=replace(LATE, unix_ms=LATE.unix_ms + 1000),
        replayed=True,
    )
    told = read(events.session(session, wearer="anna"))
    assert (told["end"], told["finished_at"], told["replayed"]) == ("done", "2026-03-14T23:30:06.120Z", True)
    fate = CueFate("aa:7:8:cue", 5, CueKind.LAST_THREE, 9, AckResult.PLAYED, 12, 300, 1, LATE, False)
    cue = read(events.cue(fate, wearer="anna"))
    assert (cue["cue"], cue["result"], cue["latency_ms"]) == ("last-three", "played", 12)
    alert = Alert("host:1", AlertCode.CUE_UNANSWERED, Severity.WARNING, "No answer.", LATE, False)
    warned = read(events.alert(alert, wearer="anna", publish_pain=False))
    assert (warned["code"], warned["severity"]) == ("cue_unanswered", "warning")


def test_an_alert_of_pain_stays_at_home() -> None:
    alert = Alert("aa:1:1:alert-pain", AlertCode.PAIN, Severity.WARNING, "It hurt.", LATE, False)
    assert events.alert(alert, wearer="anna", publish_pain=False) is None
    assert read(events.alert(alert, wearer="anna", publish_pain=True))["code"] == "pain"


def test_reminders_that_pain_has_stopped_read_like_those_that_somebody_switched_off() -> None:
    hurt = Alert("host:1", AlertCode.REMINDERS_STOPPED, Severity.WARNING, STOPPED_BY_PAIN, LATE, False)
    off = Alert("host:1", AlertCode.REMINDERS_STOPPED, Severity.WARNING, STOPPED_PLAINLY, LATE, False)
    told = [events.alert(alert, wearer="anna", publish_pain=False) for alert in (hurt, off)]
    assert told[0] == told[1]
    assert read(events.alert(hurt, wearer="anna", publish_pain=True))["text"] == STOPPED_BY_PAIN


def test_replies() -> None:
    assert read(events.reply("r1", None)) == {"schema": 1, "ok": True, "request_id": "r1", "reason": None}
    assert read(events.reply(None, "No session is running."))["ok"] is False


@given(
    st.text(),
    st.integers(-(2**40), 2**40),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(Outcome),
)
def test_replayed_changes_nothing_else(wearer: str, session: int, seconds: float, outcome: Outcome) -> None:
    hold = replace(HOLD, session=session, measured_s=seconds, outcome=outcome)
    text = events.hold(hold, wearer=wearer, publish_pain=True)
    marked = read(events.mark_replayed(text))
    assert marked == {**read(text), "replayed": True}
    assert list(marked) == list(read(text))
