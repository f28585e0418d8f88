"""Messages down: each as the frame that the vectors show, and split to what the MTU carries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol.vectors import load
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
from wearsync.model import CueKind, Phase, Routine, Side, StartMode, Variant
from wearsync.protocol import frames
from wearsync.protocol.commands import frames_of

SESSION = 168496141
MTU_72 = 69 - 8


def tick_at(host_ms: int) -> int:
    return host_ms - 1_000_000


def sent(message: Told, *, boot: int = 7, frame_max_bytes: int = MTU_72) -> tuple[frames.DownFrame, ...]:
    return frames_of(message, boot=boot, tick_at=tick_at, frame_max_bytes=frame_max_bytes)


def step(phase: Phase, **other: object) -> frames.Step:
    values: dict[str, object] = {
        "session": SESSION,
        "step": 2,
        "side": Side.LEFT,
        "variant": Variant.KNEELING,
        "round": 2,
        "starts_at_ms": None,
        "planned_s": 30,
        "start": StartMode.AUTO,
        "text": "LEFT knee down on the pillow",
    }
    message = ShowStep(phase=phase, **(values | other))  # type: ignore[arg-type]
    (frame,) = sent(message)
    assert isinstance(frame, frames.Step)
    return frame


def vector(name: str) -> bytes:
    return next(bytes.fromhex(entry["hex"]) for entry in load("frames") if entry["name"] == name)


def test_a_gap_that_starts_by_itself() -> None:
    frame = step(Phase.GAP, starts_at_ms=1_061_234)
    assert frames.encode(frame) == vector("STEP gap, starts by itself")


def test_a_gap_that_a_tap_starts() -> None:
    frame = step(
        Phase.GAP,
        step=3,
        side=Side.RIGHT,
        variant=Variant.STANDING,
        planned_s=60,
        start=StartMode.TAP,
        text="RIGHT foot back, hold something firm",
    )
    assert frames.encode(frame) == vector("STEP gap, starts with a tap, longest hold")


@pytest.mark.parametrize(
    ("phase", "number"),
    [
        (Phase.IDLE, 0),
        (Phase.CONFIRM, 1),
        (Phase.GAP, 2),
        (Phase.HOLD, 2),
        (Phase.PAUSED, 3),
        (Phase.CLOSING, 4),
    ],
)
def test_phases(phase: Phase, number: int) -> None:
    assert step(phase).phase == number


def test_a_running_hold_is_shown_without_starting_it_again() -> None:
    frame = step(Phase.HOLD)
    assert (frame.phase, frame.start, frame.starts_at) == (2, 1, 0)


@given(st.text(max_size=80))
def test_texts_are_cut_to_whole_characters(text: str) -> None:
    cut = step(Phase.GAP, text=text).text
    assert text.startswith(cut)
    assert len(cut.encode()) <= 40
    assert cut == text or len((cut + text[len(cut)]).encode()) > 40


def test_cues_anchored_and_at_a_time_and_at_once() -> None:
    cues = (
        Cue(42, CueKind.FORM, 3, 10_000, 500),
        Cue(43, CueKind.START, 3, None, 500),
        Cue(44, CueKind.NUDGE, None, 1_012_345, 2**20),
        Cue(45, CueKind.PROBLEM, None, None, 0),
    )
    assert sent(PlayCues(cues)) == (
        frames.Cues(
            7,
            (
                frames.Cue(42, 3, 1, 3, 10_000, 500),
                frames.Cue(43, 2, 1, 3, 0, 500),
                frames.Cue(44, 9, 0, 0, 12_345, 65_535),
                frames.Cue(45, 11, 0, 0, 0, 0),
            ),
        ),
    )
    (one,) = sent(PlayCues(cues[:1]))
    assert frames.encode(one) == vector("CUES, one, anchored to the hold of step 3")


@pytest.mark.parametrize("room", range(61, 90))
def test_cancels_are_split_to_the_mtu(room: int) -> None:
    ids = tuple(range(50))
    split = sent(CancelCues(ids), frame_max_bytes=room)
    assert all(len(frames.encode(frame)) <= room for frame in split)
    assert all(len(frames.encode(frame)) + 4 > room for frame in split[:-1])
    assert sum((frame.cue_ids for frame in split if isinstance(frame, frames.Cancel)), ()) == ids


@pytest.mark.parametrize("count", [0, 1, 60])
@pytest.mark.parametrize("room", [*range(61, 90), 504, 512])
def test_cues_are_split_to_the_mtu(count: int, room: int) -> None:
    cues = tuple(Cue(n, CueKind.NUDGE, None, None, 1) for n in range(count))
    split = sent(PlayCues(cues), frame_max_bytes=room)
    ids: list[int] = []
    for frame in split:
        assert isinstance(frame, frames.Cues)
        assert len(frames.encode(frame)) <= room
        ids += [cue.cue_id for cue in frame.cues]
    assert ids == list(range(count))
    assert all(len(frames.encode(frame)) + 13 > room for frame in split[:-1])


def test_cancel() -> None:
    assert sent(CancelCues()) == (frames.Cancel(),)
    assert sent(CancelCues((42, 16909060))) == (frames.Cancel((42, 16909060)),)
    many = tuple(range(31))
    assert sent(CancelCues(many)) == tuple(frames.Cancel(many[at : at + 15]) for at in (0, 15, 30))


def test_stop_pause_end() -> None:
    assert [sent(StopHold(do)) for do in ("stop", "pause", "end")] == [(frames.Hold(do),) for do in (1, 2, 3)]


def test_clock() -> None:
    assert sent(SetClock(1_795_385_670_123, -210)) == (frames.Clock(1_795_385_670_123_000, -210),)


def test_routine() -> None:
    routine = Routine()
    (frame,) = sent(StoreRoutine(routine))
    assert frame == frames.Routine(routine.id, 0, 2, 30, 30, 15, 10, 0, 0, 0b1_1111_1110, 0xFFFF)
    other = Routine(
        variant=Variant.STANDING,
        rounds=10,
        left_s=60,
        right_s=45,
        first_gap_s=60,
        switch_gap_s=3,
        first_side=Side.RIGHT,
        start=StartMode.TAP,
        form_cue=False,
    )
    (frame,) = sent(StoreRoutine(other))
    assert frame == frames.Routine(other.id, 1, 10, 60, 45, 60, 3, 1, 1, 0b1_1111_0110, 0xFFFF)
    (frame,) = sent(StoreRoutine(routine, 7 * 60 + 30))
    assert isinstance(frame, frames.Routine)
    assert frame.reminder_min == 450
    assert frame.id != routine.id
