"""The disk as SQLite meets it: failing calls, no room, death at any of them, and the power going."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from wearsync_simulators.world.disk import FAULTS, Disk
from wearsync_simulators.world.faults import Faults
from wearsync_simulators.world.process import Process

# More calls than any script below makes.
CALLS_MAX = 200
ROWS = 5


class Host:
    """One machine: a disk, and one process after the other that puts rows into a database."""

    def __init__(self, root: Path, faults: Faults | None = None) -> None:
        root.mkdir(exist_ok=True)
        self.path = root / "some.db"
        self.told = 0
        self.faults = faults or Faults(1, FAULTS, ())
        self.disk = Disk(faults=self.faults, root=root)

    def disk_with(self, faults: Faults) -> Faults:
        """The same files, other faults."""
        self.disk = Disk(faults=faults, root=self.path.parent)
        return faults

    def process(self, dies_at: int | None = None) -> Process:
        return Process("some", crashes=lambda _: self.disk.calls == dies_at, died=lambda: None)

    @contextmanager
    def connected(self, process: Process | None = None) -> Iterator[sqlite3.Connection]:
        name = self.disk.mount(process or self.process())
        uri = f"{self.path.as_uri()}?mode=rwc&vfs={name}"
        try:
            with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
                yield connection
        finally:
            self.disk.unmount(name)

    def put_rows(
        self, process: Process | None = None, *, rows: int = ROWS, synchronous: str = "FULL"
    ) -> None:
        """`told` is the newest that was committed."""
        with self.connected(process) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA synchronous = {synchronous}")
            connection.execute("PRAGMA wal_autocheckpoint = 4")
            connection.execute("CREATE TABLE IF NOT EXISTS t (x INTEGER PRIMARY KEY, y TEXT)")
            for row in range(self.told + 1, self.told + 1 + rows):
                connection.execute("INSERT OR IGNORE INTO t VALUES (?, ?)", (row, "y" * 3000))
                self.told = row

    def rows(self) -> list[int]:
        """What is there, without this disk. Raises `sqlite3.DatabaseError` when that is damaged."""
        with closing(sqlite3.connect(self.path)) as connection:
            if (found := connection.execute("PRAGMA integrity_check").fetchone()) != ("ok",):
                raise sqlite3.DatabaseError(found[0])
            if not connection.execute("SELECT 1 FROM sqlite_schema").fetchone():
                return []
            return [row[0] for row in connection.execute("SELECT x FROM t ORDER BY x")]

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.path.parent.iterdir() if "shm" not in path.name}


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def test_nothing_wrong(host: Host) -> None:
    host.put_rows()
    assert host.rows() == [1, 2, 3, 4, 5]
    assert 50 < host.disk.calls < CALLS_MAX
    assert host.disk.used_bytes == host.path.stat().st_size


def each_call(
    tmp_path: Path, spoil: Callable[[Host, int], Process | None], *, calls: int = CALLS_MAX
) -> Iterator[Host]:
    """Hosts on which something went wrong at the first call, the second … until all go well."""
    for at in range(calls):
        host = Host(tmp_path / str(at), Faults(at, FAULTS, ()))
        process = spoil(host, at)
        try:
            host.put_rows(process)
        except sqlite3.OperationalError:
            pass
        else:
            if at > host.disk.calls:
                return
        yield host
    pytest.fail("still calls to spoil")


def test_whichever_call_fails_what_was_told_is_there(tmp_path: Path) -> None:
    def spoil(host: Host, at: int) -> None:
        host.disk.fail_at = at

    for host in each_call(tmp_path, spoil):
        assert host.rows()[: host.told] == list(range(1, host.told + 1))
        assert len(host.rows()) <= host.told + 1


def test_the_dead_change_nothing(tmp_path: Path) -> None:
    def spoil(host: Host, at: int) -> Process:
        return host.process(dies_at=at)

    lengths = set()
    for host in each_call(tmp_path, spoil):
        before: list[dict[str, bytes]] = []
        died = host.process(dies_at=host.disk.calls)
        with suppress(sqlite3.OperationalError), host.connected(died) as connection:
            with suppress(sqlite3.OperationalError):
                connection.execute("INSERT INTO t VALUES (100, '')")
            before.append(host.files())
        assert not died.alive
        assert all(host.files() == files for files in before)
        rows = host.rows()
        assert rows[: host.told] == list(range(1, host.told + 1))
        lengths.add(len(rows))
    assert lengths == set(range(ROWS + 1))


def test_whenever_power_goes_what_was_told_is_there(tmp_path: Path) -> None:
    def spoil(host: Host, at: int) -> Process:
        return host.process(dies_at=at)

    more = 0
    for host in each_call(tmp_path, spoil):
        host.disk.cut_power()
        assert {path.name for path in host.path.parent.glob("*-shm")} == set()
        rows = host.rows()
        assert rows[: host.told] == list(range(1, host.told + 1))
        more += len(rows) > host.told
        host.put_rows()
        assert host.rows() == list(range(1, host.told + 1))
    assert more


@pytest.mark.parametrize("synchronous", ["OFF", "NORMAL"])
def test_who_does_not_sync_loses(tmp_path: Path, synchronous: str) -> None:
    """Else the power cuts above would show nothing."""
    losses = 0
    for dies_at in range(30, 100):
        host = Host(tmp_path / str(dies_at), faults(dies_at))
        with suppress(sqlite3.OperationalError):
            host.put_rows(host.process(dies_at), synchronous=synchronous)
        host.disk.cut_power()
        try:
            losses += len(host.rows()) < host.told
        except sqlite3.DatabaseError:
            losses += 1
    assert losses > 3


def faults(seed: int, *names: str, rate: float = 1.0) -> Faults:
    """Those, at that rate."""
    return Faults(seed, (replace(fault, rate=rate) for fault in FAULTS), names)


def test_a_sync_that_fails_is_told_and_what_is_told_later_lasts(tmp_path: Path) -> None:
    for seed in range(10):
        host = Host(tmp_path / str(seed), faults(seed, "disk.fsync_error"))
        host.faults.heal()
        host.put_rows()
        host.faults = host.disk_with(faults(seed, "disk.fsync_error"))
        died = host.process()
        with host.connected(died) as connection:
            with pytest.raises(sqlite3.OperationalError) as caught:
                connection.execute("INSERT INTO t VALUES (6, '')")
            assert caught.value.sqlite_errorcode == sqlite3.SQLITE_IOERR_FSYNC
            host.faults.heal()
            connection.execute("INSERT INTO t VALUES (7, '')")
            died.kill()
        host.disk.cut_power()
        assert host.rows() == [1, 2, 3, 4, 5, 7]
        assert host.faults.counts == {"disk.fsync_error": 1, "disk.power_cut": 1}


def test_errors_come_at_their_rate_until_all_is_healed(host: Host) -> None:
    host.faults = host.disk_with(faults(1, "disk.io_error", rate=0.02))
    for _ in range(10):
        with suppress(sqlite3.OperationalError):
            host.put_rows()
    assert 3 < host.faults.counts["disk.io_error"] < 40
    host.faults.heal()
    before = dict(host.faults.counts)
    host.put_rows()
    assert host.faults.counts == before
    assert host.rows()[-1] == host.told


def test_without_room_nothing_is_half_done_and_with_room_it_goes_on(host: Host) -> None:
    host.put_rows(rows=1)
    with host.connected() as connection:
        used_bytes = host.disk.used_bytes
        for room_bytes in range(0, 60_000, 1000):
            host.disk.capacity_bytes = used_bytes + room_bytes
            with suppress(sqlite3.OperationalError):
                connection.execute("INSERT INTO t VALUES (2, zeroblob(30000))")
                break
            assert host.disk.used_bytes <= host.disk.capacity_bytes
            assert connection.execute("SELECT x FROM t").fetchall() == [(1,)]
        else:
            pytest.fail("never room enough")
        assert room_bytes > 30_000
        host.disk.capacity_bytes = None
        connection.execute("INSERT INTO t VALUES (3, zeroblob(300000))")
    assert host.rows() == [1, 2, 3]


def test_a_full_disk_is_so_for_a_while(host: Host) -> None:
    host.faults = host.disk_with(faults(1, "disk.full"))
    codes: list[int] = []
    while len(codes) < 10:
        with pytest.raises(sqlite3.OperationalError) as caught:
            host.put_rows()
        codes.append(caught.value.sqlite_errorcode)
    assert set(codes) == {sqlite3.SQLITE_FULL}
    assert host.faults.counts["disk.full"] > 0
    host.faults.heal()
    host.put_rows()
    assert host.rows() == [1, 2, 3, 4, 5]


def test_what_was_deleted_may_be_back_and_what_was_made_may_be_gone(tmp_path: Path) -> None:
    """No sync of the directory: so does SQLite with a rollback journal, and with a WAL at the end."""
    made, back = set(), set()
    for seed in range(20):
        host = Host(tmp_path / str(seed), faults(seed))
        host.put_rows()
        host.disk.cut_power()
        back.add(Path(f"{host.path}-wal").exists())
        assert host.rows() == [1, 2, 3, 4, 5]
        copy = host.path.with_name("copy.db")
        with host.connected() as connection:
            connection.execute("ATTACH ? AS copy", (str(copy),))
            connection.execute("PRAGMA copy.synchronous = OFF")
            connection.execute("CREATE TABLE copy.t (x)")
        host.disk.cut_power()
        made.add(copy.exists())
    assert made == back == {False, True}


def test_what_others_have_put_there_stays(host: Host) -> None:
    """A backup, say, put in the place of the file."""
    host.put_rows(synchronous="OFF")
    other = host.path.with_name("other.db")
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE t AS SELECT 8 AS x")
        connection.commit()
    other.replace(host.path)
    host.disk.cut_power()
    assert host.rows() == [8]
    host.path.unlink()
    host.put_rows()
    host.path.unlink()
    host.disk.cut_power()
    assert not host.path.exists()


def test_power_is_cut_between_lives(host: Host) -> None:
    with host.connected(), pytest.raises(OSError, match="unmount first: wearsync-"):
        host.disk.cut_power()


def test_mistakes_come_out(host: Host) -> None:
    def crashes(where: str) -> bool:
        return bool(1 / 0) and where == ""

    with (
        pytest.raises(ZeroDivisionError),
        host.connected(Process("some", crashes=crashes, died=lambda: None)) as connection,
    ):
        connection.execute("CREATE TABLE t (x)")
