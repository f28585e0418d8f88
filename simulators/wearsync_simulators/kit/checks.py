"""What holds in every story: nothing is claimed that the watch can't know, nothing is invented, lost
or doubled.

Rule: a check reads what the daemon has stored and published, and what a simulated watch did by its own
journal and motor; it yields one sentence for each thing that does not agree.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from wearsync.model import AckResult, Trust
from wearsync_simulators.kit.stage import Inside, Stage
from wearsync_simulators.watches.records import Body, CueAck, HoldStopped, SessionTold
from wearsync_simulators.watches.words import Pattern, SessionWhat

__all__ = ["ANSWERS", "violations"]

# What a family may say of a cue, by its `acks`: no more than its watch can know.
_ALWAYS = frozenset({AckResult.UNKNOWN, AckResult.CANCELLED, AckResult.EXPIRED, AckResult.REFUSED})
ANSWERS: Mapping[str, frozenset[AckResult]] = {
    "motor": frozenset(AckResult) - {AckResult.SCHEDULED},
    "scheduled": _ALWAYS | {AckResult.SCHEDULED, AckResult.SUPPRESSED, AckResult.FAILED},
    "none": _ALWAYS,
}
# docs/hold-profile.md, section 6: the pulses of a pattern.
_PULSES: Mapping[Pattern, int] = {
    Pattern.READY: 1,
    Pattern.START: 2,
    Pattern.FORM: 1,
    Pattern.HALFWAY: 1,
    Pattern.LAST_THREE: 3,
    Pattern.DONE: 1,
    Pattern.SWITCH: 2,
    Pattern.SESSION_DONE: 3,
    Pattern.NUDGE: 1,
    Pattern.REMINDER: 1,
    Pattern.PROBLEM: 5,
}
# What a hold can be longer than planned, and still be believed: the radio, and a watch that is busy.
LATE_STOP_S = 5.0


def violations(stage: Stage) -> Iterator[str]:
    """All that does not agree."""
    yield from _claims(stage)
    yield from _holds_are_plausible(stage)
    if stage.inside is not None:
        yield from _cues_on_the_wrist(stage, stage.inside)
        if stage.capabilities.journal:
            yield from _as_the_watch_wrote(stage, stage.inside)


def _claims(stage: Stage) -> Iterator[str]:
    """What was said of cues and of trust is not more than the family can know."""
    acks = stage.capabilities.acks
    for event in stage.events("cue"):
        if event["result"] not in ANSWERS[acks]:
            yield f"a cue is called {event['result']}, and a watch with acks {acks!r} can't know that"
    trust = stage.task.link.trust
    if trust is not None and _RANK[trust] > _RANK[stage.capabilities.trust]:
        yield f"the watch is trusted by {trust}, and its family claims {stage.capabilities.trust} at best"


_RANK: Mapping[Trust, int] = {Trust.NONE: 0, Trust.BOND: 1, Trust.KEY: 2}


def _holds_are_plausible(stage: Stage) -> Iterator[str]:
    """No hold is credited more than it lasted, nor lasted longer than it was planned."""
    for hold in stage.holds:
        if hold.measured_s is not None and hold.credited_s > hold.measured_s:
            yield f"hold {hold.step} of {hold.session} is credited {hold.credited_s} of {hold.measured_s} s"
        if hold.measured_s is not None and hold.measured_s > hold.planned_s + LATE_STOP_S:
            yield f"hold {hold.step} of {hold.session} lasted {hold.measured_s} of {hold.planned_s} s"
    for (session, step, host_ms), count in Counter(
        (hold.session, hold.step, hold.host_ms) for hold in stage.holds
    ).items():
        if count > 1:
            yield f"hold {step} of session {session}, begun at {host_ms}, is there {count} times"


def _cues_on_the_wrist(stage: Stage, inside: Inside) -> Iterator[str]:
    """Each cue is felt at most once, none that the host never sent, and `played` means that the motor ran."""
    pulses = list(inside.watch.motor_log)[inside.pulses_before :]
    sent = {cue.cue_id for cue in stage.books.cues}
    runs = Counter((pulse.cue_id, pulse.pattern) for pulse in pulses if pulse.cue_id is not None)
    for (cue_id, pattern), count in runs.items():
        if cue_id not in sent:
            yield f"the watch felt a cue ({pattern.name.lower()}) that the host never sent"
        if count > _pulses_of(stage, pattern):
            yield f"a cue ({pattern.name.lower()}) was felt more than once"
    unnamed = sum(pulse.cue_id is None for pulse in pulses)
    if not stage.capabilities.runs_alone and unnamed > len(sent):
        yield f"{unnamed} pulses were felt, and the host has sent {len(sent)} cues"
    felt = {cue_id for cue_id, _ in runs}
    for event in stage.events("cue"):
        if event["result"] == "played" and event["cue_id"] not in felt:
            yield f"the cue {event['cue']} is called played, and the motor did not run"


def _pulses_of(stage: Stage, pattern: Pattern) -> int:
    return 1 if stage.capabilities.haptics == "single" else _PULSES[pattern]


def _as_the_watch_wrote(stage: Stage, inside: Inside) -> Iterator[str]:
    """Each stop in the watch's journal is one hold, each end one session, each answer the cue's fate."""
    records = [record.body for record in inside.watch.journal()]
    stops = [body for body in records if isinstance(body, HoldStopped)]
    held = Counter((body.session, body.step, body.held_ms) for body in stops)
    told = Counter(
        (hold.session, hold.step, round((hold.measured_s or 0.0) * 1000))
        for hold in stage.books.holds
        if hold.source != "log"
    )
    for (session, step, held_ms), count in (held - told).items():
        yield f"the watch wrote hold {step} of session {session} ({held_ms} ms), the host lacks {count} of it"
    for (session, step, held_ms), count in (told - held).items():
        yield f"the host has hold {step} of session {session} ({held_ms} ms) {count} times too often"
    ends = {
        body.session
        for body in records
        if isinstance(body, SessionTold) and body.what is not SessionWhat.STARTED
    }
    reported = Counter(row.session for row in stage.books.sessions)
    for session in ends - reported.keys():
        yield f"the watch wrote the end of session {session}, the host has none"
    for session in (session for session, count in reported.items() if count > 1):
        yield f"session {session} has ended {reported[session]} times"
    yield from _answers(stage, records)


def _answers(stage: Stage, records: Sequence[Body]) -> Iterator[str]:
    said = {body.cue_id: body.result.name.lower() for body in records if isinstance(body, CueAck)}
    for event in stage.events("cue"):
        cue_id, result = event["cue_id"], event["result"]
        if result == AckResult.UNKNOWN:
            continue
        if not isinstance(cue_id, int) or cue_id not in said:
            yield f"the cue {event['cue']} is called {result}, and the watch never said so"
        elif said[cue_id] != result:
            yield f"the cue {event['cue']} is called {result}, and the watch said {said[cue_id]}"
