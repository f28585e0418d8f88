"""From options to a running watch: the parts that need no process. The processes are in test_cli.py."""

import json

import pytest

from tests.simulators.watches.conftest import on_air
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.errors import UsageError
from wearsync_simulators.watch_process import journal_lines, parse_outage
from wearsync_simulators.watches.simulated_watch import Outage, SimulatedWatch
from wearsync_simulators.watches.view import Press


def test_outages() -> None:
    assert parse_outage("10:20") == Outage(10.0, 20.0)
    assert parse_outage("0:0.5") == Outage(0.0, 0.5)


@pytest.mark.parametrize(
    "spec", ["", ":", "10", "10:", ":10", "-1:5", "5:-1", "5:0", "a:b", "1:inf", "nan:1", "1:nan"]
)
def test_what_is_no_outage(spec: str) -> None:
    with pytest.raises(UsageError, match="AT:FOR"):
        parse_outage(spec)


@in_virtual_time
async def test_the_dump_has_what_was_lost_and_every_record() -> None:
    watch = SimulatedWatch(name="W", open_=True, seed=1, flash_records=4)
    async with on_air(watch):
        for _ in range(6):
            watch.press(Press.SKIP)
    told = [json.loads(line) for line in journal_lines(watch)]
    assert {one["journal_id"] for one in told} == {watch.journal_id}
    lost, *records = told
    assert (lost["type"], lost["from"], lost["next"]) == ("LOST", 1, 5)
    assert [record["seq"] for record in records] == [5, 6, 7, 8]
    assert records[0]["intent"] == "skip"
