"""How long packets take: what others have published, and what can't be."""

import pytest

from wearsync_simulators.radio.airtime import Airtime, Phy

# Design/6: the published ceilings of notifications, kbit/s.
PUBLISHED = [("2M", True, 247, 1402), ("1M", True, 247, 791), ("1M", False, 23, 237)]


@pytest.mark.parametrize(("phy", "dle", "mtu", "kbit_s"), PUBLISHED)
def test_the_ceilings_are_the_published_ones(phy: Phy, dle: bool, mtu: int, kbit_s: float) -> None:
    assert Airtime(phy=phy, dle=dle).ceiling_kbit_s(mtu) == pytest.approx(kbit_s, rel=0.002)


def test_a_packet_has_its_length_and_only_a_full_one_a_mic() -> None:
    one, two = Airtime(phy="1M"), Airtime(phy="2M")
    assert (one.pdu_us(0, encrypted=True), two.pdu_us(0, encrypted=True)) == (80, 44)
    assert (one.pdu_us(251, encrypted=False), two.pdu_us(251, encrypted=False)) == (2088, 1048)
    assert two.pdu_us(251, encrypted=True) == 1064


def test_what_is_too_long_for_a_pdu_goes_in_several() -> None:
    assert Airtime().fragments(251) == [251]
    assert Airtime().fragments(252) == [251, 1]
    assert Airtime(dle=False).fragments(60) == [27, 27, 6]
    assert Airtime().notifications_us([244, 245]) == 2 * 1392 + 392


def test_what_no_radio_does_is_refused() -> None:
    with pytest.raises(ValueError, match="interval of 5 ms"):
        Airtime(interval_ms=5)
    with pytest.raises(ValueError, match="no loss of 1"):
        Airtime(loss=1)
    with pytest.raises(ValueError, match="PHY '3M'"):
        Airtime(phy="3M")  # type: ignore[arg-type]
