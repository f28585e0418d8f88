"""The ring journal: what it keeps, loses and survives."""

import os
import signal
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

from wearsync.errors import AlreadyRunning, StorageError
from wearsync_simulators.watches.flash import Flash
from wearsync_simulators.watches.records import Battery, read_record, write_record

SLOT_BYTES = 64


def opened(path: Path | None, capacity: int = 8, first_id: int = 100) -> Flash:
    ids = count(first_id)
    return Flash(path, new_id=lambda: next(ids), capacity=capacity)


def write(flash: Flash, records: int) -> None:
    for _ in range(records):
        flash.append(write_record(seq=flash.next_seq, boot=1, tick=0, body=Battery(50, charging=False)))


def seqs(flash: Flash) -> list[int]:
    return [read_record(raw).seq for raw in flash.oldest_first()]


@pytest.mark.parametrize("in_file", [True, False])
def test_the_oldest_is_overwritten_and_only_when_full(tmp_path: Path, in_file: bool) -> None:
    flash = opened(tmp_path / "flash" if in_file else None)
    assert (flash.first_seq, flash.next_seq) == (1, 1)
    write(flash, 8)
    assert (flash.first_seq, flash.next_seq) == (1, 9)
    write(flash, 1)
    assert (flash.first_seq, flash.next_seq) == (2, 10)
    assert flash.read(1) is None
    assert seqs(flash) == list(range(2, 10))
    assert [read_record(raw).seq for raw in flash.newest_first()] == list(range(9, 1, -1))
    flash.close()


@pytest.mark.parametrize("records", [0, 1, 8, 9, 21])
def test_it_is_the_same_after_power_was_off(tmp_path: Path, records: int) -> None:
    flash = opened(tmp_path / "flash")
    assert flash.next_boot() == 1
    write(flash, records)
    kept, journal_id = seqs(flash), flash.journal_id
    flash.close()
    again = opened(tmp_path / "flash", capacity=99, first_id=200)
    assert (seqs(again), again.next_seq, again.journal_id) == (kept, records + 1, journal_id)
    assert again.next_boot() == 2
    write(again, 9)
    assert len(seqs(again)) == 8, "the capacity is the flash's own"
    again.close()


def test_a_damaged_slot_is_lost_and_the_others_are_not(tmp_path: Path) -> None:
    path = tmp_path / "flash"
    flash = opened(path)
    write(flash, 6)
    flash.close()
    content = bytearray(path.read_bytes())
    content[SLOT_BYTES * (1 + 3) + 10] ^= 1
    path.write_bytes(content)
    flash = opened(path)
    assert seqs(flash) == [1, 2, 4, 5, 6]
    assert flash.read(3) is None
    flash.close()


@pytest.mark.parametrize("cut", range(1, SLOT_BYTES))
def test_a_last_slot_that_was_not_written_whole_was_never_there(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "flash"
    flash = opened(path)
    write(flash, 3)
    flash.close()
    path.write_bytes(path.read_bytes()[:-cut])
    flash = opened(path)
    assert seqs(flash) in ([1, 2], [1, 2, 3])  # the slot's padding may be missing
    assert flash.next_seq == len(seqs(flash)) + 1
    flash.close()


def test_an_old_record_behind_a_damaged_newer_one_does_not_come_back(tmp_path: Path) -> None:
    path = tmp_path / "flash"
    flash = opened(path)
    write(flash, 8)
    old = path.read_bytes()
    write(flash, 3)
    flash.close()
    content = bytearray(path.read_bytes())
    slot = slice(SLOT_BYTES * 3, SLOT_BYTES * 4)
    content[slot] = old[slot]
    path.write_bytes(content)
    flash = opened(path)
    assert seqs(flash) == [4, 5, 6, 7, 8, 9, 11]
    flash.close()


def test_formatting_begins_a_new_journal_and_goes_on_counting_boots(tmp_path: Path) -> None:
    flash = opened(tmp_path / "flash")
    flash.next_boot()
    write(flash, 3)
    flash.format()
    assert (flash.journal_id, flash.next_seq, seqs(flash)) == (101, 1, [])
    assert flash.next_boot() == 2
    flash.close()
    again = opened(tmp_path / "flash")
    assert (again.journal_id, again.next_seq, again.boot) == (101, 1, 2)
    again.close()


def test_a_file_that_is_no_flash(tmp_path: Path) -> None:
    path = tmp_path / "flash"
    path.write_text("shopping list\n" * 20)
    with pytest.raises(StorageError, match="not the flash"):
        opened(path)
    assert path.read_text().startswith("shopping list")


def test_a_place_that_cant_be_had(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="can't open"):
        opened(tmp_path / "file" / "flash")


def test_one_watch_at_a_time(tmp_path: Path) -> None:
    flash = opened(tmp_path / "flash")
    with pytest.raises(AlreadyRunning, match="another simulated watch"):
        opened(tmp_path / "flash")
    flash.close()
    opened(tmp_path / "flash").close()


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    opened(tmp_path / "w" / "flash").close()
    assert (tmp_path / "w" / "flash").stat().st_mode & 0o77 == 0
    assert (tmp_path / "w").stat().st_mode & 0o77 == 0


# Says each record's number once it has been written, for ever.
WRITER = """
import sys
from pathlib import Path
from wearsync_simulators.watches.flash import Flash
from wearsync_simulators.watches.records import Battery, write_record
flash = Flash(Path(sys.argv[1]), new_id=lambda: 1, capacity=64)
while True:
    seq = flash.next_seq
    flash.append(write_record(seq=seq, boot=1, tick=0, body=Battery(50, charging=False)))
    sys.stdout.write(f"{seq}\\n")
    sys.stdout.flush()
"""


@pytest.mark.parametrize("after", [1, 63, 64, 65, 500])
def test_what_was_written_survives_kill_9(tmp_path: Path, after: int) -> None:
    path = tmp_path / "flash"
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        while int(process.stdout.readline()) < after:
            pass
        os.kill(process.pid, signal.SIGKILL)
        told = [after, *(int(line) for line in process.stdout)][-1]
    flash = opened(path)
    assert flash.next_seq - 1 in (told, told + 1), "what was told was written; at most one was not told yet"
    assert seqs(flash) == list(range(flash.first_seq, flash.next_seq))
    flash.close()
