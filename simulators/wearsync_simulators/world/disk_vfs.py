"""A file system for SQLite that asks before it writes: https://www.sqlite.org/vfs.html, registered by ctypes.

Rule: the real one does all the work, in the same memory; here stands only who is asked. It goes into the very
library that Python's `sqlite3` uses, so `…?vfs=NAME` finds it. No exception may leave a callback: C would not
see it; the asked one is told, and SQLite gets an I/O error.
"""

import _sqlite3
import ctypes
import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Protocol

__all__ = ["OPEN_CREATE", "OPEN_JOURNALS", "RealFile", "Volume", "register", "unregister"]

# sqlite3.h, "Flags for file open operations"; journals: main, super and WAL.
OPEN_CREATE = 0x4
OPEN_JOURNALS = 0x800 | 0x4000 | 0x80000

# The newest versions of the two tables that are described here; a newer library offers these as well.
_VERSION_MAX = 3

_POINTER = ctypes.c_void_p
_OPEN = ctypes.CFUNCTYPE(ctypes.c_int, _POINTER, _POINTER, _POINTER, ctypes.c_int, _POINTER)
_DELETE = ctypes.CFUNCTYPE(ctypes.c_int, _POINTER, _POINTER, ctypes.c_int)
_SLEEP = ctypes.CFUNCTYPE(ctypes.c_int, _POINTER, ctypes.c_int)
_CLOSE = ctypes.CFUNCTYPE(ctypes.c_int, _POINTER)
_TRANSFER = ctypes.CFUNCTYPE(ctypes.c_int, _POINTER, _POINTER, ctypes.c_int, ctypes.c_int64)
_TRUNCATE = ctypes.CFUNCTYPE(ctypes.c_int, _POINTER, ctypes.c_int64)
_SYNC = ctypes.CFUNCTYPE(ctypes.c_int, _POINTER, ctypes.c_int)
_FILE_SIZE = ctypes.CFUNCTYPE(ctypes.c_int, _POINTER, ctypes.POINTER(ctypes.c_int64))


class Volume(Protocol):
    """Who is asked. Each gives SQLite's result code, and does the thing itself, by `go` or by the file."""

    def open(self, path: str, flags: int, go: Callable[[], int]) -> int:
        """A file is to be opened; `flags` are SQLite's."""

    def delete(self, path: str, sync_directory: bool, go: Callable[[], int]) -> int:
        """A file is to be deleted."""

    def read(self, file: "RealFile", data: int, size_bytes: int, offset: int) -> int:
        """So much of it is wanted at the address `data`."""

    def write(self, file: "RealFile", data: int, size_bytes: int, offset: int) -> int:
        """What stands at the address `data` is to be written."""

    def truncate(self, file: "RealFile", size_bytes: int) -> int:
        """It is to be cut off there."""

    def sync(self, file: "RealFile") -> int:
        """It is to be durable."""

    def escaped(self, error: BaseException) -> None:
        """One of the above has raised this: a mistake of ours."""


class RealFile:
    """A file that is open, as the operating system has it."""

    def __init__(self, path: str, flags: int, address: int, methods: "_Methods") -> None:
        self.path = path
        self.flags = flags
        self._address = address
        self._read: Callable[[int, int, int, int], int] = _TRANSFER(methods.read)
        self._write: Callable[[int, int, int, int], int] = _TRANSFER(methods.write)
        self._truncate: Callable[[int, int], int] = _TRUNCATE(methods.truncate)
        self._file_size: Callable[[int, object], int] = _FILE_SIZE(methods.file_size)
        self._close: Callable[[int], int] = _CLOSE(methods.close)

    def size_bytes(self) -> int:
        """As it is now. Raises `OSError`."""
        size = ctypes.c_int64()
        if code := self._file_size(self._address, ctypes.byref(size)):
            raise OSError(f"{self.path}: SQLite says {code}")
        return size.value

    def bytes_at(self, offset: int, size_bytes: int) -> bytes:
        """Zeros behind the end. Raises `OSError`."""
        data = ctypes.create_string_buffer(size_bytes)
        code = self._read(self._address, ctypes.addressof(data), size_bytes, offset)
        if code not in {sqlite3.SQLITE_OK, sqlite3.SQLITE_IOERR_SHORT_READ}:
            raise OSError(f"{self.path}: SQLite says {code}")
        return data.raw

    def read(self, data: int, size_bytes: int, offset: int) -> int:
        """As `Volume.read`, really."""
        return self._read(self._address, data, size_bytes, offset)

    def write(self, data: int, size_bytes: int, offset: int) -> int:
        """As `Volume.write`, really."""
        return self._write(self._address, data, size_bytes, offset)

    def truncate(self, size_bytes: int) -> int:
        """As `Volume.truncate`, really."""
        return self._truncate(self._address, size_bytes)

    def close(self) -> int:
        """Lets it go, with its locks."""
        return self._close(self._address)


def register(volume: Volume) -> str:
    """From now on `…?vfs=NAME`, by the name that is given back, asks that volume."""
    return _library().register(volume)


def unregister(name: str) -> None:
    """That name is no more. Raises `OSError` while a connection still has a file open by it."""
    _library().unregister(name)


class _Vfs(ctypes.Structure):
    """struct sqlite3_vfs."""

    _fields_ = (
        ("version", ctypes.c_int),
        ("size_of_file", ctypes.c_int),
        ("path_bytes_max", ctypes.c_int),
        ("next", _POINTER),
        ("name", ctypes.c_char_p),
        ("app_data", _POINTER),
        ("open", _POINTER),
        ("delete", _POINTER),
        ("others_a", _POINTER * 7),
        ("sleep", _POINTER),
        ("others_b", _POINTER * 6),
    )


class _Methods(ctypes.Structure):
    """struct sqlite3_io_methods; locks, shared memory and the rest stay as they are."""

    _fields_ = (
        ("version", ctypes.c_int),
        ("close", _POINTER),
        ("read", _POINTER),
        ("write", _POINTER),
        ("truncate", _POINTER),
        ("sync", _POINTER),
        ("file_size", _POINTER),
        ("others", _POINTER * 12),
    )


@dataclass(frozen=True, slots=True)
class _Mount:
    """A registered name; SQLite keeps the address of `vfs`."""

    name: str
    volume: Volume
    vfs: _Vfs


class _Library:
    """SQLite, as it is loaded into this process."""

    def __init__(self) -> None:
        self._sqlite = ctypes.CDLL(getattr(_sqlite3, "__file__", None))
        self._sqlite.sqlite3_vfs_find.restype = _POINTER
        self._real_address: int = self._sqlite.sqlite3_vfs_find(None)
        self._real = _Vfs.from_address(self._real_address)
        self._open: Callable[[int, int | None, int, int, int | None], int] = _OPEN(self._real.open)
        self._delete: Callable[[int, int, int], int] = _DELETE(self._real.delete)
        self._mounts: dict[int, _Mount] = {}
        self._files: dict[int, tuple[_Mount, RealFile]] = {}
        # By the address of the original: the locking style of the file system decides which.
        self._methods: dict[int, _Methods] = {}
        self._vfs_callbacks = {"open": _OPEN(self._on_open), "delete": _DELETE(self._on_delete)}
        # Whoever waits for a lock waits for himself: a world has one thread.
        self._vfs_callbacks["sleep"] = _SLEEP(lambda _vfs, microseconds: microseconds)
        self._file_callbacks = {
            "close": _CLOSE(self._on_close),
            "read": _TRANSFER(self._on_read),
            "write": _TRANSFER(self._on_write),
            "truncate": _TRUNCATE(self._on_truncate),
            "sync": _SYNC(self._on_sync),
        }

    def register(self, volume: Volume) -> str:
        vfs = _Vfs.from_buffer_copy(self._real)
        vfs.version = min(vfs.version, _VERSION_MAX)
        address = ctypes.addressof(vfs)
        name = f"wearsync-{address:x}"
        vfs.name = name.encode()
        _put(vfs, self._vfs_callbacks)
        self._mounts[address] = _Mount(name, volume, vfs)
        if code := self._sqlite.sqlite3_vfs_register(ctypes.byref(vfs), 0):
            raise OSError(f"SQLite takes no file system {name}: {code}")
        return name

    def unregister(self, name: str) -> None:
        if still := [file.path for mount, file in self._files.values() if mount.name == name]:
            raise OSError(f"close what is open by {name} first: {', '.join(still)}")
        address, mount = next(each for each in self._mounts.items() if each[1].name == name)
        self._sqlite.sqlite3_vfs_unregister(ctypes.byref(mount.vfs))
        del self._mounts[address]

    def _on_open(self, vfs: int, name: int | None, file: int, flags: int, out_flags: int | None) -> int:
        if name is None:
            return self._open(self._real_address, name, file, flags, out_flags)
        mount, path = self._mounts[vfs], os.fsdecode(ctypes.string_at(name))
        methods_of_file = _POINTER.from_address(file)
        methods_of_file.value = None

        def go() -> int:
            code = self._open(self._real_address, name, file, flags, out_flags)
            if code == sqlite3.SQLITE_OK and methods_of_file.value:
                original = methods_of_file.value
                self._files[file] = mount, RealFile(path, flags, file, _Methods.from_address(original))
                methods_of_file.value = ctypes.addressof(self._asking(original))
            return code

        return _ask(mount.volume, lambda: mount.volume.open(path, flags, go))

    def _on_delete(self, vfs: int, name: int, sync_directory: int) -> int:
        volume, path = self._mounts[vfs].volume, os.fsdecode(ctypes.string_at(name))

        def go() -> int:
            return self._delete(self._real_address, name, sync_directory)

        return _ask(volume, lambda: volume.delete(path, bool(sync_directory), go))

    def _on_close(self, address: int) -> int:
        _mount, file = self._files.pop(address)
        return file.close()

    def _on_read(self, address: int, data: int, size_bytes: int, offset: int) -> int:
        mount, file = self._files[address]
        return _ask(mount.volume, lambda: mount.volume.read(file, data, size_bytes, offset))

    def _on_write(self, address: int, data: int, size_bytes: int, offset: int) -> int:
        mount, file = self._files[address]
        return _ask(mount.volume, lambda: mount.volume.write(file, data, size_bytes, offset))

    def _on_truncate(self, address: int, size_bytes: int) -> int:
        mount, file = self._files[address]
        return _ask(mount.volume, lambda: mount.volume.truncate(file, size_bytes))

    def _on_sync(self, address: int, _flags: int) -> int:
        mount, file = self._files[address]
        return _ask(mount.volume, lambda: mount.volume.sync(file))

    def _asking(self, original: int) -> _Methods:
        """The file's methods, ours among them."""
        if original not in self._methods:
            methods = _Methods.from_buffer_copy(_Methods.from_address(original))
            methods.version = min(methods.version, _VERSION_MAX)
            _put(methods, self._file_callbacks)
            self._methods[original] = methods
        return self._methods[original]


@cache
def _library() -> _Library:
    """One a process, as SQLite is; its callbacks live as long as any connection may."""
    return _Library()


def _put(table: ctypes.Structure, callbacks: "dict[str, ctypes._CFunctionType]") -> None:
    for name, callback in callbacks.items():
        setattr(table, name, ctypes.cast(callback, _POINTER))


def _ask(volume: Volume, ask: Callable[[], int]) -> int:
    try:
        return ask()
    except BaseException as error:  # noqa: BLE001 - C is on the other side, which knows no exceptions
        volume.escaped(error)
        return sqlite3.SQLITE_IOERR
