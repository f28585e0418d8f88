"""The token: who has it may see and do what the page shows and does.

Rule: made once by the system's generator, kept in a file that is its owner's alone, compared in constant
time, and never written into a log. A browser gets a cookie that was made of it, so that the token is not
lying about there; with a new token all cookies are worth nothing.
"""

import asyncio
import hashlib
import hmac
import logging
import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path

from wearsync.errors import ConfigError

# 128 bits: nobody guesses that, and the QR code stays small enough for an old camera.
TOKEN_BYTES = 16
TOKEN_MIN_CHARS = 16
TOKEN_MAX_CHARS = 200
# A person who mistypes hardly notices; a guesser gets four tries a second.
WRONG_TOKEN_DELAY_S = 1.0
GUESSES_AT_ONCE_MAX = 4
# A line in the log for each guess would be a way to fill the disk.
TELL_EVERY_S = 60.0

log = logging.getLogger(__name__)


class Token:
    """The secret in its file. Raises `ConfigError` if there can't be one."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._text = _read(file) or self._make()

    @property
    def text(self) -> str:
        """For the QR code; for nobody else."""
        return self._text

    @property
    def cookie(self) -> str:
        """What a browser is given for it."""
        return hmac.new(self._text.encode(), b"wearsync page cookie", hashlib.sha256).hexdigest()

    def renew(self) -> None:
        """From now on another one holds. Raises `ConfigError`."""
        self._text = self._make()

    def is_it(self, text: str) -> bool:
        """In constant time."""
        return hmac.compare_digest(text.encode(errors="replace"), self._text.encode())

    def is_cookie(self, text: str) -> bool:
        """In constant time."""
        return hmac.compare_digest(text.encode(errors="replace"), self.cookie.encode())

    def _make(self) -> str:
        text = secrets.token_urlsafe(TOKEN_BYTES)
        _write(self._file, text)
        return text


class Doorkeeper:
    """Slows down who guesses, and says so. `clock`: seconds."""

    def __init__(self, token: Token, *, clock: Callable[[], float], speed: float = 1.0) -> None:
        self.token = token
        self.wrong = 0
        self._clock = clock
        self._delay_s = WRONG_TOKEN_DELAY_S * speed
        self._guesses = 0
        self._told_s: float | None = None

    async def admits(self, text: str, peer: str) -> bool | None:
        """Whether that is the token; None: so many are guessing that this one was not even looked at."""
        if self._guesses >= GUESSES_AT_ONCE_MAX:
            return None
        if self.token.is_it(text):
            return True
        self.wrong += 1
        self._tell(peer)
        self._guesses += 1
        try:
            await asyncio.sleep(self._delay_s)
        finally:
            self._guesses -= 1
        return False

    def _tell(self, peer: str) -> None:
        now_s = self._clock()
        if self._told_s is None or now_s - self._told_s >= TELL_EVERY_S:
            self._told_s = now_s
            log.warning("page.wrong_token from=%s wrong_so_far=%d", peer, self.wrong)


def _read(file: Path) -> str | None:
    """None: there is no such file."""
    try:
        # Not waiting for who writes into a pipe: it is the daemon's loop that does this.
        with os.fdopen(os.open(file, os.O_RDONLY | os.O_NONBLOCK), "rb") as opened:
            status = os.fstat(opened.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise ConfigError(f"the page's token: {file} is no ordinary file")
            data = opened.read(TOKEN_MAX_CHARS + 2)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"the page's token: {file} can't be read: {error.strerror}") from error
    if status.st_mode & 0o077:
        raise ConfigError(f"the page's token: {file} can be read by others: chmod 600 {file}")
    text = data.decode("ascii", errors="replace").rstrip("\r\n")
    if not TOKEN_MIN_CHARS <= len(text) <= TOKEN_MAX_CHARS or not text.isascii() or not text.isprintable():
        raise ConfigError(
            f"the page's token: {file} must hold one line of {TOKEN_MIN_CHARS} to {TOKEN_MAX_CHARS} plain "
            "characters: remove it, and one is made"
        )
    return text


def _write(file: Path, text: str) -> None:
    """At once, and readable by its owner from the start."""
    new = file.with_name(f".{file.name}.new")
    try:
        file.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
        new.unlink(missing_ok=True)
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as opened:
            opened.write(text + "\n")
            opened.flush()
            os.fsync(opened.fileno())
        new.replace(file)
    except OSError as error:
        raise ConfigError(f"the page's token: {file} can't be written: {error.strerror}") from error
