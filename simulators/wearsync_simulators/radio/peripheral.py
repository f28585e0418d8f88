"""The watch's end of the radio: a powered Bumble device on the virtual air, or on any real adapter.

    watch = await open_device(air, name="Sim", address="C4:00:00:00:00:01")            # in one process
    watch = await open_device("tcp-client:127.0.0.1:9747", name=…, address=…,          # any Bumble transport
                              keystore_path=Path("bonds.json"), capture=Path("watch.btsnoop"))
    watch.device.add_service(…); await watch.device.start_advertising(…)               # Bumble's own API
    await watch.set_in_range(False); …; await watch.set_in_range(True)
    link_security(connection)  →  LinkSecurity(encrypted, authenticated)
    watch.lost                 →  a future that is done when the radio is gone (TCP lost)
    await watch.close()        →  falls silent: who is connected sees a supervision timeout

Rule: what Bumble does well is used as it is; `device` is a plain `bumble.device.Device`. The watch sets
`device.pairing_config_factory` (its IO capability and delegate) and `device.gatt_server.max_mtu` itself.
Bumble lets a Just Works key pass for "authenticated": a characteristic that needs an authenticated link
has to ask `link_security(connection).authenticated` and answer ATT error 0x05 otherwise.
"""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bumble import hci
from bumble.core import BaseBumbleError
from bumble.device import Device, DeviceConfiguration
from bumble.host import Host
from bumble.snoop import BtSnooper, Snooper
from bumble.transport import open_transport
from bumble.transport.common import SnoopingTransport, Transport, TransportLostError

from wearsync.errors import RadioUnavailable
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.attributes import AttributeServer
from wearsync_simulators.radio.bonds import BondStore
from wearsync_simulators.radio.pairing import LinkSecurity, Session, link_security
from wearsync_simulators.radio.quiet import stub_packet_formatting
from wearsync_simulators.radio.vendor import SetInRange

__all__ = ["LinkSecurity", "PoweredDevice", "link_security", "open_device", "static_random_address"]

# A controller answers a command within milliseconds; what stays silent this long does not speak HCI.
POWER_ON_DEADLINE_S = 10.0

# A controller answers a command at once; without an answer it is gone.
HCI_DEADLINE_S = 5.0


@dataclass(frozen=True, slots=True)
class PoweredDevice:
    """A Bumble device with power, and the transport under it.

    Wait for `lost` with `asyncio.wait({device.lost})` or a shield: cancelling it would lose the news.
    """

    device: Device
    transport: Transport
    bonds: BondStore

    @property
    def lost(self) -> asyncio.Future[None]:
        """Done when the radio is gone: the TCP connection ended, the adapter was pulled out."""
        return self.transport.source.terminated

    async def set_in_range(self, in_range: bool) -> None:
        """Leave everybody's range, or come back. Links die by supervision timeout if it lasts.

        Raises RadioUnavailable on a real adapter: it has no such command.
        """
        try:
            await self.device.send_sync_command(SetInRange(in_range=int(in_range)))
        except hci.HCI_Error as error:
            raise RadioUnavailable(
                "this radio can't be told to be out of range: only the virtual air can (`wearsync-sim air`)"
            ) from error

    async def close(self) -> None:
        """Fall silent. Nobody is told: a peer's link ends by its supervision timeout."""
        if not self.lost.done():
            with suppress(BaseBumbleError, TimeoutError):
                async with asyncio.timeout(HCI_DEADLINE_S):
                    await self.device.send_sync_command(hci.HCI_Reset_Command())
        await self.transport.close()
        self.device.host.on_transport_lost()


async def open_device(
    where: Air | str,
    *,
    name: str,
    address: str,
    keystore_path: Path | None = None,
    capture: Path | None = None,
) -> PoweredDevice:
    """Power on a Bumble device on an air of this process, or on a transport that Bumble knows.

    `address` is the device's random static address ("C4:…"); a real adapter takes it on as well.
    `keystore_path`: where bonds are kept (JSON, 0600); without it they are forgotten at the end.
    `capture`: a btsnoop file of the HCI traffic, for Wireshark.
    Raises RadioUnavailable if there is no radio there, ValueError if the address is of another kind.
    """
    stub_packet_formatting()
    identity = static_random_address(address)
    bonds = BondStore(keystore_path)
    transport = await _reach(where, name)
    if capture is not None:
        transport = SnoopingTransport.create_with(transport, _btsnoop(capture))
    host = _Host(transport.source, transport.sink)
    transport.source.terminated.add_done_callback(lambda _: host.on_transport_lost())
    device = Device(config=DeviceConfiguration(name=name, address=identity), host=host)
    device.on(Device.EVENT_CONNECTION, lambda link: link.on("error", _raise_unless_lost))
    device.keystore = bonds
    device.smp_session_proxy = Session
    AttributeServer(device)
    try:
        async with asyncio.timeout(POWER_ON_DEADLINE_S):
            await device.power_on()
    except (TimeoutError, BaseBumbleError) as error:
        await transport.close()
        raise RadioUnavailable(
            f"no Bluetooth controller answers at {where}: it takes HCI packets, as `wearsync-sim air` does"
        ) from error
    return PoweredDevice(device, transport, bonds)


def static_random_address(address: str) -> hci.Address:
    """As Bumble has it. Raises ValueError unless it is random static (Vol 6, Part B, 1.3.2.1)."""
    try:
        parsed = hci.Address(address, hci.Address.RANDOM_DEVICE_ADDRESS)
    except (ValueError, BaseBumbleError) as error:
        raise ValueError(f"{address!r} is not a Bluetooth address: write it as C4:01:02:03:04:05") from error
    if not parsed.is_static:
        raise ValueError(f"{address} is not a random static address: its first byte must be C0 to FF")
    return parsed


_Answer = hci.HCI_Command_Complete_Event[Any] | hci.HCI_Command_Status_Event


class _Host(Host):
    """Bumble's host; without its transport it fails at once (that of bumble 0.0.236 waits for answers)."""

    _is_lost = False

    def on_transport_lost(self) -> None:
        """Tell everybody who waits, once."""
        if not self._is_lost:
            self._is_lost = True
            super().on_transport_lost()  # type: ignore[no-untyped-call]  # bumble annotates nothing there

    async def _send_command(
        self, command: hci.HCI_SyncCommand[Any] | hci.HCI_AsyncCommand, response_timeout: float | None = None
    ) -> _Answer:
        if self._is_lost:
            raise TransportLostError("the transport is gone")
        return await super()._send_command(command, response_timeout)

    def on_command_processed(self, event: _Answer) -> None:
        """An answer that comes while its command is being given up answers nobody (that of bumble 0.0.236
        fails then).
        """
        if self.pending_response is None or not self.pending_response.done():
            super().on_command_processed(event)


def _raise_unless_lost(error: Exception) -> None:
    """What failed in a listener of a link: advertising that restarts after it can't if the radio is gone."""
    if not isinstance(error, TransportLostError):
        raise error


async def _reach(where: Air | str, name: str) -> Transport:
    if isinstance(where, Air):
        return where.attach(name)
    try:
        return await open_transport(where)
    except Exception as error:  # the border to Bumble's transports: each raises what its own library does
        reason = (isinstance(error, OSError) and error.errno and os.strerror(error.errno)) or str(error)
        hint = "; is `wearsync-sim air` running?" if where.startswith("tcp-client:") else ""
        raise RadioUnavailable(
            f"can't open the transport {where}: {reason or type(error).__name__}{hint}"
        ) from error


@contextmanager
def _btsnoop(path: Path) -> Iterator[Snooper]:
    # Unbuffered: a watch that is killed leaves a whole capture behind.
    with path.open("wb", buffering=0) as file:
        yield BtSnooper(file)
