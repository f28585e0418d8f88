"""The host's own alerts: each with an id of its own, and the same one not again and again."""

import asyncio
from datetime import UTC
from random import Random
from typing import Literal

import pytest

from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.alert_codes import AlertCode
from wearsync.daemon.alerts import ALERT_EVERY_MS, TEXTS_KEPT, Alerts
from wearsync.daemon.clock import HostClock
from wearsync.model import Severity
from wearsync.ports import Position


def alerts() -> Alerts:
    loop_time = asyncio.get_running_loop().time
    return Alerts(
        clock=HostClock(loop_time=loop_time, wall=lambda: 1.7e9, zone=UTC), entropy=Random(1).randbytes
    )


@in_virtual_time
async def test_each_has_an_id_of_its_own() -> None:
    desk = alerts()
    one, other = desk.new(AlertCode.CONTINUITY, "x"), desk.new(AlertCode.CONTINUITY, "x", Severity.ERROR)
    assert one.event_id != other.event_id
    assert one.event_id.startswith("host:")
    assert (one.severity, other.severity) == (Severity.WARNING, Severity.ERROR)


@in_virtual_time
async def test_the_same_is_news_once_an_hour() -> None:
    desk = alerts()
    told = 0
    for _ in range(24):
        told += desk.is_news(AlertCode.AUTH_FAILED, "wrong key")
        await asyncio.sleep(300)
    assert told == 2
    assert desk.is_news(AlertCode.AUTH_FAILED, "no bond")


@in_virtual_time
async def test_what_is_remembered_is_bounded() -> None:
    desk = alerts()
    assert all(desk.is_news(AlertCode.AUTH_FAILED, str(number)) for number in range(TEXTS_KEPT + 1))
    assert not desk.is_news(AlertCode.AUTH_FAILED, str(TEXTS_KEPT))
    assert desk.is_news(AlertCode.AUTH_FAILED, "0")


@pytest.mark.parametrize(
    ("news", "codes"),
    [("known", []), ("first", []), ("another", ["journal_replaced"]), ("epoch", ["continuity"])],
)
def test_what_is_told_of_a_journal(
    news: Literal["known", "first", "another", "epoch"], codes: list[str]
) -> None:
    @in_virtual_time
    async def story() -> None:
        told = alerts().of_opening(Position("7", 1, 7, 0, news))
        assert [alert.code for alert in told] == codes

    story()


@in_virtual_time
async def test_trouble_with_the_disk_is_told_once_an_hour_with_its_reason() -> None:
    desk = alerts()
    assert desk.of_storage(None) == ()
    trouble = desk.trouble(AlertCode.DISK_FULL, "no room on /var")
    await asyncio.sleep(90)
    (alert,) = desk.of_storage(trouble)
    assert (alert.code, alert.severity) == ("disk_full", Severity.ERROR)
    assert alert.text == "not synced for 90 s, the watch keeps its records: no room on /var"
    assert desk.of_storage(desk.trouble(AlertCode.DISK_FULL, "no room on /var")) == ()
    await asyncio.sleep(ALERT_EVERY_MS / 1000)
    assert len(desk.of_storage(desk.trouble(AlertCode.DISK_FULL, "no room on /var"))) == 1


@in_virtual_time
async def test_what_the_watch_has_overwritten_is_told_gap_by_gap() -> None:
    texts = [alert.text for alert in alerts().of_gaps(((1, 12), (20, 21)))]
    assert texts == [
        "records 1 to 11 were overwritten on the watch before they were synced",
        "records 20 to 20 were overwritten on the watch before they were synced",
    ]
