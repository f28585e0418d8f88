"""The keys shared with watches, in a 0600 JSON file apart from the journal.

Rule: a key is on disk before the watch is given it, and the old one stays until the new one is proven: a
crash in between leaves a watch that can still be reached. Keys are never logged: `repr` and errors hide them.
"""

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, ValidationError, model_validator

from wearsync.errors import ConfigError, StorageError, UsageError
from wearsync.model import Border

# docs/hold-profile.md: K is 32 random bytes, the watch id 16.
KEY_BYTES = 32
WATCH_ID_BYTES = 16
KEY_PATTERN = r"^[0-9a-f]{64}$"
WATCH_ID_PATTERN = r"^[0-9a-f]{32}$"
# A thousand watches are some 250 kB: what is larger is another file.
FILE_MAX_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class WatchKey:
    """What is kept for one watch. `key`: proven by a handshake; `pending`: handed out, not proven yet; one is
    there at least.

    `watch_id` is hex; `created` (aware) is of the newest key; `address`: where the pending one went.
    """

    watch_id: str
    name: str
    created: datetime
    key: bytes | None = field(default=None, repr=False)
    pending: bytes | None = field(default=None, repr=False)
    address: str | None = None


class SharedKeys(ConfigError):
    """Others can read the keys file."""


class KeyStore:
    """The file, read once and written through; each change is durable on return (some ms of fsync).

    Raises `ConfigError` if the file is not ours or others can read it, `StorageError` if it can't be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._entries = _read(path)

    def entries(self) -> tuple[WatchKey, ...]:
        """All watches, by name."""
        return tuple(sorted(self._entries.values(), key=lambda entry: (entry.name, entry.watch_id)))

    def has(self, watch_id: str) -> bool:
        """Whether there is a key for that watch: an open one has none."""
        return watch_id in self._entries

    def keys(self, *, proven: bool = False) -> Mapping[str, bytes]:
        """Keys by watch id, for `SessionOptions`: one that a handshake has shown goes before a pending one,
        for the watch keeps it beside the new one, and may never have got that; `proven`: no pending ones.
        """
        chosen = {
            watch_id: entry.key if proven else entry.key or entry.pending
            for watch_id, entry in self._entries.items()
        }
        return {watch_id: key for watch_id, key in chosen.items() if key is not None}

    def pending(self, watch_id: str) -> bytes | None:
        """The key that was handed out, and not proven yet."""
        return self._entries[watch_id].pending if self.has(watch_id) else None

    def begun_at(self) -> frozenset[str]:
        """The addresses, in small letters, of watches that have no proven key, but may have a pending one."""
        return frozenset(
            entry.address.lower()
            for entry in self._entries.values()
            if entry.address is not None and entry.key is None
        )

    def add_pending(
        self, watch_id: str, name: str, key: bytes, created: datetime, *, address: str | None = None
    ) -> None:
        """Store a new key before the watch is given it; the proven one stays beside it, and the name that the
        watch had with it.

        Raises ValueError for malformed ones.
        """
        if len(key) != KEY_BYTES or not _is_watch_id(watch_id):
            raise ValueError(f"a key has {KEY_BYTES} bytes and a watch id {2 * WATCH_ID_BYTES} hex digits")
        before = self._entries.get(watch_id)
        proven = None if before is None else before.key
        if before is not None and proven is not None:
            name = before.name
        self._replace(WatchKey(watch_id, name, created, key=proven, pending=key, address=address))

    def prove(self, watch_id: str, key: bytes) -> None:
        """A handshake has shown that the watch has this key: the other one goes.

        Nothing is written if nothing changes.
        """
        entry = self._entry(watch_id)
        if entry.pending is not None and key in (entry.key, entry.pending):
            self._replace(replace(entry, key=key, pending=None, address=None))

    def drop_pending(self, watch_id: str) -> None:
        """The pairing failed before the watch had the key: as it was before."""
        entry = self._entry(watch_id)
        if entry.key is None:
            self.forget(watch_id)
        else:
            self._replace(replace(entry, pending=None, address=None))

    def rename(self, watch_id: str, name: str) -> None:
        """Another name for the watch."""
        self._replace(replace(self._entry(watch_id), name=name))

    def forget(self, watch_id: str) -> None:
        """Remove all that is kept for the watch; nothing is written if there is nothing."""
        if not self.has(watch_id):
            return
        self._write({other: entry for other, entry in self._entries.items() if other != watch_id})

    def _entry(self, watch_id: str) -> WatchKey:
        if watch_id not in self._entries:
            raise UsageError(f"no key is stored for watch {watch_id}: pair it with `wearsync pair`")
        return self._entries[watch_id]

    def _replace(self, entry: WatchKey) -> None:
        self._write({**self._entries, entry.watch_id: entry})

    def _write(self, entries: dict[str, WatchKey]) -> None:
        _write_private(self._path, _to_json(entries))
        self._entries = entries


class _StoredKey(Border):
    """One watch in the file; keys are hex."""

    name: str
    created: AwareDatetime
    key: Annotated[str, Field(pattern=KEY_PATTERN)] | None = None
    pending: Annotated[str, Field(pattern=KEY_PATTERN)] | None = None
    address: Annotated[str, Field(max_length=64)] | None = None

    @model_validator(mode="after")
    def _has_a_key(self) -> Self:
        if self.key is None and self.pending is None:
            raise ValueError("neither key nor pending")
        return self


class _StoredKeys(Border):
    """The file."""

    version: Literal[1] = 1
    watches: dict[Annotated[str, Field(pattern=WATCH_ID_PATTERN)], _StoredKey] = Field(default_factory=dict)


def _to_json(entries: Mapping[str, WatchKey]) -> str:
    stored = {
        watch_id: _StoredKey(
            name=entry.name,
            created=entry.created,
            key=None if entry.key is None else entry.key.hex(),
            pending=None if entry.pending is None else entry.pending.hex(),
            address=entry.address,
        )
        for watch_id, entry in sorted(entries.items())
    }
    return _StoredKeys(watches=stored).model_dump_json(indent=1, exclude_none=True)


def _read(path: Path) -> dict[str, WatchKey]:
    try:
        # The mode is asked of the file that is read, not of a name that may point elsewhere by then.
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            text = file.read(FILE_MAX_BYTES + 1)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(f"can't read the keys file {path}: {error.strerror}") from error
    if mode & 0o077:
        raise SharedKeys(
            f"others can read the keys file {path} (mode {mode:04o}): `chmod 600 {path}`, then pair again"
        )
    try:
        stored = _StoredKeys.model_validate_json(text)
    except ValidationError as error:
        raise ConfigError(
            f"{path} is not a keys file that this version knows: move it away and pair again"
        ) from error
    return {
        watch_id: WatchKey(
            watch_id,
            entry.name,
            entry.created,
            key=None if entry.key is None else bytes.fromhex(entry.key),
            pending=None if entry.pending is None else bytes.fromhex(entry.pending),
            address=entry.address,
        )
        for watch_id, entry in stored.watches.items()
    }


def _write_private(path: Path, text: str) -> None:
    """Replace the file by a durable one that only its owner can read;
    a crash leaves the old or the new one whole.
    """
    draft = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except OSError as error:
        raise StorageError(f"can't write the keys file {path}: {error.strerror}") from error


def _is_watch_id(text: str) -> bool:
    return re.fullmatch(WATCH_ID_PATTERN, text) is not None
