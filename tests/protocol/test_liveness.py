"""PINGs: when they are due, what answers them, and when a link is given up."""

import pytest

from wearsync.protocol.liveness import Liveness, Verdict


@pytest.mark.parametrize(("in_session", "silence_ms"), [(True, 10_000), (False, 300_000)])
def test_silence_ends_with_a_ping(in_session: bool, silence_ms: int) -> None:
    quiet = Liveness(heard_ms=5_000)
    assert quiet.deadline_ms(in_session=in_session) == 5_000 + silence_ms
    assert quiet.verdict(4_999 + silence_ms, in_session=in_session) is Verdict.ALIVE
    assert quiet.verdict(5_000 + silence_ms, in_session=in_session) is Verdict.PING
    assert quiet.heard(6_000).deadline_ms(in_session=in_session) == 6_000 + silence_ms


@pytest.mark.parametrize("in_session", [True, False])
def test_a_ping_without_a_pong_is_death_after_15_s(in_session: bool) -> None:
    waiting = Liveness(heard_ms=0).pinged(300_000)
    assert waiting.deadline_ms(in_session=in_session) == 315_000
    assert waiting.verdict(314_999, in_session=in_session) is Verdict.ALIVE
    assert waiting.verdict(315_000, in_session=in_session) is Verdict.DEAD


def test_only_the_pong_answers() -> None:
    waiting = Liveness(heard_ms=0).pinged(300_000)
    assert waiting.heard(301_000).pinged_ms == 300_000
    assert waiting.answered(waiting.token + 1) == waiting
    assert waiting.answered(waiting.token).pinged_ms is None


def test_tokens_differ_and_stay_in_32_bits() -> None:
    first = Liveness(heard_ms=0).pinged(1)
    assert first.token != first.pinged(2).token
    assert Liveness(heard_ms=0, token=0xFFFFFFFF).pinged(1).token == 0
