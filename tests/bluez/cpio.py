"""Archives that the Linux kernel unpacks as its first file system ("newc", initramfs buffer format).

Rule: deterministic: no time of day, no owner but root, inodes in the order of writing.
"""

import stat
from types import TracebackType
from typing import BinaryIO, Self

__all__ = ["Archive"]


class Archive:
    """Writes to an open file; several one after the other are one file system, later ones win."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._inode = 0
        self._folders: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._entry("TRAILER!!!", 0, b"")

    def folder(self, path: str, mode: int = 0o755) -> None:
        """A directory, with those above it."""
        self._above(path)
        if path not in self._folders:
            self._folders.add(path)
            self._entry(path, stat.S_IFDIR | mode, b"")

    def file(self, path: str, content: bytes, mode: int = 0o644) -> None:
        """A file, with the directories above it."""
        self._above(path)
        self._entry(path, stat.S_IFREG | mode, content)

    def link(self, path: str, target: str) -> None:
        """A symbolic link."""
        self._above(path)
        self._entry(path, stat.S_IFLNK | 0o777, target.encode())

    def _above(self, path: str) -> None:
        head, _, _ = path.rpartition("/")
        if head:
            self.folder(head)

    def _entry(self, path: str, mode: int, content: bytes) -> None:
        self._inode += 1
        name = path.encode() + b"\0"
        # inode, mode, uid, gid, links, mtime, size, device (4 fields), length of the name, checksum (unused)
        fields = (self._inode, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name), 0)
        head = b"070701" + b"".join(b"%08X" % field for field in fields) + name
        self._out.write(head + bytes(-len(head) % 4))
        self._out.write(content + bytes(-len(content) % 4))
