"""A watch as one host hands it to another: one line of JSON with all that the other needs, its key included.

Rule: it is the secret itself; it is shown to nobody but who asked for the file, and errors do not repeat it.
"""

import hashlib
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, ValidationError

from wearsync.config import WatchSettings
from wearsync.control.calls import NAME_PATTERN
from wearsync.daemon.keys import KEY_PATTERN, WATCH_ID_PATTERN, KeyStore
from wearsync.errors import UsageError
from wearsync.model import Border


class ExportedWatch(Border):
    """The line. `key` is hex; `check` shows that nothing was cut or mistyped: the key stands beside it, so no
    secret is made weaker by that.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    format: Literal["wearsync-watch-1"] = "wearsync-watch-1"
    name: Annotated[str, Field(min_length=1, max_length=64, pattern=NAME_PATTERN)]
    id: Annotated[str, Field(pattern=WATCH_ID_PATTERN)]
    address: Annotated[str, Field(min_length=1, max_length=64)]
    driver: Annotated[str, Field(min_length=1, max_length=64)]
    key: Annotated[str, Field(pattern=KEY_PATTERN, repr=False)]
    check: str = ""

    @property
    def key_bytes(self) -> bytes:
        """The key."""
        return bytes.fromhex(self.key)

    @property
    def sum(self) -> str:
        """What `check` ought to be."""
        told = f"{self.format}\n{self.name}\n{self.id}\n{self.address}\n{self.driver}\n{self.key}"
        return hashlib.sha256(told.encode()).hexdigest()[:8]


def export_watch(watch: WatchSettings, keys: KeyStore) -> str:
    """The line of that watch of ours. Raises `UsageError` for one that has no proven key."""
    key = keys.keys(proven=True).get(watch.id)
    if key is None:
        raise UsageError(
            f"{watch.name} has no key to hand over: pair it on the other computer with `wearsync pair`"
        )
    exported = ExportedWatch(
        name=watch.name, id=watch.id, address=watch.address, driver=watch.driver, key=key.hex()
    )
    return exported.model_copy(update={"check": exported.sum}).model_dump_json()


def read_exported(text: str) -> ExportedWatch:
    """Take the line apart. Raises `UsageError` if it is not one, or not all of one."""
    try:
        exported = ExportedWatch.model_validate_json(text.strip())
    except ValidationError:
        # Without its cause: a traceback would show what was read.
        raise _no_line() from None
    if exported.check != exported.sum:
        raise _no_line()
    return exported


def _no_line() -> UsageError:
    return UsageError("this is no exported watch, or not all of it: copy the whole line")
