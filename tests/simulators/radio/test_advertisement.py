"""AD structures as bleak tells them, whole and spoilt."""

from bumble.core import UUID
from bumble.device import Advertisement
from bumble.hci import Address
from hypothesis import given
from hypothesis import strategies as st

from tests.simulators.radio.conftest import SERVICE, WATCH
from wearsync_simulators.radio.advertisement import advertisement_data, bleak_uuid

SERVICE_BYTES = bytes.fromhex(SERVICE.replace("-", ""))[::-1]


def told(*structures: tuple[int, bytes]) -> Advertisement:
    data = b"".join(bytes([len(data) + 1, kind]) + data for kind, data in structures)
    return Advertisement(address=Address(WATCH), rssi=-50, data_bytes=data)


def test_every_kind_of_structure() -> None:
    data = advertisement_data(
        told(
            (0x08, b"Sho"),
            (0x09, "Größe".encode()),
            (0x0A, b"\xfc"),
            (0x03, b"\x0f\x18\x0a\x18"),
            (0x05, b"\x01\x02\x03\x04"),
            (0x07, SERVICE_BYTES),
            (0x16, b"\x0f\x18d"),
            (0x20, b"\x01\x02\x03\x04x"),
            (0x21, SERVICE_BYTES + b"\x03"),
            (0xFF, b"\x4c\x00apple"),
        )
    )
    assert data.local_name == "Größe"
    assert data.tx_power == -4
    assert data.rssi == -50
    base = "-0000-1000-8000-00805f9b34fb"
    assert data.service_uuids == [f"0000180f{base}", f"0000180a{base}", f"04030201{base}", SERVICE]
    assert data.service_data == {f"0000180f{base}": b"d", f"04030201{base}": b"x", SERVICE: b"\x03"}
    assert data.manufacturer_data == {0x4C: b"apple"}


def test_a_short_name_will_do() -> None:
    assert advertisement_data(told((0x08, b"Sho"))).local_name == "Sho"
    assert advertisement_data(told()).local_name is None


def test_uuids_are_written_as_bleak_does() -> None:
    assert bleak_uuid(UUID.from_16_bits(0x180F)) == "0000180f-0000-1000-8000-00805f9b34fb"
    assert bleak_uuid(UUID(SERVICE)) == SERVICE


@given(structures=st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=29)), max_size=6))
def test_nothing_that_is_advertised_is_too_odd(structures: list[tuple[int, bytes]]) -> None:
    data = advertisement_data(told(*structures))
    assert all(len(uuid) == 36 for uuid in (*data.service_uuids, *data.service_data))


@given(data=st.binary(max_size=31))
def test_nor_is_it_when_it_is_no_structure_at_all(data: bytes) -> None:
    advertisement_data(Advertisement(address=Address(WATCH), data_bytes=data))
