"""A simulated process dies at a point, and nothing of it reaches the world after that."""

import pytest

from wearsync_simulators.world.process import Dead, Process


def test_it_dies_where_it_is_told_to_and_is_told_once():
    told: list[str] = []
    process = Process("p", crashes=lambda where: where == "disk.sync", died=lambda: told.append("died"))
    process.point("disk.write")
    assert process.alive
    with pytest.raises(Dead):
        process.point("disk.sync")
    assert not process.alive
    with pytest.raises(Dead):
        process.point("disk.write")
    with pytest.raises(Dead):
        process.check()
    process.kill()
    assert told == ["died"]


def test_nothing_of_the_product_can_catch_it():
    assert not issubclass(Dead, Exception)
