"""The troubleshooting page is as the findings, and the doctor points to its sections."""

import re
from pathlib import Path

import pytest

from tests.tidy import troubleshooting
from wearsync.doctor.check import anchor
from wearsync.doctor.findings import FINDINGS


def test_the_page_of_this_checkout_is_as_the_code() -> None:
    assert list(troubleshooting.problems(troubleshooting.ROOT)) == []


def test_each_trouble_has_the_section_that_the_doctor_names() -> None:
    headings = [
        line.removeprefix("### ") for line in troubleshooting.page().splitlines() if line.startswith("### ")
    ]
    assert len(headings) == len(set(headings))
    for finding in FINDINGS:
        if finding.symptom:
            assert finding.told(**dict.fromkeys(_values(finding), "x")).doc in map(anchor, headings)


def test_commands_stand_as_such_and_sentences_do_not() -> None:
    page = troubleshooting.page()
    assert "- Do: `sudo systemctl enable --now bluetooth`\n" in page
    assert "- Do: charge it.\n" in page
    assert "`dbus` fails (`bus_none`): there is no system bus (ERROR)." in page
    assert "{" not in page


def test_a_page_that_is_not_as_the_code_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert troubleshooting.main(["--check"], tmp_path) == 1
    assert troubleshooting.main([], tmp_path) == 0
    path = tmp_path / troubleshooting.PAGE
    path.write_text(path.read_text().replace("Why:", "Because:", 1))
    assert troubleshooting.main(["--check"], tmp_path) == 1
    assert "troubleshooting.md: not as the code: run scripts/troubleshooting" in capsys.readouterr().err


def _values(finding: object) -> list[str]:
    return re.findall(r"\{(?!watch)(\w+)\}", repr(finding))
