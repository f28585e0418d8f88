"""Watches that are not told a second time what was acknowledged."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.simulators.watches.virtual_time import in_virtual_time
from tests.simulators.world.evening import texts
from tests.simulators.world.test_host import Machine, living
from tests.simulators.world.test_wrist import Life
from wearsync_simulators.world.beliefs import LOOKS, Beliefs, Look, look_at

BEHIND = Look("5fcb31d2ff", newest=46, acknowledged=45, has=46)
KNOWS = replace(BEHIND, acknowledged=46)
SAYS = "I8: 5fcb31d2: the host has 46, and the watch knows of 45"


def judged(*looks: Look) -> Sequence[str]:
    """What all these looks come to, one after the other."""
    beliefs = Beliefs()
    return [line for look in looks for line in texts(beliefs.judge([look]))]


def test_behind_for_long_enough_is_told_once():
    assert judged(*[BEHIND] * (LOOKS - 1)) == []
    assert judged(*[BEHIND] * (LOOKS + 3)) == [SAYS]


@pytest.mark.parametrize(
    "between", [KNOWS, replace(BEHIND, has=None), replace(BEHIND, has=45), replace(BEHIND, newest=47, has=47)]
)
def test_whatever_else_is_seen_begins_anew(between: Look):
    looks = [BEHIND] * (LOOKS - 1)
    assert judged(*looks, between, *looks) == []
    assert judged(*looks, between, *looks, BEHIND) == [SAYS]


def test_each_watch_for_itself():
    other = replace(KNOWS, watch_id="00")
    beliefs = Beliefs()
    assert [line for _ in range(LOOKS) for line in texts(beliefs.judge([BEHIND, other]))] == [SAYS]


@in_virtual_time
async def test_without_a_link_nobody_can_say(tmp_path: Path):
    machine, life = Machine(tmp_path), Life()
    await life.air.add(life.wrist.watch)
    async with living(machine) as host:
        (look,) = look_at(host, [life.wrist])
    assert look == Look(
        life.wrist.watch.watch_id.hex(), newest=len(life.wrist.written), acknowledged=0, has=None
    )
    await life.wrist.watch.power_off()
