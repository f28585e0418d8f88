"""What a watch keeps beside its journal: who it is, whom it trusts, what it runs alone.

Rule: the file holds keys, so only its owner can read it (0600); it is replaced whole, never edited.
"""

import os
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from wearsync.errors import StorageError
from wearsync_simulators.watches.frames import Routine, read_routine, write_routine
from wearsync_simulators.watches.trust import HostKey

__all__ = ["MEMORY", "Memory", "new_memory", "read_memory", "recall", "write_memory"]

# Its file in the directory where a watch is kept.
MEMORY: Final = "memory.json"


@dataclass(frozen=True, slots=True, repr=False)
class Memory:
    """Identity (16 B), random static address, keys of hosts (the latest first), stored routine."""

    watch_id: bytes
    address: str
    hosts: tuple[HostKey, ...] = ()
    routine: Routine | None = None


def new_memory(entropy: Callable[[int], bytes]) -> Memory:
    """A watch that was never switched on before."""
    drawn = entropy(6)
    # The two highest bits of a random static address are ones (Bluetooth Core, Vol 6, Part B, 1.3.2.1).
    address = bytes([drawn[0] | 0xC0]) + drawn[1:]
    return Memory(watch_id=entropy(16), address=address.hex(":").upper())


def recall(state_dir: Path | None, entropy: Callable[[int], bytes]) -> Memory:
    """What the watch of that directory remembers (None: it has none); a new one is somebody from now on.
    Raises StorageError.
    """
    if state_dir is None:
        return new_memory(entropy)
    path = state_dir / MEMORY
    memory = read_memory(path)
    if memory is None:
        memory = new_memory(entropy)
        write_memory(path, memory)
    return memory


def read_memory(path: Path) -> Memory | None:
    """What was kept at `path`, None if nothing was. Raises StorageError if it can't be read."""
    try:
        form = _Form.model_validate_json(path.read_bytes())
        return Memory(
            watch_id=bytes.fromhex(form.watch_id),
            address=form.address,
            hosts=tuple(
                HostKey(bytes.fromhex(host.key), host.cursor, host.journal_id) for host in form.hosts
            ),
            routine=read_routine(bytes.fromhex(form.routine)) if form.routine else None,
        )
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StorageError(f"can't read the watch's memory {path}: {error.strerror}") from error
    except (ValueError, struct.error) as error:
        raise StorageError(
            f"{path} is not a simulated watch's memory: move it away, and pair again"
        ) from error


def write_memory(path: Path, memory: Memory) -> None:
    """Keep it at `path`. Raises StorageError if that can't be done."""
    form = _Form(
        watch_id=memory.watch_id.hex(),
        address=memory.address,
        hosts=[
            _Host(key=host.key.hex(), cursor=host.cursor, journal_id=host.journal_id) for host in memory.hosts
        ],
        routine=write_routine(memory.routine).hex() if memory.routine else None,
    )
    draft = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(form.model_dump_json(indent=1))
        draft.replace(path)
    except OSError as error:
        raise StorageError(f"can't write the watch's memory {path}: {error.strerror}") from error


class _Host(BaseModel):
    """A key in the file."""

    model_config = ConfigDict(strict=True, extra="forbid")

    key: str
    cursor: int
    journal_id: int


class _Form(BaseModel):
    """The file; bytes are hex, the routine is the body of its ROUTINE frame."""

    model_config = ConfigDict(strict=True, extra="forbid")

    watch_id: str
    address: str
    hosts: list[_Host]
    routine: str | None
