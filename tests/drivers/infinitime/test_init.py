"""What the driver says of its family."""

from wearsync.drivers.base import Advertised, SessionOptions
from wearsync.drivers.infinitime import InfiniTimeDriver
from wearsync.drivers.infinitime.session import InfiniTimeSession, Stage
from wearsync.model import Trust


def test_it_claims_nothing_that_the_watch_can_not_do() -> None:
    can = InfiniTimeDriver().capabilities
    assert (can.acks, can.felt, can.journal, can.cues_ahead, can.runs_alone) == (
        "none",
        False,
        False,
        False,
        False,
    )
    assert (can.display, can.haptics, can.trust) == ("music", "single", Trust.BOND)


def test_it_is_known_by_its_name_and_tells_nothing_from_afar() -> None:
    driver = InfiniTimeDriver()
    assert (driver.service_uuids, driver.name_prefixes) == ((), ("InfiniTime",))
    assert driver.advertised({"00001530-1212-efde-1523-785feabcd123": b"\x01"}) == Advertised(pairing=None)


def test_each_link_has_a_session_of_its_own() -> None:
    driver = InfiniTimeDriver()
    options = SessionOptions({}, None, address="C0:11:22:33:44:55")
    one, other = (driver.session(options) for _ in range(2))
    assert one is not other
    assert isinstance(one, InfiniTimeSession)
    assert one.stage is Stage.NEW
