"""docs/reference is as the code, its examples are taken, and docs/cli.md knows the same commands."""

import re
from pathlib import Path

import pytest

from tests.tidy import reference_commands, reference_configuration, reference_control, reference_pages
from wearsync.cli.app import EPILOG
from wearsync.config import schema
from wearsync.control.calls import CALL, StatusParams

CLI = (reference_pages.ROOT / "docs/cli.md").read_text(encoding="utf-8")
COMMANDS = {command.name: command for command in reference_commands.commands()}


def test_the_pages_of_this_checkout_are_as_the_code() -> None:
    assert list(reference_pages.problems(reference_pages.ROOT)) == []


def test_a_page_that_is_not_as_the_code_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "docs/reference").mkdir(parents=True)
    assert reference_pages.main(["--check"], tmp_path) == 1
    assert reference_pages.main([], tmp_path) == 0
    path = tmp_path / reference_configuration.PAGE
    path.write_text(path.read_text().replace("`rounds`", "`laps`"))
    assert reference_pages.main(["--check"], tmp_path) == 1
    assert f"{path.relative_to(tmp_path)}: not as the code: run scripts/reference" in capsys.readouterr().err


@pytest.mark.parametrize("name", sorted(reference_commands.EXAMPLES))
def test_examples_are_taken_by_the_command_line(name: str) -> None:
    for example in reference_commands.EXAMPLES[name]:
        assert " ".join(reference_commands.parse(example)) == name


def test_every_command_option_and_key_says_what_it_means() -> None:
    silent = [name for name, command in COMMANDS.items() if not command.says]
    silent += [
        f"{name} {parameter.written}"
        for name, command in COMMANDS.items()
        for parameter in command.parameters
        if not parameter.means
    ]
    assert silent + list(reference_configuration.silent(schema())) == []


def test_what_a_parameter_takes_is_read_off_its_signature() -> None:
    log = {each.written: each for each in COMMANDS["wearsync log"].parameters}
    assert (log["SIDE"].takes, log["SIDE"].default) == ("`left` `right`", "needed")
    assert log["SECONDS"].takes == "1–3600"
    assert (log["--variant"].takes, log["--variant"].default) == ("`kneeling` `standing`", "`kneeling`")
    assert {each.written for each in COMMANDS["wearsync"].parameters} >= {"--config", "-v, --verbose"}


def test_the_hand_written_page_has_every_command_and_no_option_that_is_not() -> None:
    rows = [line for line in CLI.splitlines() if line.startswith("| `wearsync")]
    told = {name for row in rows for name in _names(row)}
    groups = {name for name in COMMANDS if any(other.startswith(f"{name} ") for other in COMMANDS)}
    assert set(COMMANDS) - groups - told == set()
    for row in rows:
        options = {
            option
            for name in _names(row)
            for parameter in (COMMANDS[name].parameters if name in COMMANDS else ())
            for option in re.split(", |/", parameter.written)
        }
        assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", row)) - options - {"--help"} == set(), row


def test_the_exit_codes_of_the_help_are_in_the_table() -> None:
    codes = re.findall(r"(?:^|· |: )(\d+) ", EPILOG)
    assert len(codes) > 9
    assert [code for code in codes if f"\n| {code} |" not in CLI] == []


def test_the_call_that_is_shown_is_one() -> None:
    assert CALL.validate_python(reference_control.example()) == StatusParams()
    assert "| `amend` | `hold`, [`seconds`], [`side`], [`void`] |" in reference_control.page()


def _names(row: str) -> list[str]:
    """The commands that a row of docs/cli.md is about: those in its first cell, and their own commands."""
    _, first, rest = re.split(r"(?<!\\)\|", row, maxsplit=2)
    spans = re.findall(r"`([^`]+)`", first)
    program, *words = spans[0].split()
    found = [_longest(program, words)]
    above = found[0].rpartition(" ")[0]
    found += [_longest(above, span.split()) for span in spans[1:]]
    found += [
        name
        for span in re.findall(r"`([^`]+)`", rest)
        if (name := _longest(program, span.split())) in COMMANDS
    ]
    return found


def _longest(before: str, words: list[str]) -> str:
    """`watches rename OLD NEW` → `wearsync watches rename`."""
    name = f"{before} {words[0]}"
    return f"{name} {words[1]}" if len(words) > 1 and f"{name} {words[1]}" in COMMANDS else name
