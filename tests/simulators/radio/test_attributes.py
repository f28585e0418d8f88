"""Permissions are held: what may only be read can't be written, by request, by command, or in parts."""

from collections.abc import Coroutine

from bumble import att, core

from tests.simulators.watches.conftest import HOST
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.central import Central
from wearsync_simulators.watches.simulated_watch import SimulatedWatch

NAME, UP = core.UUID("2A00"), core.UUID("f69b0002-d1cb-4904-adda-db6c343c41a1")
NOT_THERE = 0xFFF0


async def att_error(asked: Coroutine[object, object, object]) -> int | None:
    try:
        await asked
    except att.ATT_Error as error:
        return int(error.error_code)
    return None


@in_virtual_time
async def test_what_is_not_permitted_is_refused_and_changes_nothing() -> None:
    air, watch = Air(), SimulatedWatch(name="Ours", open_=True, seed=1)
    await watch.power_on(air)
    central = await Central.open(air, address=HOST)
    link = await central.connect(watch.address, timeout_s=10)
    gatt = link.gatt_client
    handles = {
        characteristic.uuid: characteristic.handle
        for service in await gatt.discover_services()
        for characteristic in await service.discover_characteristics()
    }
    name = handles[NAME]
    assert await att_error(gatt.write_value(name, b"Theirs", with_response=True)) == 0x03
    assert await att_error(gatt.write_value(name, bytes(600), with_response=True)) == 0x03
    await gatt.write_value(name, b"Theirs", with_response=False)
    assert await gatt.read_value(name) == b"Ours"
    assert await att_error(gatt.read_value(handles[UP])) == 0x02
    assert await att_error(gatt.read_value(NOT_THERE)) == 0x01
    assert await att_error(gatt.write_value(NOT_THERE, b"", with_response=True)) == 0x01
    await central.disconnect(link)
    await central.close()
    await watch.power_off()
