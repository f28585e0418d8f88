"""Another site's page, a guest in the network, a flood: the page does nothing for them, the sync notices
nothing.

Rule: what counts is what reaches the daemon's desk, and what a browser is told; bytes go over real sockets.
"""

import asyncio
import logging
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from tests.adversaries.attacks import attack
from tests.daemon.home import until
from tests.web.stage import TOKEN, ChosenPlace, Served, page, request_of
from wearsync.web.server import CONNECTIONS_MAX, DOOR_MAX, HEAD_MAX_BYTES, REQUEST_DEADLINE_S

JSON = {"Content-Type": "application/json"}
COMMAND = {"verb": "stop"}
# So much of the deadlines: they are waited for by the wall's clock.
QUICK = 0.03
# Far above all deadlines: a page that keeps a connection for good is to fail, not to hang.
HANGS_UP_WITHIN_S = 20.0


async def hung_up(reader: asyncio.StreamReader) -> bool:
    try:
        async with asyncio.timeout(HANGS_UP_WITHIN_S):
            await reader.read()
    except TimeoutError:
        return False
    except ConnectionError:
        pass
    return True


@attack(
    "a page of another site has the browser command: by a form, by a script, by a frame",
    then="refused: the Origin is another's, or it is not JSON; nothing reaches the daemon",
    ways=("plain text", "a form", "no type", "another Origin", "no Origin of its own", "Sec-Fetch-Site"),
    by_sockets=True,
)
async def test_foreign_page_commands_nothing(tmp_path: Path, way: str) -> None:
    headers, status = {
        "plain text": ({"Content-Type": "text/plain"}, 415),
        "a form": ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        "no type": ({"Content-Type": ""}, 415),
        "another Origin": ({"Origin": "https://evil.example"}, 403),
        "no Origin of its own": ({"Origin": "null"}, 403),
        "Sec-Fetch-Site": ({"Sec-Fetch-Site": "cross-site"}, 403),
    }[way]
    async with page(tmp_path) as served:
        assert (await served.post("/api/command", COMMAND, **headers)).status == status
        assert (await served.get("/api/live", Origin="https://evil.example")).status == 403
        assert served.desk.calls == []
        assert (await served.post("/api/command", COMMAND)).status == 200


@attack(
    "another site's name leads the browser here (DNS rebinding), or the request names two hosts, or none",
    then="misdirected, or no request: nothing is shown, nothing is done",
    ways=("evil.example", "localhost.evil.example", "192.168.1.9", "two", "none"),
    by_sockets=True,
)
async def test_names_of_others_lead_nowhere(tmp_path: Path, way: str) -> None:
    host = {"two": "127.0.0.1\r\nHost: evil.example", "none": ""}.get(way, way)
    async with page(tmp_path) as served:
        for answer in (
            await served.get("/", Host=host),
            await served.get("/api/status", Host=host),
            await served.post("/api/command", COMMAND, Host=host),
        ):
            assert answer.status == (400 if way in ("two", "none") else 421)
        assert served.desk.calls == []


@attack(
    "a guest in the network looks and commands without the token, or through the proxy of this computer",
    then="401 for all but the page's own files and its health; nothing reaches the daemon",
    ways=("by the network", "by a proxy's name", "by a proxy's header"),
    by_sockets=True,
)
async def test_without_the_token_nothing_is_shown(tmp_path: Path, way: str) -> None:
    ways: dict[str, tuple[ChosenPlace, dict[str, str]]] = {
        "by the network": ({"listen": "0.0.0.0:0"}, {"Host": "192.168.1.9"}),
        "by a proxy's name": ({"hosts": ("stretch.example.net",)}, {"Host": "stretch.example.net"}),
        "by a proxy's header": ({"hosts": ("x",)}, {"X-Forwarded-For": "192.168.1.77"}),
    }
    place, headers = ways[way]
    async with page(tmp_path, **place) as served:
        for path in ("live", "status", "today", "history", "routine", "holds"):
            assert (await served.get(f"/api/{path}", **headers)).status == 401
        for path in ("/metrics", "/metrics%0a", "/metrics%0A?x"):  # the router takes them for one
            assert (await served.get(path, **headers)).status == 401
        assert (await served.post("/api/command", COMMAND, **headers)).status == 401
        assert (await served.get("/", **headers)).status == 200
        assert served.desk.calls == []


@attack(
    "a guest guesses tokens, one after the other and many at once",
    then="each costs a second, four at a time, the rest is not looked at; told in the log, without the guess",
    by_sockets=True,
)
async def test_guesses_are_slow_and_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with page(tmp_path, always_ask=True, speed=QUICK) as served:
        with caplog.at_level(logging.DEBUG):
            many = [served.post("/api/session", {"token": f"guess-{number}"}) for number in range(20)]
            statuses = [answer.status for answer in await asyncio.gather(*many)]
            bearer = await served.get("/api/status", Authorization="Bearer guess-x")
        assert (statuses.count(403), statuses.count(429), bearer.status) == (4, 16, 401)
        assert caplog.text.count("page.wrong_token from=127.0.0.1") == 1
        assert "guess-" not in caplog.text
        assert (await served.post("/api/session", {"token": TOKEN})).status == 204


@attack(
    "a guest that is not Home Assistant comes to the page that is only for its Supervisor",
    then="403 for all but its health, whatever is said in X-Forwarded-For",
    by_sockets=True,
)
async def test_only_the_supervisor_comes_by_ingress(tmp_path: Path) -> None:
    async with page(tmp_path, ingress=True) as served:
        for headers in ({}, {"X-Forwarded-For": "172.30.32.2"}, {"X-Ingress-Path": "/x"}):
            assert (await served.get("/", **headers)).status == 403
            assert (await served.post("/api/command", COMMAND, **headers)).status == 403
        assert (await served.get("/healthz")).status == 200
        assert served.desk.calls == []


@attack(
    "it asks for files that are not the page's: by .., encoded, or by an absolute path",
    then="404; only what was read at the start is served",
    ways=("/static/../app.py", "/static/%2e%2e/app.py", "/static//etc/passwd", "//etc/passwd", "/static/"),
    by_sockets=True,
)
async def test_no_other_files_are_served(tmp_path: Path, way: str) -> None:
    async with page(tmp_path) as served:
        answer = await served.get(way)
        assert answer.status == 404
        assert "default-src 'none'" in answer.headers["content-security-policy"]


@attack(
    "what it posts is no command: broken, nested, of another call, too long by one byte or by a MiB",
    then="refused in one line; nothing reaches the daemon",
    ways=(
        "nothing",
        "half",
        "a list",
        "another verb",
        "another call",
        "a typo",
        "no text",
        "deep",
        "long",
    ),
    by_sockets=True,
)
async def test_what_is_no_command_does_nothing(tmp_path: Path, way: str) -> None:
    body = {
        "nothing": b"",
        "half": b"{",
        "a list": b"[]",
        "another verb": b'{"verb":"delete"}',
        "another call": b'{"method":"delete","verb":"pause"}',
        "a typo": b'{"verb":"pause","typo":1}',
        "no text": b"\xff\xfe",
        "deep": b"[" * 4000,
        "long": b'{"verb":"stop"' + b" " * (1024 * 1024) + b"}",
    }[way]
    async with page(tmp_path) as served:
        answer = await served.post("/api/command", body)
        assert (answer.status, answer.json["error"]) == (413 if way == "long" else 400, "UsageError")
        assert "\n" not in answer.json["text"]
        assert served.desk.calls == []


@attack(
    "what it sends is no request: endless headers or lines, TLS, lengths that contradict each other",
    then="400 or hung up on; nothing of it is in the log",
    ways=("a header", "headers", "a line", "TLS", "two lengths", "a length below 0", "a strange encoding"),
    by_sockets=True,
)
async def test_what_is_no_request_is_not_taken(
    tmp_path: Path, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    sent = {
        "a header": b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * (HEAD_MAX_BYTES + 1000),
        "headers": b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 10_000,
        "a line": b"GET /" + b"x" * 100_000,
        "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        "two lengths": b"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\n",
        "a length below 0": b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -5\r\n\r\n",
        "a strange encoding": b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: x\r\n\r\n",
    }[way]
    async with page(tmp_path) as served:
        with caplog.at_level(logging.DEBUG):
            reader, writer = await served.connect()
            writer.write(sent)
            with suppress(ConnectionError):
                assert (await reader.read()).startswith((b"HTTP/1.1 4", b"HTTP/1.1 5"))
            writer.close()
        assert [record for record in caplog.records if record.name != "asyncio"] == []
        assert (await served.get("/healthz")).status == 200


@attack(
    "it goes on with nonsense while it is answered; bytes of good requests are turned over, cut off, mixed",
    then="hung up on at the latest; not a line of it in the log, nobody else notices",
    ways=("a chunk that is none", "after the answer", "in the stream", "two hundred requests", "by chance"),
    by_sockets=True,
)
async def test_nonsense_in_the_midst_writes_no_log(
    tmp_path: Path, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    chunked = request_of("POST", "/api/command", {"Transfer-Encoding": "chunked", **JSON})
    good = request_of("GET", "/healthz", {})
    sent = {
        "a chunk that is none": [chunked + b"2000\r\n" + b" " * 8192 + b"\r\n", b"zz\r\n"],
        "after the answer": [good, b"\x00\xff" * 500],
        "in the stream": [request_of("GET", "/api/live", {}), b"\x00\r\n\r\n" * 500],
        "two hundred requests": [good * 200],
        "by chance": [chunked, good, request_of("POST", "/api/command", JSON, b'{"verb":"stop"}'), good * 9],
    }[way]
    draw = Random(5)
    async with page(tmp_path) as served:
        with caplog.at_level(logging.INFO):
            for number in range(40 if way == "by chance" else 1):
                reader, writer = await served.connect()
                for part in sent:
                    bent = bytearray(part)
                    for _ in range(number % 5):
                        bent[draw.randrange(len(bent))] = draw.randrange(256)
                    writer.write(bent[: draw.randrange(len(bent))] if number % 3 == 2 else bent)
                    with suppress(TimeoutError, ConnectionError):
                        async with asyncio.timeout(0.05 if number == 0 else 0.005):
                            await reader.read(100_000)
                writer.close()
            assert (await served.get("/healthz")).status == 200
        assert [record.getMessage() for record in caplog.records] == []


@attack(
    "it sends a request byte by byte, or none at all (slowloris)",
    then="hung up on after 10 s, however much has come by then",
    ways=("nothing", "a head", "a body"),
    by_sockets=True,
)
async def test_requests_that_never_get_whole_are_hung_up_on(tmp_path: Path, way: str) -> None:
    begin = {
        "nothing": b"",
        "a head": b"GET / HT",
        "a body": request_of("POST", "/api/command", {"Content-Length": "99", **JSON}) + b"{",
    }[way]
    deadline_s = REQUEST_DEADLINE_S * QUICK
    async with page(tmp_path, speed=QUICK) as served:
        loop = asyncio.get_running_loop()
        reader, writer = await served.connect()
        began_s = loop.time()
        writer.write(begin)
        for _ in range(3):
            await asyncio.sleep(deadline_s / 4)
            writer.write(b"x" if begin else b"")
        assert await hung_up(reader)
        assert loop.time() - began_s >= deadline_s * 0.9
        assert served.desk.calls == []
        writer.close()


async def crowd(served: Served, count: int) -> list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    return [await served.connect() for _ in range(count)]


@attack(
    "it opens more connections than there may be, and says nothing",
    then="so many descriptors and no more: the rest is closed at the door, before any TLS",
    by_sockets=True,
)
async def test_flood_of_connections_costs_so_many_and_no_more(tmp_path: Path) -> None:
    async with page(tmp_path) as served:
        flood = await crowd(served, DOOR_MAX + 40)
        for reader, _ in flood[DOOR_MAX:]:
            assert await hung_up(reader)
        assert not any(reader.at_eof() for reader, _ in flood[:DOOR_MAX])
        for _, writer in flood[: DOOR_MAX - CONNECTIONS_MAX + 2]:
            writer.close()
        await until(lambda: len(served.server.connections) < CONNECTIONS_MAX)
        assert (await served.get("/healthz")).status == 200
        for _, writer in flood:
            writer.close()
