"""The page of the daemon: asked as a browser of this computer would.

Rule: only whether it is healthy is asked, for which nobody needs a token.
"""

import asyncio
import ssl
import stat
from collections.abc import AsyncGenerator
from importlib.util import find_spec
from pathlib import Path

from wearsync.doctor.case import Case
from wearsync.doctor.check import Check
from wearsync.doctor.findings import page as found
from wearsync.web.address import PageSettings, bracketed

LIBRARIES = ("starlette", "uvicorn")
# A status line has some 30.
_LINE_MAX_BYTES = 4096


async def look(case: Case) -> AsyncGenerator[Check, None]:
    """The page."""
    page = case.settings.page if case.settings else None
    if page is None:
        yield found.OFF.told()
    elif missing := missing_library(LIBRARIES):
        yield found.EXTRA_MISSING.told(library=missing)
    elif is_shared(page.token_file):
        yield found.TOKEN_SHARED.told(file=page.token_file)
    elif case.daemon is None:
        yield found.NO_DAEMON.told()
    elif page.ingress:
        yield found.INGRESS.told()
    else:
        yield await _page(page, case.request.patience_s)


def missing_library(names: tuple[str, ...]) -> str | None:
    """The first of those that is not installed."""
    return next((name for name in names if find_spec(name) is None), None)


def is_shared(file: Path) -> bool:
    """Whether others can read that file; one that is not there is nobody's."""
    try:
        return bool(stat.S_IMODE(file.stat().st_mode) & 0o077)
    except OSError:
        return False


async def _page(page: PageSettings, within_s: float) -> Check:
    host = "127.0.0.1" if page.listen.is_everywhere else page.listen.host
    url = f"{page.scheme}://{bracketed(host)}:{page.listen.port}"
    try:
        async with asyncio.timeout(within_s):
            status = await _status(host, page)
    except TimeoutError:
        return found.SILENT.told(url=url, error=f"no answer within {within_s:.0f} s")
    except (OSError, ValueError) as error:
        return found.SILENT.told(url=url, error=getattr(error, "strerror", None) or error)
    if status == "503":
        return found.SICK.told(url=url)
    plain = page.certificate is None and not page.listen.is_loopback
    return (found.PAGE_PLAIN if plain else found.PAGE).told(url=url)


async def _status(host: str, page: PageSettings) -> str:
    """The status of its health check. Raises `OSError`, `ValueError`."""
    tls = None
    if page.certificate is not None:
        # It is this computer's own, by an address that the certificate need not name.
        tls = ssl.create_default_context()
        tls.check_hostname = False
        tls.verify_mode = ssl.CERT_NONE
    reader, writer = await asyncio.open_connection(host, page.listen.port, ssl=tls, limit=_LINE_MAX_BYTES)
    try:
        at = f"{bracketed(host)}:{page.listen.port}"
        writer.write(f"GET /healthz HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n\r\n".encode())
        words = (await reader.readline()).decode("ascii", errors="replace").split()
    finally:
        writer.close()
    if len(words) < 2 or not words[0].startswith("HTTP/"):
        raise ValueError("it does not speak HTTP")
    return words[1]
