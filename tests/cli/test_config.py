"""`wearsync config`: written, checked, described; and what is wrong is named with its line."""

import json
from pathlib import Path

import pytest

from tests.cli.console import wearsync


def test_a_written_file_is_right_and_says_the_defaults(config: Path) -> None:
    before = json.loads(wearsync("config", "check", "--json").out)
    assert before["exists"] is False
    assert wearsync("config", "init").out == f"wrote {config}\n"
    assert json.loads(wearsync("config", "check", "--json").out) == before | {"exists": True}


def test_a_file_that_is_there_stays_unless_forced(config: Path) -> None:
    config.write_text('wearer = "anna"\n')
    done = wearsync("config", "init")
    assert done.code == 2
    assert "replace it with --force" in done.err
    assert config.read_text() == 'wearer = "anna"\n'
    for copy in (f"{config}.before", f"{config}.before2"):
        done = wearsync("config", "init", "--force")
        assert (done.code, copy in done.out) == (0, True)
    assert 'wearer = "me"' in config.read_text()
    assert Path(f"{config}.before").read_text() == 'wearer = "anna"\n', "watches may stand in it"


def test_check_says_what_holds(config: Path) -> None:
    assert "defaults hold" in wearsync("config", "check").out
    config.write_text('site = "attic"\n')
    out = wearsync("config", "check").out
    assert out == f"ok: {config}\nsite attic · broker mqtt://127.0.0.1:1883 · radio native · watches: 0\n"


def test_check_says_where_the_page_is(config: Path) -> None:
    config.write_text('[web]\nlisten = "0.0.0.0"\n')
    assert wearsync("config", "check").out.endswith(" · watches: 0 · page: 0.0.0.0:8740\n")
    assert json.loads(wearsync("config", "check", "--json").out)["page"] == "0.0.0.0:8740"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('sitee = "x"\n', "line 1: sitee is not known: did you mean site?"),
        ("[routine]\nleft_s = 10\n", "line 2: routine.left_s is 10: it must be at least 30"),
        ("[routine]\nleft_s = 10000\n", "line 2: routine.left_s is 10000: it must be at most 60"),
        ("[routine\n", "not TOML"),
    ],
)
def test_what_is_wrong_is_one_line_with_file_line_and_key(config: Path, text: str, says: str) -> None:
    config.write_text(text)
    for command in (("config", "check"), ("run",), ("today",), ("start",)):
        done = wearsync(*command)
        assert (done.code, done.out) == (78, "")
        assert done.err.startswith(f"wearsync: {config}")
        assert says in done.err
        assert done.err.count("\n") == 1


def test_schema_is_json_schema() -> None:
    schema = json.loads(wearsync("config", "schema").out)
    assert {"broker", "routine", "watches"} <= schema["properties"].keys()


def test_the_schema_of_what_stands_on_a_topic() -> None:
    schema = json.loads(wearsync("config", "schema", "--mqtt", "hold").out)
    assert schema["$id"] == "urn:wearsync:mqtt:1:hold"
    assert "credited_s" in schema["properties"]


def test_a_payload_that_is_not_there_is_answered_with_those_that_are() -> None:
    ended = wearsync("config", "schema", "--mqtt", "mood")
    assert ended.code == 2
    assert "no payload is called mood; there are: status, availability, info," in ended.err
