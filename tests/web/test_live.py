"""What all are told who look, in virtual time."""

import asyncio
import json
import logging
from contextlib import AsyncExitStack

import pytest

from tests.simulators.watches.virtual_time import in_virtual_time
from tests.web.stage import NOW, Desk, live_state
from wearsync.errors import StorageError
from wearsync.web.live import CLOCK_EVERY_S, STATUS_EVERY_S, STREAMS_MAX, Live, View

HELLO = {
    "version": "1",
    "site": "home",
    "watches": ["W"],
    "now": "2026-11-23T18:04:05.120Z",
    "speed": 1.0,
}


def live(desk: Desk) -> Live:
    return Live(desk.handle, now=lambda: NOW)


def told(events: bytes) -> list[tuple[str, dict[str, object]]]:
    """The events in a stream's bytes."""
    found = []
    for event in events.decode().removeprefix("retry: 1000\n").split("\n\n")[:-1]:
        kind, data = event.split("\n")
        found.append((kind.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


async def kinds(view: View) -> list[str]:
    return [kind for kind, _ in told(await view.news())]


async def test_a_view_that_is_behind_has_the_newest_of_each_kind_in_the_order_of_its_coming():
    view = View()
    for kind, text in (("a", b"1"), ("b", b"2"), ("a", b"3")):
        view.put(kind, text)
    view.begin(b"0")
    assert await view.news() == b"023"


async def test_a_view_that_ends_has_given_all_before():
    view = View()
    view.put("a", b"1")
    view.end()
    assert [await view.news(), await view.news()] == [b"1", b""]


@in_virtual_time
async def test_who_begins_to_look_is_told_all_that_holds():
    desk = Desk(watches=("W",))
    hub = live(desk)
    async with hub.looking() as first:
        began = told(await first.news())
        assert began[0] == ("hello", HELLO)
        assert began[1][0] == "status"
        state = told(await first.news())
        assert state == [
            (
                "state",
                {"watch": "W", "watches": ["W"], "state": {"phase": "idle"}, "summary": {"streak": 1}},
            )
        ]
        async with hub.looking() as second:
            assert await kinds(second) == ["hello", "status", "state"]
        assert desk.live_calls == 1


@in_virtual_time
async def test_the_daemon_is_asked_for_nothing_while_nobody_looks():
    desk = Desk()
    hub = live(desk)
    for _ in range(2):
        async with hub.looking() as view:
            await view.news()
            await view.news()
        await asyncio.sleep(1)
        assert desk.lives == 0
    calls = len(desk.calls)
    await asyncio.sleep(3600)
    assert len(desk.calls) == calls
    assert desk.live_calls == 2


@in_virtual_time
async def test_the_clock_is_told_four_times_a_minute_and_the_status_once_or_when_it_changes():
    desk = Desk()
    hub = live(desk)
    async with hub.looking() as view:
        await view.news()
        await view.news()
        heard = []
        async with asyncio.timeout(STATUS_EVERY_S + CLOCK_EVERY_S):
            while "status" not in heard:
                heard += await kinds(view)
        assert heard == ["clock", "clock", "clock", "clock", "status"]
        desk.broker = "away: gone"
        [(kind, status)] = told(await view.news())
        assert (kind, status["broker"]) == ("status", "away: gone")


@in_virtual_time
async def test_a_watch_that_is_renamed_or_forgotten_goes_from_the_view():
    desk = Desk(watches=("W", "X"))
    hub = live(desk)
    async with hub.looking() as view:
        await view.news()
        assert await kinds(view) == ["state", "state"]
        desk.watches = ("X",)
        found = dict(told(await view.news()))
        assert found["state"]["watch"] == "X"
        assert found["state"]["watches"] == ["X"]
        async with hub.looking() as second:
            assert [data["watch"] for kind, data in told(await second.news()) if kind == "state"] == ["X"]


@pytest.mark.parametrize("error", [StorageError("the disk is gone"), ValueError("a defect")])
@in_virtual_time
async def test_where_the_daemon_can_t_go_on_the_views_end_and_the_next_one_begins_anew(error: Exception):
    desk = Desk()
    hub = live(desk)
    logging.getLogger("wearsync.web.live").addHandler(logging.NullHandler())
    async with hub.looking() as view:
        await view.news()
        await view.news()
        desk.states.put_nowait(error)
        assert await view.news() == b""
        assert view.ended
        async with hub.looking() as another:
            assert await kinds(another) == ["hello", "status"]
            assert await kinds(another) == ["state"]
            desk.states.put_nowait(live_state(word="hold"))
            assert await kinds(another) == ["state"]
    assert hub.count == 0


@in_virtual_time
async def test_so_many_look_and_no_more_and_at_the_end_all_are_let_go():
    hub = live(Desk())
    async with AsyncExitStack() as stack:
        views = [await stack.enter_async_context(hub.looking()) for _ in range(STREAMS_MAX)]
        assert hub.is_full
        for view in views:
            await view.news()
        await hub.close()
        assert [await view.news() for view in views] == [b""] * STREAMS_MAX
    assert hub.is_full
    async with hub.looking() as late:
        await late.news()
        assert late.ended
