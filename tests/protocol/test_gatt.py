"""Info, the advertisement and the MTU."""

import pytest

from wearsync.errors import UnfitWatch
from wearsync.protocol.gatt import (
    DOWN_UUID,
    INFO_UUID,
    KEY_UUID,
    SERVICE_UUID,
    UP_UUID,
    Advertised,
    frame_max_bytes,
    read_advertised,
    read_info,
    version_span,
)

WATCH_ID = bytes(range(16))


def test_characteristics_differ_from_the_service_in_four_digits() -> None:
    number = [SERVICE_UUID.replace("f69b0000", f"f69b000{digit}") for digit in (1, 2, 3, 4)]
    assert number == [INFO_UUID, UP_UUID, DOWN_UUID, KEY_UUID]


@pytest.mark.parametrize("flags", range(8))
def test_flags_of_info(flags: int) -> None:
    info = read_info(b"\x01\x01" + WATCH_ID + bytes((flags,)))
    assert info.watch_id == WATCH_ID
    assert info.in_pairing_mode == (flags in (1, 3, 5, 7))
    assert info.takes_key_unauthenticated == (flags in (2, 3, 6, 7))
    assert info.is_open == (flags in (4, 5, 6, 7))


@pytest.mark.parametrize("length", [length for length in range(40) if length != 19])
def test_info_of_any_other_length(length: int) -> None:
    with pytest.raises(UnfitWatch, match=f"not a wearsync watch: its Info has {length} bytes, not 19"):
        read_info(bytes((1, 1)).ljust(length, b"\x00")[:length])


def test_versions_that_do_not_meet_name_the_older_side() -> None:
    with pytest.raises(UnfitWatch, match="speaks hold profile 2–3, this wearsync speaks 1: upgrade wearsync"):
        read_info(b"\x02\x03" + WATCH_ID + b"\x00")
    with pytest.raises(UnfitWatch, match=r"speaks hold profile 0, .* upgrade the watch's firmware"):
        read_info(b"\x00\x00" + WATCH_ID + b"\x00")
    with pytest.raises(UnfitWatch, match="versions run from 2 to 1"):
        read_info(b"\x02\x01" + WATCH_ID + b"\x00")
    assert read_info(b"\x00\xff" + WATCH_ID + b"\x00").version_max == 255


def test_a_span_of_one_is_one_number() -> None:
    assert (version_span(1, 1), version_span(1, 2)) == ("1", "1–2")


@pytest.mark.parametrize(
    ("data", "advertised"),
    [
        (b"", Advertised(False, False, False)),
        (b"\x01", Advertised(True, False, False)),
        (b"\x02", Advertised(False, True, False)),
        (b"\x04", Advertised(False, False, True)),
        (b"\xff\xff", Advertised(True, True, True)),
    ],
)
def test_service_data(data: bytes, advertised: Advertised) -> None:
    assert read_advertised(data) == advertised


def test_frames_fit_the_mtu() -> None:
    assert [frame_max_bytes(mtu) for mtu in (72, 185, 515, 516, 517)] == [69, 182, 512, 512, 512]
    for mtu in (23, 71):
        with pytest.raises(UnfitWatch, match=f"an ATT MTU of {mtu}, the hold profile needs 72"):
            frame_max_bytes(mtu)
