"""What bleak raises, as a person reads it: the right class, one line, and what to do."""

import pytest
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
    BleakGATTProtocolErrorCode,
)
from bleak_retry_connector import (
    BleakAbortedError,
    BleakConnectionError,
    BleakNotFoundError,
    BleakOutOfConnectionSlotsError,
)

from wearsync.errors import (
    LinkLost,
    NoSlot,
    RadioUnavailable,
    StaleBond,
    TrustError,
    TryAgain,
    UnfitWatch,
    WearsyncError,
)
from wearsync.radio.faults import adapter_fault, connect_fault, link_fault, pairing_fault
from wearsync.radio.provider import NoBond, PairingFailure


def dbus(name: str, words: str = "") -> BleakDBusError:
    return BleakDBusError(name, [words] if words else [])


def wrapped(error: BaseException, by: type[BleakError] = BleakConnectionError) -> BleakError:
    """As bleak-retry-connector gives it."""
    outer = by(f"W - C4: Failed to connect after 2 attempt(s): {error}: Interference/range; a long advice")
    outer.__cause__ = error
    return outer


NO_RADIO = [
    pytest.param(FileNotFoundError(2, "No such file or directory"), "no D-Bus.*--radio", id="no D-Bus"),
    pytest.param(ConnectionRefusedError(111, "refused"), "no D-Bus", id="D-Bus refuses"),
    pytest.param(PermissionError(13, "denied"), "group `bluetooth`", id="no permission for D-Bus"),
    pytest.param(EOFError(), "service broke: EOFError", id="D-Bus ended"),
    pytest.param(BrokenPipeError(32, "Broken pipe"), "service broke", id="D-Bus broke"),
    pytest.param(
        dbus("org.freedesktop.DBus.Error.ServiceUnknown", "The name org.bluez was not provided"),
        "`systemctl start bluetooth`",
        id="no bluetoothd",
    ),
    pytest.param(dbus("org.freedesktop.DBus.Error.AccessDenied"), "group `bluetooth`", id="denied by D-Bus"),
    pytest.param(dbus("org.bluez.Error.NotReady"), "`bluetoothctl power on`", id="not ready"),
    *(
        pytest.param(BleakBluetoothNotAvailableError("words", reason), words, id=reason.name)
        for reason, words in {
            BleakBluetoothNotAvailableReason.NO_BLUETOOTH: "no Bluetooth adapter",
            BleakBluetoothNotAvailableReason.NO_BLE_CENTRAL_ROLE: "no Bluetooth LE",
            BleakBluetoothNotAvailableReason.POWERED_OFF: "switched off",
            BleakBluetoothNotAvailableReason.DENIED_BY_SYSTEM: "denies access",
            BleakBluetoothNotAvailableReason.UNKNOWN: "denies access",
        }.items()
    ),
]


def told(fault: WearsyncError, kind: type[WearsyncError]) -> str:
    assert type(fault) is kind, repr(fault)
    assert "\n" not in str(fault)
    return str(fault)


@pytest.mark.parametrize(("error", "words"), NO_RADIO)
def test_no_radio_is_the_same_whoever_asks(error: Exception, words: str) -> None:
    for fault in (adapter_fault(error), connect_fault(error, "W"), connect_fault(wrapped(error), "W")):
        with pytest.raises(RadioUnavailable, match=words):
            raise fault
        told(fault, RadioUnavailable)


def test_scan_that_fails_somehow_is_the_adapters_affair() -> None:
    fault = adapter_fault(dbus("org.bluez.Error.InProgress", "Operation already\n in progress"))
    assert told(fault, RadioUnavailable).endswith("InProgress] Operation already in progress")


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (TimeoutError(), TryAgain, "W did not answer: out of range"),
        (wrapped(TimeoutError(), BleakNotFoundError), TryAgain, "W did not answer: out of range"),
        (wrapped(BleakDeviceNotFoundError("C4", "gone")), TryAgain, "W did not answer"),
        (BleakNotFoundError("gone"), TryAgain, "W did not answer"),
        (BleakOutOfConnectionSlotsError("slots"), NoSlot, "no connection left"),
        (
            wrapped(dbus("org.bluez.Error.Failed", "br-connection-canceled"), BleakAbortedError),
            TryAgain,
            "if it goes on doing so, switch pairing mode on",
        ),
        (
            wrapped(BleakError("failed to discover services, device disconnected")),
            TryAgain,
            "broke off the connection; if it goes on doing so",
        ),
        (
            wrapped(dbus("org.bluez.Error.Failed", "le-connection-abort-by-local"), BleakAbortedError),
            TryAgain,
            r"can't connect to W: \[org.bluez.Error.Failed\] le-connection-abort-by-local$",
        ),
        (
            wrapped(dbus("org.bluez.Error.Failed", "le-connection-key-missing")),
            StaleBond,
            "has forgotten this computer",
        ),
        (
            wrapped(BleakError("the bond with C4 is stale: …")),
            StaleBond,
            "forgotten this computer: .*`wearsync pair` again",
        ),
        (wrapped(BleakGATTProtocolError(0x05)), TrustError, "insufficient authentication"),
        (AssertionError(), TryAgain, "can't connect to W: AssertionError"),
        (KeyError("org.bluez.GattService1"), TryAgain, "org.bluez.GattService1"),
    ],
    ids=repr,
)
def test_no_connection(error: Exception, kind: type[WearsyncError], words: str) -> None:
    fault = connect_fault(error, "W")
    told(fault, kind)
    with pytest.raises(kind, match=words):
        raise fault


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (TimeoutError(), LinkLost, "W is connected and does not answer"),
        (BleakError("Not connected"), LinkLost, "the link to W is gone: Not connected"),
        (EOFError(), LinkLost, "the link to W is gone: EOFError"),
        (AssertionError(), LinkLost, "AssertionError"),
        (dbus("org.bluez.Error.NotPermitted", "Not paired"), TrustError, "Not paired.*`wearsync pair` again"),
        (dbus("org.bluez.Error.Failed", "Not connected"), LinkLost, "Not connected"),
    ],
    ids=repr,
)
def test_failed_operation(error: Exception, kind: type[WearsyncError], words: str) -> None:
    fault = link_fault(error, "W")
    told(fault, kind)
    with pytest.raises(kind, match=words):
        raise fault


@pytest.mark.parametrize("code", list(BleakGATTProtocolErrorCode), ids=lambda code: str(code.name))
def test_att_error_is_never_a_lost_link(code: BleakGATTProtocolErrorCode) -> None:
    fault = link_fault(BleakGATTProtocolError(code), "W")
    assert type(fault) in (TrustError, UnfitWatch, TryAgain)
    assert f"ATT error 0x{code:02x}" in str(fault)
    assert isinstance(fault, TrustError) == (code in (0x05, 0x08, 0x0C, 0x0F))


@pytest.mark.parametrize("why", list(NoBond), ids=lambda why: str(why.name))
def test_known_reason_for_no_bond_says_what_to_do(why: NoBond) -> None:
    fault = pairing_fault(PairingFailure(why), "W", connected=False)
    assert told(fault, TrustError).startswith(f"no bond with W: {why.value}: ")


@pytest.mark.parametrize(
    ("error", "connected", "kind", "words"),
    [
        (TimeoutError(), True, TryAgain, "not finished in time"),
        (wrapped(TimeoutError()), True, TryAgain, "not finished in time"),
        (
            dbus("org.bluez.Error.AuthenticationCanceled", "Canceled"),
            True,
            TrustError,
            "no bond with W: .*Canceled",
        ),
        (
            BleakError("pairing with C4: refused"),
            True,
            TrustError,
            "no bond with W: pairing with C4: refused",
        ),
        (BleakError("pairing with C4: the link was lost"), False, LinkLost, "lost while pairing"),
    ],
    ids=repr,
)
def test_no_bond(error: Exception, connected: bool, kind: type[WearsyncError], words: str) -> None:
    fault = pairing_fault(error, "W", connected=connected)
    told(fault, kind)
    with pytest.raises(kind, match=words):
        raise fault
