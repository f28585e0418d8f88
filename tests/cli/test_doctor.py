"""`doctor`: on the screen, as JSON, its exit codes."""

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from tests.cli.console import wearsync
from wearsync.cli.doctor import Sheet, _lines
from wearsync.doctor.findings.broker import REFUSES
from wearsync.doctor.findings.storage import DISK_CARD


def test_json_has_each_check_and_whether_all_is_well(config: Path) -> None:
    done = wearsync("doctor", "--json", "configuration", "state_dir")
    answer = json.loads(done.out)
    assert (done.code, done.err, answer["ok"]) == (0, "", True)
    assert [(check["name"], check["status"]) for check in answer["checks"]] == [
        ("config", "pass"),
        ("secrets", "pass"),
        ("keys", "pass"),
        ("state_dir", "pass"),
    ]
    assert set(answer["checks"][0]) == {"name", "finding", "about", "status", "says", "why", "fix", "doc"}


def test_what_fails_decides_the_exit_code(config: Path) -> None:
    config.write_text('[broker]\nurl = "mqtt://127.0.0.1:1"\n')
    done = wearsync("doctor", "broker_reach")
    assert done.code == 69
    assert "do:  " in done.out
    assert done.out.endswith("1 check fails; what to do stands beside it.\n")
    config.write_text("site = 1\n")
    assert wearsync("doctor", "config").code == 78
    assert wearsync("doctor", "brocker").code == 2


def test_another_broker_can_be_looked_at(config: Path) -> None:
    done = wearsync("doctor", "--broker", "mqtt://127.0.0.1:1", "broker_reach", "--json")
    assert json.loads(done.out)["checks"][0]["finding"] == "broker_refuses"


@pytest.mark.parametrize("columns", [80, 40])
def test_it_fits_the_terminal(
    config: Path, columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    sheet = Sheet()
    sheet.show(REFUSES.told(host="h", port=1883))
    sheet.show(DISK_CARD.told(kind="ext4", free="1 GB", commit_ms="3"))
    sheet.sum_up([])
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= columns
    assert lines[0] == "Broker"
    assert lines[1].split()[:2] == ["FAIL", "broker_reach"]
    assert not any("why: cards" in line for line in lines), "a pass says why only when asked (-v)"
    assert lines[-1] == "All is well."


def test_only_the_verdict_is_in_colour() -> None:
    line, *_rest = _lines(REFUSES.told(host="h", port=1883), "", verbose=False)
    assert [line.plain[span.start : span.end].strip() for span in line.spans] == ["FAIL"]
    assert line.style == ""


def test_what_was_not_reached_is_one_line(config: Path) -> None:
    done = wearsync("doctor", "broker", "--broker", "mqtt://127.0.0.1:1")
    skipped = [line for line in done.out.splitlines() if line.startswith("  skip")]
    assert len(skipped) == 1
    assert "(6 checks)" in skipped[0]
    assert "see broker_reach" in done.out


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_at_a_terminal_it_says_what_it_is_doing_and_takes_that_back(config: Path) -> None:
    with redirect_stderr(Terminal()) as terminal, redirect_stdout(Terminal()) as page:
        sheet = Sheet()
        sheet.looking("broker_reach")
        assert terminal.getvalue() == "  …     broker_reach"
        sheet.show(REFUSES.told(host="h", port=1883))
        sheet.clear()
    assert terminal.getvalue().endswith("\r" + " " * len("  …     broker_reach") + "\r")
    assert "Broker" in page.getvalue()
    assert "broker_reach     nothing listens on h" in page.getvalue()


def test_a_sheet_that_goes_into_a_pipe_has_no_progress_between_its_lines() -> None:
    with redirect_stderr(Terminal()) as terminal, redirect_stdout(io.StringIO()):
        Sheet().looking("broker_reach")
    assert terminal.getvalue() == ""


def test_why_a_pass_is_one_is_told_when_asked(config: Path) -> None:
    with redirect_stdout(io.StringIO()) as page:
        Sheet(verbose=True).show(DISK_CARD.told(kind="ext4", free="1 GB", commit_ms="3"))
    assert "why: cards wear out" in page.getvalue()
