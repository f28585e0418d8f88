"""The order, the choice, and what a check that breaks or hangs costs: itself."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest

from tests.doctor.examining import configured
from wearsync.doctor import NAMES, SECTIONS, Check, Request, examine
from wearsync.doctor.case import Case, Section, aside
from wearsync.doctor.findings.computer import PYTHON
from wearsync.errors import UsageError


def section(look: Callable[[Case], AsyncGenerator[Check, None]], patience_s: float = 5.0) -> Section:
    return Section("ours", "Ours", ("python", "libraries", "clock"), look, patience_s)


async def checks_of(request: Request, *sections: Section) -> list[Check]:
    return [check async for check in examine(request, sections=sections)]


async def test_a_name_that_there_is_not_is_refused_before_anything_is_done(home: Path) -> None:
    with pytest.raises(UsageError, match=r"no check is called 'brocker': there are .*broker_reach"):
        _ = [check async for check in examine(configured(home), names=["brocker"])]


async def test_what_is_named_is_looked_at_and_nothing_else(home: Path) -> None:
    seen: list[str] = []
    found = [
        check.name async for check in examine(configured(home), names=["clock", "keys"], looking=seen.append)
    ]
    assert found == ["clock", "keys"]
    assert "broker_reach" not in seen
    assert set(NAMES) >= {"broker", "broker_reach"}
    assert [each.name for each in SECTIONS][-2:] == ["broker", "page"]


async def test_a_check_that_breaks_is_told_and_the_rest_of_its_section_is_left_out(home: Path) -> None:
    async def look(_case: Case) -> AsyncGenerator[Check, None]:
        yield PYTHON.told(version="3")
        raise KeyError("hci0")

    found = await checks_of(configured(home), section(look), section(look))
    assert [(check.name, check.finding) for check in found] == [
        ("python", "python_fit"),
        ("libraries", "check_broke"),
        ("clock", "not_reached"),
    ] * 2
    assert found[1].says == "the check itself broke (KeyError: 'hci0')"
    assert found[2].says == "not looked at: see libraries"


async def test_a_check_that_its_section_leaves_out_is_not_said_to_be_missing(home: Path) -> None:
    async def look(_case: Case) -> AsyncGenerator[Check, None]:
        yield PYTHON.told(version="3").model_copy(update={"name": "libraries"})

    found = await checks_of(configured(home), section(look))
    assert [(check.name, check.finding) for check in found] == [
        ("libraries", "python_fit"),
        ("clock", "not_reached"),
    ]


async def test_a_check_that_hangs_is_cut_off(home: Path) -> None:
    free = threading.Event()

    async def look(_case: Case) -> AsyncGenerator[Check, None]:
        await aside(free.wait)
        yield PYTHON.told(version="3")

    began_s = asyncio.get_running_loop().time()
    found = await checks_of(configured(home), section(look, patience_s=0.2))
    free.set()
    assert asyncio.get_running_loop().time() - began_s < 2
    assert [check.finding for check in found] == ["check_hung", "not_reached", "not_reached"]
