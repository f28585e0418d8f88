"""What each fault does to frames and operations."""

from tests.simulators.world.stories import calm, only
from wearsync_simulators.world.radio_faults import FAULTS, SLOW_S, Fate, Noise, When

FRAME = bytes(range(40))


def test_faults_have_names_of_the_radio_and_a_rate() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    assert all(fault.name.startswith("radio.") and 0 < fault.rate < 0.1 and fault.lines for fault in FAULTS)


def test_without_faults_nothing_happens() -> None:
    noise = Noise(calm())
    for _ in range(100):
        assert noise.operation() == Fate()
        assert noise.down(FRAME) == FRAME
        assert noise.up(FRAME) == [FRAME]
        assert not noise.loses()


def test_one_bit_is_another() -> None:
    noise = Noise(only("radio.bit_flip"))
    for corrupted in [noise.down(FRAME) for _ in range(20)] + [noise.up(FRAME)[0] for _ in range(20)]:
        wrong = int.from_bytes(corrupted) ^ int.from_bytes(FRAME)
        assert wrong.bit_count() == 1
        assert len(corrupted) == len(FRAME)
    assert noise.down(b"") == b""


def test_an_end_is_missing() -> None:
    noise = Noise(only("radio.truncated"))
    lengths = {len(noise.down(FRAME)) for _ in range(500)}
    assert lengths == set(range(len(FRAME)))


def test_an_earlier_notification_comes_again() -> None:
    noise = Noise(only("radio.replayed"))
    assert noise.up(b"1") == [b"1"]
    for n in range(2, 50):
        now, again = noise.up(str(n).encode())
        assert int(now) == n
        assert max(1, n - 16) <= int(again) < n


def test_a_notification_comes_after_the_next() -> None:
    noise = Noise(only("radio.reordered"))
    assert noise.up(b"1") == []
    assert noise.up(b"2") == [b"2", b"1"]
    assert noise.up(b"3") == []


def test_an_operation_is_lost_hangs_or_is_slow() -> None:
    lost = {Noise(faults).operation().lost for faults in [only("radio.lost_at_op")] for _ in range(20)}
    assert lost == {When.BEFORE, When.AFTER}
    faults = only("radio.hang")
    fates = [Noise(faults).operation() for _ in range(20)]
    assert {fate.happens for fate in fates} == {True, False}
    assert not any(fate.answers for fate in fates)
    slow = Noise(only("radio.slow")).operation()
    assert slow.answers
    assert slow.happens
    assert SLOW_S[0] <= slow.slow_s <= SLOW_S[1]


def test_each_strike_is_counted() -> None:
    faults = only("radio.lost_at_frame", 0.5)
    noise = Noise(faults)
    lost = sum(noise.loses() for _ in range(100))
    assert 20 < lost < 80
    assert faults.counts == {"radio.lost_at_frame": lost}
    faults.heal()
    assert not any(noise.loses() for _ in range(100))
