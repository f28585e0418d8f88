"""Directory, disk, journal, lock: each fault prepared for real, as far as a test may."""

import errno
import os
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.doctor.examining import a_machine, configured, finding, looked
from wearsync.doctor.storage import held, in_bytes, on_disk
from wearsync.journal.disk import Medium, Mount, Room
from wearsync.journal.lock import instance_lock
from wearsync.journal.store import SqliteJournal

LINE = "30 1 8:1 / {point} {options} - {kind} /dev/x {more}\n"


def mounted(home: Path, *, kind: str = "ext4", options: str = "rw", device: str = "8:1") -> Path:
    """A look-alike of /proc and /sys, in which the home is a mount of that kind."""
    info = home / "m/proc/self/mountinfo"
    info.parent.mkdir(parents=True, exist_ok=True)
    line = LINE.format(point=home, options=options, kind=kind, more=options)
    info.write_text(
        LINE.format(point="/", options="rw", kind="ext4", more="rw") + line.replace("8:1", device)
    )
    return home / "m"


async def journal_in(home: Path) -> Path:
    file = home / "s" / "journal.sqlite"
    (home / "s").mkdir(mode=0o700, exist_ok=True)
    async with await SqliteJournal.open(file):
        return file


async def test_all_is_well(home: Path) -> None:
    await journal_in(home)
    found = await looked(configured(home), "storage", machine=a_machine(mounted(home)))
    assert [check.finding for name, check in found.items() if name != "disk"] == [
        "state_fit",
        "journal_fit",
        "lock_free",
    ]
    # Others may be at this machine's disk just now.
    assert found["disk"].finding in ("disk_fit", "disk_slow")
    assert "ext4" in found["disk"].says
    assert "schema 3" in found["journal"].says
    assert "sound" in found["journal"].says
    assert sorted(each.name for each in (home / "s").iterdir() if "doctor" in each.name) == []


async def test_a_state_directory_that_is_not_there_yet(home: Path) -> None:
    request = configured(home)
    (home / "s").rmdir()
    found = await looked(request, "storage")
    assert [found[name].finding for name in ("state_dir", "journal", "lock")] == [
        "state_none",
        "journal_none",
        "lock_free",
    ]


async def test_a_disk_that_can_only_be_read(home: Path) -> None:
    machine = a_machine(mounted(home, options="ro,relatime"))
    check = await finding(configured(home), "state_dir", machine=machine)
    assert check.finding == "state_read_only"
    assert str(home) in check.fix


async def test_a_file_in_the_place_of_the_directory(home: Path) -> None:
    request = configured(home)
    (home / "s").rmdir()
    (home / "s").write_text("")
    assert (await finding(request, "state_dir")).finding == "state_forbidden"


async def test_a_directory_that_others_can_look_into(home: Path) -> None:
    request = configured(home)
    (home / "s").chmod(0o755)
    check = await finding(request, "state_dir")
    assert (check.finding, check.fix) == ("state_open", f"chmod 700 {home}/s")


async def test_a_directory_of_somebody_else(home: Path) -> None:
    request = configured(home)
    try:
        os.chown(home / "s", 12345, -1)
    except PermissionError:
        (home / "s").chmod(0o500)
        assert (await finding(request, "state_dir")).finding == "state_forbidden"
        return
    assert (await finding(request, "state_dir")).finding == "state_others"


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        ("tmpfs", "disk_memory"),
        ("overlay", "disk_container"),
        ("nfs4", "disk_network"),
    ],
)
async def test_file_systems(home: Path, kind: str, named: str) -> None:
    machine = a_machine(mounted(home, kind=kind))
    check = await finding(configured(home), "disk", machine=machine)
    assert check.finding == named
    assert kind in check.says


DISK = Mount("/", "ext4", Medium.DISK, read_only=False)
ROOM = Room(10**9, 10**6)


@pytest.mark.parametrize(
    ("left", "took_ms", "named"),
    [
        (ROOM, 5.0, "disk_fit"),
        (ROOM, 180.0, "disk_slow"),
        (ROOM, None, "disk_untried"),
        (Room(50 * 10**6, None), 5.0, "disk_low"),
        (Room(10**6, None), 5.0, "disk_full"),
        (Room(10**9, 3), 5.0, "disk_full"),
        (ROOM, OSError(errno.ENOSPC, "No space left on device"), "disk_full"),
        (ROOM, OSError(errno.EIO, "Input/output error"), "disk_fails"),
        (OSError(errno.EACCES, "Permission denied"), 0.0, "disk_fails"),
    ],
)
def test_disks(left: Room | OSError, took_ms: float | OSError | None, named: str) -> None:
    assert on_disk(Path("/x"), mount=DISK, left=left, took_ms=took_ms).finding == named


def test_a_card_that_is_fast_is_only_named() -> None:
    card = Mount("/", "ext4", Medium.CARD, read_only=False)
    assert on_disk(Path("/x"), mount=card, left=ROOM, took_ms=4.0).finding == "disk_card"
    assert on_disk(Path("/x"), mount=card, left=ROOM, took_ms=400.0).finding == "disk_slow"


async def test_a_file_that_can_not_grow_is_a_disk_that_fails(home: Path) -> None:
    request = configured(home)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        check = await finding(request, "disk")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (check.finding, check.says.rpartition(": ")[2]) == ("disk_fails", "File too large")


async def test_a_memory_card_is_known(home: Path) -> None:
    root = mounted(home, device="179:2")
    card = root / "sys/devices/mmc_host/mmc0/block/mmcblk0/mmcblk0p2"
    card.mkdir(parents=True)
    (root / "sys/dev/block").mkdir(parents=True)
    (root / "sys/dev/block/179:2").symlink_to(card)
    assert (await finding(configured(home), "disk", machine=a_machine(root))).finding in (
        "disk_card",
        "disk_slow",
    )


async def test_a_journal_of_a_newer_version(home: Path) -> None:
    file = await journal_in(home)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA user_version = 99")
    check = await finding(configured(home), "journal")
    assert check.finding == "journal_newer"
    assert "schema 99" in check.says


async def test_a_journal_of_an_older_version(home: Path) -> None:
    file = await journal_in(home)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA user_version = 2")
    assert (await finding(configured(home), "journal")).finding == "journal_older"


async def test_a_damaged_journal(home: Path) -> None:
    file = await journal_in(home)
    with file.open("r+b") as opened:
        opened.seek(4096)
        opened.write(os.urandom(20_000))
    assert (await finding(configured(home), "journal")).finding == "journal_damaged"


async def test_another_file_in_the_journals_place(home: Path) -> None:
    request = configured(home)
    file = home / "s" / "journal.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE songs (title TEXT)")
    assert (await finding(request, "journal")).finding == "journal_foreign"
    file.unlink()
    file.mkdir()
    assert (await finding(request, "journal")).finding == "journal_unreadable"


async def test_another_process_holds_the_state_directory(home: Path) -> None:
    request = configured(home)
    with instance_lock(home / "s"):
        check = await finding(request, "lock")
        assert check.finding == "lock_other"
        assert f"process {os.getpid()} (" in check.says
    assert (await finding(request, "lock")).finding == "lock_free"


@contextmanager
def as_somebody_else() -> Iterator[None]:
    """Not as root, whom no mode keeps out."""
    if os.geteuid() == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        if os.getuid() == 0:
            os.seteuid(0)


@contextmanager
def closed(home: Path) -> Iterator[bool]:
    """The state directory lets us not in; gives whether it is ours."""
    is_ours = os.geteuid() != 0
    home.chmod(0o755)
    (home / "s").chmod(0o000 if is_ours else 0o700)
    try:
        with as_somebody_else():
            yield is_ours
    finally:
        (home / "s").chmod(0o700)


async def test_a_directory_that_does_not_let_us_in(home: Path) -> None:
    await journal_in(home)
    request = configured(home)
    with closed(home) as is_ours:
        found = await looked(request, "storage", "keys", "daemon")
    assert {name: check.finding for name, check in found.items()} == {
        "keys": "keys_unreadable",
        "daemon": "daemon_forbidden",
        "outbox": "outbox_unknown",
        "unit": found["unit"].finding,
        "state_dir": "state_forbidden" if is_ours else "state_theirs",
        "disk": "disk_untried",
        "journal": "journal_unreadable",
        "lock": "lock_unknown",
    }


def test_who_holds_it_may_be_unknown(home: Path) -> None:
    (home / "lock").mkdir()
    (home / "lock" / "lock").symlink_to("lock")
    assert held(home / "lock", is_daemon=False).finding == "lock_unknown"


def test_sizes() -> None:
    assert [in_bytes(count) for count in (150_000, 7_000_000, 2_500_000_000)] == [
        "150 kB",
        "7.0 MB",
        "2.5 GB",
    ]
