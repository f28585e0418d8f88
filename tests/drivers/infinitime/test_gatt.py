"""InfiniTime's characteristics, and the bytes in them."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drivers.infinitime.bench import CHARACTERISTICS, LENGTH, LENGTH_AGAIN
from wearsync.drivers.infinitime.gatt import (
    alert_bytes,
    check_firmware,
    find_handles,
    read_percent,
    read_time,
    seconds_bytes,
    text_bytes,
    time_bytes,
)
from wearsync.errors import UnfitWatch
from wearsync.model import CueKind

EPOCH, WHEN = datetime(1970, 1, 1), datetime(2026, 11, 20, 9, 5, 7)  # noqa: DTZ001 - the watch has no zone


def test_the_doubled_length_is_taken_by_its_first_handle() -> None:
    handles = find_handles(reversed(CHARACTERISTICS))
    assert handles.length == LENGTH
    one = [each for each in CHARACTERISTICS if each.handle != LENGTH]
    assert find_handles(one).length == LENGTH_AGAIN


@pytest.mark.parametrize("missing", sorted({each.uuid for each in CHARACTERISTICS}))
def test_a_watch_without_one_of_them_is_unfit(missing: str) -> None:
    with pytest.raises(UnfitWatch, match=r"no [a-z]+ characteristic: is it a PineTime with InfiniTime 1\.8"):
        find_handles([each for each in CHARACTERISTICS if each.uuid != missing])


def test_a_characteristic_of_another_service_is_another_one() -> None:
    astray = [
        each if each.handle != LENGTH else type(each)("0000180f" + each.service[8:], each.uuid, LENGTH)
        for each in CHARACTERISTICS
    ]
    assert find_handles(astray).length == LENGTH_AGAIN


@pytest.mark.parametrize("version", [b"1.8.0", b"1.16.0", b"2.0", b"1.14.0-rc1", b"10.1.0\0"])
def test_firmware_that_bonds_will_do(version: bytes) -> None:
    check_firmware(version)


@pytest.mark.parametrize("version", [b"1.7.1", b"0.15.0"])
def test_older_firmware_is_unfit(version: bytes) -> None:
    with pytest.raises(UnfitWatch, match=rf"InfiniTime {version.decode()} is too old: install 1\.8 or newer"):
        check_firmware(version)


@pytest.mark.parametrize("version", [b"", b"x", b"\xff\xfe", b"1", b"version 1.16", b"99999.1", b"1.99999"])
def test_what_is_no_version_is_unfit(version: bytes) -> None:
    with pytest.raises(UnfitWatch, match="is no version of InfiniTime"):
        check_firmware(version)


@given(st.binary(max_size=3))
def test_a_charge_is_one_byte_up_to_a_hundred(data: bytes) -> None:
    percent = read_percent(data)
    assert percent == (data[0] if len(data) == 1 and data[0] <= 100 else None)


def test_alerts_have_the_form_of_ble_md() -> None:
    assert alert_bytes(CueKind.HALFWAY) == b"\x00\x01\x00wearsync\x00Halfway"
    assert alert_bytes(CueKind.PROBLEM)[:12] == b"\x03\x01\x00wearsync\x00"


def test_every_cue_has_words_of_its_own_that_fit() -> None:
    alerts = {alert_bytes(cue) for cue in CueKind}
    assert len(alerts) == len(CueKind)
    assert max(map(len, alerts)) <= 100


def test_the_time_has_all_ten_bytes() -> None:
    assert time_bytes(WHEN) == bytes((0xEA, 0x07, 11, 20, 9, 5, 7, 5, 0, 0))


@given(st.datetimes(min_value=EPOCH).map(lambda at: at.replace(microsecond=0)))
def test_a_time_is_read_as_it_was_written(at: datetime) -> None:
    assert read_time(time_bytes(at)) == at


@given(st.binary(max_size=12))
def test_any_bytes_are_a_time_or_none(data: bytes) -> None:
    read = read_time(data)
    assert read is None or (len(data) >= 7 and time_bytes(read)[:7] == data[:7])


@given(st.text())
def test_text_is_cut_at_a_character(text: str) -> None:
    cut = text_bytes(text).decode()
    assert text.startswith(cut)
    assert len(cut.encode()) <= 40
    assert cut == text or len(text[: len(cut) + 1].encode()) > 40


def test_seconds_are_big_endian() -> None:
    assert seconds_bytes(0x01020304) == b"\x01\x02\x03\x04"
