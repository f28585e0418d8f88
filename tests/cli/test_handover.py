"""`watches export` and `watches import`: private files, and nothing of a key anywhere else."""

import json
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.conftest import Desk
from tests.cli.console import Ended, piped, wearsync, wearsync_beside
from wearsync.control.calls import ImportParams
from wearsync.control.results import PairResult
from wearsync.daemon.keys import KeyStore
from wearsync.model import Trust

ID = "00112233445566778899aabbccddeeff"
ADDRESS = "C0:FF:EE:00:00:01"
TABLE = f'wearer = "anna"\n[[watches]]\nname = "My W"\nid = "{ID}"\naddress = "{ADDRESS}"\n'
KEY = bytes(range(32))
PAIRED = PairResult(name="W", watch_id=ID, address=ADDRESS, wearer="anna", trust=Trust.KEY, buzz="played")


@pytest.fixture
def ours(config: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A watch of ours; the directory that commands run in."""
    config.write_text(TABLE)
    keys = KeyStore(home / "s" / "keys.json")
    keys.add_pending(ID, "My W", KEY, datetime(2026, 3, 14, tzinfo=UTC))
    keys.prove(ID, KEY)
    monkeypatch.chdir(home)
    return home


def test_the_file_is_private_and_takes_nobodys_place(ours: Path) -> None:
    done = wearsync("watches", "export", "My W")
    file = ours / "my-w.wearsync-key"
    assert (done.code, done.out) == (0, "")
    assert done.err.startswith("my-w.wearsync-key holds the key of My W: take it")
    assert KEY.hex() not in done.err
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text())["key"] == KEY.hex()
    again = wearsync("watches", "export", "My W", "--to", str(file))
    assert (again.code, "is there already" in again.err) == (2, True)


def test_to_stdout_only_for_who_says_so(ours: Path) -> None:
    done = wearsync("watches", "export", "My W", "--to", "-")
    assert json.loads(done.out)["id"] == ID
    assert done.err == ""
    assert wearsync("watches", "export", "W").code == 2


def test_import_refuses_what_others_can_read_and_what_is_no_export(ours: Path) -> None:
    def refused(*arguments: str) -> Ended:
        done = wearsync("watches", "import", *arguments, "--radio", "tcp:127.0.0.1:1")
        assert KEY.hex() not in done.out + done.err
        return done

    wearsync("watches", "export", "My W")
    file = ours / "my-w.wearsync-key"
    file.chmod(0o640)
    done = refused(str(file))
    assert (done.code, "chmod 600" in done.err) == (78, True)
    file.chmod(0o600)
    file.write_text(file.read_text().replace(ADDRESS, "C0:FF:EE:00:00:02"))
    done = refused(str(file))
    assert (done.code, "copy the whole line" in done.err) == (2, True)
    with piped(""):
        done = refused()
    assert (done.code, "there is no exported watch on standard input" in done.err) == (2, True)


def test_import_reads_no_more_than_a_line_may_have(ours: Path) -> None:
    with Path("/dev/zero").open() as endless:
        done = subprocess.run(
            [sys.executable, "-m", "wearsync", "watches", "import"],
            stdin=endless,
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
    assert (done.returncode, "copy the whole line" in done.stderr) == (2, True)


async def test_import_goes_through_the_daemon(desk: Desk, ours: Path) -> None:
    line = wearsync("watches", "export", "My W", "--to", "-").out
    desk.answer = PAIRED
    with piped(line):
        done = await wearsync_beside(
            "watches", "import", "--name", "W", "--wearer", "anna", "--yes", "--json"
        )
    assert json.loads(done.out)["trust"] == "key"
    assert KEY.hex() not in done.out + done.err
    assert desk.calls == [ImportParams(exported=line.strip(), name="W", wearer="anna")]
    assert KEY.hex() not in repr(desk.calls)
    await wearsync_beside("watches", "export", "My W")
    done = await wearsync_beside("watches", "import", "my-w.wearsync-key")
    assert done.out.startswith("W is paired (00112233…, worn by anna)")
    assert "my-w.wearsync-key is not needed any more: delete it" in done.err
