"""Commands of other packages are found as importlib.metadata finds them, and ours stay ours."""

from importlib.metadata import entry_points
from pathlib import Path

import pytest

from tests.cli.console import wearsync
from wearsync.cli import others


def installed(place: Path, package: str, text: str | bytes) -> None:
    file = place / f"{package}.dist-info" / "entry_points.txt"
    file.parent.mkdir(parents=True)
    file.write_bytes(text.encode() if isinstance(text, str) else text)


def test_what_is_installed_here_is_found() -> None:
    here = {each.name: each.value for each in entry_points(group=others.GROUP)}
    assert "demo" in here
    assert others.declared() == here


def test_a_file_may_have_comments_other_groups_and_blanks_and_the_first_place_holds(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    installed(
        first, "b", "[console_scripts]\nno = b:no\n[wearsync.commands]\n# c = c:c\n\n  dance=b.c:d [x]\n"
    )
    installed(second, "a", "[wearsync.commands]\ndance = a:other\nbow = a:bow\n[more]\nno = a:no\n")
    installed(second, "noise", b"\xff\xfe[wearsync.commands]\n")
    (second / "silent.dist-info").mkdir()
    places = [str(tmp_path / "gone"), str(first), str(second)]
    assert list(others.declared(places).items()) == [("bow", "a:bow"), ("dance", "b.c:d")]


def test_another_package_adds_a_command_and_takes_none_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dancing.py").write_text(
        'def dance() -> None:\n    """Dance a little."""\n    print("danced")\n'
    )
    installed(tmp_path, "dancing", "[wearsync.commands]\ndance = dancing:dance\nbackup = dancing:dance\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert wearsync("dance").out == "danced\n"
    said = wearsync("--help").out
    assert "Dance a little." in said
    assert said.count("Dance a little.") == 1
    assert "Copy the journal" in said
