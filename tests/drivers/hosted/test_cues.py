"""The cue slots of a hosted watch: at its time, once, and one ack for each."""

from wearsync.drivers.hosted.cues import CUE_SLOTS, CUE_SPACING_MS, CueDeck
from wearsync.messages import Cue, CueAcked
from wearsync.model import AckResult, CueKind

T0 = 1_000_000


class Table:
    """A deck, and its acks: (cue id, result, when)."""

    def __init__(self) -> None:
        self.acks: list[tuple[int, AckResult, int]] = []
        self.deck = CueDeck(write=self._write)

    def _write(self, ack: CueAcked, at_ms: int) -> None:
        assert (ack.started_ms, ack.motor_ms) == (0, 0), "nothing is known of its motor"
        self.acks.append((ack.cue_id, ack.result, at_ms))

    def goes_out(self, now_ms: int) -> int | None:
        """The id of the cue that goes out then, and is sent at once."""
        self.deck.advance(now_ms)
        cue = self.deck.next_cue(now_ms)
        if cue is None:
            return None
        self.deck.sent(cue, now_ms)
        return cue.cue_id


def cue(cue_id: int, *, step: int | None = None, at_ms: int | None = None, expires_ms: int = 2_500) -> Cue:
    return Cue(cue_id, CueKind.READY, step, at_ms, expires_ms)


def test_a_cue_without_a_time_goes_out_at_once_and_is_acknowledged_when_it_is_sent() -> None:
    table = Table()
    table.deck.take([cue(1)], T0)
    sent = table.deck.next_cue(T0)
    assert sent == cue(1)
    assert table.acks == []
    table.deck.sent(sent, T0 + 40)
    assert table.acks == [(1, AckResult.UNKNOWN, T0 + 40)]
    assert table.deck.due_ms(T0 + 40) is None


def test_a_cue_is_taken_once() -> None:
    table = Table()
    table.deck.take([cue(1), cue(1)], T0)
    assert table.goes_out(T0) == 1
    table.deck.take([cue(1)], T0 + 500)
    assert table.goes_out(T0 + 500) is None
    assert len(table.acks) == 1


def test_a_cue_with_a_time_waits_for_it() -> None:
    table = Table()
    table.deck.take([cue(1, at_ms=T0 + 10_000)], T0)
    assert table.deck.due_ms(T0) == T0 + 10_000
    assert table.goes_out(T0 + 9_999) is None
    assert table.goes_out(T0 + 10_000) == 1


def test_an_anchored_cue_waits_for_its_hold() -> None:
    table = Table()
    table.deck.take([cue(1, step=0, at_ms=5_000), cue(2, step=1, at_ms=0)], T0)
    assert table.deck.due_ms(T0) is None
    table.deck.hold_started(0, T0 + 100)
    assert table.deck.due_ms(T0 + 100) == T0 + 5_100
    table.deck.take([cue(3, step=0), cue(4, step=1)], T0 + 200)
    assert table.goes_out(T0 + 200) == 3
    assert table.goes_out(T0 + 5_100) == 1
    assert table.goes_out(T0 + 60_000) is None, "the other step's hold has not begun"


def test_what_is_too_late_expires_and_its_last_instant_does_not() -> None:
    table = Table()
    table.deck.take([cue(1), cue(2)], T0)
    assert table.goes_out(T0 + 2_500) == 1
    assert table.deck.due_ms(T0 + 2_500) == T0 + 2_501
    assert table.goes_out(T0 + 2_501) is None
    assert table.acks[1:] == [(2, AckResult.EXPIRED, T0 + 2_501)]


def test_two_that_come_together_go_out_in_order_and_apart() -> None:
    table = Table()
    table.deck.take([cue(2, at_ms=T0 + 10), cue(1, at_ms=T0)], T0)
    assert table.goes_out(T0 + 20) == 1
    assert table.deck.due_ms(T0 + 20) == T0 + 20 + CUE_SPACING_MS
    assert table.goes_out(T0 + 20 + CUE_SPACING_MS - 1) is None
    assert table.goes_out(T0 + 20 + CUE_SPACING_MS) == 2


def test_a_holds_end_cancels_what_has_not_come() -> None:
    table = Table()
    planned = [cue(1, step=0, at_ms=30_000), cue(2, step=0, at_ms=30_001), cue(3, step=1), cue(4)]
    table.deck.take(planned, T0)
    table.deck.hold_started(0, T0)
    table.deck.hold_ended(0, T0 + 30_000)
    assert table.acks == [(2, AckResult.CANCELLED, T0 + 30_000)]
    table.deck.take([cue(5, step=0, at_ms=0)], T0 + 30_000)
    assert table.deck.due_ms(T0 + 30_000) == T0 + 32_501, "no hold runs: what is due is the end of `done`"


def test_a_sessions_end_cancels_what_is_anchored_and_has_not_come() -> None:
    table = Table()
    table.deck.take([cue(1, step=0, at_ms=0), cue(2, step=0, at_ms=9), cue(3, step=1), cue(4)], T0)
    table.deck.hold_started(0, T0)
    table.deck.session_changed(T0)
    assert [(cue_id, result) for cue_id, result, _ in table.acks] == [
        (2, AckResult.CANCELLED),
        (3, AckResult.CANCELLED),
    ]


def test_cues_are_taken_back_by_name_or_all() -> None:
    table = Table()
    table.deck.take([cue(1, at_ms=T0 + 9), cue(2, step=0), cue(3, step=0)], T0)
    table.deck.cancel((2, 77), T0 + 1)
    assert table.acks == [(2, AckResult.CANCELLED, T0 + 1)]
    table.deck.cancel((), T0 + 2)
    assert {cue_id for cue_id, *_ in table.acks} == {1, 2, 3}


def test_a_cue_without_a_slot_is_refused() -> None:
    table = Table()
    table.deck.take([cue(number, step=0) for number in range(CUE_SLOTS + 1)], T0)
    assert table.acks == [(CUE_SLOTS, AckResult.REFUSED, T0)]
