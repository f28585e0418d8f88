"""What watches of the hold profile can do, and what they advertise."""

import pytest

from wearsync.drivers.base import Advertised, Capabilities, SessionOptions
from wearsync.drivers.hold_profile import HoldProfileDriver
from wearsync.drivers.profile_session import HoldProfileSession
from wearsync.drivers.profile_stages import Stage
from wearsync.model import LinkMode, Trust
from wearsync.protocol.gatt import SERVICE_UUID


def test_what_it_can_do() -> None:
    driver = HoldProfileDriver()
    assert (driver.name, driver.service_uuids, driver.name_prefixes) == ("wearsync", (SERVICE_UUID,), ())
    assert driver.link is LinkMode.ALWAYS
    assert driver.capabilities == Capabilities(
        acks="motor",
        felt=True,
        journal=True,
        cues_ahead=True,
        runs_alone=True,
        display="text",
        haptics="patterns",
        trust=Trust.KEY,
    )


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\x00", Advertised(pairing=False)),
        (b"\x01", Advertised(pairing=True)),
        (b"\x02", Advertised(pairing=False, wants_visit=True)),
        (b"\x04", Advertised(pairing=False, wants_visit=True)),
        (b"", Advertised(pairing=False)),
    ],
)
def test_what_it_advertises(data: bytes, says: Advertised) -> None:
    assert HoldProfileDriver().advertised({SERVICE_UUID: data, "another": b"\xff"}) == says


def test_each_link_has_a_session_of_its_own() -> None:
    driver = HoldProfileDriver()
    one, other = (driver.session(SessionOptions({}, None)) for _ in range(2))
    assert one is not other
    assert isinstance(one, HoldProfileSession)
    assert one.stage is Stage.NEW
