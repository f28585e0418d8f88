"""Watches: bond, key, whether they are there: as BlueZ, a daemon, or the air has it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import BaseModel

from tests.doctor.examining import ADDRESS, ID, WATCH, configured, finding, looked
from tests.doctor.test_daemon import STATUS
from tests.radio.fake_bluez import FakeBluez
from wearsync.config.sections import WatchSettings
from wearsync.control.calls import Call, ScanParams
from wearsync.control.results import ScanResult, SeenWatch, WatchStatus
from wearsync.control.server import ControlServer
from wearsync.control.session import Session
from wearsync.daemon.keys import KeyStore
from wearsync.doctor import Request
from wearsync.doctor.bond import Bond
from wearsync.doctor.watches import bond, clock, presence
from wearsync.errors import RadioUnavailable, WearsyncError
from wearsync.journal.lock import instance_lock
from wearsync.model import Trust
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.tcp import serve_air
from wearsync_simulators.watches.simulated_watch import SimulatedWatch

OURS = WatchSettings(name="W", id=ID, address=ADDRESS)
PATH = f"/org/bluez/hci0/dev_{ADDRESS.replace(':', '_')}"
NOW = WatchStatus(
    name="W", watch_id=ID, driver="wearsync", wearer="me", link="connected", trust=Trust.KEY, phase="idle",
    battery_percent=83, last_heard_s=4.0, clock_off_ms=120,
)  # fmt: skip
SEEN = ScanResult(watches=(SeenWatch(name="W", address=ADDRESS, rssi=-61),))
NOBODY = ScanResult(watches=())
KEY = bytes(range(32))


def given_a_key(home: Path, *, proven: bool = True) -> None:
    keys = KeyStore(home / "s" / "keys.json")
    keys.add_pending(ID, "W", KEY, datetime.now(UTC))
    if proven:
        keys.prove(ID, KEY)


@asynccontextmanager
async def daemon(home: Path, now: WatchStatus, seen: ScanResult | WearsyncError) -> AsyncIterator[Request]:
    """One that says this of the watch, and hears that in the air."""

    async def handle(call: Call, _session: Session) -> BaseModel:
        if isinstance(call, ScanParams) and isinstance(seen, WearsyncError):
            raise seen
        answer = (
            seen
            if isinstance(call, ScanParams)
            else STATUS.model_copy(update={"watches": (now,), "radio": "tcp:x"})
        )
        assert isinstance(answer, BaseModel)
        return answer

    request = configured(home, WATCH)
    async with ControlServer(home / "s" / "control.sock", handle):
        yield request


async def test_no_watch_at_all(home: Path) -> None:
    found = await looked(configured(home), "watches")
    assert found["watch"].finding == "watches_none"


async def test_a_watch_that_the_daemon_has(home: Path) -> None:
    async with daemon(home, NOW, NOBODY) as request:
        given_a_key(home)
        found = await looked(request, "watches")
    assert [check.finding for check in found.values()] == [
        "bond_unknown",
        "trust_key",
        "watch_connected",
        "watch_clock_right",
    ]
    assert {check.about for check in found.values()} == {"W"}
    assert found["watch"].says == "connected, battery 83 %, last heard 4 s ago"


@pytest.mark.parametrize(
    ("seen", "named"),
    [(SEEN, "watch_seen"), (NOBODY, "watch_unseen"), (RadioUnavailable("no adapter"), "watch_unscanned")],
)
async def test_a_watch_that_the_daemon_looks_for(
    home: Path, seen: ScanResult | WearsyncError, named: str
) -> None:
    away = NOW.model_copy(update={"link": "searching", "last_heard_s": 7200.0})
    async with daemon(home, away, seen) as request:
        check = await finding(request, "watch")
    assert check.finding == named
    if named == "watch_unseen":
        assert check.says == "W was not seen for 6 s, last heard 2 h ago"
        assert "phone" in check.why


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"link": "refused: the proof does not hold"}, "watch_refused"),
        ({"battery_percent": 6}, "battery_low"),
    ],
)
def test_what_the_daemon_knows_of_it(changes: dict[str, object], named: str) -> None:
    now = NOW.model_copy(update=changes)
    assert presence(OURS, now, Bond(), None, has_daemon=True).finding == named


def test_a_link_that_a_daemon_knows_of_is_nobody_elses() -> None:
    """It has just lost the watch, and bluetoothd not yet."""
    away, has = NOW.model_copy(update={"link": "searching"}), Bond(is_paired=True, is_connected=True)
    assert presence(OURS, away, has, SEEN, has_daemon=True).finding == "watch_seen"
    assert presence(OURS, None, has, None, has_daemon=False).finding == "watch_held_here"


def test_a_watch_whose_clock_is_wrong() -> None:
    assert clock(OURS, NOW.model_copy(update={"clock_off_ms": -3_700_000})).finding == "watch_clock_off"
    assert clock(OURS, None).finding == "watch_clock_unknown"


async def test_keys(home: Path, bluez: FakeBluez) -> None:
    request = replace(configured(home, WATCH), radio="tcp:127.0.0.1:1")
    assert (await finding(request, "trust")).finding == "key_none"
    given_a_key(home, proven=False)
    assert (await finding(request, "trust")).finding == "key_pending"
    (home / "s" / "keys.json").chmod(0o644)
    assert (await finding(request, "trust")).finding == "trust_unknown"
    pinetime = replace(configured(home, WATCH + 'driver = "infinitime"\n'), radio="tcp:127.0.0.1:1")
    check = await finding(pinetime, "trust")
    assert (check.finding, check.says) == ("trust_less", "bond: this kind of watch can do no better")


@pytest.mark.parametrize(
    ("known", "named"),
    [
        (None, "bond_none"),
        ({"paired": False}, "bond_none"),
        ({"paired": True}, "bond_fit"),
        ({"paired": True, "bonded": True, "trusted": True}, "bond_fit"),
        ({"paired": True, "bonded": False}, "bond_fleeting"),
        ({"paired": True, "blocked": True}, "bond_blocked"),
    ],
)
async def test_bonds(home: Path, bluez: FakeBluez, known: dict[str, object] | None, named: str) -> None:
    if known is not None:
        bluez.add(PATH, **known)
    with instance_lock(home / "s"):
        found = await looked(configured(home, WATCH), "watches")
    assert found["bond"].finding == named
    if known is None:
        assert found["watch"].says == "not looked for: another process holds the radio (see lock)"
    else:
        assert found["watch"].finding == "watch_held_here"


async def test_a_bond_that_nobody_tells_of(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={home}/none")
    found = await looked(configured(home, WATCH), "watches")
    assert found["bond"].finding == "bond_unknown"
    assert found["watch"].finding == "watch_unscanned"
    assert "there is no D-Bus" in found["watch"].says
    assert bond(OURS, Bond(because="why")).says == "not looked at: why"


async def test_a_watch_in_the_air_without_a_daemon(home: Path) -> None:
    air = Air()
    server = await serve_air("127.0.0.1", 0, air=air)
    watch = SimulatedWatch(name="W")
    await watch.power_on(air)
    try:
        request = configured(home, WATCH.replace(ADDRESS, watch.address))
        check = await finding(replace(request, radio=f"tcp:{server.address}"), "watch")
    finally:
        await watch.power_off()
        await server.close()
    assert check.finding == "watch_seen"
    assert list((home / "s").iterdir()) == []
