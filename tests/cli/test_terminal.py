"""What goes to stdout, what to stderr, and how."""

import io
import sys
from contextlib import redirect_stdout

import pytest

from wearsync.cli.terminal import note, print_json, say, show_table, speak_plainly
from wearsync.control.results import Done


def test_json_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"text": "zwölf\nStunden"})
    print_json(Done(text="fine"))
    assert capsys.readouterr().out == '{"text": "zwölf\\nStunden"}\n{"text":"fine"}\n'


def test_a_sentence_is_not_wrapped_nor_read_as_markup(capsys: pytest.CaptureFixture[str]) -> None:
    text = "[bold]" + "word " * 60
    say(text)
    assert capsys.readouterr().out == f"{text}\n"


def test_a_remark_is_not_in_the_way_of_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    note("looking")
    assert capsys.readouterr() == ("", "looking\n")


def test_a_table_has_no_colour_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(("side", "held"), [("left", "30 s"), ("right", "[0] s")], title="today")
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert lines == ["today", "side   held", "left   30 s", "right  [0] s"]


def test_a_letter_that_an_encoding_lacks_is_a_question_mark() -> None:
    bytes_ = io.BytesIO()
    with redirect_stdout(io.TextIOWrapper(bytes_, encoding="ascii")):
        speak_plainly()
        say("a · b")
        sys.stdout.flush()
        assert bytes_.getvalue() == b"a ? b\n"
