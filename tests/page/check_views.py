"""What the page shows: each phase and day, whatever a name is; in light and dark, small and large."""

import re
from pathlib import Path

import pytest

from tests.page.desk import IDLE, Desk, gap, hold, other, served
from tests.page.fixtures import PHONE, TABLET, Open
from wearsync.model import Phase, Side, Trust, Variant

HOSTILE = ("<img src=x onerror=alert(1)>", "Überstürzte Änderung ⌚ " + "W" * 41, "🧘‍♀️🦵")

# The least contrast of anything with text of its own; against the nearest ground that is painted.
CONTRAST = """
() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const part = (v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const colour = parse(getComputedStyle(node).backgroundColor);
      if (colour.length < 4 || colour[3] > 0.99) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((one) => one.nodeType === 3 && one.textContent.trim());
    const box = node.getBoundingClientRect();
    const style = getComputedStyle(node);
    if (!own || box.width < 2 || style.visibility === "hidden" || node.closest("option")) continue;
    const front = parse(node instanceof SVGElement ? style.fill : style.color);
    const pair = [light(front), light(ground(node))].sort((a, b) => b - a);
    found.push([(pair[0] + 0.05) / (pair[1] + 0.05), node.id || node.className || node.nodeName]);
  }
  return found.sort((a, b) => a[0] - b[0])[0];
}
"""
WIDER = "document.documentElement.scrollWidth - window.innerWidth"


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def check_each_phase_shows_what_to_do(scheme: str, tmp_path: Path, look_at: Open) -> None:
    desk = Desk()
    async with served(tmp_path, desk) as page:
        look = await look_at(page.address, scheme="dark" if scheme == "dark" else "light", calm=True)
        await look.until_text("#headline", "Today is still to come")
        seen = []
        for state in (
            other(Phase.CONFIRM),
            gap(Side.LEFT, 7.5),
            hold(Side.LEFT, 11),
            gap(Side.RIGHT, 5, step=1, variant=Variant.STANDING),
            hold(Side.RIGHT, 16, step=1, variant=Variant.STANDING),
            other(Phase.PAUSED),
            other(Phase.CLOSING),
        ):
            desk.tell("W", state)
            await look.until_phase(state.phase.value)
            words = [await look.text(f"#{name}") for name in ("side", "prompt", "next-cue", "then")]
            seen.append([state.phase.value, *words])
            contrast = await look.value(CONTRAST)
            assert isinstance(contrast, list)
            assert contrast[0] >= 4.5, contrast
        assert [line[:3] for line in seen] == [
            ["confirm", "LEFT", "Tap the watch to begin"],
            ["gap", "LEFT", "LEFT knee down on the pillow"],
            ["hold", "LEFT", "LEFT knee down on the pillow"],
            ["gap", "RIGHT", "RIGHT foot back, hold something firm"],
            ["hold", "RIGHT", "RIGHT foot back, hold something firm"],
            ["paused", "LEFT", "Paused: tap the watch, or resume here"],
            ["closing", "DONE", ""],
        ]
        assert [line[4] for line in seen[1:3]] == ["RIGHT, 30 s", "RIGHT, 30 s"]
        assert re.fullmatch(r"start in [678] s", seen[1][3])
        assert re.fullmatch(r"halfway in [34] s", seen[2][3])
        desk.tell("W", IDLE)
        await look.until_phase("idle")
        for view in ("now", "weeks", "watches"):
            await look.page.click(f"#to-{view}")
            await look.until("true")
            contrast = await look.value(CONTRAST)
            assert isinstance(contrast, list)
            assert contrast[0] >= 4.5, (view, contrast)
        await look.nothing_wrong()


@pytest.mark.parametrize("size", [(320, 568), PHONE, (844, 390), (768, 1024), TABLET, (1920, 1080)], ids=str)
async def check_nothing_is_wider_than_the_screen(
    size: tuple[int, int], tmp_path: Path, look_at: Open
) -> None:
    desk = Desk(states=dict.fromkeys(HOSTILE, IDLE))
    async with served(tmp_path, desk) as page:
        look = await look_at(page.address, size=size)
        await look.until_phase("idle")
        for view in ("now", "weeks", "watches"):
            await look.page.click(f"#to-{view}")
            await look.until("true")
            assert await look.value(WIDER) == 0, view
        for state in (gap(Side.RIGHT, 7), hold(Side.LEFT, 11, variant=Variant.STANDING)):
            desk.tell(HOSTILE[0], state)
            await look.until_phase(state.phase.value)
            assert await look.value(WIDER) == 0, state.phase
        seconds = "document.querySelector('.ring').getBoundingClientRect()"
        height = await look.value(f"{seconds}.height")
        assert isinstance(height, (int, float))
        assert height >= 100
        await look.nothing_wrong()


async def check_names_are_text_whatever_they_are(tmp_path: Path, look_at: Open) -> None:
    desk = Desk(states=dict.fromkeys(HOSTILE, IDLE), wearers={HOSTILE[1]: "<b>Änne</b>"})
    async with served(tmp_path, desk) as page:
        look = await look_at(page.address)
        await look.until_phase("idle")
        await look.page.click("#to-watches")
        assert await look.page.locator("#watch-cards h2").all_inner_texts() == list(HOSTILE)
        assert await look.page.locator("#watch option").all_inner_texts() == list(HOSTILE)
        assert await look.value("document.querySelectorAll('main img, main b').length") == 0
        await look.page.click("#to-weeks")
        assert await look.page.locator("#wearer option").all_inner_texts() == ["<b>Änne</b>", "you"]
        await look.page.click("#to-now")
        await look.page.click("#rest [data-verb=buzz]")
        await look.until_text("#answer", f"{HOSTILE[0]}: buzz is done")
        assert desk.commands[0].watch == HOSTILE[0]
        await look.nothing_wrong()


async def check_of_several_watches_one_is_chosen_and_remembered(tmp_path: Path, look_at: Open) -> None:
    desk = Desk(states={"A": IDLE, "B": hold(Side.LEFT, 5)}, wearers={"B": "bea"})
    async with served(tmp_path, desk) as page:
        look = await look_at(page.address)
        await look.until_phase("idle")
        await look.page.select_option("#watch", "B")
        await look.until_phase("hold")
        await look.page.reload()
        await look.until_phase("hold")
        await look.page.click("#to-weeks")
        await look.until("document.getElementById('wearer').value", lambda name: name == "bea")
        del desk.states["B"]
        desk.tell("A", IDLE)
        await look.page.click("#to-now")
        await look.until_phase("idle")
        assert await look.value("document.getElementById('watch-choice').hidden") is True
        await look.nothing_wrong()


async def check_without_a_watch_it_says_how_to_get_one(tmp_path: Path, look_at: Open) -> None:
    desk = Desk(states={})
    async with served(tmp_path, desk) as page:
        look = await look_at(page.address)
        await look.until("!document.getElementById('no-watch').hidden")
        assert "wearsync pair" in await look.text("#no-watch")
        await look.nothing_wrong()


async def check_a_watch_out_of_reach_and_a_trust_are_told_in_words(tmp_path: Path, look_at: Open) -> None:
    far = hold(Side.LEFT, 5).model_copy(update={"link": "searching", "trust": Trust.BOND, "battery": 14})
    desk = Desk(states={"W": far})
    async with served(tmp_path, desk) as page:
        look = await look_at(page.address)
        await look.until_phase("hold")
        assert "out of reach: it goes on alone" in await look.text("#remark")
        await look.page.click("#to-watches")
        card = await look.text("#watch-cards")
        assert "out of reach" in card
        assert "by its Bluetooth bond only" in card
        assert "14 %, low" in card
        await look.nothing_wrong()


async def check_the_weeks_are_a_table_and_go_by_keyboard(tmp_path: Path, look_at: Open) -> None:
    async with served(tmp_path, Desk()) as page:
        look = await look_at(f"{page.address}#weeks", size=TABLET)
        await look.until("document.querySelectorAll('#heat td[tabindex]').length > 100")
        tree = await look.page.locator("#heat").aria_snapshot()
        assert re.search(
            r'rowheader "Mon"\n\s*- .cell "Mon 1 Jun: left 60 s, right 60 s, routine done"', tree
        )
        await look.page.locator("#heat td[tabindex='0']").focus()
        assert await look.text("#day") == "Wed 25 Nov: left 60 s, right 60 s, routine done"
        await look.page.keyboard.press("ArrowLeft")
        await look.page.keyboard.press("ArrowUp")
        assert (await look.text("#day")).startswith("Tue 17 Nov")
        bars = await look.page.locator("#bars").aria_snapshot()
        assert re.search(r'row "23 Nov [\d.]+ [\d.]+ \d of 7"', bars)
        assert "Even: left 53 %" in await look.text("#symmetry")
        await look.page.click("#weeks-52")
        await look.until("document.querySelectorAll('#heat table').length", lambda count: count == 2)
        await look.nothing_wrong()


async def check_a_screen_reader_finds_its_way(tmp_path: Path, look_at: Open) -> None:
    desk = Desk()
    async with served(tmp_path, desk) as page:
        look = await look_at(page.address)
        await look.until_phase("idle")
        tree = await look.page.locator("body").aria_snapshot()
        for part in (
            "banner",
            'navigation "Views"',
            "main",
            'heading "Today is still to come" [level=1]',
            'button "Start"',
        ):
            assert part in tree, tree
        desk.tell("W", hold(Side.LEFT, 11))
        await look.until_phase("hold")
        tree = await look.page.locator("body").aria_snapshot()
        for part in (
            'heading "LEFT" [level=1]',
            "timer",
            'img "Drawing: left knee on a pillow',
            'button "One more hold, left"',
        ):
            assert part in tree, tree
        assert await look.text("#announced") == "Hold: left, round 1 of 2, 30 seconds."
        # Seconds are not read out: only who goes there is told.
        assert await look.page.get_attribute("#timer", "aria-live") == "off"
        await look.nothing_wrong()


async def check_without_colours_it_still_says_which_side(tmp_path: Path, look_at: Open) -> None:
    desk = Desk(states={"W": hold(Side.RIGHT, 11)})
    async with served(tmp_path, desk) as page:
        look = await look_at(page.address, forced=True, calm=True)
        await look.until_phase("hold")
        assert await look.text("#side") == "RIGHT"
        shown = (
            "[...document.querySelectorAll('.arrow')].map((one) => one.getBoundingClientRect().width > 20)"
        )
        assert await look.value(shown) == [False, True], "an arrow to the right"
        await look.nothing_wrong()
