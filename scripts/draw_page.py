"""Takes pictures of the page in Chromium, from a demo: page.png (a phone), page-tablet.png (dark).

    draw_page.py DIRECTORY          (by scripts/pictures)

Rule: nothing is set up for the picture: what is shown is what the demo's daemon told that browser then.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from tests.page.check_session import demo
from tests.page.fixtures import CHROMIUM, PHONE
from tests.page.looking import Look

SESSION_MAX_S = 60.0
# A small one: pictures are to be light.
TABLET = (820, 590)
# Between the halfway cue and the last three: the second round, so that the dose is no longer zero.
PLACE = "document.getElementById('place').textContent"
LAST_CUE = "document.getElementById('last-cue').textContent"
SIDE = "document.getElementById('stage').dataset.word"


async def main(directory: Path) -> None:
    with tempfile.TemporaryDirectory() as home:
        async with demo(Path(home), rounds=2) as address, async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=CHROMIUM, headless=True, args=["--no-sandbox", "--hide-scrollbars"]
            )
            phone = await _look(browser, address, PHONE, dark=False)
            tablet = await _look(browser, address, TABLET, dark=True)
            for side, look, name in (("left", phone, "page.png"), ("right", tablet, "page-tablet.png")):
                await look.until(PLACE, lambda place: place == "Round 2 of 2", SESSION_MAX_S)
                await look.until(f"{SIDE} === '{side}'", within_s=SESSION_MAX_S)
                await look.until_phase("hold", SESSION_MAX_S)
                await look.until(LAST_CUE, lambda cue: str(cue).startswith("halfway: felt"), SESSION_MAX_S)
                await look.page.screenshot(path=directory / name)
            await browser.close()


async def _look(browser: Browser, address: str, size: tuple[int, int], *, dark: bool) -> Look:
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if dark else "light"
    )
    look = Look(await context.new_page(), context)
    await look.page.goto(address)
    return look


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
