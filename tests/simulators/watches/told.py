"""The session that the tests of holds live through, and the records that it must leave."""

from tests.simulators.watches.bench import Bench
from wearsync_simulators.watches.records import HoldStarted, HoldStopped, SessionTold
from wearsync_simulators.watches.view import Face
from wearsync_simulators.watches.words import Reason, SessionSource, SessionWhat, Side, Source, Variant

SESSION = 11
STOP, PAUSE, END = b"\x01", b"\x02", b"\x03"


def started(
    step: int = 0, *, source: Source = Source.AUTO, routine_id: int = 0, planned_s: int = 30
) -> HoldStarted:
    """The HOLD_STARTED of a step of that session."""
    side, round_ = Side(step % 2), step // 2 + 1
    return HoldStarted(SESSION, step, side, Variant.KNEELING, round_, planned_s, source, routine_id)


def stopped(reason: Reason, held_ms: int, step: int = 0) -> HoldStopped:
    """The HOLD_STOPPED of a step of that session."""
    return HoldStopped(SESSION, step, reason, held_ms)


def session(what: SessionWhat, source: SessionSource, number: int = SESSION) -> SessionTold:
    """SESSION."""
    return SessionTold(number, what, source)


BEGUN = session(SessionWhat.STARTED, SessionSource.HOST)


def in_hold(bench: Bench, planned_s: int = 30, into_s: float = 0.0) -> None:
    """Bring the watch into a hold of step 0."""
    bench.step(SESSION, 0, planned_s=planned_s)
    bench.wait(into_s)
    assert bench.face() is Face.HOLD
    bench.told()
