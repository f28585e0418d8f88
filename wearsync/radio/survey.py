"""Bluetooth on this computer, looked at by D-Bus: who is there, and what stands in the way.

Rule: it only asks. bluetoothd is not started by it, no scan is begun, and the agent that is tried is never
the default one: whoever pairs meanwhile does not notice.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from enum import Enum

from bleak.exc import BleakDBusError
from dbus_fast.errors import AuthError, DBusFastError
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from wearsync.errors import RadioUnavailable
from wearsync.radio.bluez import ADAPTER, AGENTS, BLUEZ, BLUEZ_PATH, CAPABILITY, DEVICE, Bus, connected_bus

# Nobody answers there: a question that comes all the same is refused.
AGENT_PATH = "/org/wearsync/doctor"
DEADLINE_S = 5.0

_DENIED = "org.freedesktop.DBus.Error.AccessDenied"


class Obstacle(Enum):
    """Why Bluetooth can't be asked."""

    NO_BUS = "there is no system bus"
    BUS_REFUSES = "the system bus does not let us in"
    NOT_RUNNING = "bluetoothd is not on the bus"
    DENIED = "the bus does not let us speak with bluetoothd"
    DENIED_BY_APPARMOR = "AppArmor does not let us speak with bluetoothd"
    SILENT = "bluetoothd does not answer"
    FAILS = "something else"


class SurveyFailed(RadioUnavailable):
    """Bluetooth can't be asked; the text: in whose words."""

    def __init__(self, obstacle: Obstacle, text: str) -> None:
        super().__init__(text)
        self.obstacle = obstacle


class Adapter(BaseModel):
    """An adapter as BlueZ has it. `is_scanning`: somebody scans by it, whoever that is."""

    model_config = ConfigDict(frozen=True)

    path: str
    address: str = Field(default="", alias="Address")
    is_powered: bool = Field(default=False, alias="Powered")
    is_scanning: bool = Field(default=False, alias="Discovering")

    @property
    def name(self) -> str:
        """hci0 …"""
        return self.path.rpartition("/")[2]


class Known(BaseModel):
    """A device as BlueZ has it. `is_bonded`: its keys are kept; None: this BlueZ does not say."""

    model_config = ConfigDict(frozen=True)

    path: str
    address: str = Field(alias="Address")
    alias: str = Field(default="", alias="Alias")
    is_paired: bool = Field(default=False, alias="Paired")
    is_bonded: bool | None = Field(default=None, alias="Bonded")
    is_trusted: bool = Field(default=False, alias="Trusted")
    is_blocked: bool = Field(default=False, alias="Blocked")
    is_connected: bool = Field(default=False, alias="Connected")


@dataclass(frozen=True, slots=True)
class Survey:
    """What BlueZ has."""

    adapters: tuple[Adapter, ...]
    devices: tuple[Known, ...]

    def device(self, address: str) -> Known | None:
        """The one of that address; of several, the one that is bonded."""
        found = [each for each in self.devices if each.address.upper() == address.upper()]
        return max(found, key=lambda each: each.is_paired, default=None)


_OBJECTS = TypeAdapter(dict[str, dict[str, dict[str, object]]])


class SystemBus:
    """The system bus, connected."""

    def __init__(self, bus: Bus, within_s: float) -> None:
        self._bus = bus
        self._within_s = within_s

    async def bluez(self) -> Survey:
        """What BlueZ has. Raises `SurveyFailed`."""
        with_objects = "org.freedesktop.DBus.ObjectManager"
        async with _told(Obstacle.SILENT, self._within_s):
            if not await self._bus.is_there(BLUEZ):
                raise SurveyFailed(Obstacle.NOT_RUNNING, "nobody is called org.bluez")
            (found,) = await self._bus.call("/", with_objects, "GetManagedObjects")
            objects = _OBJECTS.validate_python(found)
        return Survey(
            tuple(
                Adapter.model_validate({"path": path, **each[ADAPTER]})
                for path, each in sorted(objects.items())
                if ADAPTER in each
            ),
            tuple(
                Known.model_validate({"path": path, **each[DEVICE]})
                for path, each in objects.items()
                if DEVICE in each
            ),
        )

    async def try_agent(self) -> None:
        """Have an agent registered, and taken out again. Raises `SurveyFailed`."""
        async with _told(Obstacle.SILENT, self._within_s):
            await self._bus.call(BLUEZ_PATH, AGENTS, "RegisterAgent", "os", AGENT_PATH, CAPABILITY)
            with suppress(BleakDBusError):
                await self._bus.call(BLUEZ_PATH, AGENTS, "UnregisterAgent", "o", AGENT_PATH)


@asynccontextmanager
async def system_bus(*, within_s: float = DEADLINE_S) -> AsyncIterator[SystemBus]:
    """The system bus, for as long as it is entered; each answer `within_s`. Raises `SurveyFailed`."""
    async with AsyncExitStack() as stack:
        async with _told(Obstacle.BUS_REFUSES, within_s):
            bus = await stack.enter_async_context(connected_bus())
        yield SystemBus(bus, within_s)


@asynccontextmanager
async def _told(too_late: Obstacle, within_s: float) -> AsyncIterator[None]:
    """What fails is told by what stands in the way; `too_late`: if it takes too long."""
    try:
        async with asyncio.timeout(within_s):
            yield
    except TimeoutError as error:
        raise SurveyFailed(too_late, f"no answer within {within_s:.0f} s") from error
    except BleakDBusError as error:
        raise SurveyFailed(
            _obstacle(error), f"{error.dbus_error} {error.dbus_error_details or ''}"
        ) from error
    except (AuthError, PermissionError) as error:
        raise SurveyFailed(Obstacle.BUS_REFUSES, str(error)) from error
    except (FileNotFoundError, ConnectionRefusedError) as error:
        raise SurveyFailed(Obstacle.NO_BUS, error.strerror or str(error)) from error
    except (OSError, EOFError, DBusFastError, ValueError) as error:
        raise SurveyFailed(Obstacle.FAILS, str(error) or type(error).__name__) from error


def _obstacle(error: BleakDBusError) -> Obstacle:
    if error.dbus_error == _DENIED:
        by_apparmor = "apparmor" in (error.dbus_error_details or "").lower()
        return Obstacle.DENIED_BY_APPARMOR if by_apparmor else Obstacle.DENIED
    return Obstacle.FAILS
