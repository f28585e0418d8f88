"""What people do at the page: buttons, keys, signing in; and what they are told."""

import asyncio
from pathlib import Path

from tests.page.desk import IDLE, Desk, hold, other, served
from tests.page.fixtures import TABLET, Open
from tests.page.looking import Look
from wearsync.model import Phase, Side, Verb

FOCUSED = "document.activeElement.id || document.activeElement.textContent"
NETWORK = "Failed to load resource"
PLAIN = "Cross-Origin-Opener-Policy header has been ignored"


async def tabbed(look: Look, stops: int) -> list[str]:
    """Where Tab leads to, and that it can be seen."""
    found = []
    for _ in range(stops):
        await look.page.keyboard.press("Tab")
        outline = await look.value("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid", await look.value(FOCUSED)
        found.append(str(await look.value(FOCUSED)).strip())
    return found


async def check_all_of_it_goes_by_keyboard(tmp_path: Path, look_at: Open) -> None:
    desk = Desk()
    async with served(tmp_path, desk) as page:
        look = await look_at(page.address, size=TABLET)
        await look.until_phase("idle")
        top = ["To the content", "to-now", "to-weeks", "to-watches", "voice", "help-button"]
        rest = ["Start", "Reminders off", "Away for some days", "Buzz the watch", "Take care"]
        assert await tabbed(look, 11) == [*top, *rest]
        desk.tell("W", hold(Side.LEFT, 3))
        await look.until_phase("hold")
        await look.page.locator("#help-button").focus()
        session = ["Pause", "Back", "Skip", "+ left", "+ right", "Stop"]
        assert await tabbed(look, 6) == session
        await look.page.keyboard.press("Enter")
        await look.until_text("#answer", "W: stop is done")
        assert await look.value(FOCUSED) == "Stop"
        await look.nothing_wrong()


async def check_keys_act_unless_somebody_types_or_has_switched_them_off(
    tmp_path: Path, look_at: Open
) -> None:
    desk = Desk(states={"W": other(Phase.CONFIRM), "V": IDLE})
    async with served(tmp_path, desk) as page:
        look = await look_at(page.address)
        await look.until_phase("confirm")
        for key in ("z", "n", "Control+x"):
            await look.page.keyboard.press(key)
        await look.until_text("#answer", "W: snooze is done")
        assert [(call.verb, call.minutes, call.watch) for call in desk.commands] == [(Verb.SNOOZE, 10, "W")]
        await look.page.focus("#watch")
        await look.page.keyboard.press("x")
        await look.page.locator("#main").focus()
        await look.page.keyboard.press("?")
        assert "Pause, resume" in await look.text("#help")
        await look.page.uncheck("#keys-on")
        await look.page.click("#help >> text=Close")
        await look.page.keyboard.press("x")
        await look.page.reload()
        await look.until_phase("confirm")
        await look.page.keyboard.press("x")
        assert len(desk.commands) == 1
        await look.nothing_wrong()


async def check_one_verb_at_a_time_and_its_answer_in_words(tmp_path: Path, look_at: Open) -> None:
    desk = Desk(held=asyncio.Event())
    async with served(tmp_path, desk) as page:
        look = await look_at(page.address)
        await look.until_phase("idle")
        await look.page.click("[data-verb=start]")
        await look.until(
            "document.querySelectorAll('[data-verb][aria-disabled=true]').length", lambda n: n == 5
        )
        await look.page.click("#rest [data-verb=buzz]", force=True)
        await look.page.keyboard.press("s")
        assert desk.held is not None
        desk.held.set()
        await look.until_text("#answer", "W: start is done")
        assert [call.verb for call in desk.commands] == [Verb.START]
        desk.refuses = "the watch is out of reach: bring it near"
        await look.page.click("#rest [data-verb=buzz]")
        await look.until_text("#answer", "the watch is out of reach: bring it near")
        assert await look.page.get_attribute("#answer", "data-trouble") == "yes"
        assert 'status: "the watch is out of reach' in await look.page.locator("#answer").aria_snapshot()
        await look.nothing_wrong(expected=(NETWORK,))


async def check_who_has_the_token_signs_in_and_keeps_it_out_of_sight(tmp_path: Path, look_at: Open) -> None:
    desk = Desk(states={"W": hold(Side.LEFT, 5)})
    async with served(tmp_path, desk, hosts=("tablet.test",), listen="0.0.0.0:0") as page:
        address = f"http://tablet.test:{page.port}/"
        look = await look_at(f"{address}#token={page.token}")
        await look.until_phase("hold")
        assert look.page.url == address
        assert await look.value("history.length") == 2, "about:blank and the page"
        # Not a secure context: the screen may go dark, and it says so.
        assert "over https only" in await look.text("#remark")
        await look.page.reload()
        await look.until_phase("hold")
        assert page.token not in str(await look.value("document.documentElement.outerHTML + document.cookie"))
        await look.nothing_wrong(expected=(PLAIN,))


async def check_who_has_no_token_is_asked_for_it(tmp_path: Path, look_at: Open) -> None:
    async with served(tmp_path, Desk(), hosts=("tablet.test",), listen="0.0.0.0:0") as page:
        look = await look_at(f"http://tablet.test:{page.port}/#token=guessed")
        await look.until("document.getElementById('sign-in').open")
        await look.page.fill("#token", "wrong")
        await look.page.keyboard.press("Enter")
        await look.until_text("#sign-in-trouble", "that is not the token")
        await look.page.fill("#token", page.token)
        await look.page.keyboard.press("Enter")
        await look.until_phase("idle")
        await look.nothing_wrong(expected=(NETWORK, PLAIN))


async def check_cues_are_spoken_on_request_and_that_is_remembered(tmp_path: Path, look_at: Open) -> None:
    desk = Desk()
    async with served(tmp_path, desk) as page:
        look = await look_at(page.address)
        await look.until_phase("idle")
        desk.tell("W", other(Phase.CONFIRM))
        await look.until_phase("confirm")
        assert await look.value("noted.spoken") == []
        await look.page.click("#voice")
        await look.page.reload()
        await look.until_phase("confirm")
        desk.tell("W", hold(Side.LEFT, 14.5))
        await look.until("noted.spoken", lambda said: said == ["Tap the watch to begin", "Halfway"])
        await look.page.click("#voice")
        await look.until_text("#answer", "Cues are not spoken.")
        await look.nothing_wrong()
