"""A small watch and a central on one air, for the tests of the radio."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest
from bleak import BleakClient, BleakScanner
from bleak.backends.device import BLEDevice
from bumble import att
from bumble.att import Attribute
from bumble.core import AdvertisingData
from bumble.device import Connection
from bumble.gatt import Characteristic, CharacteristicValue, Service
from bumble.pairing import PairingConfig, PairingDelegate

from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.backend import VirtualClient, VirtualScanner
from wearsync_simulators.radio.central import Central
from wearsync_simulators.radio.peripheral import PoweredDevice, link_security, open_device

WATCH = "C4:00:00:00:00:01"
OTHER_WATCH = "C4:00:00:00:00:02"
HOST = "C4:00:00:00:00:0A"
OTHER_HOST = "C4:00:00:00:00:0B"

SERVICE = "f69b0000-d1cb-4904-adda-db6c343c41a1"
VALUE = "f69b0001-d1cb-4904-adda-db6c343c41a1"  # read and write
TICKS = "f69b0002-d1cb-4904-adda-db6c343c41a1"  # notify
SECRET = "f69b0003-d1cb-4904-adda-db6c343c41a1"  # read, encrypted
VOUCHED = "f69b0004-d1cb-4904-adda-db6c343c41a1"  # read, encrypted with a key that a person vouched for
SLOW = "f69b0005-d1cb-4904-adda-db6c343c41a1"  # read, answered when the test lets it

# Above any wait in these tests, far below the test runner's own limit.
SOON_S = 5.0


@dataclass(eq=False)
class SmallWatch:
    """A GATT peripheral with one characteristic of each kind."""

    radio: PoweredDevice
    value: bytearray = field(default_factory=lambda: bytearray(b"hello"))
    commands: list[bytes] = field(default_factory=list)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    reasons: list[int] = field(default_factory=list)
    ticks: Characteristic[bytes] = field(init=False)

    async def start(self, scan_response: bytes = b"", interval_ms: int = 20) -> None:
        encrypted = Attribute.Permissions.READABLE | Attribute.Permissions.READ_REQUIRES_ENCRYPTION
        self.ticks = Characteristic(
            TICKS, Characteristic.Properties.NOTIFY, Attribute.Permissions.READABLE, b""
        )
        both = Attribute.Permissions.READABLE | Attribute.Permissions.WRITEABLE
        self.radio.device.add_service(
            Service(
                SERVICE,
                [
                    Characteristic(
                        VALUE,
                        Characteristic.Properties.from_string("READ,WRITE,WRITE_WITHOUT_RESPONSE"),
                        both,
                        CharacteristicValue(read=lambda _: bytes(self.value), write=self._write),
                    ),
                    self.ticks,
                    Characteristic(SECRET, Characteristic.Properties.READ, encrypted, b"secret"),
                    Characteristic(
                        VOUCHED,
                        Characteristic.Properties.READ,
                        encrypted,
                        CharacteristicValue(read=self._vouched),
                    ),
                    Characteristic(
                        SLOW,
                        Characteristic.Properties.READ,
                        Attribute.Permissions.READABLE,
                        CharacteristicValue(read=self._slow),
                    ),
                ],
            )
        )
        self.radio.device.on("connection", lambda link: link.on("disconnection", self.reasons.append))
        await self.radio.device.start_advertising(
            auto_restart=True,
            advertising_data=bytes(
                AdvertisingData(
                    [
                        (AdvertisingData.FLAGS, b"\x06"),
                        (
                            AdvertisingData.SERVICE_DATA_128_BIT_UUID,
                            bytes.fromhex(SERVICE.replace("-", ""))[::-1] + b"\x03",
                        ),
                    ]
                )
            ),
            scan_response_data=scan_response
            or bytes(
                AdvertisingData(
                    [
                        (AdvertisingData.COMPLETE_LOCAL_NAME, b"Sim"),
                        (AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS, b"\x0f\x18"),
                        (AdvertisingData.MANUFACTURER_SPECIFIC_DATA, b"\xff\xffabc"),
                    ]
                )
            ),
            advertising_interval_min=interval_ms,
            advertising_interval_max=interval_ms,
        )

    def pair_by(self, delegate: PairingDelegate) -> None:
        self.radio.device.pairing_config_factory = lambda _: PairingConfig(delegate=delegate)

    @property
    def link(self) -> Connection:
        (link,) = self.radio.device.connections.values()
        return link

    def _write(self, _link: Connection, value: bytes) -> None:
        self.value[:] = value
        self.commands.append(value)

    def _vouched(self, link: Connection) -> bytes:
        if not link_security(link).authenticated:
            raise att.ATT_Error(att.ATT_INSUFFICIENT_AUTHENTICATION_ERROR)
        return b"vouched"

    async def _slow(self, _link: Connection) -> bytes:
        self.asked.set()
        await self.may_answer.wait()
        return b"slow"


class Wrist(PairingDelegate):
    """A watch with a display and a button, and its wearer."""

    def __init__(self, *, says_yes: bool = True) -> None:
        super().__init__(PairingDelegate.DISPLAY_OUTPUT_AND_YES_NO_INPUT)
        self.says_yes = says_yes
        self.shown: list[int] = []

    async def compare_numbers(self, number: int, digits: int) -> bool:
        self.shown.append(number)
        return self.says_yes


class Screen(PairingDelegate):
    """A watch that shows a passkey and has no button."""

    def __init__(self) -> None:
        super().__init__(PairingDelegate.DISPLAY_OUTPUT_ONLY)

    async def generate_passkey(self) -> int:
        return 123456


@dataclass
class Person:
    """Who sits at the host: answers as told, and notes the questions."""

    says_yes: bool = True
    types: int | None = None
    numbers: list[int] = field(default_factory=list)
    asked_just_works: int = 0

    async def confirm_number(self, number: int) -> bool:
        self.numbers.append(number)
        return self.says_yes

    async def passkey(self) -> int | None:
        return self.types

    async def confirm_just_works(self) -> bool:
        self.asked_just_works += 1
        return self.says_yes


class Asleep(Person):
    async def confirm_number(self, number: int) -> bool:
        self.numbers.append(number)
        await asyncio.Event().wait()
        return True


async def until(condition: Callable[[], object], within_s: float = SOON_S) -> None:
    """Wait until it holds; looks again each time the loop comes round."""
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.001)


def client(central: Central, device: BLEDevice | str, **options: object) -> BleakClient:
    """The client of bleak itself, on that central."""
    return BleakClient(device, backend=VirtualClient, central=central, **options)  # type: ignore[arg-type]


async def find(central: Central, address: str = WATCH) -> BLEDevice:
    """The scanner of bleak itself finds it."""
    found = await BleakScanner.find_device_by_address(
        address,
        timeout=SOON_S,
        backend=VirtualScanner,
        central=central,  # type: ignore[call-arg]
    )
    assert found is not None
    return found


@pytest.fixture
async def air() -> Air:
    return Air()


@pytest.fixture
async def watch(air: Air) -> AsyncIterator[SmallWatch]:
    radio = await open_device(air, name="Sim", address=WATCH)
    small = SmallWatch(radio)
    await small.start()
    yield small
    await radio.close()


@pytest.fixture
async def central(air: Air) -> AsyncIterator[Central]:
    opened = await Central.open(air, address=HOST)
    yield opened
    await opened.close()
