"""What the shell is offered: in a real bash, with its ideas of where a word ends."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Desk
from wearsync.cli.shell import offer
from wearsync.control.results import HoldsResult

HOLDS = tuple(
    f'{{"id": "a1b2:7:{number}:hold", "local_date": "2026-03-14", "side": "left", "credited_s": 30.0}}'
    for number in (17, 25)
)

# The script that is installed, asked as bash asks it when TAB is pressed.
SCRIPT = """
wearsync() { "$PYTHON" -m wearsync "$@"; }
env() { local -x COMP_WORDS="${1#*=}" COMP_CWORD="${2#*=}" _WEARSYNC_COMPLETE="${3#*=}"; "$4"; }
eval "$(_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION=1 wearsync --show-completion bash)"
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_wearsync_completion wearsync
printf '%s\\n' "${COMPREPLY[@]}"
"""


def answered(words: str, at: int, *answers: str) -> tuple[str, str]:
    """What the program, which gives these answers, gets of bash's words."""
    environ = {"COMP_WORDS": words, "COMP_CWORD": str(at), "_WEARSYNC_COMPLETE": "complete_bash"}

    def run() -> int:
        sys.stderr.write("a warning of some library\n")
        sys.stdout.write("".join(f"{answer}\n" for answer in answers))
        return 0

    assert offer(run, environ) == 0
    return environ["COMP_WORDS"], environ["COMP_CWORD"]


@pytest.mark.parametrize(
    ("words", "whole"),
    [
        ("wearsync\namend\n", "wearsync\namend\n"),
        ("wearsync\namend\na1\n:\n7", "wearsync\namend\na1:7"),
        ("wearsync\namend\na1\n:\n7\n:", "wearsync\namend\na1:7:"),
        ("wearsync\nlive\n--watch\n=\nW", "wearsync\nlive\n--watch\nW"),
        ("wearsync\nlive\n--watch\n=", "wearsync\nlive\n--watch\n"),
        ("wearsync\nset\nleft_s\n=\n40", "wearsync\nset\nleft_s\n=\n40"),
    ],
)
def test_words_that_bash_has_split_are_whole_again(words: str, whole: str) -> None:
    at = len(words.split("\n")) - 1
    got, number = answered(words, at)
    assert got == whole
    assert int(number) == len(whole.split("\n")) - 1


@pytest.mark.parametrize(
    ("words", "answer", "offered"),
    [
        ("wearsync\nforget\n", "My Watch", "My\\ Watch\n"),
        ("wearsync\nforget\nMy\\ W", "My Watch", "My\\ Watch\n"),
        ('wearsync\nforget\n"My W', "My Watch", "My Watch\n"),
        ("wearsync\nforget\n", "$(reboot)", "\\$\\(reboot\\)\n"),
        ("wearsync\namend\na1\n:\n7", "a1:7:17", "7:17\n"),
        ("wearsync\namend\na1\n:", "a1:7:17", "7:17\n"),
        ("wearsync\nlive\n--watch\n=\nW", "Wrist", "Wrist\n"),
    ],
)
def test_bash_gets_what_it_is_to_put_in_place_of_its_last_word(
    capsys: pytest.CaptureFixture[str], words: str, answer: str, offered: str
) -> None:
    answered(words, len(words.split("\n")) - 1, answer)
    out, err = capsys.readouterr()
    assert (out, err) == (offered, "")


def test_other_shells_get_the_answers_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    def run() -> int:
        sys.stdout.write("My Watch\n")
        return 1

    assert offer(run, {"_WEARSYNC_COMPLETE": "complete_fish"}) == 1
    assert capsys.readouterr().out == "My Watch\n"


def test_a_number_that_is_none_means_the_last_word(capsys: pytest.CaptureFixture[str]) -> None:
    environ = {"COMP_WORDS": "wearsync\nto", "COMP_CWORD": "x", "_WEARSYNC_COMPLETE": "complete_bash"}
    assert offer(lambda: 0, environ) == 0
    assert environ["COMP_CWORD"] == "1"
    assert capsys.readouterr().out == ""


async def test_in_a_real_bash(desk: Desk, config: Path) -> None:
    desk.answer = HoldsResult(wearer="you", holds=HOLDS)

    def ask(*words: str) -> list[str]:
        done = subprocess.run(
            ["bash", "-c", SCRIPT, "bash", "wearsync", *words],
            env={**os.environ, "PYTHON": sys.executable},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert done.stderr == ""
        return done.stdout.splitlines()

    assert await asyncio.to_thread(ask, "amend", "a1b2", ":", "") == ["7:25:hold", "7:17:hold"]
    await asyncio.to_thread(config.write_text, "this is no TOML\n", encoding="utf-8")
    assert await asyncio.to_thread(ask, "today", "--wearer", "") == [""]
