"""The stream to one browser."""

import json
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.daemon.home import until
from tests.web.stage import TOKEN, Desk, live_state, page, request_of
from wearsync.errors import StorageError
from wearsync.web.live import STREAMS_MAX


async def test_a_browser_is_told_what_holds_and_each_change(tmp_path: Path):
    desk = Desk()
    async with page(tmp_path, desk) as served, served.stream() as events:
        assert (await events.next())[0] == "hello"
        assert (await events.next())[0] == "status"
        assert (await events.of("state"))["state"] == {"phase": "idle"}
        desk.states.put_nowait(live_state(word="hold"))
        assert (await events.of("state"))["state"] == {"phase": "hold"}


async def test_a_browser_that_leaves_is_forgotten(tmp_path: Path):
    async with page(tmp_path) as served:
        async with served.stream() as events:
            await events.of("state")
            assert served.parts.live.count == 1
        await until(lambda: served.parts.live.count == 0)


async def test_one_more_than_there_may_be_is_told_so(tmp_path: Path):
    async with page(tmp_path) as served, AsyncExitStack() as stack:
        for _ in range(STREAMS_MAX):
            await stack.enter_async_context(served.stream())
        answer = await served.get("/api/live")
        assert (answer.status, answer.json["error"]) == (503, "TryAgain")
        assert (await served.get("/api/status")).status == 200


async def test_a_browser_that_takes_nothing_loses_its_stream_and_slows_nobody(tmp_path: Path):
    desk = Desk()
    async with page(tmp_path, desk, speed=0.03) as served:
        reader, writer = await served.connect()
        writer.write(request_of("GET", "/api/live", {}))
        await reader.readuntil(b"\r\n\r\n")
        await until(lambda: served.parts.live.count == 1)
        async with served.stream() as events:
            great = "x" * 1_000_000
            for number in range(12):
                desk.states.put_nowait(
                    live_state(word="hold").model_copy(update={"summary": json.dumps([number, great])})
                )
                summary = (await events.of("state"))["summary"]
                while not isinstance(summary, list) or summary[0] != number:
                    summary = (await events.of("state"))["summary"]
            await until(lambda: served.parts.live.count == len(served.server.connections) == 1, within_s=10)
            desk.states.put_nowait(live_state(word="gap"))
            while (await events.of("state"))["state"] != {"phase": "gap"}:
                pass
        writer.close()


async def test_a_stream_ends_when_the_daemon_can_t_go_on_and_when_it_ends(tmp_path: Path):
    desk = Desk()
    async with page(tmp_path, desk) as served:
        async with served.stream() as events:
            await events.of("state")
            desk.states.put_nowait(StorageError("gone"))
            with pytest.raises(EOFError):
                await events.of("never")
        reader, writer = await served.connect()
        writer.write(request_of("GET", "/api/live", {}))
        await reader.readuntil(b"event: state")
    assert (await reader.read()).endswith(b"0\r\n\r\n")
    writer.close()


@pytest.mark.parametrize("by", ["Cookie", "Authorization"])
async def test_with_a_new_token_the_streams_of_the_old_one_end(tmp_path: Path, by: str):
    desk = Desk()
    async with page(tmp_path, desk, always_ask=True) as served:
        signed_in = await served.post("/api/session", {"token": TOKEN})
        shown = {
            "Cookie": signed_in.headers["set-cookie"].partition(";")[0],
            "Authorization": f"Bearer {TOKEN}",
        }
        async with served.stream(**{by: shown[by]}) as events:
            await events.of("state")
            assert served.parts.doorkeeper is not None
            served.parts.doorkeeper.token.renew()
            desk.states.put_nowait(live_state(word="hold"))
            with pytest.raises(EOFError):
                await events.of("state")


async def test_a_daemon_that_can_t_say_how_it_is_is_told_of(tmp_path: Path):
    class Sick(Desk):
        def status(self):
            raise StorageError("the journal can't be read")

    async with page(tmp_path, Sick()) as served:
        answer = await served.get("/api/live")
        assert (answer.status, answer.json["text"]) == (503, "the journal can't be read")
        assert served.parts.live.count == 0
