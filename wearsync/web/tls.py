"""The page's certificate: from two files, which are looked at before they are needed.

Rule: nothing older than TLS 1.2; what is wrong with a file is told by the key of `[web]` that names it.
"""

import ssl
from pathlib import Path

from wearsync.errors import ConfigError


class _Locked(Exception):
    """A private key wants a passphrase."""


def context_of(certificate: Path, key: Path | None) -> ssl.SSLContext:
    """What the page shows browsers. Reads files; raises `ConfigError`."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    load(context, certificate, key)
    return context


def load(context: ssl.SSLContext, certificate: Path, key: Path | None) -> None:
    """The files as they are now: for whoever connects from now on. Raises `ConfigError`."""

    def refuse() -> str:  # without it openssl asks at the terminal, and a daemon would stand still
        raise _Locked

    try:
        context.load_cert_chain(certificate, key, password=refuse)
    except _Locked as error:
        raise ConfigError(
            f"web.key_file: {key} wants a passphrase, which a daemon can't be asked for: write it without one"
        ) from error
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise ConfigError(f"web.key_file: {key} is not the key of {certificate}") from error
        raise ConfigError(
            f"web.certificate_file, web.key_file: {certificate} and {key} are no certificate and key (PEM)"
        ) from error
    except OSError as error:
        raise ConfigError(
            f"web.certificate_file, web.key_file: {certificate} or {key} can't be read: {error.strerror}"
        ) from error
