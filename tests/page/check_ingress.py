"""The page within Home Assistant: below a path, and asked for by the Supervisor in the browser's place."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from tests.page.desk import IDLE, Desk, served
from tests.page.fixtures import Open
from wearsync.model import Verb

BELOW = "/api/hassio_ingress/Zm9v"


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def supervisor(page_port: int) -> AsyncIterator[tuple[str, list[str]]]:
    """Where a browser finds the page, and what it asks for elsewhere. It takes the path off, and tells in
    headers who has asked for what, as the Supervisor does; a connection is for one request.
    """
    strays: list[str] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        first, *headers = head.decode().split("\r\n")[:-2]
        method, path, version = first.split(" ")
        if not path.startswith(BELOW):
            strays.append(path)
            writer.close()
            return
        host = next(each for each in headers if each.lower().startswith("host:")).partition(":")[2].strip()
        kept = [each for each in headers if not each.lower().startswith(("host:", "connection:"))]
        told = [f"Host: 127.0.0.1:{page_port}", f"X-Forwarded-Host: {host}", "X-Forwarded-For: 192.0.2.9"]
        lines = [f"{method} {path.removeprefix(BELOW)} {version}", *told, f"X-Ingress-Path: {BELOW}", *kept]
        from_page, to_page = await asyncio.open_connection("127.0.0.1", page_port)
        to_page.write("\r\n".join([*lines, "Connection: close", "", ""]).encode())
        await asyncio.gather(_pass_on(reader, to_page), _pass_on(from_page, writer))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}{BELOW}/", strays


async def check_it_lives_below_a_path_of_home_assistant_s(tmp_path: Path, look_at: Open) -> None:
    desk = Desk(states={"W": IDLE})
    async with (
        served(tmp_path, desk, ingress_from="127.0.0.1") as page,
        supervisor(page.port) as (address, strays),
    ):
        look = await look_at(address)
        await look.until_phase("idle")
        await look.page.get_by_role("button", name="Buzz").click()
        await look.until_text("#answer", "W: buzz is done")
        assert [call.verb for call in desk.commands] == [Verb.BUZZ]
        await look.page.get_by_role("link", name="Weeks").click()
        await look.until("!document.getElementById('weeks').hidden")
        assert strays == []
        await look.nothing_wrong()


async def check_who_has_no_watch_there_is_sent_to_the_app_s_documentation(
    tmp_path: Path, look_at: Open
) -> None:
    async with (
        served(tmp_path, Desk(states={}), ingress_from="127.0.0.1") as page,
        supervisor(page.port) as (address, _),
    ):
        look = await look_at(address)
        await look.until("!document.getElementById('no-watch').hidden")
        said = await look.text("#no-watch")
        assert "Documentation tab" in said
        assert "wearsync pair" not in said
        await look.nothing_wrong()
