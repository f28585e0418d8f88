"""`scan` and `watches`: by the daemon where there is one, by themselves where there is none."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.conftest import Desk
from tests.cli.console import wearsync, wearsync_beside
from tests.simulators.processes import an_air, sim
from wearsync.control.calls import ForgetParams, RenameParams, ScanParams
from wearsync.control.results import (
    Done,
    PairResult,
    ScanResult,
    SeenWatch,
    StatusResult,
    WatchStatus,
)
from wearsync.control.server import ControlServer
from wearsync.daemon.keys import KeyStore
from wearsync.errors import TryAgain
from wearsync.model import Trust

ID = "00112233445566778899aabbccddeeff"
ADDRESS = "C0:FF:EE:00:00:01"
TABLE = f'wearer = "anna"\n[[watches]]\nname = "W"\nid = "{ID}"\naddress = "{ADDRESS}"\n'
SEEN = SeenWatch(name="Sim", address=ADDRESS, rssi=-60, driver="wearsync", known="W", pairing=True)
PAIRED = PairResult(name="W", watch_id=ID, address=ADDRESS, wearer="anna", trust=Trust.KEY, buzz="played")
STATUS = StatusResult(
    version="0", pid=1, site="home", radio="native", broker="connected", outbox=0,
    watches=(WatchStatus(name="W", watch_id=ID, driver="wearsync", wearer="anna", link="connected",
                         trust=Trust.KEY, phase="idle", battery_percent=83),),
)  # fmt: skip


async def test_scan_asks_the_daemon(desk: Desk) -> None:
    desk.answer = ScanResult(watches=(SEEN, SEEN.model_copy(update={"known": None, "pairing": False})))
    lines = (await wearsync_beside("scan", "--seconds", "2")).out.splitlines()
    assert [each.split() for each in lines] == [
        ["name", "address", "signal", "mode", "yours"],
        ["Sim", ADDRESS, "-60", "dBm", "pairing", "mode", "W"],
        ["Sim", ADDRESS, "-60", "dBm", "not", "paired"],
    ]
    assert json.loads((await wearsync_beside("scan", "--json")).out)["watches"][0]["address"] == ADDRESS
    assert desk.calls == [ScanParams(seconds=2.0), ScanParams(seconds=6.0)]


async def test_scan_of_an_empty_air_says_what_to_look_at(desk: Desk) -> None:
    desk.answer = ScanResult(watches=())
    assert "No watch is nearby" in (await wearsync_beside("scan")).out


async def test_a_radio_named_beside_a_daemon_is_not_taken_in_silence(desk: Desk) -> None:
    desk.answer = ScanResult(watches=(SEEN,))
    remark = "the running daemon used its own radio; --radio native is for when none runs\n"
    assert (await wearsync_beside("scan", "--radio", "native")).err == remark
    desk.answer = TryAgain("no watch in pairing mode is nearby")
    assert (await wearsync_beside("pair", "--name", "W", "--radio", "native")).err.startswith(remark)


async def test_scan_opens_the_radio_itself_without_a_daemon(config: Path, tmp_path: Path) -> None:
    async with (
        an_air() as (_, air),
        sim("watch", "--transport", f"tcp-client:{air}", "--pairing", "--state-dir", tmp_path) as watch,
    ):
        await watch.until("pairing: open")
        done = await wearsync_beside("scan", "--radio", f"tcp:{air}", "--seconds", "2", "--json")
    [seen] = json.loads(done.out)["watches"]
    assert (seen["name"], seen["pairing"], seen["known"]) == ("Sim", True, None)


@pytest.mark.parametrize("command", [("scan",), ("pair", "--yes", "--name", "W"), ("pair", "--remove-app")])
@pytest.mark.parametrize(
    ("radio", "code", "says"),
    [("tcp:127.0.0.1:1", 69, "is `wearsync-sim air` running?"), ("nonsense", 2, "there are native, tcp")],
)
def test_without_a_radio(config: Path, command: tuple[str, ...], radio: str, code: int, says: str) -> None:
    done = wearsync(*command, "--radio", radio)
    assert (done.code, done.out) == (code, "")
    assert says in done.err.splitlines()[-1]


def write(config: Path, text: str) -> None:
    config.write_text(text)


async def test_the_list_is_the_configurations_with_what_the_daemon_knows(desk: Desk, config: Path) -> None:
    desk.answer = STATUS.model_copy(update={"watches": ()})
    assert "No watch is paired yet" in (await wearsync_beside("watches")).out
    desk.answer = STATUS
    write(config, TABLE)
    lines = (await wearsync_beside("watches")).out.splitlines()
    assert lines[1].split() == ["W", "anna", "hold", "profile", "connected", "key", "83", "%"]
    assert len(lines) == 2, "it can do everything"
    desk.answer = TryAgain("stuck")
    [watch] = json.loads((await wearsync_beside("watches", "--json")).out)["watches"]
    assert watch == {
        "name": "W", "id": ID, "address": ADDRESS, "driver": "wearsync", "wearer": "anna",
        "link": "no daemon", "trust": None, "battery": None, "title": "hold profile", "limits": [],
    }  # fmt: skip


async def test_what_a_watch_can_not_do_stands_below(desk: Desk, config: Path) -> None:
    desk.answer = TryAgain("stuck")
    write(config, TABLE + 'driver = "banglejs"\n')
    lines = (await wearsync_beside("watches")).out.splitlines()
    assert lines[1].split() == ["W", "anna", "Bangle.js", "2", "no", "daemon"]
    assert lines[2:] == [
        "W: cues: queued, the watch can't say whether they ran.",
        "W: cues: the wearer can't confirm that one was felt.",
    ]


async def test_rename_and_forget_go_through_the_daemon(desk: Desk) -> None:
    desk.answer = Done(text="so be it")
    assert (await wearsync_beside("watches", "rename", "W", "Blue")).out == "so be it\n"
    assert (await wearsync_beside("watches", "forget", "Blue")).out == "so be it\n"
    assert desk.calls == [RenameParams(watch="W", name="Blue"), ForgetParams(watch="Blue")]


def test_rename_without_a_daemon_edits_the_configuration(config: Path, home: Path) -> None:
    config.write_text(TABLE)
    KeyStore(home / "s" / "keys.json").add_pending(ID, "W", bytes(32), datetime(2026, 3, 14, tzinfo=UTC))
    assert wearsync("watches", "rename", "W", "Blue").out == "W is now called Blue\n"
    assert 'name = "Blue"' in config.read_text()
    done = wearsync("watches", "rename", "W", "Green")
    assert done.code == 2
    assert "no watch is called 'W'" in done.err


async def test_forget_without_a_daemon_takes_the_watch_out(config: Path) -> None:
    write(config, TABLE)
    async with an_air() as (_, air):
        done = await wearsync_beside("watches", "forget", "W", "--radio", f"tcp:{air}")
    assert done.out.startswith(
        "W is forgotten; its history stays; its topics stay until the daemon runs next"
    )
    assert config.read_text() == 'wearer = "anna"\n'  # noqa: ASYNC240


def test_forget_of_a_watch_that_is_not_there_needs_no_radio(config: Path) -> None:
    done = wearsync("watches", "forget", "W", "--radio", "tcp:127.0.0.1:1")
    assert (done.code, done.err) == (2, "wearsync: no watch is called 'W'; there are: none\n")


async def test_watches_of_the_service_are_listed_to_whoever_commands_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their own configuration knows none of them."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("WEARSYNC_CONTROL_SERVICE", str(home / "service.sock"))
    service = Desk(answer=STATUS)
    async with ControlServer(home / "service.sock", service.handle):
        lines = (await wearsync_beside("watches")).out.splitlines()
        assert lines[1].split()[:2] == ["W", "anna"]
        assert lines[1].split()[-4:] == ["connected", "key", "83", "%"]
        [row] = json.loads((await wearsync_beside("watches", "--json")).out)["watches"]
        assert (row["name"], row["id"], row["address"]) == ("W", ID, None)
    assert "No watch is paired yet" in (await wearsync_beside("watches")).out


@pytest.mark.parametrize(
    ("trust", "says"),
    [
        (Trust.KEY, []),
        (
            Trust.BOND,
            ["W: trust: Bluetooth encrypts the link, but the watch has no key of its own to prove itself."],
        ),
        (Trust.NONE, ["W: trust: anybody nearby can listen, or pose as this watch; for a laboratory only."]),
    ],
)
async def test_less_trust_than_a_key_is_said_in_words(
    desk: Desk, config: Path, trust: Trust, says: list[str]
) -> None:
    (watch,) = STATUS.watches
    desk.answer = STATUS.model_copy(update={"watches": (watch.model_copy(update={"trust": trust}),)})
    write(config, TABLE)
    lines = (await wearsync_beside("watches")).out.splitlines()
    assert lines[1].split()[5] == trust.value
    assert lines[2:] == says
