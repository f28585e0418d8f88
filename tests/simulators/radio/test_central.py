"""The central under bleak: its errors, and what it leaves behind."""

import asyncio

import pytest
from bleak.exc import BleakError, BleakGATTProtocolError
from bumble import att, core

from tests.simulators.radio.conftest import HOST, OTHER_HOST, WATCH, SmallWatch, client
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.central import Central, bleak_errors


async def test_an_att_error_keeps_its_code() -> None:
    with pytest.raises(BleakGATTProtocolError) as raised, bleak_errors("reading"):
        raise att.ATT_Error(att.ErrorCode.VALUE_NOT_ALLOWED)
    assert raised.value.code.value == att.ErrorCode.VALUE_NOT_ALLOWED.value


@pytest.mark.parametrize("error", [core.InvalidStateError("odd"), TimeoutError(), core.TimeoutError()])
async def test_other_errors_say_what_was_being_done(error: Exception) -> None:
    with pytest.raises(BleakError, match=r"^reading: ") as raised, bleak_errors("reading"):
        raise error
    assert raised.value.__cause__ is error


async def test_an_operation_that_is_cancelled_from_within_is_a_lost_link() -> None:
    waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(waiting.cancel)
    with pytest.raises(BleakError, match="the link was lost"), bleak_errors("reading"):
        await waiting


async def test_a_task_that_is_cancelled_is_cancelled() -> None:
    async def read() -> None:
        with bleak_errors("reading"):
            await asyncio.Event().wait()

    task = asyncio.create_task(read())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_encrypting_without_a_bond(watch: SmallWatch, central: Central) -> None:
    async with client(central, WATCH):
        (connection,) = central.radio.device.connections.values()
        with pytest.raises(BleakError, match="encrypting the link to C4:00:00:00:00:01"):
            await central.encrypt(connection)


async def test_disconnecting_what_is_gone_needs_nothing(watch: SmallWatch, central: Central) -> None:
    async with client(central, WATCH):
        (connection,) = central.radio.device.connections.values()
    await central.disconnect(connection)
    await central.close()
    await central.disconnect(connection)


async def test_after_close_everything_is_refused_at_once(air: Air) -> None:
    central = await Central.open(air, address=OTHER_HOST)
    assert central.address == OTHER_HOST
    await central.close()
    await central.close()
    with pytest.raises(BleakError, match="air is gone"):
        await central.connect(WATCH, timeout_s=1)
    with pytest.raises(BleakError, match="air is gone"):
        await central.listen(lambda _: None, active=True)
    with pytest.raises(LookupError):
        air.set_rssi(OTHER_HOST, -1)


async def test_an_unknown_address_is_neither_bonded_nor_secure(central: Central) -> None:
    assert not central.is_bonded(HOST)
    assert not central.paired_securely(HOST)
    await central.forget(HOST)
