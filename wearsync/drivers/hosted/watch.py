"""Sessions, gaps and holds of a hosted watch (docs/hold-profile.md, section 7; the numbers are its rules).

Rule: what the profile has a watch do while its host leads; never alone, for without the link nothing of it
reaches the wrist. Every face that waits has a deadline; one that passed while nobody looked shows that nobody
led: `LinkLost`, and nothing is claimed of that time. What is not shown has not begun: a hold that starts late
counts from when it starts.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from enum import Enum
from typing import Final, Literal, assert_never

from wearsync.drivers.hosted.cues import CUE_SLOTS, CueDeck
from wearsync.errors import LinkLost
from wearsync.messages import (
    BatteryLevel,
    CancelCues,
    Cue,
    HoldStarted,
    HoldStopped,
    IntentGiven,
    PlayCues,
    Record,
    RecordBody,
    SessionEnded,
    SessionStarted,
    ShowStep,
    StopHold,
    StoreRoutine,
    WatchReady,
)
from wearsync.model import (
    HoldSource,
    Phase,
    Routine,
    SessionEnd,
    SessionSource,
    Side,
    StartMode,
    StopReason,
    Trust,
    Variant,
)

# The watch has no journal: its records are numbered from wherever the host begins.
HOSTED_NEXT_SEQ: Final = 0xFFFF_FFFF
# 9: "Confirm without an answer for 60 s".
CONFIRM_DEADLINE_MS: Final = 60_000
# 9: "A gap with start `tap` and no tap for 180 s".
TAP_DEADLINE_MS: Final = 180_000
# 8: "After `pause` it waits for the wearer's tap, 15 min".
PAUSE_DEADLINE_MS: Final = 900_000
# 11: "A session's end shows *done* for 10 s".
DONE_SHOWN_MS: Final = 10_000
# The coordinator answers after one commit; a card that is worn out takes seconds for that, never this long.
HOST_DEADLINE_MS: Final = 30_000
# A deadline that is found so late: this machine slept, or stood still. A busy loop is late by less.
LATE_MAX_MS: Final = 5_000


class Face(Enum):
    """What is to be seen. `waiting`: for the host's next word, the last face stays."""

    CLOCK = "clock"
    CONFIRM = "confirm"
    WAITING = "waiting"
    GAP = "gap"
    HOLD = "hold"
    PAUSED = "paused"
    DONE = "done"


class Gesture(Enum):
    """What the wearer can do: go (yes, ready now, start, go on), stop a hold, skip, back."""

    GO = "go"
    STOP = "stop"
    SKIP = "skip"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Shown:
    """What the display should say. `started_ms`: of the running hold, in host time; None: none runs."""

    face: Face
    side: Side
    round: int
    rounds: int
    planned_s: int
    started_ms: int | None
    text: str


NOTHING_SHOWN: Final = Shown(Face.CLOCK, Side.LEFT, 0, 0, 0, None, "")

Told = ShowStep | PlayCues | CancelCues | StopHold | StoreRoutine


def hosted_ready(watch_id: str, boot: int, trust: Trust) -> WatchReady:
    """What stands for a hosted watch's READY: a journal of its own for each link, named after the `boot` that
    was drawn for it. Nobody has a second copy of these records, so a host whose own journal was put back to
    an older one must not give their names again.
    """
    return WatchReady(
        watch_id=watch_id,
        journal_id=boot,
        boot=boot,
        first_seq=1,
        next_seq=HOSTED_NEXT_SEQ,
        cue_slots=CUE_SLOTS,
        routine_id=0,
        trust=trust,
        keeps_journal=False,
    )


class HostedWatch:
    """One link's worth of a watch. `first_seq`: of its first record; `began_ms`: host time of its tick 0;
    `entropy`: random bytes, for the numbers of its sessions. `advance` first, whatever else is called.
    """

    def __init__(self, *, boot: int, first_seq: int, began_ms: int, entropy: bytes) -> None:
        self._boot = boot
        self._seq = first_seq
        self._began_ms = began_ms
        self._entropy = entropy
        self._records: list[Record] = []
        self._deck = CueDeck(write=self._write)
        self._routine: Routine | None = None
        self._session: int | None = None
        self._face = Face.CLOCK
        self._seen = Face.CLOCK
        self._place = _NOWHERE
        self._due_ms: int | None = None
        self._auto = False
        self._started_ms: int | None = None
        self._battery: int | None = None

    # --- what comes of it ---

    @property
    def shown(self) -> Shown:
        """What the display should say now."""
        place = self._place
        rounds = self._routine.rounds if self._routine else 0
        return Shown(
            face=self._seen,
            side=place.side,
            round=place.round,
            rounds=max(place.round, rounds),
            planned_s=place.planned_s,
            started_ms=self._started_ms,
            text=place.text,
        )

    @property
    def in_session(self) -> bool:
        """Whether something is going on that a dead link must not outlive unseen."""
        return self._face not in (Face.CLOCK, Face.DONE)

    def records(self) -> tuple[Record, ...]:
        """What was written since the last call."""
        records, self._records = tuple(self._records), []
        return records

    def due_ms(self, now_ms: int) -> int | None:
        """When `advance` is wanted next."""
        times = (self._due_ms, self._deck.due_ms(now_ms))
        return min((at_ms for at_ms in times if at_ms is not None), default=None)

    def next_cue(self, now_ms: int) -> Cue | None:
        """The cue that is to go to the wrist now, if the way is free; then `cue_sent`."""
        return self._deck.next_cue(now_ms)

    # --- what happens ---

    def tell(self, message: Told, now_ms: int) -> None:
        """The host has something to say."""
        match message:
            case ShowStep():
                self._step(message, now_ms)
            case PlayCues(cues):
                self._deck.take(cues, now_ms)
            case CancelCues(cue_ids):
                self._deck.cancel(cue_ids, now_ms)
            case StopHold(do):
                self._stop_hold(do, now_ms)
            case StoreRoutine(routine):
                self._routine = routine
            case _:
                assert_never(message)

    def gesture(self, gesture: Gesture, now_ms: int) -> None:
        """The wearer's hand. What has no meaning in the present face does nothing."""
        match gesture:
            case Gesture.GO:
                self._go(now_ms)
            case Gesture.STOP if self._face is Face.HOLD:
                # 6 has the watch ask why; this one has no such question.
                self._stop(StopReason.WEARER, now_ms)
            case Gesture.SKIP if self._session is not None:
                self._write(IntentGiven("skip", self._session), now_ms)
            case Gesture.BACK if self._session is not None:
                self._write(IntentGiven("back", self._session), now_ms)
            case _:
                pass

    def battery(self, percent: int, now_ms: int) -> None:
        """The charge, recorded when it is another one."""
        if percent != self._battery:
            self._battery = percent
            self._write(BatteryLevel(percent, charging=False), now_ms)

    def cue_sent(self, cue: Cue, now_ms: int) -> None:
        """That cue has gone to the wrist."""
        self._deck.sent(cue, now_ms)

    def advance(self, now_ms: int) -> None:
        """End the face whose deadline has come, and give up cues that are too late. Raises `LinkLost`."""
        if self._due_ms is not None and now_ms - self._due_ms > LATE_MAX_MS:
            raise LinkLost("this machine slept, or stood still: what the wearer did meanwhile is not known")
        while self._due_ms is not None and self._due_ms <= now_ms:
            self._time_is_up(self._due_ms, now_ms)
        self._deck.advance(now_ms)

    # --- the host's words ---

    def _step(self, step: ShowStep, now_ms: int) -> None:
        if self._is_the_running_hold(step):
            self._place = replace(self._place, text=step.text)  # 4
            return
        self._break_off(now_ms)
        # 3; "confirm while a session is open" has no error here to say: the host asks for another one.
        if step.session != self._session or step.phase is Phase.CONFIRM:
            self._end_session(SessionEnd.ENDED, SessionSource.HOST, now_ms)
        match step.phase:
            case Phase.CONFIRM:
                self._show(Face.CONFIRM, step, now_ms + CONFIRM_DEADLINE_MS)
            case Phase.GAP | Phase.HOLD:
                self._gap(step, now_ms)
            case Phase.PAUSED:
                self._show(Face.PAUSED, step, now_ms + PAUSE_DEADLINE_MS)
            case Phase.CLOSING:
                self._end_session(SessionEnd.DONE, SessionSource.HOST, now_ms)
                self._show(Face.DONE, step, now_ms + DONE_SHOWN_MS)
            case Phase.IDLE:
                self._end_session(SessionEnd.ENDED, SessionSource.HOST, now_ms)
                self._show(Face.CLOCK, _NOWHERE, None)
            case _:
                assert_never(step.phase)

    def _gap(self, step: ShowStep, now_ms: int) -> None:
        if self._session is None:
            self._deck.session_changed(now_ms)
            self._write(SessionStarted(step.session, SessionSource.HOST), now_ms)
            self._session = step.session
        # A hold that is shown and does not run has just ended: it waits for the wearer.
        self._auto = step.phase is Phase.GAP and step.start is StartMode.AUTO
        tap_until_ms = now_ms + TAP_DEADLINE_MS
        starts_at_ms = max(step.starts_at_ms or now_ms, now_ms)
        self._show(Face.GAP, step, starts_at_ms if self._auto else tap_until_ms)
        self.advance(now_ms)  # 1: "at once if that has passed"

    def _stop_hold(self, do: Literal["stop", "pause", "end"], now_ms: int) -> None:
        """5; "without something to end they do nothing"."""
        if do == "end":
            self._break_off(now_ms)
            self._end_session(SessionEnd.ENDED, SessionSource.HOST, now_ms)
        elif self._face is Face.HOLD:
            self._stop(StopReason.HOST if do == "stop" else StopReason.PAUSE, now_ms)

    def _is_the_running_hold(self, step: ShowStep) -> bool:
        return (
            self._face is Face.HOLD
            and step.phase in (Phase.GAP, Phase.HOLD, Phase.PAUSED)
            and (step.session, step.step) == (self._session, self._place.step)
        )

    # --- the wearer ---

    def _go(self, now_ms: int) -> None:
        match self._face:
            case Face.CLOCK | Face.DONE:
                self._write(IntentGiven("start", self._new_session()), now_ms)
                self._wait(now_ms)
            case Face.CONFIRM:
                self._write(IntentGiven("yes", self._place.session), now_ms)
                self._wait(now_ms)
            case Face.GAP:
                self._begin_hold(HoldSource.WEARER, now_ms)
            case Face.PAUSED:
                self._write(IntentGiven("resume", self._place.session), now_ms)
                self._wait(now_ms)
            case Face.HOLD | Face.WAITING:
                pass
            case _:
                assert_never(self._face)

    # --- time ---

    def _time_is_up(self, due_ms: int, now_ms: int) -> None:
        match self._face:
            case Face.GAP if self._auto:
                self._begin_hold(HoldSource.AUTO, now_ms)
            case Face.HOLD:
                self._stop(StopReason.PLANNED, due_ms)
            case Face.GAP | Face.PAUSED if self._session is not None:
                self._end_session(SessionEnd.ABANDONED, SessionSource.WATCH, due_ms)
            case Face.WAITING if self._session is not None:
                self._end_session(SessionEnd.ENDED, SessionSource.WATCH, due_ms)
            case _:
                self._show(Face.CLOCK, _NOWHERE, None)

    # --- faces ---

    def _show(self, face: Face, place: ShowStep, due_ms: int | None) -> None:
        self._face, self._place, self._due_ms = face, place, due_ms
        if face is not Face.WAITING:
            self._seen = face

    def _wait(self, now_ms: int) -> None:
        """For the host's next STEP."""
        self._show(Face.WAITING, self._place, now_ms + HOST_DEADLINE_MS)

    def _begin_hold(self, source: HoldSource, now_ms: int) -> None:
        place, session = self._place, self._session
        assert session is not None, "a gap is of an open session"
        self._started_ms = now_ms
        self._write(
            HoldStarted(
                session=session,
                step=place.step,
                side=place.side,
                variant=place.variant,
                round=place.round,
                planned_s=place.planned_s,
                source=source,
                routine_id=self._routine.id if self._routine else 0,
            ),
            now_ms,
        )
        self._show(Face.HOLD, place, now_ms + place.planned_s * 1000)
        self._deck.hold_started(place.step, now_ms)

    def _stop(self, reason: StopReason, at_ms: int) -> None:
        """The hold ended at `at_ms`; what comes next the host says."""
        self._record_stop(reason, at_ms)
        if reason is StopReason.PAUSE:
            self._show(Face.PAUSED, self._place, at_ms + PAUSE_DEADLINE_MS)
        else:
            self._wait(at_ms)

    def _break_off(self, now_ms: int) -> None:
        if self._face is Face.HOLD:
            self._record_stop(StopReason.HOST, now_ms)

    def _record_stop(self, reason: StopReason, at_ms: int) -> None:
        assert self._started_ms is not None, "a hold is running"
        assert self._session is not None, "a hold is of an open session"
        held_ms, self._started_ms = at_ms - self._started_ms, None
        self._write(HoldStopped(self._session, self._place.step, reason, held_ms), at_ms)
        self._deck.hold_ended(self._place.step, at_ms)

    def _end_session(self, end: SessionEnd, source: SessionSource, at_ms: int) -> None:
        if self._session is not None:
            self._write(SessionEnded(self._session, end, source), at_ms)
            self._deck.session_changed(at_ms)
            self._session = None
            self._show(Face.DONE, self._place, at_ms + DONE_SHOWN_MS)

    # --- the journal ---

    def _write(self, body: RecordBody, at_ms: int) -> None:
        raw = json.dumps(asdict(body), separators=(",", ":")).encode()
        self._records.append(Record(self._seq, self._boot, at_ms - self._began_ms, body, raw))
        self._seq += 1

    def _new_session(self) -> int:
        """A number that no other session of this watch has: of this link, and of this record."""
        noise = hashlib.sha256(self._entropy + self._seq.to_bytes(8, "little")).digest()
        return int.from_bytes(noise[:4], "little") or 1


_NOWHERE = ShowStep(0, 0, Phase.IDLE, Side.LEFT, Variant.KNEELING, 0, None, 0, StartMode.AUTO, "")
