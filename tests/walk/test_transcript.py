"""What is shown holds for what was said, but for figures; answers are given where they are shown."""

import pytest

from tests.walk.transcript import Person, difference, plain


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (["it was 3.2 s slow"], "it was 0.4 s slow\r\n"),
        (["Sim · ED:25:CF:73:A1:DD · -60 dBm"], "Sim · AA:BB:CC:DD:EE:FF · -7 dBm\n"),
        (["paired (273e4d8f…, worn by me)"], "paired (00ab34cd…, worn by me)\n"),
        (["a", "…", "z"], "a\nb\nc\n\nz\n"),
        (["a … z", "…"], "a little z\nmore\n"),
        (["left   today"], "left today  \n"),
        (["green"], "\x1b[32mgreen\x1b[0m\r\n"),
        (["100 %"], "  1 %\r 50 %\r100 %\n"),
        ([], ""),
    ],
)
def test_figures_differ_and_the_rest_does_not(shown: list[str], said: str) -> None:
    assert difference(shown, said) is None


@pytest.mark.parametrize(
    ("shown", "said", "wrong"),
    [
        (["done"], "failed\n", "shown: done\nsaid:  failed"),
        (["done", "more"], "done\n", "shown: more\nsaid:  nothing more"),
        (["done"], "done\nmore\n", "shown: nothing more\nsaid:  more"),
        (["a", "…", "z"], "a\nb\n", "shown: z\nsaid:  nothing more"),
        (["30 s"], "30 min\n", "shown: 30 s\nsaid:  30 min"),
    ],
)
def test_the_first_difference_is_told(shown: list[str], said: str, wrong: str) -> None:
    assert difference(shown, said) == wrong


def test_answers_are_given_when_they_are_asked_for() -> None:
    person = Person(
        [
            "looking",
            "Which watch? [1–2] sim",
            "Type the code shown on the watch: 558474",
            "Who wears it? [me]",
        ]
    )
    assert person.answer("looking\r\n") is None
    assert person.answer("looking\r\nWhich watch? [1–3] ") == "sim"
    assert person.answer("Which watch? [1–3] sim\r\nType the code") is None
    assert person.answer("\r\nType the code shown on the watch: ") == "558474"
    assert person.answer("\r\n\x1b[1mWho wears it?\x1b[0m [me] ") == ""
    assert person.answer("\r\nWho wears it? [me] ") is None


def test_a_question_that_the_page_leaves_out_is_not_answered() -> None:
    assert Person(["Sure? [y/N] y"]).answer("Really? [y/N] ") is None


def test_what_stood_on_a_line_at_last_counts() -> None:
    assert plain("\x1b[?25l 10 %\r 90 %\r\nend") == " 90 %\nend"
