"""The live stream behind the page: lost and found again, and a whole day of it without growth."""

import asyncio
from datetime import timedelta
from pathlib import Path

from tests.page.desk import IDLE, NOW, Desk, gap, hold, other, served
from tests.page.fixtures import Open
from tests.page.looking import Look
from wearsync.daemon.page import Page
from wearsync.model import Phase, Side
from wearsync.web.address import PageSettings, parse_listen

NETWORK = "Failed to load resource"
# More sessions than anybody does in a day; and a watch that comes and goes.
SESSIONS, STEPS, WANDERINGS = 6, 4, 300
# Of a page that stays within 1 MB: what the browser's own collector leaves lying.
HEAP_GROWTH_MAX = 600_000
NODES_GROWTH_MAX = 20

SECONDS = "document.getElementById('seconds').textContent"


async def check_the_seconds_run_on_while_the_daemon_is_gone_and_the_page_comes_back(
    tmp_path: Path, look_at: Open
) -> None:
    desk = Desk(states={"W": hold(Side.LEFT, 26)})
    settings = PageSettings(listen=parse_listen("127.0.0.1:0"), token_file=tmp_path / "token")
    page = Page(now=lambda: desk.now, healthy=lambda: True)
    async with page.served(settings, desk.handle):
        assert page.listen is not None
        look = await look_at(f"http://127.0.0.1:{page.listen.port}/")
        await look.until_phase("hold")
        settings = settings.moved_to(page.listen)
    await look.until_text("#lost", "reconnecting")
    assert "This is from" in await look.text("#lost")
    await look.until(SECONDS, lambda seconds: seconds == "0")
    await asyncio.sleep(1.3)
    assert await look.value(SECONDS) == "0", "never below"
    desk.tell("W", other(Phase.CLOSING))
    async with page.served(settings, desk.handle):
        await look.until_phase("closing")
        assert await look.text("#lost") == ""
        await look.nothing_wrong(expected=(NETWORK,))


async def check_another_daemon_brings_its_own_page(tmp_path: Path, look_at: Open) -> None:
    desk = Desk()
    settings = PageSettings(listen=parse_listen("127.0.0.1:0"), token_file=tmp_path / "token")
    page = Page(now=lambda: desk.now, healthy=lambda: True)
    async with page.served(settings, desk.handle):
        assert page.listen is not None
        settings = settings.moved_to(page.listen)
        look = await look_at(f"http://127.0.0.1:{page.listen.port}/")
        await look.until_phase("idle")
        await look.value("window.before = true")
    for version, same in (("0.1.0", "window.before"), ("0.2.0", "!window.before")):
        desk.version = version
        await look.until("document.body.dataset.link", lambda link: link == "lost")
        async with page.served(settings, desk.handle):
            await look.until("document.body.dataset.link", lambda link: link == "live")
            await look.until(same)
    await look.nothing_wrong(expected=(NETWORK,))


async def check_a_day_of_the_stream_leaves_the_page_as_it_was(tmp_path: Path, look_at: Open) -> None:
    desk = Desk()
    async with served(tmp_path, desk) as page:
        look = await look_at(page.address)
        await look.until_phase("idle")
        await _day(desk, look)
        before = await _weight(look)
        await _day(desk, look)
        after = await _weight(look)
        assert after[0] - before[0] < HEAP_GROWTH_MAX, (before, after)
        assert after[1] - before[1] < NODES_GROWTH_MAX, (before, after)
        await look.nothing_wrong()


async def _day(desk: Desk, look: Look) -> None:
    """A day's states, each seen before the next one: the stream skips what nobody had time for."""
    for session in range(SESSIONS):
        for step in range(STEPS):
            side = Side.LEFT if step % 2 == 0 else Side.RIGHT
            for state in (
                gap(side, 5, step=step),
                *(hold(side, into_s, step=step) for into_s in (0, 10, 15, 27)),
            ):
                desk.left_s += 1
                desk.tell("W", state.model_copy(update={"session": session}))
                await look.until_phase(state.phase.value)
        desk.tell("W", IDLE)
        await look.until_phase("idle")
    for number in range(WANDERINGS):
        charge = IDLE.model_copy(
            update={"battery": number % 100, "link": ("searching", "connected")[number % 2]}
        )
        desk.tell("W", charge)
        desk.now = NOW + timedelta(seconds=number)
        await asyncio.sleep(0)
        if number % 10 == 0:
            await look.value("1")
    desk.tell("W", IDLE)


async def _weight(look: Look) -> tuple[float, float]:
    """Bytes of JavaScript, and nodes of the document, after the collector has been."""
    session = await look.context.new_cdp_session(look.page)
    await session.send("HeapProfiler.collectGarbage")
    await session.send("Performance.enable")
    found = await session.send("Performance.getMetrics")
    values = {one["name"]: one["value"] for one in found["metrics"]}
    nodes = await look.value("document.querySelectorAll('*').length")
    assert isinstance(nodes, int)
    await session.detach()
    return values["JSHeapUsedSize"], max(values["Nodes"], nodes)
