"""The daemon in one line."""

import asyncio

import pytest

from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.daemon.link_view import LinkView
from wearsync.daemon.status_line import SETTLED_S, status_line, tell_status
from wearsync.model import LinkState


@pytest.mark.parametrize(
    ("states", "broker", "line"),
    [
        ((), False, "no watch: pair one with `wearsync pair`; broker away"),
        (("connected",), True, "W0 connected; broker connected"),
        (("no_adapter", "no_clock"), True, "W0 no Bluetooth adapter, W1 clock not set; broker connected"),
        (("no_storage", "idle"), False, "W0 journal can't be written, W1 idle; broker away"),
        (
            ("connected", "searching", "connected", "idle"),
            True,
            "4 watches: 2 connected, 1 searching, 1 idle; broker connected",
        ),
    ],
)
def test_it_says_what_a_person_would_look_for(states: tuple[LinkState, ...], broker: bool, line: str) -> None:
    links = [(f"W{number}", LinkView(state=state)) for number, state in enumerate(states)]
    assert status_line(links, broker=broker) == line
    assert status_line(links, broker=broker, refused="line 3") == (
        f"{line}; the new configuration is not used: line 3"
    )


@in_virtual_time
async def test_only_another_line_is_told_and_no_burst() -> None:
    news, told, lines = asyncio.Event(), list[str](), ["a"]
    telling = asyncio.create_task(tell_status(news, lambda: lines[-1], told.append))
    for line in ("a", "b", "c", "d"):
        await asyncio.sleep(0.3 * SETTLED_S)
        lines.append(line)
        news.set()
    await asyncio.sleep(2 * SETTLED_S)
    assert told == ["a", "c", "d"]
    news.set()
    await asyncio.sleep(2 * SETTLED_S)
    assert told == ["a", "c", "d"]
    telling.cancel()
