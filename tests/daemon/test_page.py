"""The page before the real desk: daemon, watch and air as they are, bytes over real sockets.

Rule: by the wall's clock, for sockets know no other; so nothing here lasts.
"""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.daemon.home import NAME, Blackboard, Running, at_home
from tests.web.stage import NOW, Answer, Desk, Events, answer_of, live_state, request_of, settings_of
from wearsync.control.calls import ForgetParams, LogParams, PageParams, RenameParams
from wearsync.control.results import PageResult
from wearsync.control.server import Handler
from wearsync.daemon.control_desk import ControlDesk
from wearsync.daemon.page import Page
from wearsync.daemon.reload import Reloader
from wearsync.errors import ConfigError, Unavailable, UsageError
from wearsync.model import Side
from wearsync.web.address import parse_listen
from wearsync.web.desk import PageSession


class Browser:
    """Asks a page, by the words of the contract."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def asks(self, method: str, path: str, body: object = None) -> Answer:
        assert self._page.listen is not None
        reader, writer = await asyncio.open_connection("127.0.0.1", self._page.listen.port)
        text = b"" if body is None else json.dumps(body).encode()
        writer.write(request_of(method, path, {"Content-Type": "application/json"}, text))
        try:
            return await answer_of(reader)
        finally:
            writer.close()

    @asynccontextmanager
    async def looks(self) -> AsyncIterator[Events]:
        assert self._page.listen is not None
        reader, writer = await asyncio.open_connection("127.0.0.1", self._page.listen.port)
        writer.write(request_of("GET", "/api/live", {}))
        await reader.readuntil(b"\r\n\r\n")
        yield Events(reader)
        writer.close()


def handler(running: Running) -> Handler:
    return ControlDesk(running.daemon, reloader=running.reloader).handle


def a_page(running: Running) -> Page:
    return Page(now=lambda: running.clock.now().utc, healthy=lambda: True)


async def test_a_watch_is_followed_commanded_renamed_and_forgotten_by_the_page(tmp_path: Path):
    async with at_home(tmp_path) as home, home.daemon(publisher=Blackboard()) as running:
        page = a_page(running)
        async with page.served(settings_of(tmp_path), handler(running)):
            browser = Browser(page)
            async with browser.looks() as events:
                assert (await events.of("hello"))["watches"] == [NAME]
                await running.live()
                while (state := (await events.of("state"))["state"])["link"] != "connected":
                    pass
                assert state["phase"] == "idle"
                answer = await browser.asks("POST", "/api/command", {"verb": "start"})
                assert answer.json == {"ok": True, "text": f"{NAME}: tap the watch to begin"}
                while (await events.of("state"))["state"]["phase"] == "idle":
                    pass
                answer = await browser.asks("POST", "/api/command", {"verb": "start"})
                assert (answer.status, answer.json["error"]) == (409, "TryAgain")
                answer = await browser.asks("POST", "/api/command", {"verb": "stop", "watch": "nobody"})
                assert (answer.status, answer.json["error"]) == (400, "UsageError")
                assert (await browser.asks("GET", f"/api/routine?watch={NAME}")).status == 200
                assert (await browser.asks("GET", "/api/today")).json["wearer"] == "you"
                assert (await browser.asks("GET", "/api/history?weeks=4")).status == 200
                log = LogParams(side=Side.LEFT, seconds=33)
                await handler(running)(log, PageSession())
                while (await events.of("state"))["summary"]["today"]["left"]["seconds"] != 33:
                    pass
                await browser.asks("POST", "/api/command", {"verb": "stop"})
                await handler(running)(RenameParams(watch=NAME, name="Ü <b>"), PageSession())
                while (state := await events.of("state"))["watch"] != "Ü <b>":
                    pass
                assert state["watches"] == ["Ü <b>"]
                await handler(running)(ForgetParams(watch="Ü <b>"), PageSession())
                while (await events.of("status"))["watches"]:
                    pass
                assert len((await browser.asks("GET", "/api/holds")).json["holds"]) == 1


async def test_a_daemon_without_a_watch_has_a_page_too(tmp_path: Path):
    async with at_home(tmp_path, paired=False) as home, home.daemon() as running:
        page = a_page(running)
        async with page.served(settings_of(tmp_path), handler(running)):
            browser = Browser(page)
            async with browser.looks() as events:
                assert (await events.of("hello"))["watches"] == []
            answer = await browser.asks("POST", "/api/command", {"verb": "start"})
            assert (answer.status, answer.json["error"]) == (400, "UsageError")
            assert "no watch is paired yet" in str(answer.json["text"])
            assert (await browser.asks("GET", "/api/today")).status == 200


async def test_the_page_moves_and_where_it_can_t_it_stays(tmp_path: Path):
    async with at_home(tmp_path, paired=False) as home, home.daemon() as running:
        page = a_page(running)
        async with page.served(None, handler(running)):
            assert (page.listen, page.told()) == (None, None)
            settings = settings_of(tmp_path)
            await page.move(settings)
            there = page.listen
            assert there is not None
            await page.move(settings)
            assert page.listen == there
            elsewhere = replace(settings, always_ask=True)
            await page.move(elsewhere)
            assert page.token is not None
            with socket.create_server(("127.0.0.1", 0)) as taken:
                other = settings.moved_to(parse_listen(f"127.0.0.1:{taken.getsockname()[1]}"))
                with pytest.raises(Unavailable, match="another program has that port"):
                    await page.move(other)
            assert page.settings == elsewhere
            assert (await Browser(page).asks("GET", "/healthz")).status == 200
            await page.move(None)
            assert page.listen is None


async def test_a_page_that_can_t_move_leaves_all_settings_as_they_were(tmp_path: Path):
    async with at_home(tmp_path, paired=False) as home, home.daemon() as running:
        page, before = a_page(running), running.daemon.settings
        reloader = Reloader(
            daemon=running.daemon,
            reread=home.reread,
            publisher=lambda _settings: Blackboard(),
            move_page=page.move,
        )
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            async with page.served(None, handler(running)):
                text = home.config.read_text().replace("left_s = 30", "left_s = 45")
                home.config.write_text(f'{text}\n[web]\nlisten = "{port}"\n')
                with pytest.raises(ConfigError, match=r"another program has that port.*goes on with what"):
                    await reloader.reload()
                assert running.daemon.settings is before
                home.config.write_text(f'{text}\n[web]\nlisten = "127.0.0.1:0"\n')
                assert (await reloader.reload()).changed == ("routine", "web")
                assert page.listen is not None
                home.config.write_text(text)
                assert (await reloader.reload()).changed == ("web",)
                assert page.listen is None


async def test_where_the_page_is_is_told_and_another_token_made_on_request(tmp_path: Path):
    async with at_home(tmp_path, paired=False) as home, home.daemon() as running:
        page = a_page(running)
        asked = ControlDesk(running.daemon, reloader=running.reloader, page=page).handle
        with pytest.raises(UsageError, match="this daemon has no page: start it with"):
            await asked(PageParams(), PageSession())
        async with page.served(settings_of(tmp_path, always_ask=True), asked):
            told = await asked(PageParams(), PageSession())
            assert isinstance(told, PageResult)
            assert page.listen is not None
            assert (told.here, told.elsewhere) == (f"http://{page.listen}/", ())
            other = await asked(PageParams(new_token=True), PageSession())
            assert isinstance(other, PageResult)
            assert told.token != other.token == (tmp_path / "page-token").read_text().strip()
            assert str(other.token) not in repr(other)
            await page.move(settings_of(tmp_path))
            with pytest.raises(UsageError, match="asks for no token"):
                await asked(PageParams(new_token=True), PageSession())


async def test_without_its_libraries_there_is_no_page_and_one_line_of_how(tmp_path: Path):
    page = Page(now=lambda: NOW, healthy=lambda: True, needed=("no_such_library",))
    with pytest.raises(Unavailable, match=r"^the page needs more: pip install 'wearsync\[web\]'$"):
        async with page.served(settings_of(tmp_path), Desk().handle):
            pass


@pytest.mark.parametrize("key", ["certificate", "token_file"])
async def test_files_that_are_of_no_use_end_no_stream(tmp_path: Path, key: str):
    desk = Desk()
    page = Page(now=lambda: NOW, healthy=lambda: True)
    async with page.served(settings_of(tmp_path), desk.handle):
        at = page.listen
        async with Browser(page).looks() as events:
            await events.of("state")
            asks = settings_of(tmp_path, always_ask=True)
            directory = tmp_path  # which is neither
            match key:
                case "certificate":
                    unfit = replace(asks, certificate=directory)
                case _:
                    unfit = replace(asks, token_file=directory)
            with pytest.raises(ConfigError, match=r"can't be read|no certificate|no ordinary file"):
                await page.move(unfit)
            assert page.listen == at
            desk.states.put_nowait(live_state(word="hold"))
            assert (await events.of("state"))["state"] == {"phase": "hold"}
