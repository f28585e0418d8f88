"""The host's end of the virtual air: a Bumble device as a central, that scans, connects, pairs and encrypts.

Rule: Bumble inside, bleak's errors outside; one connection attempt at a time; an attempt that is given up is
taken back from the controller before anything else is tried.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from bleak.exc import BleakError, BleakGATTProtocolError
from bumble import att, core, hci, smp
from bumble.device import Advertisement, Connection, ConnectionParametersPreferences, Device
from bumble.pairing import PairingConfig, PairingDelegate

from wearsync.ports import PairingAgent
from wearsync.radio.provider import NoBond, PairingFailure
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.pairing import link_security
from wearsync_simulators.radio.peripheral import HCI_DEADLINE_S, PoweredDevice, open_device

__all__ = ["Central", "PAIRING_DEADLINE_S", "bleak_errors", "while_linked"]

# A person reads six digits on a wrist and answers; as long as a watch stays in pairing mode.
PAIRING_DEADLINE_S = 60.0

# Encryption starts within a few connection events; a link that goes meanwhile ends it by itself.
ENCRYPTION_DEADLINE_S = 10.0

# What Linux asks for by default (net/bluetooth: le_conn_min/max_interval, le_supv_timeout 0x2a × 10 ms).
CONNECTION_INTERVAL_MIN_MS = 30
CONNECTION_INTERVAL_MAX_MS = 50
SUPERVISION_TIMEOUT_MS = 420

_Answer = TypeVar("_Answer")

_PREFERENCES = ConnectionParametersPreferences(
    connection_interval_min=CONNECTION_INTERVAL_MIN_MS,
    connection_interval_max=CONNECTION_INTERVAL_MAX_MS,
    supervision_timeout=SUPERVISION_TIMEOUT_MS,
)


class Central:
    """A central on an air. Its methods raise BleakError; `radio.lost` tells when the air is gone."""

    def __init__(
        self,
        radio: PoweredDevice,
        *,
        agent: PairingAgent | None = None,
        pairing_deadline_s: float = PAIRING_DEADLINE_S,
    ) -> None:
        self.radio = radio
        self._agent = agent
        self._agent_for: str | None = None
        self._needs_code = False
        self._pairing_deadline_s = pairing_deadline_s
        self._one_at_a_time = asyncio.Lock()
        self._scan_lock = asyncio.Lock()
        self._listeners: dict[Callable[[Advertisement], None], bool] = {}
        self._device.pairing_config_factory = self._pairing_config
        self._device.on(Device.EVENT_ADVERTISEMENT, self._tell_listeners)

    @classmethod
    async def open(
        cls,
        where: Air | str,
        *,
        address: str,
        keystore_path: Path | None = None,
        agent: PairingAgent | None = None,
        pairing_deadline_s: float = PAIRING_DEADLINE_S,
    ) -> "Central":
        """Power on a central with this random static address. Raises RadioUnavailable, ValueError."""
        radio = await open_device(where, name="wearsync", address=address, keystore_path=keystore_path)
        return cls(radio, agent=agent, pairing_deadline_s=pairing_deadline_s)

    @property
    def address(self) -> str:
        """Its own address."""
        return str(self._device.static_address)

    def set_agent(self, agent: PairingAgent | None, *, address: str | None = None) -> None:
        """Who answers while pairing (None refuses), with that watch only, if an address is given."""
        self._agent, self._agent_for = agent, address

    def is_bonded(self, address: str) -> bool:
        """Whether there is a key shared with that address."""
        return self.radio.bonds.bond(address) is not None

    def paired_securely(self, address: str) -> bool:
        """Whether a person vouched for that key by comparing numbers or typing a passkey."""
        keys = self.radio.bonds.bond(address)
        return bool(keys and keys.ltk and keys.ltk.authenticated)

    async def forget(self, address: str) -> None:
        """Remove the bond with that address, if there is one."""
        await self.radio.bonds.delete(address)

    async def close(self) -> None:
        """Fall silent; links end by supervision timeout."""
        await self.radio.close()

    # --- scanning

    async def listen(self, heard: Callable[[Advertisement], None], *, active: bool) -> None:
        """Call `heard` for every advertisement from now on; active scans have their scan response in them."""
        self._listeners[heard] = active
        try:
            await self._scan_as_wanted()
        except BaseException:
            self._listeners.pop(heard, None)
            raise

    async def stop_listening(self, heard: Callable[[Advertisement], None]) -> None:
        """Call it no more; the last one switches the scan off."""
        self._listeners.pop(heard, None)
        if not self.radio.lost.done():
            await self._scan_as_wanted()

    # --- links

    async def connect(self, address: str, *, timeout_s: float) -> Connection:
        """Wait for `address` to advertise, and connect. Raises TimeoutError, BleakError.

        `timeout_s` counts the wait for another attempt too. However this ends, no attempt is left behind.
        """
        self._require_radio()
        peer = hci.Address(address)
        async with asyncio.timeout(timeout_s), self._one_at_a_time:
            connecting = self._device.connect_le(peer, {hci.Phy.LE_1M: _PREFERENCES}, timeout=None)
            attempt = asyncio.create_task(connecting, name=f"connect {address}")
            try:
                await asyncio.wait({attempt})
            except asyncio.CancelledError:
                await self._take_back(attempt)
                raise
            with bleak_errors(f"connecting to {address}"):
                return await attempt

    async def disconnect(self, connection: Connection) -> None:
        """End a link; one that is gone already, or whose radio is, needs nothing."""
        if connection.handle in self._device.connections and not self.radio.lost.done():
            with suppress(core.BaseBumbleError, TimeoutError):
                async with asyncio.timeout(HCI_DEADLINE_S):
                    await connection.disconnect()

    async def encrypt(self, connection: Connection) -> None:
        """Encrypt with the stored key. Raises BleakError; it says so if the watch no longer has that key."""
        ended: list[int] = []
        connection.once(Connection.EVENT_DISCONNECTION, ended.append)
        address = str(connection.peer_address)
        try:
            with bleak_errors(f"encrypting the link to {address}"):
                async with asyncio.timeout(ENCRYPTION_DEADLINE_S):
                    await while_linked(connection, connection.encrypt())
        except BleakError as error:
            if _key_is_unknown(error, ended):
                raise BleakError(
                    f"the bond with {address} is stale: the watch has forgotten this host; "
                    "forget the watch here and pair it again"
                ) from error
            raise

    async def pair(self, connection: Connection, *, needs_code: bool = False) -> None:
        """Bond by LE Secure Connections; the agent asks the person. A bonded link is only encrypted.

        `needs_code`: not without one (Just Works). Raises BleakError when refused on either side, or when
        nobody answers in time.
        """
        address = str(connection.peer_address)
        if self.is_bonded(address):
            if not link_security(connection).encrypted:
                await self.encrypt(connection)
            return
        self._needs_code = needs_code
        try:
            with bleak_errors(f"pairing with {address}"):
                async with asyncio.timeout(self._pairing_deadline_s):
                    await while_linked(connection, connection.pair())
        except BleakError as error:
            just_works = self._asked_just_works(connection)
            self._fail_pairing(connection)
            why = _pairing_refusal(error)
            if just_works and why is NoBond.WRONG_PASSKEY:
                why = NoBond.JUST_WORKS_ONLY if needs_code else NoBond.DECLINED
            if why is None:
                raise
            raise PairingFailure(why) from error
        except asyncio.CancelledError:
            self._fail_pairing(connection)
            raise

    # --- helpers

    @property
    def _device(self) -> Device:
        return self.radio.device

    def _require_radio(self) -> None:
        if self.radio.lost.done():
            raise BleakError("the virtual air is gone: start `wearsync-sim air` again")

    def _tell_listeners(self, advertisement: Advertisement) -> None:
        for heard in list(self._listeners):
            heard(advertisement)

    async def _scan_as_wanted(self) -> None:
        self._require_radio()
        async with self._scan_lock:
            active = any(self._listeners.values())
            with bleak_errors("scanning"):
                async with asyncio.timeout(HCI_DEADLINE_S):
                    if self._device.is_scanning:
                        await self._device.stop_scanning()
                    if self._listeners:
                        await self._device.start_scanning(active=active)

    async def _take_back(self, attempt: asyncio.Task[Connection]) -> None:
        """Cancel what the controller still tries; disconnect if it was too fast for us."""
        with suppress(core.BaseBumbleError, TimeoutError):
            async with asyncio.timeout(HCI_DEADLINE_S):
                await self._device.send_sync_command(hci.HCI_LE_Create_Connection_Cancel_Command())
        await asyncio.wait({attempt}, timeout=HCI_DEADLINE_S)
        if not attempt.done():
            attempt.cancel()
        elif not attempt.cancelled() and attempt.exception() is None:
            await self.disconnect(attempt.result())

    def _fail_pairing(self, connection: Connection) -> None:
        session = self._device.smp_manager.sessions.get(connection.handle)
        if session is not None:
            session.send_pairing_failed(smp.ErrorCode.UNSPECIFIED_REASON)

    def _asked_just_works(self, connection: Connection) -> bool:
        session = self._device.smp_manager.sessions.get(connection.handle)
        return session is not None and session.pairing_method is smp.PairingMethod.JUST_WORKS

    def _pairing_config(self, connection: Connection) -> PairingConfig:
        theirs = self._agent_for is not None and str(connection.peer_address) != self._agent_for
        delegate = _Delegate(None if theirs else self._agent, needs_code=self._needs_code)
        return PairingConfig(sc=True, mitm=True, bonding=True, delegate=delegate)


class _Delegate(PairingDelegate):
    """Bumble's questions, passed on to the person."""

    def __init__(self, agent: PairingAgent | None, *, needs_code: bool) -> None:
        # The encryption key only: given an identity key, Bumble scans without limit before it connects.
        keys = PairingDelegate.KeyDistribution.DISTRIBUTE_ENCRYPTION_KEY
        super().__init__(PairingDelegate.DISPLAY_OUTPUT_AND_KEYBOARD_INPUT, keys, keys)
        self._agent = agent
        self._needs_code = needs_code

    async def confirm(self, auto: bool = False) -> bool:
        return self._agent is not None and not self._needs_code and await self._agent.confirm_just_works()

    async def compare_numbers(self, number: int, digits: int) -> bool:
        return self._agent is not None and await self._agent.confirm_number(number)

    async def get_number(self) -> int | None:
        return None if self._agent is None else await self._agent.passkey()


def while_linked(connection: Connection, operation: Coroutine[object, None, _Answer]) -> Awaitable[_Answer]:
    """The operation, cancelled when the link goes; that of bumble 0.0.236 waits if the link went before.

    Raises BleakError if the link is gone already.
    """
    if connection.device.lookup_connection(connection.handle) is not connection:
        operation.close()
        raise BleakError(f"the link to {connection.peer_address} was lost")
    return connection.cancel_on_disconnection(operation)


@contextmanager
def bleak_errors(doing: str) -> Iterator[None]:
    """Raise bleak's errors for Bumble's.

    Bumble cancels what waits for a peer when the link goes: that is a BleakError. A task that is really being
    cancelled (`task.cancelling()`) stays cancelled.
    """
    try:
        yield
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise BleakError(f"{doing}: the link was lost") from error
    except att.ATT_Error as error:
        raise BleakGATTProtocolError(error.error_code or att.ATT_UNLIKELY_ERROR_ERROR) from error
    except (TimeoutError, core.TimeoutError) as error:
        raise BleakError(f"{doing}: no answer in time") from error
    except core.BaseBumbleError as error:
        raise BleakError(f"{doing}: {str(error) or type(error).__name__}") from error


def _key_is_unknown(error: BleakError, ended: list[int]) -> bool:
    """The peer said "PIN or key missing", or could not decrypt what another key had encrypted."""
    cause = error.__cause__
    missing = (
        isinstance(cause, hci.HCI_Error) and cause.error_code == hci.HCI_ErrorCode.PIN_OR_KEY_MISSING_ERROR
    )
    return missing or hci.HCI_ErrorCode.CONNECTION_TERMINATED_DUE_TO_MIC_FAILURE_ERROR in ended


def _pairing_refusal(error: BleakError) -> NoBond | None:
    """What an SMP error means to a person (Vol 3, Part H, 3.5.5)."""
    cause = error.__cause__
    if not isinstance(cause, core.ProtocolError) or cause.error_namespace != "smp":
        return None
    match cause.error_code:
        case smp.ErrorCode.NUMERIC_COMPARISON_FAILED:
            return NoBond.NOT_CONFIRMED
        case smp.ErrorCode.PASSKEY_ENTRY_FAILED:
            return NoBond.NO_PASSKEY
        case smp.ErrorCode.CONFIRM_VALUE_FAILED:
            return NoBond.WRONG_PASSKEY
        case smp.ErrorCode.PAIRING_NOT_SUPPORTED:
            return NoBond.NOT_IN_PAIRING_MODE
        case _:
            return None
