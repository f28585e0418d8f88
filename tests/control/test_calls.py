"""Calls: what goes in comes out, what is not one is refused."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from wearsync.control.calls import (
    CALL,
    AmendParams,
    BackupParams,
    Call,
    CommandParams,
    DeleteParams,
    ExportParams,
    ForgetParams,
    HistoryParams,
    HoldsParams,
    LiveParams,
    LogParams,
    PairParams,
    RenameParams,
    ResyncParams,
    ScanParams,
    StatusParams,
    TodayParams,
)
from wearsync.control.protocol import line
from wearsync.model import Command, Side, Variant, Verb

CALLS: list[Call] = [
    StatusParams(),
    CommandParams(verb=Verb.START),
    CommandParams(verb=Verb.EXTRA, watch="W", side=Side.LEFT),
    CommandParams(verb=Verb.AWAY, away=True),
    CommandParams(verb=Verb.REMIND, on=False),
    ScanParams(seconds=2),
    PairParams(name="W", address="C4:00:00:00:00:01", wearer="me", yes=True),
    ForgetParams(watch="W"),
    RenameParams(watch="W", name="V"),
    TodayParams(),
    HistoryParams(weeks=1040),
    HistoryParams(wearer="me", since=date(2026, 3, 14)),
    LiveParams(watch="W"),
    LogParams(side=Side.RIGHT, seconds=40, variant=Variant.STANDING),
    HoldsParams(wearer="me", since=date(2026, 3, 14)),
    AmendParams(hold="a:1:2:hold", seconds=20, side=Side.LEFT),
    AmendParams(hold="a:1:2:hold", void=True),
    ExportParams(),
    ExportParams(wearer="me", since=date(2026, 3, 14), until=date(2026, 3, 15)),
    BackupParams(path="/tmp/copy"),
    DeleteParams(wearer="me", before=date(2026, 3, 14)),
    ResyncParams(since="a:1:2:hold"),
]


@pytest.mark.parametrize("call", CALLS, ids=lambda call: str(call.method))
def test_call_survives_the_wire(call: Call) -> None:
    wire = line(call)
    assert wire.count(b"\n") == 1
    assert wire.endswith(b"\n")
    assert CALL.validate_json(wire) == call


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"start",
        b"[]",
        b"{}",
        b'{"method": "reboot"}',
        b'{"method": "status", "verbose": true}',
        b'{"method": "command", "verb": "dance"}',
        b'{"method": "command", "verb": "snooze", "minutes": "10"}',
        b'{"method": "command", "verb": "snooze", "minutes": 0}',
        b'{"method": "scan", "seconds": NaN}',
        b'{"method": "scan", "seconds": 1e9}',
        b'{"method": "log", "side": "left", "seconds": -3}',
        b'{"method": "history", "weeks": 0}',
        b'{"method": "history", "weeks": 3, "since": "2026-03-14"}',
        b'{"method": "amend", "hold": "a:1:2:hold"}',
        b'{"method": "amend", "hold": "a:1:2:hold", "seconds": 3601}',
        b'{"method": "amend", "hold": "a:1:2:hold", "void": true, "side": "left"}',
        b'{"method": "delete", "before": "2026-02-30"}',
        b'{"method": "forget", "watch": ""}',
        b'{"method": "forget", "watch": "' + 10_000 * b"W" + b'"}',
        b'{"method": "forget", "watch": "\xff"}',
        b'{"method":' + 10_000 * b"[" + b"}",
    ],
    ids=lambda text: repr(text[:50]),
)
def test_what_is_no_call_is_refused(text: bytes) -> None:
    with pytest.raises(ValidationError):
        CALL.validate_json(text)


@given(st.binary(max_size=200))
def test_noise_is_refused_or_a_call(text: bytes) -> None:
    try:
        call = CALL.validate_json(text)
    except ValidationError:
        return
    assert CALL.validate_json(line(call)) == call


@given(st.sampled_from(CALLS), st.data())
def test_truncated_call_is_refused(call: Call, data: st.DataObject) -> None:
    wire = line(call).rstrip()
    cut = data.draw(st.integers(0, len(wire) - 1))
    with pytest.raises(ValidationError):
        CALL.validate_json(wire[:cut])


def test_command_is_what_the_coordinator_takes() -> None:
    call = CommandParams(verb=Verb.SNOOZE, minutes=10)
    assert call.command() == Command(Verb.SNOOZE, minutes=10)
