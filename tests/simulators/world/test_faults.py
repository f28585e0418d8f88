"""Faults strike by chance, by a stream of their own, and not after the healing."""

from wearsync_simulators.world.faults import Fault, Faults

KNOWN = (
    Fault("a.often", "…", (1,), rate=0.5),
    Fault("b.seldom", "…", (2,), rate=0.01),
    Fault("c.episode", "…", (3,)),
)
TRIES = 2000


def faults(seed: int = 1, names: tuple[str, ...] = ("a.often", "b.seldom", "c.episode")) -> Faults:
    return Faults(seed, KNOWN, names)


def strikes(of: Faults, name: str) -> list[bool]:
    return [of.strikes(name) for _ in range(TRIES)]


def test_they_strike_at_their_rate_and_are_counted():
    some = faults()
    assert 0.4 < sum(strikes(some, "a.often")) / TRIES < 0.6
    assert 0 < sum(strikes(some, "b.seldom")) < TRIES / 20
    assert some.counts["a.often"] + some.counts["b.seldom"] > TRIES * 0.4


def test_one_seed_is_one_course():
    assert strikes(faults(), "a.often") == strikes(faults(), "a.often")
    assert strikes(faults(1), "a.often") != strikes(faults(2), "a.often")


def test_switching_one_off_moves_no_other():
    assert strikes(faults(names=("a.often",)), "a.often") == strikes(faults(), "a.often")
    assert not any(strikes(faults(names=("a.often",)), "b.seldom"))


def test_after_the_healing_nothing_strikes_until_it_begins_again():
    some = faults()
    some.heal()
    assert some.healed
    assert not some.on("c.episode")
    assert not any(strikes(some, "a.often"))
    some.begin()
    assert some.on("c.episode")
    assert any(strikes(some, "a.often"))
