"""`wearsync page`, and `wearsync run --web` as a process."""

import asyncio
import json
import socket
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Desk
from tests.cli.console import wearsync, wearsync_beside
from tests.simulators.processes import running
from tests.web.stage import answer_of, request_of
from wearsync.control.calls import PageParams
from wearsync.control.results import PageResult
from wearsync.errors import UsageError

PHONES = PageResult(
    here="http://127.0.0.1:8740/",
    elsewhere=("http://192.168.1.9:8740/", "http://10.0.0.9:8740/"),
    token="0123456789abcdefghijkl",
    secure=False,
)
QUIET = ("--radio", "tcp:127.0.0.1:1", "--broker", "mqtt://127.0.0.1:1")


async def test_a_page_of_the_network_is_told_with_its_token(desk: Desk) -> None:
    desk.answer = PHONES
    done = await wearsync_beside("page")
    assert (done.code, done.out.splitlines()) == (
        0,
        [
            "The page on this computer: http://127.0.0.1:8740/",
            "On a phone in the same network: http://192.168.1.9:8740/",
            "  or http://10.0.0.9:8740/",
            "It asks for this token: 0123456789abcdefghijkl",
            "By plain http: others in the same network can read along (docs/howto/page.md).",
        ],
    )
    with_code = await wearsync_beside("page", "--qr", "--new-token")
    assert len(with_code.out.splitlines()) > len(done.out.splitlines()) + 15
    assert desk.calls == [PageParams(), PageParams(new_token=True)]
    told = await wearsync_beside("page", "--json")
    assert PageResult.model_validate_json(told.out) == PHONES


@pytest.mark.parametrize(("token", "said"), [(None, "Phones don't reach it"), ("x" * 16, "Its token: xxxx")])
async def test_a_page_of_this_computer_says_so(desk: Desk, token: str | None, said: str) -> None:
    desk.answer = PHONES.model_copy(update={"elsewhere": (), "token": token})
    lines = (await wearsync_beside("page", "--qr")).out.splitlines()
    assert len(lines) == 2
    assert lines[1].startswith(said)


async def test_over_https_nobody_reads_along(desk: Desk) -> None:
    desk.answer = PHONES.model_copy(update={"secure": True})
    assert "read along" not in (await wearsync_beside("page")).out


async def test_no_page_and_no_daemon_are_one_line(desk: Desk, config: Path) -> None:
    desk.answer = UsageError("this daemon has no page: …")
    done = await wearsync_beside("page")
    assert (done.code, done.out, done.err) == (2, "", "wearsync: this daemon has no page: …\n")


def test_without_a_daemon_there_is_no_page(config: Path) -> None:
    assert wearsync("page").code == 69


async def test_a_daemon_has_its_page_from_the_start_and_ends_with_browsers_looking(config: Path) -> None:
    command = (sys.executable, "-m", "wearsync", "run", *QUIET)
    async with running(*command, "--web", "0.0.0.0:0") as daemon:
        ready = await daemon.until("page.ready", err=True)
        port = int(ready.rpartition(":")[2].strip("/\n"))
        told = json.loads((await wearsync_beside("page", "--json")).out)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request_of("GET", "/api/live", {"Authorization": f"Bearer {told['token']}"}))
        assert (await reader.readuntil(b"event: hello\n")).startswith(b"HTTP/1.1 200")
        with socket.create_server(("127.0.0.1", 0)) as taken:
            there = f"127.0.0.1:{taken.getsockname()[1]}"
            elsewhere = (*command[:3], "--state-dir", config.parent, *command[3:])
            async with running(*elsewhere, "--web", there) as second:
                assert await second.ended() == 69
                assert f"wearsync: the page can't be at {there}: another program" in second.err[-1]
        other, asking = await asyncio.open_connection("127.0.0.1", port)
        asking.write(request_of("GET", "/healthz", {"Connection": "close"}))
        assert (await answer_of(other)).status == 200
        asking.close()
        assert await daemon.stop() == 0
        assert (await reader.read()).endswith(b"0\r\n\r\n")
        writer.close()
        log = "".join(daemon.err)
        assert told["token"] not in log
        assert "healthz" not in log
