"""What bleak raises, in wearsync's words.

Rule: one line that says what is wrong and what to do. bleak's backends raise whatever lies beneath them
(D-Bus errors, OSError, KeyError, AssertionError; bleak-retry-connector wraps those again), so what is not
known here is told by its phase: connecting can be tried again, a link is lost.
"""

from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakGATTProtocolError,
    BleakGATTProtocolErrorCode,
)
from bleak_retry_connector import BleakNotFoundError, BleakOutOfConnectionSlotsError

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
from wearsync.radio.provider import NoBond, PairingFailure

PAIR_AGAIN = "switch pairing mode on at the watch, and run `wearsync pair` again"
# What explains an operation that fails without a reason, where it is true.
NO_BOND_HERE = f"this computer has no bond with it; if it had one, {PAIR_AGAIN}"

# What BlueZ says of a watch that has lost its keys: newer ones that (le-connection-key-missing) …
KEY_MISSING = "connection-key-missing"
# … and those before (5.66, 5.82) the same as of any link that ends while it is made (br-connection-canceled),
# or nothing: the link is there, and gone before its services are known, which bleak says.
_BROKEN_OFF = ("br-connection-canceled", "failed to discover services, device disconnected")
# Who is at the edge of the range fails so once or twice.
BROKEN_OFF_MAX = 3

_Code = BleakGATTProtocolErrorCode
_Reason = BleakBluetoothNotAvailableReason

# The watch wants a bond, or a better one, before it lets us at the value (Core, Vol 3, Part F, 3.4.1.1).
_WANTS_TRUST = frozenset(
    {
        _Code.INSUFFICIENT_AUTHENTICATION,
        _Code.INSUFFICIENT_AUTHORIZATION,
        _Code.INSUFFICIENT_ENCRYPTION_KEY_SIZE,
        _Code.INSUFFICIENT_ENCRYPTION,
    }
)
# The attribute is not what the profile says: no second try will find it otherwise.
_UNFIT = frozenset(
    {
        _Code.INVALID_HANDLE,
        _Code.READ_NOT_PERMITTED,
        _Code.WRITE_NOT_PERMITTED,
        _Code.REQUEST_NOT_SUPPORTED,
        _Code.ATTRIBUTE_NOT_FOUND,
        _Code.INVALID_ATTRIBUTE_VALUE_LENGTH,
        _Code.CCCD_IMPROPERLY_CONFIGURED,
    }
)
_POWERED_OFF = (
    "the Bluetooth adapter is switched off: `bluetoothctl power on`, "
    "and before it, if that fails, `rfkill unblock bluetooth`"
)
# D-Bus errors that say that there is no Bluetooth now, whoever asks; and what helps.
_NO_RADIO = {
    "org.freedesktop.DBus.Error.ServiceUnknown": "bluetoothd does not run: `systemctl start bluetooth`",
    "org.freedesktop.DBus.Error.NameHasNoOwner": "bluetoothd does not run: `systemctl start bluetooth`",
    "org.freedesktop.systemd1.UnitMasked": "bluetoothd is masked: `systemctl unmask --now bluetooth`",
    "org.freedesktop.DBus.Error.AccessDenied": "D-Bus denies access to Bluetooth: join the group `bluetooth`",
    "org.freedesktop.DBus.Error.Disconnected": "the connection to D-Bus broke",
    "org.bluez.Error.NotReady": _POWERED_OFF,
}
# What the person can do about it.
_NO_BOND = {
    NoBond.JUST_WORKS_ONLY: "anybody near could stand in for it; update its firmware, then pair again",
    NoBond.DECLINED: "nothing is left of it",
    NoBond.NOT_CONFIRMED: "pair again, and compare them",
    NoBond.NO_PASSKEY: "pair again, and type the six digits that the watch shows",
    NoBond.REFUSED: "pair again, and confirm it on the watch too",
    NoBond.REFUSED_AT_ONCE: "switch its pairing mode on, remove this computer from its list of bonds if it "
    "has one, then pair again",
    NoBond.WRONG_PASSKEY: "pair again, with the code that it shows then",
    NoBond.TOO_LATE: "pair again, and answer within 30 s, here and on the watch",
    NoBond.SHOWN_HERE: "wearsync knows no such watch",
    NoBond.NOBODY_TO_ASK: "run `wearsync pair`",
    NoBond.NOT_IN_PAIRING_MODE: "switch pairing mode on at the watch, then pair again",
}
_NOT_THERE = {
    _Reason.NO_BLUETOOTH: "there is no Bluetooth adapter: plug one in, or name another radio with --radio",
    _Reason.NO_BLE_CENTRAL_ROLE: "the Bluetooth adapter has no Bluetooth LE: plug in one that has",
    _Reason.POWERED_OFF: _POWERED_OFF,
}
_DENIED = "the system denies access to Bluetooth: allow it, or join the group `bluetooth`"


def adapter_fault(error: Exception) -> WearsyncError:
    """Why the adapter does not do as it is told."""
    if isinstance(error, TimeoutError):
        return RadioUnavailable("the Bluetooth service does not answer: `systemctl restart bluetooth`")
    return _no_radio(error) or RadioUnavailable(f"the Bluetooth adapter fails: {_words(error)}")


def connect_fault(error: Exception, watch: str, *, broken_off: int = 0) -> WearsyncError:
    """Why there is no link to `watch`. `broken_off`: how often in a row a bonded watch has broken off the
    connection while it was made.
    """
    cause = _cause(error)
    if fault := _no_radio(cause) or _gatt_fault(cause, watch):
        return fault
    words = _words(cause)
    match cause:
        # The words of `provider.OpenRadio` for a watch that has forgotten its bond.
        case _ if ("bond" in words and "stale" in words) or KEY_MISSING in words:
            return StaleBond(f"{watch} has forgotten this computer: {PAIR_AGAIN}")
        case _ if broken_off >= BROKEN_OFF_MAX and is_broken_off(error):
            return StaleBond(f"{watch} has forgotten this computer: {PAIR_AGAIN}")
        case _ if isinstance(error, BleakOutOfConnectionSlotsError):
            return NoSlot(f"{watch}: the adapter has no connection left: disconnect another device")
        case _ if is_broken_off(error):
            return TryAgain(f"{watch} broke off the connection; if it goes on doing so, {PAIR_AGAIN}")
        case TimeoutError() | BleakDeviceNotFoundError() | BleakNotFoundError():
            return TryAgain(f"{watch} did not answer: out of range, switched off, or connected elsewhere")
        case _:
            return TryAgain(f"can't connect to {watch}: {words}")


def is_broken_off(error: Exception) -> bool:
    """Whether the watch has ended the connection while it was made."""
    return any(sign in str(error) for sign in _BROKEN_OFF)


def is_vague(error: Exception) -> bool:
    """Whether an operation failed as BlueZ lets those fail that want a bond, when there is none and nobody is
    asked: without an answer, or as "unlikely".
    """
    unlikely = isinstance(error, BleakGATTProtocolError) and error.code == _Code.UNLIKELY_ERROR
    return unlikely or isinstance(error, TimeoutError)


def link_fault(error: Exception, watch: str) -> WearsyncError:
    """Why an operation on a link failed."""
    if fault := _gatt_fault(error, watch):
        return fault
    if isinstance(error, TimeoutError):
        return LinkLost(f"{watch} is connected and does not answer")
    return LinkLost(f"the link to {watch} is gone: {_words(error)}")


def pairing_fault(error: Exception, watch: str, *, connected: bool) -> WearsyncError:
    """Why there is no bond. `connected`: the link outlived the attempt."""
    if isinstance(error, TimeoutError) or isinstance(error.__cause__, TimeoutError):
        return TryAgain(
            f"pairing with {watch} was not finished in time: put it in pairing mode and start again"
        )
    if isinstance(error, PairingFailure):
        return TrustError(f"no bond with {watch}: {error}: {_NO_BOND[error.why]}")
    if connected:
        return TrustError(f"no bond with {watch}: {_words(error)}")
    return LinkLost(f"the link to {watch} was lost while pairing: {_words(error)}")


def _no_radio(error: BaseException) -> RadioUnavailable | None:
    match error:
        case BleakBluetoothNotAvailableError(reason=reason):
            return RadioUnavailable(_NOT_THERE.get(reason, _DENIED))
        case BleakDBusError(dbus_error=name) if name in _NO_RADIO:
            return RadioUnavailable(_NO_RADIO[name])
        case PermissionError():
            return RadioUnavailable("no permission to use D-Bus: join the group `bluetooth`")
        case FileNotFoundError() | ConnectionRefusedError():
            return RadioUnavailable(
                "there is no D-Bus, and so no Bluetooth: start dbus and bluetoothd, "
                "or name another radio with --radio (in software: tcp:127.0.0.1:9747)"
            )
        # TimeoutError is an OSError too, and not about the adapter.
        case TimeoutError():
            return None
        case OSError() | EOFError():
            return RadioUnavailable(f"the connection to the Bluetooth service broke: {_words(error)}")
        case _:
            return None


def _gatt_fault(error: BaseException, watch: str) -> WearsyncError | None:
    match error:
        case BleakGATTProtocolError(code=code) if code in _WANTS_TRUST:
            return TrustError(f"{watch} does not take the bond for enough ({_words(error)}): {PAIR_AGAIN}")
        case BleakGATTProtocolError(code=code) if code in _UNFIT:
            return UnfitWatch(f"{watch} is not as its profile says ({_words(error)}): is its app up to date?")
        case BleakGATTProtocolError():
            return TryAgain(f"{watch} refuses ({_words(error)})")
        # What BlueZ makes of "insufficient authentication" and "… encryption" (its create_gatt_dbus_error).
        case BleakDBusError(dbus_error="org.bluez.Error.NotPermitted"):
            return TrustError(f"{watch} does not take the bond for enough ({_words(error)}): {PAIR_AGAIN}")
        case _:
            return None


def _cause(error: BaseException) -> BaseException:
    """What bleak-retry-connector has wrapped."""
    wrapped = type(error).__module__.startswith("bleak_retry_connector") and error.__cause__ is not None
    return error.__cause__ if wrapped and error.__cause__ is not None else error


def _words(error: BaseException) -> str:
    """On one line, and never nothing."""
    match error:
        case BleakGATTProtocolError(code=code):
            return f"ATT error 0x{code:02x}, {code.name.lower().replace('_', ' ')}"
        case _:
            return " ".join(str(error).split()) or type(error).__name__
