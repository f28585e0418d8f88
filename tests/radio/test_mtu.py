"""The MTU asked of BlueZ. That it is BlueZ's real figure is shown by scripts/check-bluez (`link-loss`)."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from bleak import BleakClient
from dbus_fast.aio import MessageBus
from dbus_fast.message import Message
from dbus_fast.signature import Variant

from tests.radio.conftest import Host
from tests.radio.fake_bluez import PrivateBus
from wearsync.radio.mtu import refresh_mtu


@dataclass
class Kept:
    """A characteristic as bleak has it: on BlueZ with its path and the properties that it was told of."""

    obj: object


@dataclass
class Services:
    characteristics: dict[int, Kept] = field(default_factory=dict)


@dataclass
class Client:
    """A connected client, as far as is asked for here."""

    services: Services


def client_on(*places: object) -> BleakClient:
    return cast(BleakClient, Client(Services({number: Kept(place) for number, place in enumerate(places)})))


async def test_what_bluez_says_now_is_what_bleak_goes_by(private_bus: PrivateBus, system_bus: None) -> None:
    place = "/org/bluez/hci0/dev_C4/service0001/char0002"
    asked: list[object] = []

    def answer(message: Message) -> Message | bool:
        if message.member != "Get":
            return False
        asked.append((message.path, *message.body))
        return Message.new_method_return(message, "v", [Variant("q", 247)])

    bluez = await MessageBus(bus_address=private_bus.address).connect()
    bluez.add_message_handler(answer)
    await bluez.request_name("org.bluez")
    larger: dict[str, Any] = {"MTU": 517}
    smaller: dict[str, Any] = {"MTU": 23}
    await refresh_mtu(client_on((place, larger), (place + "0", smaller)))
    assert (larger, smaller) == ({"MTU": 247}, {"MTU": 247})
    assert asked == [(place, "org.bluez.GattCharacteristic1", "MTU")]
    bluez.disconnect()
    await bluez.wait_for_disconnect()


async def test_without_an_answer_the_figure_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="wearsync.radio.mtu")
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path / 'nobody'}")
    properties: dict[str, Any] = {"MTU": 23}
    await refresh_mtu(client_on(("/org/bluez/hci0/dev_C4/service0001/char0002", properties)))
    assert properties == {"MTU": 23}
    assert [record.message for record in caplog.records] == ["radio.mtu_unknown"]


async def test_on_other_systems_bleak_is_told_by_itself(
    host: Host, watch: object, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="wearsync.radio.mtu")
    link = await host.connect()
    assert link.mtu == 517
    await refresh_mtu(client_on(object()))
    assert not caplog.records
    await link.disconnect()


async def test_link_that_is_gone_is_nothing_to_ask_about(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="wearsync.radio.mtu")
    await refresh_mtu(cast(BleakClient, object()))
    assert not caplog.records
