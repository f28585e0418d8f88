"""What a kernel is told by its controller. That Linux gets along with it is shown by scripts/check-bluez."""

from collections.abc import AsyncIterator

import pytest
from bumble import hci

from tests.simulators.radio.conftest import WATCH, SmallWatch, until
from tests.simulators.radio.test_controller import BareHost
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.kernel import KERNEL_ADDRESS, KernelController
from wearsync_simulators.radio.peripheral import open_device

_Kind = hci.HCI_LE_Advertising_Report_Event.EventType


@pytest.fixture
async def host(air: Air) -> AsyncIterator[BareHost]:
    controller = KernelController("kernel", medium=air)
    bare = BareHost(controller)
    controller.set_packet_sink(bare)
    assert await bare.status_of(hci.HCI_Reset_Command()) == 0
    yield bare
    controller.close()


async def test_it_has_a_public_address_that_linux_connects_with(host: BareHost) -> None:
    host.events.clear()
    host.send(hci.HCI_Read_BD_ADDR_Command())
    await until(lambda: host.events)
    answer = host.events[0]
    assert isinstance(answer, hci.HCI_Command_Complete_Event)
    assert str(answer.return_parameters.bd_addr) == f"{KERNEL_ADDRESS}/P"


async def test_it_announces_nothing_that_it_does_not_do(host: BareHost) -> None:
    host.events.clear()
    host.send(hci.HCI_LE_Read_Local_Supported_Features_Command())
    await until(lambda: host.events)
    answer = host.events[0]
    assert isinstance(answer, hci.HCI_Command_Complete_Event)
    features = hci.LeFeatureMask(int.from_bytes(answer.return_parameters.le_features, "little"))
    assert hci.LeFeatureMask.LE_ENCRYPTION in features
    for missing in ("LL_PRIVACY", "LE_EXTENDED_ADVERTISING", "LE_PERIODIC_ADVERTISING"):
        assert hci.LeFeatureMask[missing] not in features


@pytest.mark.parametrize(("active", "kinds"), [(0, {_Kind.ADV_IND}), (1, {_Kind.ADV_IND, _Kind.SCAN_RSP})])
async def test_advertisements_are_reported_as_before_extended_advertising(
    air: Air, host: BareHost, active: int, kinds: set[int]
) -> None:
    watch = SmallWatch(await open_device(air, name="Sim", address=WATCH), value=bytearray())
    await watch.start()
    await host.status_of(
        hci.HCI_LE_Set_Scan_Parameters_Command(
            le_scan_type=active,
            le_scan_interval=16,
            le_scan_window=16,
            own_address_type=0,
            scanning_filter_policy=0,
        )
    )
    host.send(hci.HCI_LE_Set_Scan_Enable_Command(le_scan_enable=1, filter_duplicates=0))

    def reports() -> list[hci.HCI_LE_Advertising_Report_Event.Report]:
        events = [each for each in host.events if isinstance(each, hci.HCI_LE_Advertising_Report_Event)]
        return [report for event in events for report in event.reports]

    await until(lambda: len(reports()) > 2)
    assert {report.event_type for report in reports()} == kinds
    assert {str(report.address) for report in reports()} == {WATCH}
    assert {report.rssi for report in reports()} == {-60}
    await watch.radio.close()
