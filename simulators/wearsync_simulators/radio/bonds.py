"""Bonds: which peers a device shares a key with, in memory or in a 0600 file.

Rule: what is written is whole or absent (temporary file, fsync, rename); reading is instant, from memory.
"""

import json
import os
from pathlib import Path

from bumble.keys import KeyStore, PairingKeys
from pydantic import BaseModel, ConfigDict, ValidationError

from wearsync.errors import RadioUnavailable

__all__ = ["BondStore", "write_private"]


class _StoredKey(BaseModel):
    """One key as JSON has it; `value` and `rand` are hex."""

    model_config = ConfigDict(strict=True, extra="forbid")

    value: str
    authenticated: bool = False
    ediv: int | None = None
    rand: str | None = None


class _StoredBond(BaseModel):
    """The keys shared with one peer; which of them there are depends on how it was paired."""

    model_config = ConfigDict(strict=True, extra="forbid")

    address_type: int | None = None
    ltk: _StoredKey | None = None
    ltk_central: _StoredKey | None = None
    ltk_peripheral: _StoredKey | None = None
    irk: _StoredKey | None = None
    csrk: _StoredKey | None = None
    link_key: _StoredKey | None = None
    link_key_type: int | None = None


class _Bonds(BaseModel):
    """The file: bonds by the peer's address."""

    model_config = ConfigDict(strict=True, extra="forbid")

    bonds: dict[str, _StoredBond] = {}


class BondStore(KeyStore):
    """Bumble's key store, kept in memory and written through to `path` if there is one.

    Raises RadioUnavailable if the file is there but is not one of ours.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._bonds = _read(path) if path is not None and path.exists() else {}

    def bond(self, address: str) -> PairingKeys | None:
        """The keys shared with `address`, or None."""
        return self._bonds.get(address)

    async def get(self, _name: str) -> PairingKeys | None:
        """As `bond`, for Bumble."""
        return self.bond(_name)

    async def get_all(self) -> list[tuple[str, PairingKeys]]:
        """All bonds, by address."""
        return sorted(self._bonds.items())

    async def update(self, name: str, keys: PairingKeys) -> None:
        """Take a new bond in place of the old one."""
        self._bonds[name] = keys
        self._write()

    async def delete(self, name: str) -> None:
        """Forget a bond; one that is not there is forgotten already."""
        if self._bonds.pop(name, None) is not None:
            self._write()

    def _write(self) -> None:
        if self._path is not None:
            bonds = {address: keys.to_dict() for address, keys in sorted(self._bonds.items())}
            write_private(self._path, json.dumps({"bonds": bonds}, indent=1))


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read (0600), whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _read(path: Path) -> dict[str, PairingKeys]:
    try:
        stored = _Bonds.model_validate_json(path.read_bytes())
        return {
            address: PairingKeys.from_dict(bond.model_dump(exclude_none=True))
            for address, bond in stored.bonds.items()
        }
    except (ValidationError, ValueError) as error:
        raise RadioUnavailable(
            f"{path} is not a file of bonds: remove it and pair the watch again"
        ) from error
