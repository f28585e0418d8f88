"""This machine's own adapter on Linux: bleak's backend, and what bleak has not: BlueZ asked for a bond by
somebody whom it can ask back.

Rule: `Pair` is called on the D-Bus connection that has the agent. The agent is there for the time of one
pairing, and the default one, for BlueZ fixes at connecting what a watch may be asked, by the default agent
(adapter's IO capability); the desktop's own is the default again when ours goes, and it goes with its
connection, whatever else fails.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field

from bleak import BleakClient
from bleak.backends.bluezdbus.utils import assert_reply, get_dbus_authenticator
from bleak.backends.client import BaseBleakClient
from bleak.backends.scanner import BaseBleakScanner
from bleak.exc import BleakDBusError, BleakError
from dbus_fast.aio import MessageBus
from dbus_fast.constants import BusType
from dbus_fast.message import Message
from dbus_fast.unpack import unpack_variants
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from wearsync.errors import WearsyncError
from wearsync.ports import PairingAgent
from wearsync.radio.agent import Agent, Word
from wearsync.radio.faults import adapter_fault
from wearsync.radio.provider import NoBond, PairingFailure

BLUEZ = "org.bluez"
BLUEZ_PATH = "/org/bluez"
ADAPTER = "org.bluez.Adapter1"
DEVICE = "org.bluez.Device1"
AGENTS = "org.bluez.AgentManager1"
AGENT_PATH = "/org/wearsync/agent"
# Shows six digits, and takes them: whatever a watch can do best is done.
CAPABILITY = "KeyboardDisplay"
# D-Bus starts bluetoothd if it has to, which takes some seconds on a small computer; BlueZ disconnects a
# device before it removes it.
CALL_DEADLINE_S = 10.0
# Who leaves does not wait for a bluetoothd that hangs: with its connection goes the agent.
LEAVE_DEADLINE_S = 1.0

# After so long without a word the kernel ends it (Core, Vol 3, Part H, 3.4); BlueZ says that it failed.
SMP_TIMEOUT_S = 30.0

ALREADY_THERE = "org.bluez.Error.AlreadyExists"
GONE = ("org.bluez.Error.DoesNotExist", "org.freedesktop.DBus.Error.UnknownObject")
# BlueZ says no more than this of whatever went wrong between the two.
TIMED_OUT = "org.bluez.Error.AuthenticationTimeout"
REFUSALS = ("org.bluez.Error.AuthenticationFailed", "org.bluez.Error.AuthenticationRejected")
LOST = "org.bluez.Error.AuthenticationCanceled"
# What the person has said that ends it.
_PERSONS_NO = {
    Word.NOT_CONFIRMED: NoBond.NOT_CONFIRMED,
    Word.NO_PASSKEY: NoBond.NO_PASSKEY,
    Word.DECLINED: NoBond.DECLINED,
    Word.SHOWN_HERE: NoBond.SHOWN_HERE,
}
# What it has said before the watch ended it.
_WATCHS_NO = {
    Word.NOT_ASKED: NoBond.REFUSED_AT_ONCE,
    Word.ASKED: NoBond.REFUSED,
    Word.JUST_WORKS: NoBond.REFUSED,
    Word.COMPARED: NoBond.REFUSED,
    Word.TYPED: NoBond.WRONG_PASSKEY,
}


class Device(BaseModel):
    """What BlueZ has of a device; `path` is its place on D-Bus."""

    model_config = ConfigDict(frozen=True)

    path: str
    address: str = Field(alias="Address")
    adapter: str = Field(alias="Adapter")
    paired: bool = Field(alias="Paired")
    connected: bool = Field(alias="Connected")


_OBJECTS = TypeAdapter(dict[str, dict[str, dict[str, object]]])


log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Ceremony:
    """One pairing: the watch, who is asked, and on which connection. `was_bonded`: there is a bond from
    before.
    """

    address: str
    person: PairingAgent
    bus: "Bus"
    agent: Agent
    was_bonded: bool = False


@dataclass(slots=True)
class BluezRadio:
    """An `OpenRadio` on BlueZ; the backends are bleak's own."""

    scanner_backend: type[BaseBleakScanner]
    client_backend: type[BaseBleakClient]
    _ceremony: _Ceremony | None = field(default=None, init=False)

    @property
    def client_options(self) -> Mapping[str, object]:
        """None needed."""
        return {}

    @asynccontextmanager
    async def pairing(self, address: str, agent: PairingAgent) -> AsyncIterator[None]:
        """While it is entered, `agent` is asked what a bond with that address asks for."""
        async with AsyncExitStack() as stack:
            with _told():
                await stack.enter_async_context(self._asking(address, agent))
            yield

    async def pair(self, client: BleakClient, *, needs_code: bool) -> None:
        """Bond over that link, within `pairing`; a link that is bonded already is encrypted already."""
        ceremony = self._ceremony
        if ceremony is None or ceremony.address != client.address.upper():
            raise PairingFailure(NoBond.NOBODY_TO_ASK)
        there = [device for device in await ceremony.bus.devices(ceremony.address) if device.connected]
        if not there:
            raise BleakError("the link was lost")
        (device, *_others) = there
        if device.paired and ceremony.was_bonded:
            return
        try:
            # Of a link that is encrypted already BlueZ 5.66 waits for ever to be told that it is.
            if not device.paired:
                await ceremony.bus.call(device.path, DEVICE, "Pair", waits_for_person=True)
        except BleakDBusError as error:
            if error.dbus_error != ALREADY_THERE:
                raise _why(error, ceremony.agent) from error
        except asyncio.CancelledError:
            with suppress(Exception):
                async with asyncio.timeout(LEAVE_DEADLINE_S):
                    await ceremony.bus.call(device.path, DEVICE, "CancelPairing")
            raise
        await self._judge(ceremony, needs_code=needs_code)

    async def is_bonded(self, address: str) -> bool:
        """Whether there is a bond with that address, whichever program made it."""
        with _told():
            async with connected_bus() as bus:
                return any(device.paired for device in await bus.devices(address))

    async def forget(self, address: str) -> None:
        """Remove the bond, and what BlueZ remembers of the device, on every adapter."""
        with _told():
            async with connected_bus() as bus:
                for device in await bus.devices(address):
                    await bus.remove(device)
                if self._ceremony is not None and self._ceremony.address == address:
                    self._ceremony.was_bonded = False
                    # A stale bond takes bluetoothd down with some kernels (6.1), and the agent with it.
                    await self._ceremony.bus.register()

    async def hang_up(self, address: str) -> None:
        """End a connection that outlived its process: BlueZ keeps it, and the watch, which is connected, does
        not advertise.
        """
        with _told():
            async with connected_bus() as bus:
                for device in await bus.devices(address):
                    if device.connected:
                        log.warning("radio.left_connected device=%s", device.path.rpartition("/")[2])
                        await bus.call(device.path, DEVICE, "Disconnect")

    async def wait_closed(self) -> None:
        """Never returns: bleak does not tell; the next scan or connection does."""
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Nothing is held open between operations."""

    @asynccontextmanager
    async def _asking(self, address: str, person: PairingAgent) -> AsyncIterator[None]:
        async with connected_bus() as bus:
            place = "/dev_" + address.replace(":", "_")
            agent = Agent(person, is_meant=lambda path: path.endswith(place))
            bus.export(AGENT_PATH, agent)
            was_bonded = any(device.paired for device in await bus.devices(address))
            self._ceremony = _Ceremony(address, person, bus, agent, was_bonded)
            try:
                await bus.register()
                yield
            finally:
                self._ceremony = None
                agent.cancel()
                with suppress(Exception):
                    async with asyncio.timeout(LEAVE_DEADLINE_S):
                        await bus.call(BLUEZ_PATH, AGENTS, "UnregisterAgent", "o", AGENT_PATH)

    async def _judge(self, ceremony: _Ceremony, *, needs_code: bool) -> None:
        """There is a bond. BlueZ asks nobody whether one without a code will do, so it is asked here."""
        if ceremony.agent.word in (Word.COMPARED, Word.TYPED):
            return
        try:
            if needs_code:
                raise PairingFailure(NoBond.JUST_WORKS_ONLY)
            if ceremony.agent.word is not Word.JUST_WORKS and not await ceremony.person.confirm_just_works():
                raise PairingFailure(NoBond.DECLINED)
        except BaseException:
            forgetting = asyncio.create_task(self.forget(ceremony.address), name="bond refused")
            with suppress(WearsyncError):  # why it was refused is told; whoever began the pairing tries again
                await asyncio.shield(forgetting)
            raise


class Bus:
    """BlueZ, by a connection to the system's D-Bus."""

    def __init__(self, bus: MessageBus) -> None:
        self._bus = bus

    def export(self, path: str, agent: Agent) -> None:
        """Let BlueZ call that agent."""
        self._bus.export(path, agent)

    async def call(
        self,
        path: str,
        interface: str,
        member: str,
        signature: str = "",
        *body: object,
        waits_for_person: bool = False,
    ) -> list[object]:
        """One method of BlueZ's. Raises `BleakDBusError`, `TimeoutError`."""
        message = Message(
            destination=BLUEZ,
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=list(body),
        )
        async with asyncio.timeout(None if waits_for_person else CALL_DEADLINE_S):
            reply = await self._bus.call(message)
        if reply is None:
            raise EOFError("no answer")
        assert_reply(reply)
        return list(unpack_variants(reply.body))

    async def is_there(self, name: str) -> bool:
        """Whether somebody on the bus has that name; nobody is started by asking. Raises as `call`."""
        message = Message(
            destination="org.freedesktop.DBus",
            path="/org/freedesktop/DBus",
            interface="org.freedesktop.DBus",
            member="NameHasOwner",
            signature="s",
            body=[name],
        )
        async with asyncio.timeout(CALL_DEADLINE_S):
            reply = await self._bus.call(message)
        if reply is None:
            raise EOFError("no answer")
        assert_reply(reply)
        return bool(reply.body[0])

    async def register(self) -> None:
        """Have BlueZ ask our agent before any other; nothing, if it does."""
        try:
            await self.call(BLUEZ_PATH, AGENTS, "RegisterAgent", "os", AGENT_PATH, CAPABILITY)
        except BleakDBusError as error:
            if error.dbus_error != ALREADY_THERE:
                raise
        await self.call(BLUEZ_PATH, AGENTS, "RequestDefaultAgent", "o", AGENT_PATH)

    async def remove(self, device: Device) -> None:
        """Remove a device, and the bond with it; one that is gone meanwhile is gone."""
        try:
            await self.call(device.adapter, ADAPTER, "RemoveDevice", "o", device.path)
        except BleakDBusError as error:
            if error.dbus_error not in GONE:
                raise

    async def devices(self, address: str) -> tuple[Device, ...]:
        """What BlueZ has of that address: one for each adapter that has seen it."""
        (found,) = await self.call("/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
        every = (
            Device.model_validate({"path": path, **interfaces[DEVICE]})
            for path, interfaces in _OBJECTS.validate_python(found).items()
            if DEVICE in interfaces
        )
        return tuple(device for device in every if device.address.upper() == address.upper())


@asynccontextmanager
async def connected_bus() -> AsyncIterator[Bus]:
    """BlueZ by a D-Bus connection of its own, for as long as this is entered."""
    bus = MessageBus(bus_type=BusType.SYSTEM, auth=get_dbus_authenticator())
    try:
        async with asyncio.timeout(CALL_DEADLINE_S):
            await bus.connect()
        yield Bus(bus)
    finally:
        # It wants this also when it could not connect.
        bus.disconnect()


@contextmanager
def _told() -> Iterator[None]:
    """What fails is told in our words."""
    try:
        yield
    except Exception as error:  # whatever lies beneath D-Bus: see faults.py
        raise adapter_fault(error) from error


def _why(error: BleakDBusError, agent: Agent) -> Exception:
    """Why there is no bond: BlueZ says that it failed, the agent what was asked."""
    if agent.failure is not None:
        return agent.failure
    if no := _PERSONS_NO.get(agent.word):
        return PairingFailure(no)
    if error.dbus_error == LOST:
        return BleakError("the link was lost")
    waited_s = asyncio.get_running_loop().time() - agent.asked_at_s
    if agent.word in (Word.ASKED, Word.COMPARED) and waited_s >= SMP_TIMEOUT_S:
        return PairingFailure(NoBond.TOO_LATE)
    if error.dbus_error == TIMED_OUT:
        return PairingFailure(NoBond.TOO_LATE)
    if error.dbus_error in REFUSALS:
        return PairingFailure(_WATCHS_NO[agent.word])
    return error
