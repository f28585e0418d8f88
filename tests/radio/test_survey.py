"""Bluetooth looked at by D-Bus: what is there, and each thing that can stand in the way."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from dbus_fast.signature import Variant

from tests.radio.fake_bluez import OTHER_PATH, WATCH_PATH, FakeBluez, PrivateBus, dbus_executable
from wearsync.radio.survey import Obstacle, SurveyFailed, system_bus

DENIED = '<deny send_destination="org.bluez"/>'


@contextmanager
def another_bus(**more: str) -> Iterator[PrivateBus]:
    executable = dbus_executable()
    assert executable is not None
    directory = Path(tempfile.mkdtemp(prefix="b"))
    bus = PrivateBus(executable, directory, **more)
    try:
        yield bus
    finally:
        bus.close()
        shutil.rmtree(directory)


async def obstacle(*, within_s: float = 5.0) -> Obstacle:
    try:
        async with system_bus(within_s=within_s) as bus:
            await bus.bluez()
            await bus.try_agent()
    except SurveyFailed as error:
        return error.obstacle
    raise AssertionError("nothing stands in the way")


async def test_adapters_and_devices(bluez: FakeBluez) -> None:
    bluez.adapters["hci1"] = {
        "Address": Variant("s", "00:11:22:33:44:55"),
        "Powered": Variant("b", True),
        "Discovering": Variant("b", True),
    }
    bluez.add(paired=True, bonded=True, trusted=True, connected=False)
    bluez.add(OTHER_PATH, blocked=True)
    async with system_bus() as bus:
        survey = await bus.bluez()
    assert [(each.name, each.is_powered, each.is_scanning) for each in survey.adapters] == [
        ("hci0", False, False),
        ("hci1", True, True),
    ]
    watch = survey.device("c4:00:00:00:00:01")
    assert watch is not None
    assert (watch.path, watch.is_paired, watch.is_bonded, watch.is_trusted) == (WATCH_PATH, True, True, True)
    other = survey.device("C4:00:00:00:00:02")
    assert other is not None
    assert (other.is_blocked, other.is_bonded, other.is_connected) == (True, None, True)
    assert survey.device("C4:00:00:00:00:03") is None


async def test_an_agent_is_tried_beside_another_ones_and_gone_again(bluez: FakeBluez) -> None:
    bluez.agents["desktop"] = ("desktop", "/")
    bluez.defaults.append("desktop")
    async with system_bus() as bus:
        await bus.try_agent()
    assert bluez.told == ["RegisterAgent", "UnregisterAgent"]
    assert (list(bluez.agents), bluez.defaults) == (["desktop"], ["desktop"])


async def test_an_agent_that_is_not_taken(bluez: FakeBluez) -> None:
    bluez.refuses["RegisterAgent"] = "org.bluez.Error.InvalidArguments"
    assert await obstacle() is Obstacle.FAILS


async def test_a_bus_without_bluez(system_bus: None) -> None:
    assert await obstacle() is Obstacle.NOT_RUNNING


async def test_no_bus(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={home}/none")
    assert await obstacle() is Obstacle.NO_BUS
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "nonsense")
    assert await obstacle() is Obstacle.FAILS


async def test_a_policy_that_denies(monkeypatch: pytest.MonkeyPatch) -> None:
    with another_bus(policy=DENIED) as bus:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus.address)
        bluez = await FakeBluez.start(bus.address)
        assert await obstacle() is Obstacle.DENIED
        await bluez.stop()


async def test_a_bus_that_does_not_take_us(monkeypatch: pytest.MonkeyPatch) -> None:
    with another_bus(auth="DBUS_COOKIE_SHA1") as bus:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus.address)
        assert await obstacle() is Obstacle.BUS_REFUSES


async def test_apparmor_is_told_from_a_policy(bluez: FakeBluez) -> None:
    bluez.refuses["GetManagedObjects"] = "org.freedesktop.DBus.Error.AccessDenied"
    bluez.refuses_with = (
        "An AppArmor policy prevents this sender from sending this message to this recipient; "
        'type="method_call", sender=":1.7"'
    )
    assert await obstacle() is Obstacle.DENIED_BY_APPARMOR


async def test_a_bluetoothd_that_hangs(bluez: FakeBluez) -> None:
    bluez.hangs.add("GetManagedObjects")
    # Long enough to get to the bus first, also on a busy machine.
    assert await obstacle(within_s=1.0) is Obstacle.SILENT
