"""Alert codes: words that automations can go by, and a sentence for each."""

import re
from pathlib import Path

import pytest

import wearsync
from wearsync.alert_codes import AlertCode


@pytest.mark.parametrize("code", AlertCode)
def test_a_code_is_a_plain_word_with_a_meaning(code: AlertCode) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", code)
    assert code.name == code.upper()
    assert code.about
    assert "|" not in code.means
    assert not code.means.endswith(".")


def test_each_code_is_told_by_something() -> None:
    source = "".join(
        path.read_text()
        for path in Path(wearsync.__file__).parent.rglob("*.py")
        if path.name != "alert_codes.py"
    )
    assert [code for code in AlertCode if f"AlertCode.{code.name}" not in source] == []
