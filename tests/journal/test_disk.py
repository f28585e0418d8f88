"""The disk below the journal: what the kernel says of it, and how long a commit takes."""

import os
from pathlib import Path

import pytest

from wearsync.journal.disk import Medium, commit_ms, mount_of, room

LINE = "36 35 {device} / {point} rw,relatime shared:1 - {kind} /dev/sda1 {options}\n"


def line(point: Path | str, kind: str, *, device: str = "8:1", options: str = "rw") -> str:
    return LINE.format(point=point, kind=kind, device=device, options=options)


@pytest.mark.parametrize(
    ("kind", "medium"),
    [
        ("ext4", Medium.DISK),
        ("tmpfs", Medium.MEMORY),
        ("cifs", Medium.NETWORK),
        ("overlay", Medium.CONTAINER),
    ],
)
def test_the_nearest_mount_counts(tmp_path: Path, kind: str, medium: Medium) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(line("/", "xfs") + line(tmp_path, "btrfs") + line(tmp_path, kind) + "rubbish\n")
    found = mount_of(tmp_path / "a" / "b", mounts=mounts, blocks=tmp_path)
    assert found is not None
    assert (found.point, found.kind, found.medium, found.read_only) == (str(tmp_path), kind, medium, False)


def test_blanks_in_a_path_and_a_file_system_that_can_only_be_read(tmp_path: Path) -> None:
    place = tmp_path / "a disk"
    place.mkdir()
    mounts = tmp_path / "mountinfo"
    mounts.write_text(line("/", "ext4") + line(str(place).replace(" ", "\\040"), "ext4", options="ro"))
    found = mount_of(place, mounts=mounts, blocks=tmp_path)
    assert found is not None
    assert found.read_only


def test_a_memory_card_is_known_by_its_device(tmp_path: Path) -> None:
    card = tmp_path / "devices/mmc_host/mmc0/mmc0:1/block/mmcblk0"
    card.mkdir(parents=True)
    (tmp_path / "179:0").symlink_to(card)
    mounts = tmp_path / "mountinfo"
    mounts.write_text(line("/", "ext4", device="179:0"))
    found = mount_of(Path("/"), mounts=mounts, blocks=tmp_path)
    assert found is not None
    assert found.medium is Medium.CARD


def test_a_system_that_does_not_tell(tmp_path: Path) -> None:
    assert mount_of(tmp_path, mounts=tmp_path / "none", blocks=tmp_path) is None
    (tmp_path / "empty").write_text("")
    assert mount_of(tmp_path, mounts=tmp_path / "empty", blocks=tmp_path) is None


def test_a_commit_is_measured_and_leaves_nothing(tmp_path: Path) -> None:
    assert 0 < commit_ms(tmp_path) < 5000
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(OSError, match="No such file"):
        commit_ms(tmp_path / "none")


def test_room_is_what_others_than_root_have(tmp_path: Path) -> None:
    found = os.statvfs(tmp_path)
    assert abs(room(tmp_path).free_bytes - found.f_bavail * found.f_frsize) < 10**9
