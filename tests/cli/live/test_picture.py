"""The picture fits its terminal, whatever its size, and shows what matters most."""

from datetime import timedelta

import pytest

from tests.cli.live.stage import BEGAN, CLOSING, CONFIRM, GAP, HOLD, IDLE, LOST, PAUSED, SUMMARY, scene
from wearsync.cli.live.picture import Frame, draw
from wearsync.cli.live.signs import ASCII, CONSOLE, UNICODE
from wearsync.cli.live.views import Scene, View
from wearsync.model import Trust
from wearsync.publish.payloads import StatePayload

AT = BEGAN + timedelta(seconds=19)
HOSTILE = "\x1b[2J\u202eWäsche 🏃‍♂️" + "x" * 64
SCENES = {
    **{state.phase.value: scene(state) for state in (HOLD, GAP, CONFIRM, PAUSED, CLOSING, IDLE)},
    "no adapter": scene(LOST, None),
    "tap": scene(GAP.model_copy(update={"gap_ends_at": None})),
    "help": scene(HOLD, help=True),
    "said": scene(HOLD, said="what to do, in very many words " * 20, is_error=True),
    "away": scene(HOLD, away_since=BEGAN, why="no daemon is running: start it with `wearsync run`"),
    "out of reach": scene(HOLD.model_copy(update={"link": "searching"})),
    "nothing known": scene(None, None),
    "no watch": Scene(),
    "nobody at the keys": scene(HOLD, keys=False),
    "demo": scene(HOLD, foot="demo at 6 times the speed of life   q quit"),
    "hostile": Scene({HOSTILE: View(HOSTILE, HOLD.model_copy(update={"text": HOSTILE}), SUMMARY)}, HOSTILE),
    "many": Scene({f"watch {number}": View(f"watch {number}", HOLD) for number in range(9)}, "watch 3"),
}


def drawn(scene: Scene, width: int = 80, height: int = 24, *, at_s: float = 19) -> str:
    lines = draw(scene, BEGAN + timedelta(seconds=at_s), Frame(width, height, UNICODE))
    return "\n".join(line.plain for line in lines)


@pytest.mark.parametrize("name", SCENES)
def test_it_fits_whatever_the_size(name: str) -> None:
    for width, height in ((1, 1), (20, 5), (40, 12), (80, 24), (100, 30), (132, 43), (250, 80)):
        for signs in (UNICODE, CONSOLE, ASCII):
            lines = draw(SCENES[name], AT, Frame(width, height, signs))
            assert len(lines) == height
            assert all(line.cell_len <= width for line in lines), (width, height)
            assert all(line.plain.isprintable() for line in lines)
            if signs is ASCII and name != "hostile":
                assert all(line.plain.isascii() for line in lines)


def test_a_hold_shows_side_seconds_prompt_and_the_next_cue() -> None:
    for size in ((80, 24), (40, 12)):
        text = drawn(SCENES["hold"], *size)
        for part in (
            "W",
            "hold · round 2 of 2",
            HOLD.text,
            "last three seconds · in 8 s",
            "halfway · played",
        ):
            assert part in text
        for part in ("connected", "83 %", "trust key", "p pause", "q quit"):
            assert part in text
    assert "█    █▀▀▀ █▀▀▀ ▀█▀           ▄█   ▄█" in drawn(SCENES["hold"], 40, 12)
    assert " LEFT   11 s" in drawn(SCENES["hold"], 40, 8), "letters leave room for what matters more"


@pytest.mark.parametrize(
    ("at_s", "left"), [(-5, "30 s"), (0, "30 s"), (29.9, "1 s"), (30, "0 s"), (100, "0 s")]
)
def test_the_seconds_stay_within_the_hold(at_s: float, left: str) -> None:
    assert f" LEFT   {left}" in drawn(SCENES["hold"], 40, 8, at_s=at_s) or left == "30 s"
    assert "-" not in drawn(SCENES["hold"], 40, 8, at_s=at_s)


def test_letters_take_the_room_that_there_is() -> None:
    heights = [
        sum("██" in line for line in drawn(SCENES["paused"], *size).splitlines()[:16])
        for size in ((40, 12), (80, 24), (200, 60))
    ]
    assert heights == sorted(set(heights))


def test_without_a_session_the_day_is_what_is_large() -> None:
    text = drawn(SCENES["idle"])
    assert "no session · routine done today" in text
    assert "LEFT   ████" in text
    assert "60 of 60 s" in text
    assert "30 of 60 s" in text
    assert "s start" in text
    assert "on the charger" in drawn(
        scene(IDLE.model_copy(update={"charging": True}), SUMMARY.model_copy(update={"full": False}))
    )
    unplanned: StatePayload = IDLE.model_copy(update={"routine": None})
    assert "60 s" in drawn(scene(unplanned))


def test_a_gap_that_waits_for_the_tap_says_so() -> None:
    assert "get ready · tap the watch to begin · round 2 of 2" in drawn(SCENES["tap"])


def test_a_pause_says_which_side_it_is_in() -> None:
    assert "paused · LEFT · round 2 of 2" in drawn(SCENES["paused"])


def test_nothing_is_said_twice() -> None:
    assert "first · LEFT · round 2 of 2" in drawn(SCENES["confirm"])
    assert drawn(SCENES["confirm"]).lower().count("ready?") == 1, "the letters are no text"
    assert drawn(SCENES["closing"]).lower().count("session done") == 1
    assert drawn(SCENES["idle"]).count("routine done today") == 1
    assert "last cue" not in drawn(scene(IDLE.model_copy(update={"last_cue": HOLD.last_cue})))


def test_an_answer_stands_apart_from_the_rest() -> None:
    assert drawn(scene(CONFIRM, said="W: tap the watch")).splitlines()[-3:-1] == ["", "  W: tap the watch"]


def test_while_the_daemon_is_away_the_last_picture_is_grey() -> None:
    lines = draw(SCENES["away"], AT, Frame(80, 24, UNICODE))
    told = next(line for line in lines if "away for 19 s" in line.plain)
    prompt = next(line for line in lines if HOLD.text in line.plain)
    assert not any("dim" in str(span.style) for span in told.spans)
    assert any("dim" in str(span.style) for span in prompt.spans)
    assert "s start" not in drawn(SCENES["away"])
    assert drawn(SCENES["away"]).endswith("q quit")


def test_nobody_knows_what_to_do_without_a_watch_so_it_says_it() -> None:
    assert "wearsync pair" in drawn(SCENES["no watch"])
    assert "wearsync pair" in drawn(SCENES["no watch"], 40, 12)
    assert "waiting for the first word" in drawn(SCENES["nothing known"])


def test_the_help_has_every_key() -> None:
    for size in ((80, 24), (40, 12)):
        for part in ("snooze 10 min", "extra: l or r", "these keys"):
            assert part in drawn(SCENES["help"], *size)


def test_of_several_watches_the_one_that_is_looked_at_is_bold() -> None:
    header = draw(SCENES["many"], AT, Frame(120, 24, UNICODE))[0]
    bold = {header.plain[span.start : span.end] for span in header.spans if str(span.style) == "bold"}
    assert bold == {"watch 3"}
    assert "tab next watch" in drawn(SCENES["many"], 120, 24)


def test_a_watch_that_will_not_last_or_can_t_be_believed_stands_out() -> None:
    weak = IDLE.model_copy(update={"battery": 9, "trust": Trust.BOND})
    header = draw(scene(weak), AT, Frame(80, 24, UNICODE))[0]
    loud = {header.plain[span.start : span.end] for span in header.spans if str(span.style) == "yellow"}
    assert loud == {"battery 9 %", "trust bond"}


def test_a_long_answer_is_wrapped_and_takes_no_letter_s_room() -> None:
    text = drawn(SCENES["said"], 40, 12)
    assert "█    █▀▀▀ █▀▀▀ ▀█▀" in text
    assert text.splitlines()[-2].endswith("...")


def test_somebody_without_keys_is_told_how_to_leave() -> None:
    assert drawn(SCENES["nobody at the keys"]).endswith("Ctrl-C ends the view, not the daemon")
    assert drawn(SCENES["demo"]).endswith("q quit")
