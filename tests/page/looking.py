"""Somebody who looks at the page: what they see, and what went wrong behind it.

Rule: what is seen is read off the page, as it stands; nothing of the page's own scripts is called. What the
browser complains of is kept, and is a failure at the end.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.async_api import BrowserContext, ConsoleMessage, Error, Page

# A browser on two busy cores.
SOON_S = 6.0
LOOK_EVERY_S = 0.05

# Noted before anything of the page runs. The voice stands in for the one that a browser without sound lacks.
NOTE = """
window.noted = { shift: 0, shifts: [], csp: [], spoken: [] };
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    if (!entry.hadRecentInput) {
      noted.shift += entry.value;
      const name = (node) => node && (node.id || node.className || node.nodeName);
      noted.shifts.push(entry.sources.map((source) => name(source.node)));
    }
  }
}).observe({ type: "layout-shift", buffered: true });
document.addEventListener("securitypolicyviolation", (event) => {
  noted.csp.push(`${event.violatedDirective} ${event.blockedURI}`);
});
speechSynthesis.getVoices = () => [{ lang: "en" }];
speechSynthesis.speak = (words) => noted.spoken.push(words.text);
"""


@dataclass
class Look:
    """One page in one context. `complaints`: errors of scripts and of the console."""

    page: Page
    context: BrowserContext
    complaints: list[str] = field(default_factory=list)

    async def begin(self) -> None:
        """Note everything from now on."""
        await self.page.add_init_script(NOTE)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._console)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    async def text(self, selector: str) -> str:
        """What stands there, as it is seen."""
        return str(await self.page.locator(selector).first.inner_text()).strip()

    async def value(self, script: str) -> object:
        """What a line of JavaScript gives; not by `eval`, which the page forbids."""
        found: object = await self.page.evaluate(script)
        return found

    async def _value_of_this_page(self, script: str) -> object:
        """None also while the page makes room for the next one, as it does when it loads itself anew."""
        try:
            return await self.value(script)
        except Error as error:
            if "because of a navigation" not in error.message:
                raise
            return None

    async def until(
        self, script: str, seen: Callable[[object], bool] = bool, within_s: float = SOON_S
    ) -> object:
        """Look until it holds."""
        found: object = None
        try:
            async with asyncio.timeout(within_s):
                while not seen(found := await self._value_of_this_page(script)):
                    await asyncio.sleep(LOOK_EVERY_S)
        except TimeoutError:
            raise AssertionError(f"{script}: still {found!r} after {within_s:.0f} s") from None
        return found

    async def until_text(self, selector: str, text: str, within_s: float = SOON_S) -> None:
        """Look until that text stands there."""
        script = f"document.querySelector({selector!r}).innerText"
        await self.until(script, lambda found: text in str(found), within_s)

    async def until_phase(self, phase: str, within_s: float = SOON_S) -> None:
        """Look until the session is shown in that phase; `idle`: until it is shown that there is none."""
        stage, rest = "document.getElementById('stage')", "document.getElementById('rest')"
        script = f"{stage}.hidden ? ({rest}.hidden ? 'not known yet' : 'idle') : {stage}.dataset.phase"
        await self.until(script, lambda found: found == phase, within_s)

    async def nothing_wrong(self, *, expected: tuple[str, ...] = ()) -> None:
        """No complaint but what is expected, nothing against the policy, and nothing has jumped."""
        wrong = [text for text in self.complaints if not any(part in text for part in expected)]
        assert wrong == [], wrong
        against = await self.value("noted.csp")
        assert against == [], against
        shift = await self.value("noted.shift")
        assert isinstance(shift, (int, float))
        assert shift < 0.02, await self.value("noted.shifts")
