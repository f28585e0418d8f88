"""BlueZ and the adapter: each fault prepared, and named; with a real bluetoothd in `scripts/check-bluez`."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from dbus_fast.signature import Variant

from tests.doctor.examining import a_machine, configured, finding, looked
from tests.radio.fake_bluez import FakeBluez
from tests.radio.test_survey import DENIED, another_bus
from wearsync.doctor import Machine
from wearsync.doctor.bluez import bluetoothd

ON = {"Address": Variant("s", "00:11:22:33:44:55"), "Powered": Variant("b", True)}
ALL = ("radio", "dbus", "bluetoothd", "adapter", "sharing", "agent")


@pytest.fixture
def machine(home: Path) -> Machine:
    """One with an adapter that is not blocked, and a bluetoothctl of 5.66."""
    root = home / "m"
    device = root / "sys/devices/usb1/1-1/1-1:1.0"
    device.mkdir(parents=True)
    (device.parent / "idVendor").write_text("8087\n")
    (device.parent / "idProduct").write_text("0026\n")
    hci = root / "sys/class/bluetooth/hci0"
    hci.mkdir(parents=True)
    (hci / "device").symlink_to(device)
    (root / "sys/class/bluetooth/hci0:64").mkdir()
    blocked(root, soft=0, hard=0)
    return a_machine(root)


def blocked(root: Path, *, soft: int, hard: int) -> None:
    for name, kind, words in (("rfkill0", "wlan", (1, 1)), ("rfkill1", "bluetooth", (soft, hard))):
        directory = root / "sys/class/rfkill" / name
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "type").write_text(f"{kind}\n")
        (directory / "soft").write_text(f"{words[0]}\n")
        (directory / "hard").write_text(f"{words[1]}\n")


@pytest.fixture
def fit(bluez: FakeBluez, home: Path, monkeypatch: pytest.MonkeyPatch) -> FakeBluez:
    bluez.adapters["hci0"] = dict(ON)
    says(home, monkeypatch, "bluetoothctl: 5.66")
    return bluez


def says(home: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    """A bluetoothctl that says this of its version."""
    program = home / "bin" / "bluetoothctl"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f"#!/bin/sh\necho {version}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")


async def test_all_is_well_and_nothing_is_changed(home: Path, fit: FakeBluez, machine: Machine) -> None:
    found = await looked(configured(home), "bluetooth", machine=machine)
    assert tuple(found) == ALL
    assert {check.status for check in found.values()} == {"pass"}
    assert found["bluetoothd"].says == "BlueZ 5.66"
    assert found["adapter"].says == "hci0 00:11:22:33:44:55 (USB 8087:0026), switched on"
    assert fit.told == ["GetManagedObjects", "RegisterAgent", "UnregisterAgent"]


async def test_no_bus(home: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={home}/none")
    found = await looked(configured(home), "bluetooth", machine=machine)
    assert found["dbus"].finding == "bus_none"
    assert found["agent"].says == "not looked at: see dbus"
    (machine.root / "run").mkdir()
    (machine.root / "run/.containerenv").write_text("")
    check = await finding(configured(home), "dbus", machine=machine)
    assert check.finding == "bus_none_in_container"
    assert "--volume /run/dbus" in check.fix


async def test_no_bluetoothd(home: Path, system_bus: None, machine: Machine) -> None:
    request = configured(home)
    assert (await finding(request, "bluetoothd", machine=machine)).finding == "bluetoothd_missing"
    program = machine.root / "usr/libexec/bluetooth/bluetoothd"
    program.parent.mkdir(parents=True)
    program.write_text("")
    check = await finding(request, "bluetoothd", machine=machine)
    assert (check.finding, check.fix) == ("bluetoothd_stopped", "sudo systemctl enable --now bluetooth")
    unit = machine.root / "etc/systemd/system/bluetooth.service"
    unit.parent.mkdir(parents=True)
    unit.symlink_to("/dev/null")
    assert (await finding(request, "bluetoothd", machine=machine)).finding == "bluetoothd_masked"


async def test_access_that_a_policy_denies(
    home: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with another_bus(policy=DENIED) as bus:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus.address)
        bluez = await FakeBluez.start(bus.address)
        check = await finding(configured(home), "bluetoothd", machine=machine)
        await bluez.stop()
    assert check.finding == "bluetooth_denied"
    assert "usermod -aG bluetooth" in check.fix


async def test_a_bus_that_does_not_take_us(
    home: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with another_bus(auth="DBUS_COOKIE_SHA1") as bus:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus.address)
        assert (await finding(configured(home), "dbus", machine=machine)).finding == "bus_refuses"


async def test_access_that_apparmor_denies(home: Path, fit: FakeBluez, machine: Machine) -> None:
    label = machine.root / "proc/self/attr/current"
    label.parent.mkdir(parents=True)
    label.write_text("docker-default (enforce)\n")
    fit.refuses["GetManagedObjects"] = "org.freedesktop.DBus.Error.AccessDenied"
    fit.refuses_with = "An AppArmor policy prevents this sender from sending this message"
    check = await finding(configured(home), "bluetoothd", machine=machine)
    assert check.finding == "bluetooth_denied_by_apparmor"
    assert "docker-default (enforce)" in check.says


async def test_a_bluetoothd_that_hangs_or_fails(home: Path, fit: FakeBluez, machine: Machine) -> None:
    request = configured(home)
    fit.refuses["GetManagedObjects"] = "org.bluez.Error.Failed"
    assert (await finding(request, "bluetoothd", machine=machine)).finding == "bluetoothd_fails"
    fit.hangs.add("GetManagedObjects")
    # Long enough to get to the bus first, also on a busy machine.
    hasty = replace(request, patience_s=1.0)
    assert (await finding(hasty, "bluetoothd", machine=machine)).finding == "bluetoothd_silent"


@pytest.mark.parametrize(
    ("version", "named"),
    [
        (None, "bluetoothd_runs"),
        ("5.50", "bluetoothd_old"),
        ("5.55", "bluetoothd_runs"),
        ("5.64", "bluetoothd_bad"),
        ("5.82", "bluetoothd_runs"),
    ],
)
def test_versions(version: str | None, named: str) -> None:
    assert bluetoothd(version).finding == named


async def test_a_bluetoothctl_that_says_nothing(
    home: Path, fit: FakeBluez, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(home, monkeypatch, "hello")
    assert "not known" in (await finding(configured(home), "bluetoothd", machine=machine)).says
    monkeypatch.setenv("PATH", str(home))
    assert "not known" in (await finding(configured(home), "bluetoothd", machine=machine)).says


@pytest.mark.parametrize(
    ("soft", "hard", "named"), [(1, 0, "rfkill_soft"), (0, 1, "rfkill_hard"), (1, 1, "rfkill_hard")]
)
async def test_a_blocked_adapter(
    home: Path, fit: FakeBluez, machine: Machine, soft: int, hard: int, named: str
) -> None:
    blocked(machine.root, soft=soft, hard=hard)
    assert (await finding(configured(home), "adapter", machine=machine)).finding == named


async def test_no_adapter_and_one_that_is_off(home: Path, fit: FakeBluez, machine: Machine) -> None:
    request = configured(home)
    fit.adapters["hci0"] = {}
    assert (await finding(request, "adapter", machine=machine)).finding == "adapter_off"
    fit.adapters.clear()
    check = await finding(request, "adapter", machine=machine)
    assert check.finding == "adapter_unseen"
    assert "has an adapter (hci0)," in check.says
    assert (await finding(request, "adapter", machine=a_machine(home / "none"))).finding == "adapter_none"


async def test_a_stick_that_may_be_a_copy_is_known_by_its_number(
    home: Path, fit: FakeBluez, machine: Machine
) -> None:
    device = machine.root / "sys/devices/usb1/1-1"
    (device / "idVendor").write_text("0a12\n")
    (device / "idProduct").write_text("0001\n")
    check = await finding(configured(home), "adapter", machine=machine)
    assert (check.finding, check.status) == ("adapter_csr", "pass")


async def test_others_that_use_the_adapter(home: Path, fit: FakeBluez, machine: Machine) -> None:
    request = configured(home)
    fit.add(connected=True)
    assert (await finding(request, "sharing", machine=machine)).says == "also connected: Sim"
    for number in range(2, 8):
        fit.add(f"/org/bluez/hci0/dev_00_00_00_00_00_0{number}", connected=True)
    assert (await finding(request, "sharing", machine=machine)).finding == "adapter_busy"
    fit.adapters["hci0"]["Discovering"] = Variant("b", True)
    check = await finding(request, "sharing", machine=machine)
    assert check.finding == "others_scan"
    assert "Home Assistant" in check.why


async def test_an_agent_that_is_not_taken(home: Path, fit: FakeBluez, machine: Machine) -> None:
    fit.refuses["RegisterAgent"] = "org.bluez.Error.InvalidArguments"
    assert (await finding(configured(home), "agent", machine=machine)).finding == "agent_refused"
