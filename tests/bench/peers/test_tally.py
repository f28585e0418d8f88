"""What the comparison counts as lost, late and repeated."""

from tests.bench.peers.tally import Loss, Tally


def _tally() -> Tally:
    tally = Tally()
    for second in range(4):
        tally.send(str(second), float(second))
    for name, at_s in (("0", 0.1), ("2", 2.3), ("2", 9.0), ("9", 9.5)):
        tally.arrive(name, at_s)
    return tally


def test_what_never_came_is_lost_and_what_came_again_is_repeated():
    assert _tally().loss(0.0, 10.0) == Loss(sent=4, lost=2, repeated=1, names=("1", "3"))


def test_a_loss_counts_what_was_sent_in_its_time_whenever_it_came():
    assert _tally().loss(2.0, 3.0) == Loss(sent=1, lost=0, repeated=1, names=())


def test_latency_ends_with_the_first_arrival():
    assert [round(each) for each in _tally().latencies_ms(0.0, 10.0)] == [100, 300]


def test_what_was_never_sent_is_invented():
    assert _tally().invented == ["9"]


def test_a_late_message_from_before_is_no_sign_of_life():
    tally = _tally()
    assert tally.came_since(2.0)
    assert not tally.came_since(2.5)
