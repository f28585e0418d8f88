"""`export`, with a daemon and without: whole or not at all, and safe in a spreadsheet."""

import csv
import io
import json
from datetime import date
from pathlib import Path

import pytest

from tests.cli.conftest import Desk
from tests.cli.console import wearsync, wearsync_beside
from wearsync.cli.export import Format, Writer, columns
from wearsync.control.calls import ExportParams
from wearsync.control.results import Done
from wearsync.daemon.export import ExportedHold, ExportPart
from wearsync.errors import NotRunning, StorageError


def logged() -> None:
    wearsync("log", "left", "40")
    wearsync("log", "right", "12", "--variant", "standing")


def names(directory: Path, part: str) -> list[str]:
    return [path.name for path in directory.iterdir() if part in path.name]


def part() -> ExportPart:
    """As the command line has it from a journal."""
    out = wearsync("export").out
    return ExportPart(rows=tuple(ExportedHold.model_validate_json(line) for line in out.splitlines()))


def test_json_lines(config: Path) -> None:
    logged()
    amended = json.loads(wearsync("export").out.splitlines()[0])["id"]
    wearsync("amend", amended, "--side", "right")
    done = wearsync("export")
    assert (done.code, done.err) == (0, "")
    first, second = map(json.loads, done.out.splitlines())
    assert (first["kind"], first["wearer"], first["side"], first["recorded_side"]) == (
        "hold",
        "me",
        "right",
        "left",
    )
    assert (second["credited_s"], second["outcome"], second["variant"]) == (12.0, "short", "standing")
    assert wearsync("export", "--since", "2100-01-01").out == ""
    assert wearsync("export", "--until", "2026-01-01").out == ""


def test_csv_has_the_same(config: Path) -> None:
    logged()
    rows = list(csv.DictReader(io.StringIO(wearsync("export", "--format", "csv").out)))
    lines = [json.loads(line) for line in wearsync("export").out.splitlines()]
    assert [row["id"] for row in rows] == [line["id"] for line in lines]
    assert rows[0].keys() >= lines[0].keys()
    assert (rows[0]["credited_s"], rows[0]["void"], rows[0]["amended_at"], rows[0]["finished_at"]) == (
        "40.0",
        "false",
        "",
        "",
    )


@pytest.mark.parametrize("name", ["=1+1", "+49", "-2", "@SUM(A1)", "＝1", '=HYPERLINK("http://x","y")'])
def test_no_name_is_a_formula(config: Path, name: str) -> None:
    logged()
    hostile = part().rows[0].model_copy(update={"wearer": name, "utc_offset_min": -300})
    out = io.StringIO()
    Writer(out, Format.CSV).write(ExportPart(rows=(hostile,)))
    (row,) = csv.DictReader(io.StringIO(out.getvalue()))
    assert row["wearer"] == f"'{name}"
    assert row["utc_offset_min"] == "-300"  # a number is one


def test_columns_are_those_of_holds_and_sessions() -> None:
    assert columns()[:4] == ("kind", "id", "wearer", "local_date")
    assert {"credited_s", "left_s", "finished_at"} < set(columns())
    assert len(set(columns())) == len(columns())


def test_a_file_is_its_owner_s_alone_and_never_overwritten(config: Path, tmp_path: Path) -> None:
    logged()
    path = tmp_path / "out.csv"
    done = wearsync("export", "--format", "csv", "--to", str(path))
    assert (done.code, done.out, done.err) == (0, "", f"2 holds and sessions: {path}\n")
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_bytes()
    assert before.count(b"\n") == 3
    again = wearsync("export", "--to", str(path))
    assert (again.code, again.err) == (2, f"wearsync: {path} is there already: name another file\n")
    assert path.read_bytes() == before
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "nowhere")
    assert wearsync("export", "--to", str(link)).code == 2
    nowhere = wearsync("export", "--to", str(tmp_path / "no" / "such" / "place"))
    assert nowhere.code == 74
    assert "can't be written (No such file or directory): name another --to" in nowhere.err
    assert {each.name for each in tmp_path.iterdir()} >= {"out.csv", "link"}
    assert names(tmp_path, "out") == ["out.csv"]


def test_days_that_leave_none_between_them_are_a_mistake(config: Path) -> None:
    logged()
    done = wearsync("export", "--since", "2026-03-15", "--until", "2026-03-14")
    assert (done.code, done.out) == (2, "")
    assert (
        done.err == "wearsync: --since 2026-03-15 is after --until 2026-03-14: no day is left between them\n"
    )
    assert wearsync("export", "--since", "2026-03-14", "--until", "2026-03-14").code == 0


def test_there_must_be_something_to_export(config: Path) -> None:
    done = wearsync("export")
    assert (done.code, done.out) == (74, "")
    assert "there is no journal " in done.err
    logged()
    done = wearsync("export", "--wearer", "bob")
    assert (done.code, done.err) == (2, "wearsync: 'bob' has no holds and no sessions here\n")


async def test_a_running_daemon_is_asked(desk: Desk, config: Path, tmp_path: Path) -> None:
    rows = await wearsync_beside("--state-dir", str(tmp_path / "alone"), "log", "left", "40")
    assert rows.code == 0
    alone = await wearsync_beside("--state-dir", str(tmp_path / "alone"), "export")
    told = ExportPart(rows=(ExportedHold.model_validate_json(alone.out),))
    desk.events, desk.answer = [told, told], Done()
    done = await wearsync_beside(
        "export", "--since", "2026-03-14", "--until", "2026-03-15", "--wearer", "anna"
    )
    assert done.out == 2 * alone.out
    path = tmp_path / "half"
    desk.answer = StorageError("it was changed meanwhile: begin anew")
    for arguments in ((), ("--to", str(path))):
        done = await wearsync_beside("export", *arguments)
        assert (done.code, done.out) == (74, "")
        assert done.err == "wearsync: it was changed meanwhile: begin anew\n"
    desk.answer = NotRunning("the daemon ended in the middle of the call: see its log")
    done = await wearsync_beside("export", "--to", str(path))
    assert (done.code, done.err) == (
        69,
        "wearsync: the daemon ended in the middle of the call: see its log\n",
    )
    assert names(tmp_path, "half") == []
    assert desk.calls[0] == ExportParams(since=date(2026, 3, 14), until=date(2026, 3, 15), wearer="anna")
