"""Messages down → frames (docs/hold-profile.md, sections 6 and 7).

Rule: words become numbers, host times become ticks, long lists are split to what the MTU carries. Nothing is
decided here that the coordinator could decide.
"""

from collections.abc import Callable, Iterator
from typing import Final, TypeVar, assert_never

from wearsync.messages import (
    CancelCues,
    Cue,
    PlayCues,
    SetClock,
    ShowStep,
    StopHold,
    StoreRoutine,
    Told,
)
from wearsync.model import CueKind, Phase, StartMode
from wearsync.protocol import frames
from wearsync.protocol.words import DOS, PATTERNS, PHASES, SIDES, STARTS, VARIANTS

# "expires_ms u16": what expires later expires after 65 s.
EXPIRES_MAX_MS: Final = 0xFFFF
# "minutes after local midnight, `ffff` none".
NO_REMINDER: Final = 0xFFFF


def frames_of(
    message: Told, *, boot: int, tick_at: Callable[[int], int], frame_max_bytes: int
) -> tuple[frames.DownFrame, ...]:
    """The frames that carry a message. `tick_at`: host ms → tick; `frame_max_bytes`: without the tag."""
    match message:
        case ShowStep():
            return (_step(message, tick_at),)
        case PlayCues(cues):
            items = [_cue(cue, tick_at) for cue in cues]
            room = (frame_max_bytes - frames.OPCODE_BYTES - _CUES_HEAD_BYTES) // _CUE_BYTES
            return tuple(frames.Cues(boot, batch) for batch in _batches(items, room))
        case CancelCues(cue_ids):
            room = (frame_max_bytes - frames.OPCODE_BYTES) // _CUE_ID_BYTES
            return tuple(frames.Cancel(batch) for batch in _batches(cue_ids, room)) or (frames.Cancel(),)
        case StopHold(do):
            return (frames.Hold(DOS.number(do)),)
        case StoreRoutine():
            return (_routine(message),)
        case SetClock(unix_ms, utc_offset_min):
            return (frames.Clock(unix_ms * 1000, utc_offset_min),)
        case _:
            assert_never(message)


# Of CUES: "boot u32", and "cue_id u32, pattern u8, anchor u8, step u8, at u32, expires_ms u16 (13 B each)".
_CUES_HEAD_BYTES = 4
_CUE_BYTES = 13
_CUE_ID_BYTES = 4

# "anchor 0 tick, 1 the hold's start".
_AT_TICK = 0
_AT_HOLD = 1

# What a watch plays by itself when it runs the routine alone: the patterns of section 7, rule 8.
_ALONE = (
    CueKind.READY,
    CueKind.START,
    CueKind.FORM,
    CueKind.HALFWAY,
    CueKind.LAST_THREE,
    CueKind.DONE,
    CueKind.SWITCH,
    CueKind.SESSION_DONE,
)

T = TypeVar("T")


def _step(message: ShowStep, tick_at: Callable[[int], int]) -> frames.Step:
    # No *hold* on the wire: "a STEP gap … for the session and step whose hold is running changes nothing
    # but the text". It says tap, so that a hold which ended a moment ago does not begin again by itself.
    running = message.phase is Phase.HOLD
    return frames.Step(
        session=message.session,
        step=message.step,
        phase=PHASES.number(Phase.GAP if running else message.phase),
        side=SIDES.number(message.side),
        variant=VARIANTS.number(message.variant),
        round=message.round,
        starts_at=0 if message.starts_at_ms is None else tick_at(message.starts_at_ms),
        planned_s=message.planned_s,
        start=STARTS.number(StartMode.TAP if running else message.start),
        text=_cut(message.text),
    )


def _cue(cue: Cue, tick_at: Callable[[int], int]) -> frames.Cue:
    expires_ms = min(cue.expires_ms, EXPIRES_MAX_MS)
    pattern = PATTERNS.number(cue.cue)
    if cue.step is not None:
        return frames.Cue(cue.cue_id, pattern, _AT_HOLD, cue.step, cue.at_ms or 0, expires_ms)
    at = 0 if cue.at_ms is None else tick_at(cue.at_ms)
    return frames.Cue(cue.cue_id, pattern, _AT_TICK, 0, at, expires_ms)


def _routine(message: StoreRoutine) -> frames.Routine:
    routine = message.routine
    alone = [cue for cue in _ALONE if routine.form_cue or cue is not CueKind.FORM]
    return frames.Routine(
        id=message.id,
        variant=VARIANTS.number(routine.variant),
        rounds=routine.rounds,
        left_s=routine.left_s,
        right_s=routine.right_s,
        first_gap_s=routine.first_gap_s,
        switch_gap_s=routine.switch_gap_s,
        first_side=SIDES.number(routine.first_side),
        start=STARTS.number(routine.start),
        cue_plan=sum(1 << PATTERNS.number(cue) for cue in alone),
        reminder_min=NO_REMINDER if message.reminder_min is None else message.reminder_min,
    )


def _cut(text: str) -> str:
    """The text, or what of it fits in 40 bytes: a shortened prompt is better than none."""
    return text.encode()[: frames.TEXT_MAX_BYTES].decode(errors="ignore")


def _batches(items: "tuple[T, ...] | list[T]", room: int) -> Iterator[tuple[T, ...]]:
    for begin in range(0, len(items), room):
        yield tuple(items[begin : begin + room])
