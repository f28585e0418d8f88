"""What the Bangle.js driver says of its family."""

import pytest

from wearsync.drivers.banglejs import BangleDriver
from wearsync.drivers.banglejs.session import BangleSession
from wearsync.drivers.base import Advertised, Capabilities, Driver, SessionOptions
from wearsync.model import LinkMode, Trust
from wearsync.protocol.gatt import SERVICE_UUID


def test_what_it_can_do() -> None:
    driver: Driver = BangleDriver()
    assert (driver.name, driver.title, driver.link) == ("banglejs", "Bangle.js 2", LinkMode.VISIT)
    assert driver.service_uuids == ("6e400001-b5a3-f393-e0a9-e50e24dcca9e",)
    assert driver.name_prefixes == ("Bangle.js",)
    assert driver.capabilities == Capabilities(
        acks="scheduled",
        felt=False,
        journal=True,
        cues_ahead=True,
        runs_alone=True,
        display="text",
        haptics="patterns",
        trust=Trust.KEY,
    )
    assert isinstance(driver.session(SessionOptions({}, None)), BangleSession)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({}, Advertised(None, wants_visit=False)),
        ({"180f": b"\x50"}, Advertised(None, wants_visit=False)),
        ({SERVICE_UUID: b"\x00"}, Advertised(pairing=False, wants_visit=False)),
        ({SERVICE_UUID: b"\x01"}, Advertised(pairing=True, wants_visit=False)),
        ({SERVICE_UUID: b"\x02"}, Advertised(pairing=False, wants_visit=True)),
        ({SERVICE_UUID: b"\x04"}, Advertised(pairing=False, wants_visit=True)),
    ],
)
def test_what_it_advertises(data: dict[str, bytes], told: Advertised) -> None:
    assert BangleDriver().advertised(data) == told
