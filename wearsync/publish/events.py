"""How results become events: the JSON text that is stored in the outbox and sent; pure.

Rule: nobody else writes the payloads of events. What an event says is fixed once it is built; sending it late
adds `replayed`, and nothing else.
"""

import json

from wearsync.alert_codes import AlertCode
from wearsync.coordinator.measure import hold_counts
from wearsync.coordinator.reminders import STOPPED_PLAINLY
from wearsync.model import Alert, CueFate, HoldResult, Outcome, SessionResult, Stamp
from wearsync.publish.payloads import (
    AlertPayload,
    CuePayload,
    EventPayload,
    HoldPayload,
    ReplyPayload,
    SessionPayload,
)


def hold(
    result: HoldResult, *, wearer: str, publish_pain: bool, amends: str | None = None, void: bool = False
) -> str:
    """The payload of `…/<watch>/hold`. Without `publish_pain` one that hurt shows as short or done. `amends`:
    the id of the hold that was corrected.
    """
    event = _event(result.event_id, wearer, result.started, result.replayed)
    return HoldPayload(
        **event.model_dump(),
        session=result.session,
        step=result.step,
        side=result.side,
        variant=result.variant,
        round=result.round,
        planned_s=result.planned_s,
        measured_s=result.measured_s,
        credited_s=result.credited_s,
        outcome=result.outcome if publish_pain else _without_pain(result),
        source=result.source,
        amends=amends,
        void=void,
    ).json_text()


def session(result: SessionResult, *, wearer: str) -> str:
    """The payload of `…/<watch>/session`."""
    event = _event(result.event_id, wearer, result.started, result.replayed)
    return SessionPayload(
        **event.model_dump(),
        session=result.session,
        end=result.end,
        source=result.source,
        variant=result.variant,
        holds=result.holds,
        left_s=result.left_s,
        right_s=result.right_s,
        full=result.full,
        finished_at=result.finished.utc,
    ).json_text()


def cue(fate: CueFate, *, wearer: str) -> str:
    """The payload of `…/<watch>/cue`."""
    event = _event(fate.event_id, wearer, fate.at, fate.replayed)
    return CuePayload(
        **event.model_dump(),
        session=fate.session,
        cue_id=fate.cue_id,
        cue=fate.cue,
        result=fate.result,
        latency_ms=fate.latency_ms,
        motor_ms=fate.motor_ms,
        attempts=fate.attempts,
    ).json_text()


def alert(alert: Alert, *, wearer: str, publish_pain: bool) -> str | None:
    """The payload of `…/<watch>/alert`; None: this one is not for dashboards."""
    if alert.code is AlertCode.PAIN and not publish_pain:
        return None
    # Who switched reminders off and whom pain has stopped must not be told apart.
    plainly = alert.code is AlertCode.REMINDERS_STOPPED and not publish_pain
    text = STOPPED_PLAINLY if plainly else alert.text
    event = _event(alert.event_id, wearer, alert.at, alert.replayed)
    return AlertPayload(**event.model_dump(), code=alert.code, severity=alert.severity, text=text).json_text()


def reply(request_id: str | None, reason: str | None) -> str:
    """The payload of `…/<watch>/reply`; no reason: it was done."""
    return ReplyPayload(ok=reason is None, request_id=request_id, reason=reason).json_text()


def mark_replayed(payload: str) -> str:
    """The same event, sent late: with its original time and `replayed: true`."""
    return json.dumps(json.loads(payload) | {"replayed": True}, separators=(",", ":"), ensure_ascii=False)


def _event(event_id: str, wearer: str, at: Stamp, replayed: bool) -> EventPayload:
    sign, minutes = ("-" if at.utc_offset_min < 0 else "+"), abs(at.utc_offset_min)
    return EventPayload(
        id=event_id,
        wearer=wearer,
        at=at.utc,
        utc_offset=f"{sign}{minutes // 60:02}:{minutes % 60:02}",
        local_date=at.local_date,
        clock_error_ms=at.error_ms,
        replayed=replayed,
    )


def _without_pain(result: HoldResult) -> Outcome:
    if result.outcome is not Outcome.PAIN:
        return result.outcome
    return Outcome.DONE if hold_counts(result.credited_s) else Outcome.SHORT
