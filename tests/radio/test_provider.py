"""What a radio of another package says of a bond that there is not: in words that a person can read."""

import pytest

from wearsync.radio.provider import NoBond, PairingFailure


@pytest.mark.parametrize("why", list(NoBond), ids=lambda why: str(why.name))
def test_reason_is_kept_and_read(why: NoBond) -> None:
    failure = PairingFailure(why)
    assert failure.why is why
    assert str(failure) == why.value
