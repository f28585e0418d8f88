"""The browser, and a way to open pages in it; scripts/check-page gives them to pytest (`-p`).

Rule: one browser for all tests of a process; each look has a context of its own, with no memory.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Literal, Protocol

import pytest
from playwright.async_api import Browser, async_playwright

from tests.page.looking import Look

CHROMIUM = "/usr/bin/chromium"
# What can be pressed can be pressed at once.
CLICK_MAX_MS = 6000
PHONE = (390, 844)
TABLET = (1024, 768)


class Open(Protocol):
    """Opens an address, and looks at it."""

    def __call__(
        self,
        url: str,
        *,
        size: tuple[int, int] = PHONE,
        scheme: Literal["light", "dark"] = "light",
        calm: bool = False,
        forced: bool = False,
    ) -> Awaitable[Look]: ...


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Debian's, without a window."""
    root = os.geteuid() == 0
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM,
            headless=True,
            args=[
                *(["--no-sandbox"] if root else []),
                "--js-flags=--expose-gc",
                "--host-resolver-rules=MAP tablet.test 127.0.0.1",
            ],
        )
        yield browser
        await browser.close()


@pytest.fixture
async def look_at(chromium: Browser) -> AsyncIterator[Open]:
    """Open pages; all are closed at the end."""
    ends: list[Callable[[], Awaitable[None]]] = []

    async def open_page(
        url: str,
        *,
        size: tuple[int, int] = PHONE,
        scheme: Literal["light", "dark"] = "light",
        calm: bool = False,
        forced: bool = False,
    ) -> Look:
        context = await chromium.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=scheme,
            reduced_motion="reduce" if calm else "no-preference",
            forced_colors="active" if forced else "none",
        )
        ends.append(context.close)
        context.set_default_timeout(CLICK_MAX_MS)
        look = Look(await context.new_page(), context)
        await look.begin()
        await look.page.goto(url)
        return look

    yield open_page
    for end in ends:
        await end()
