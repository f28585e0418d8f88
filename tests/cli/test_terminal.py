"""What goes to stdout, what to stderr, and how."""

import io
import os
import sys
from contextlib import redirect_stderr, redirect_stdout

import pytest
from rich.text import Text

from wearsync.cli.terminal import has_unicode, note, print_json, say, show, show_table, speak_plainly, width
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


def test_a_table_that_does_not_fit_breaks_no_word(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    rows = [("My Watch", "anna", "hold profile", "connected"), ("漢字", "", "InfiniTime", "searching: " * 5)]
    show_table(("name", "wearer", "driver", "link"), rows, title="yours")
    assert capsys.readouterr().out.splitlines() == [
        "yours",
        "",
        "name    My Watch",
        "wearer  anna",
        "driver  hold profile",
        "link    connected",
        "",
        "name    漢字",
        "driver  InfiniTime",
        f"link    {'searching: ' * 5}",
    ]
    show_table(("name", "link"), [("x" * 33, "y" * 5)])
    assert capsys.readouterr().out.splitlines()[1] == f"{'x' * 33}  {'y' * 5}", "as wide as there is room for"


def test_what_people_and_watches_are_called_is_shown_to_the_letter(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_table(("name", "address"), [("[bold]W", "DC:4E:E7:AB:C7:17")], title=":x: [i]today")
    say("DC:4E:E7:AB:C7:17")
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert lines == [":x: [i]today", "name     address", "[bold]W  DC:4E:E7:AB:C7:17", "DC:4E:E7:AB:C7:17"]


def test_a_letter_that_an_encoding_lacks_is_a_question_mark() -> None:
    bytes_ = io.BytesIO()
    with redirect_stdout(io.TextIOWrapper(bytes_, encoding="ascii")):
        speak_plainly()
        say("a · b")
        sys.stdout.flush()
        assert bytes_.getvalue() == b"a ? b\n"


def test_nobody_hears_what_was_started_without_outputs() -> None:
    with redirect_stdout(None), redirect_stderr(None):
        speak_plainly()
        say("a")
        print_json({})
        note("b")
        assert (sys.stdout.name, sys.stderr.name) == (os.devnull, os.devnull)
        sys.stdout.close()
        sys.stderr.close()


def test_lines_that_fit_are_not_touched(capsys: pytest.CaptureFixture[str]) -> None:
    show([Text("[a]  b", "bold red"), Text("c" * 300)])
    assert capsys.readouterr().out == f"[a]  b\n{'c' * 300}\n"


def test_a_terminal_is_as_wide_as_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "57")
    assert width() == 57


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, False),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, False),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "POSIX"}, False),
        ({"LANG": "de_DE.UTF-8"}, True),
        ({"LANG": "C", "LC_ALL": "C.UTF-8"}, True),
    ],
)
def test_blocks_are_for_those_who_have_them(
    variables: dict[str, str], expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LANG", "LC_ALL", "LC_CTYPE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with redirect_stdout(io.TextIOWrapper(io.BytesIO(), encoding="utf-8")):
        assert has_unicode() is expected
    with redirect_stdout(io.TextIOWrapper(io.BytesIO(), encoding="latin-1")):
        assert not has_unicode()
