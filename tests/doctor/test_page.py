"""The page: asked as a browser of this computer would, as it is and as it should not be."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.doctor.examining import configured, finding
from tests.doctor.test_daemon import STATUS, daemon
from tests.publish.certificates import Authority
from wearsync.doctor import Check
from wearsync.doctor.findings.page import EXTRA_MISSING
from wearsync.doctor.page import missing_library


@asynccontextmanager
async def serving(answer: bytes, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Something that answers with this, on that port."""

    async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(answered, "127.0.0.1", 0, ssl=tls) as server:
        yield server.sockets[0].getsockname()[1]


async def checked(home: Path, text: str) -> Check:
    async with daemon(home, STATUS) as request:
        (home / "config.toml").write_text(f'site = "home"\n[web]\n{text}')
        return await finding(request, "page")


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", "page_there"),
        (b"HTTP/1.1 421 Misdirected Request\r\n\r\n", "page_there"),
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", "page_sick"),
        (b"220 mail\r\n", "page_silent"),
        (b"", "page_silent"),
    ],
)
async def test_what_answers(home: Path, answer: bytes, named: str) -> None:
    async with serving(answer) as port:
        assert (await checked(home, f'listen = "127.0.0.1:{port}"\n')).finding == named


async def test_a_page_for_the_network_without_tls(home: Path) -> None:
    async with serving(b"HTTP/1.1 200 OK\r\n\r\n") as port:
        check = await checked(home, f'listen = "0.0.0.0:{port}"\n')
    assert (check.finding, check.says) == ("page_plain", f"http://127.0.0.1:{port} answers, without TLS")


async def test_a_page_with_tls(home: Path, tmp_path: Path) -> None:
    certificate, key = Authority(tmp_path).issue("pi.local")
    key.chmod(0o600)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    async with serving(b"HTTP/1.1 200 OK\r\n\r\n", tls) as port:
        listen = f'listen = "0.0.0.0:{port}"\n'
        check = await checked(home, f'{listen}certificate_file = "{certificate}"\nkey_file = "{key}"\n')
        assert (check.finding, check.says) == ("page_there", f"https://127.0.0.1:{port} answers")
        assert (await checked(home, listen)).finding == "page_silent"


async def test_no_page_and_nobody_who_serves_it(home: Path) -> None:
    assert (await finding(configured(home), "page")).finding == "page_off"
    on = '[web]\nlisten = "127.0.0.1:1"\n'
    assert (await finding(configured(home, on), "page")).finding == "page_no_daemon"
    assert (await checked(home, 'listen = "127.0.0.1:1"\n')).finding == "page_silent"
    assert (await checked(home, 'listen = "127.0.0.1:1"\ningress = true\n')).finding == "page_ingress"


async def test_a_token_that_others_can_read(home: Path) -> None:
    (home / "s").mkdir(mode=0o700)
    (home / "s" / "page-token").write_text("t" * 22)
    check = await checked(home, 'listen = "127.0.0.1:1"\n')
    assert check.finding == "page_token_shared"
    assert "t" * 22 not in check.model_dump_json()


def test_the_extra_that_is_missing() -> None:
    assert missing_library(("asyncio", "not_there_at_all")) == "not_there_at_all"
    assert EXTRA_MISSING.name == "page_extra_missing"
