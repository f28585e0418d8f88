"""Secrets: read from files that are private, or from what systemd hands the service.

Rule: a secret comes from a file, never from an argument or a variable, and no message repeats it. A file of
ours is its owner's alone; one in the credentials directory (LoadCredential=) has the modes of systemd.
"""

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from wearsync.errors import ConfigError

USERNAME = "mqtt-username"
PASSWORD = "mqtt-password"  # noqa: S105 its name
CLIENT_KEY = "mqtt-client-key"
"""The names to give to LoadCredential= and SetCredentialEncrypted=."""

# A password and its newline; anything longer is another file.
SECRET_MAX_BYTES = 4096
# systemd's are 0400, or 0440 for a service that is not root's.
_OURS, _SYSTEMD = 0o077, 0o037


class SharedSecret(ConfigError):
    """Others can read a secret file. `is_ours`: it belongs to this user."""

    def __init__(self, text: str, file: Path, *, is_ours: bool) -> None:
        super().__init__(text)
        self.file = file
        self.is_ours = is_ours


@dataclass(frozen=True, slots=True)
class Credentials:
    """The credentials directory of the service; None: this is none, or it was given nothing. `uid`: whose
    secrets are read.
    """

    directory: Path | None
    uid: int = field(default_factory=os.geteuid)

    def file(self, name: str) -> Path | None:
        """The credential of that name, if there is one."""
        file = self.directory / name if self.directory else None
        return file if file is not None and file.is_file() else None

    def refuse_shared(self, file: Path) -> None:
        """A private key must be private. Raises `ConfigError`."""
        try:
            self._refuse_mode(file, file.stat())
        except OSError as error:
            raise ConfigError(f"{file} can't be read: {error.strerror}") from error

    def line(self, file: Path, what: str = "the password") -> str:
        """The one line of a secret file, without its newline. Raises `ConfigError`."""
        try:
            with file.open("rb") as opened:
                # The mode is asked of the file that is read, not of a name that may point elsewhere by then.
                self._refuse_mode(file, os.fstat(opened.fileno()))
                text = opened.read(SECRET_MAX_BYTES + 1).decode()
        except OSError as error:
            raise ConfigError(f"{file} can't be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise ConfigError(f"{file} is not text") from error
        secret = text.rstrip("\r\n")
        if not secret or len(text) > SECRET_MAX_BYTES or "\n" in secret or "\x00" in secret:
            raise ConfigError(f"{file} must hold one line: {what}")
        return secret

    def _refuse_mode(self, file: Path, status: os.stat_result) -> None:
        if not (stat.S_ISREG(status.st_mode) or stat.S_ISFIFO(status.st_mode)):
            raise ConfigError(f"{file} is no ordinary file")
        is_systemd_s = self.directory is not None and file.parent == self.directory
        if not status.st_mode & (_SYSTEMD if is_systemd_s else _OURS):
            return
        if status.st_uid != self.uid:  # as root's it could not be read at all with mode 600
            text = (
                f"{file} can be read by others: make it this user's alone (chown and chmod 600), "
                "or give it as a credential of systemd"
            )
            raise SharedSecret(text, file, is_ours=False)
        raise SharedSecret(f"{file} can be read by others: chmod 600 {file}", file, is_ours=True)


def at_once(file: str, flags: int) -> int:
    """An `opener`: a pipe (`--config <(…)`) that nobody writes to any more is empty; it is not waited for."""
    handle = os.open(file, flags | os.O_NONBLOCK)
    os.set_blocking(handle, True)
    return handle


NO_CREDENTIALS = Credentials(None)


def credentials() -> Credentials:
    """Those of this process: `$CREDENTIALS_DIRECTORY`, which systemd sets."""
    named = os.environ.get("CREDENTIALS_DIRECTORY")
    return Credentials(Path(named) if named else None)
