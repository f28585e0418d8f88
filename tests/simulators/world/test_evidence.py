"""A violation is a line, however long what it tells of is."""

from wearsync_simulators.world.evidence import TEXT_MAX, Violation


def test_it_is_cut() -> None:
    assert str(Violation("I1", "x" * 1000)) == f"I1: {'x' * (TEXT_MAX - 1)}…"
    assert str(Violation("I1", "short")) == "I1: short"
