"""A bluetoothd for tests, on a D-Bus of its own: what it has of devices, agents, and how a bond comes about.

Rule: it does what BlueZ does, as its documentation has it and as `scripts/check-bluez` shows it (5.66):
whose agent is asked, that Just Works asks nobody, what fails with which error. A private `dbus-daemon` stands
in for the system's.
"""

import asyncio
import shutil
import subprocess
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dbus_fast.aio import MessageBus
from dbus_fast.constants import MessageType
from dbus_fast.errors import DBusError
from dbus_fast.message import Message
from dbus_fast.signature import Variant

WATCH_PATH = "/org/bluez/hci0/dev_C4_00_00_00_00_01"
OTHER_PATH = "/org/bluez/hci0/dev_C4_00_00_00_00_02"

AUTHENTICATION_FAILED = "org.bluez.Error.AuthenticationFailed"
CANCELED = "org.bluez.Error.AuthenticationCanceled"

CONFIGURATION = """
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>{auth}</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
    {policy}
  </policy>
</busconfig>
"""


def dbus_executable() -> str | None:
    """The daemon's path, or None."""
    return shutil.which("dbus-daemon")


class PrivateBus:
    """A D-Bus of the test's own."""

    def __init__(self, executable: str, directory: Path, *, policy: str = "", auth: str = "EXTERNAL") -> None:
        """`policy`: more of it, which goes before what is allowed; `auth`: how one says who one is."""
        socket, config = directory / "bus", directory / "bus.conf"
        config.write_text(CONFIGURATION.format(socket=socket, policy=policy, auth=auth))
        self.address = f"unix:path={socket}"
        # It says its address once it listens.
        self._process = subprocess.Popen(
            [executable, f"--config-file={config}", "--nofork", "--print-address=1"], stdout=subprocess.PIPE
        )
        assert self._process.stdout is not None
        if not self._process.stdout.readline():
            raise RuntimeError("dbus-daemon did not start")

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


@dataclass
class FakeDevice:
    """A device as BlueZ has it. `bond`: how one comes about when BlueZ is told to pair."""

    path: str
    paired: bool = False
    connected: bool = True
    trusted: bool = False
    bonded: bool | None = None
    blocked: bool = False
    bond: "Callable[[Asking], Awaitable[None]] | None" = None

    @property
    def address(self) -> str:
        return self.path.rpartition("dev_")[2].replace("_", ":")

    def properties(self) -> dict[str, Variant]:
        return {
            "Address": Variant("s", self.address),
            "Alias": Variant("s", "Sim"),
            "Adapter": Variant("o", self.path.rpartition("/")[0]),
            "Paired": Variant("b", self.paired),
            "Connected": Variant("b", self.connected),
            "Trusted": Variant("b", self.trusted),
            "Blocked": Variant("b", self.blocked),
            **({} if self.bonded is None else {"Bonded": Variant("b", self.bonded)}),
        }


@dataclass(frozen=True)
class Asking:
    """BlueZ asking an agent about a device."""

    bluez: "FakeBluez"
    agent: tuple[str, str] | None
    device: FakeDevice

    async def ask(self, member: str, signature: str = "o", *more: object) -> list[object]:
        """Raises what the agent raises, as BlueZ takes it: pairing has failed."""
        if self.agent is None:
            raise DBusError(AUTHENTICATION_FAILED, "Authentication Failed")
        owner, path = self.agent
        reply = await self.bluez.say(owner, path, member, signature, self.device.path, *more)
        self.bluez.said.append(reply.error_name or "yes")
        if reply.message_type is MessageType.ERROR:
            raise DBusError(AUTHENTICATION_FAILED, "Authentication Failed")
        return list(reply.body)


@dataclass
class FakeBluez:
    """`org.bluez` on a bus. `said`: what agents answered, in order; `told`: what was asked of BlueZ;
    `refuses`: errors by the method that fails with it, `refuses_with` these words; `adapters`: their
    properties.
    """

    bus: MessageBus
    devices: dict[str, FakeDevice] = field(default_factory=dict)
    agents: dict[str, tuple[str, str]] = field(default_factory=dict)
    defaults: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)
    refuses_with: str = "refused"
    adapters: dict[str, dict[str, Variant]] = field(default_factory=lambda: {"hci0": {}})
    hangs: set[str] = field(default_factory=set)
    pairing: "dict[str, asyncio.Task[None]]" = field(default_factory=dict)
    _tasks: "set[asyncio.Task[None]]" = field(default_factory=set)

    @classmethod
    async def start(cls, address: str) -> "FakeBluez":
        bus = await MessageBus(bus_address=address).connect()
        bluez = cls(bus)
        bus.add_message_handler(bluez._heard)
        await bus.call(
            Message(
                destination="org.freedesktop.DBus",
                path="/org/freedesktop/DBus",
                interface="org.freedesktop.DBus",
                member="AddMatch",
                signature="s",
                body=["type='signal',member='NameOwnerChanged'"],
            )
        )
        await bus.request_name("org.bluez")
        return bluez

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.bus.disconnect()
        await self.bus.wait_for_disconnect()

    def add(self, path: str = WATCH_PATH, **known: Any) -> FakeDevice:
        device = self.devices[path] = replace(FakeDevice(path), **known)
        return device

    async def say(self, owner: str, path: str, member: str, signature: str, *body: object) -> Message:
        """One question to an agent."""
        reply = await self.bus.call(
            Message(
                destination=owner,
                path=path,
                interface="org.bluez.Agent1",
                member=member,
                signature=signature,
                body=list(body),
            )
        )
        assert reply is not None
        return reply

    async def asks(self, member: str, signature: str = "o", *body: object) -> str:
        """A question out of the blue to the default agent; its answer's error, or "yes"."""
        owner, path = self.agents[self.defaults[0]]
        reply = await self.say(owner, path, member, signature, *body)
        return reply.error_name or "yes"

    def _heard(self, message: Message) -> Message | bool | None:
        if message.message_type is MessageType.SIGNAL and message.member == "NameOwnerChanged":
            name, _old, new = message.body
            if not new:
                self._left(name)
            return None
        if message.message_type is not MessageType.METHOD_CALL or message.interface is None:
            return None
        if message.member in self.hangs:
            return True
        task = asyncio.get_running_loop().create_task(self._answer(message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    def _left(self, name: str) -> None:
        self.agents.pop(name, None)
        if name in self.defaults:
            self.defaults.remove(name)
        if task := self.pairing.pop(name, None):
            task.cancel()

    async def _answer(self, message: Message) -> None:
        member = message.member or ""
        self.told.append(member)
        try:
            if error := self.refuses.get(member):
                raise DBusError(error, self.refuses_with)
            signature, body = await self._do(message, member)
        except DBusError as error:
            reply = Message.new_error(message, error.type, error.text)
        else:
            reply = Message.new_method_return(message, signature, body)
        await self.bus.send(reply)

    async def _do(self, message: Message, member: str) -> tuple[str, list[object]]:
        sender = message.sender or ""
        match member:
            case "GetManagedObjects":
                there: dict[str, object] = {
                    f"/org/bluez/{name}": {"org.bluez.Adapter1": has} for name, has in self.adapters.items()
                }
                for path, device in self.devices.items():
                    there[path] = {"org.bluez.Device1": device.properties()}
                return "a{oa{sa{sv}}}", [there]
            case "RegisterAgent":
                self._register(sender, *message.body)
            case "RequestDefaultAgent":
                self.defaults.remove(sender)
                self.defaults.insert(0, sender)
            case "UnregisterAgent":
                self._left(sender)
            case "RemoveDevice":
                self._remove(message.body[0])
            case "Disconnect":
                self.devices[message.path or ""].connected = False
            case "CancelPairing":
                self.pairing.pop(sender).cancel()
            case "Pair":
                await self._pair(sender, self.devices[message.path or ""])
            case _:
                raise DBusError("org.freedesktop.DBus.Error.UnknownMethod", member)
        return "", []

    def _remove(self, path: str) -> None:
        if self.devices.pop(path, None) is None:
            raise DBusError("org.bluez.Error.DoesNotExist", "Does Not Exist")

    def _register(self, sender: str, path: str, capability: str) -> None:
        assert capability == "KeyboardDisplay"
        if sender in self.agents:
            raise DBusError("org.bluez.Error.AlreadyExists", "Already Exists")
        self.agents[sender] = (sender, path)
        self.defaults.append(sender)

    async def _pair(self, sender: str, device: FakeDevice) -> None:
        if device.paired:
            raise DBusError("org.bluez.Error.AlreadyExists", "Already Exists")
        agent = self.agents.get(sender) or (self.agents[self.defaults[0]] if self.defaults else None)
        if device.bond is not None:
            bonding = asyncio.ensure_future(_all_of(device.bond(Asking(self, agent, device))))
            self.pairing[sender] = bonding
            try:
                await bonding
            except asyncio.CancelledError:
                raise DBusError(CANCELED, "Authentication Canceled") from None
            finally:
                self.pairing.pop(sender, None)
        device.paired = True


async def _all_of(work: Awaitable[None]) -> None:
    await work


Bond = Callable[[Asking], Coroutine[object, object, None]]


def compares(number: int = 123456, *, agrees: bool = True) -> Bond:
    """A watch that shows a number to be compared."""

    async def bond(asking: Asking) -> None:
        await asking.ask("RequestConfirmation", "ou", number)
        if not agrees:
            raise DBusError(AUTHENTICATION_FAILED, "Authentication Failed")

    return bond


def shows(passkey: int = 123456) -> Bond:
    """A watch that shows a passkey to be typed."""

    async def bond(asking: Asking) -> None:
        (typed,) = await asking.ask("RequestPasskey")
        if typed != passkey:
            raise DBusError(AUTHENTICATION_FAILED, "Authentication Failed")

    return bond


def fails(error: str = AUTHENTICATION_FAILED) -> Bond:
    """A watch that refuses before anything is asked."""

    async def bond(_asking: Asking) -> None:
        raise DBusError(error, "failed")

    return bond
