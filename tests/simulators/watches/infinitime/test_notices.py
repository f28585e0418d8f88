"""Notifications, as the firmware takes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wearsync_simulators.watches.infinitime.notices import (
    MESSAGE_MAX_BYTES,
    Notice,
    alert,
    immediate_alert,
)


def test_title_and_body() -> None:
    assert alert(b"\x00\x01\x00wearsync\x00start", 5.0) == Notice(5.0, "wearsync", "start")


def test_without_a_title_the_watch_shows_its_own() -> None:
    assert alert(b"\x00\x01\x00only words", 0.0) == Notice(0.0, None, "only words")


@pytest.mark.parametrize("category", range(10))
def test_all_categories_but_a_calls_are_simple_alerts(category: int) -> None:
    notice = alert(bytes([category, 1, 0]) + b"Mary", 0.0)
    assert notice == Notice(0.0, None, "Mary", call=category == 3)


@pytest.mark.parametrize("raw", [b"", b"\x00", b"\x00\x01\x00"])
def test_a_header_alone_is_ignored(raw: bytes) -> None:
    assert alert(raw, 0.0) is None


def test_what_does_not_fit_is_cut() -> None:
    notice = alert(b"\x00\x01\x00wearsync\x00" + b"x" * 200, 0.0)
    assert notice is not None
    assert len("wearsync\0" + notice.body) == MESSAGE_MAX_BYTES


@pytest.mark.parametrize(
    ("raw", "body"),
    [(b"\0", "Alert : None"), (b"\1", "Alert : Mild"), (b"\2", "Alert : High"), (b"\7", "")],
)
def test_every_level_of_an_immediate_alert_is_a_notification(raw: bytes, body: str) -> None:
    assert immediate_alert(raw, 0.0) == Notice(0.0, None, body)


@given(st.binary(max_size=512))
def test_no_write_breaks_it(raw: bytes) -> None:
    notice = alert(raw, 0.0)
    assert (notice is None) == (len(raw) <= 3)
    if notice is not None:
        assert len(notice.body) <= MESSAGE_MAX_BYTES
    immediate_alert(raw, 0.0)
