"""TLS to the broker: which certificates hold, and which of ours are of no use.

Rule: certificate and host name are checked, always; nothing older than TLS 1.2. What is wrong with a file of
ours is told by the configuration's key that names it.
"""

import os
import ssl
from pathlib import Path

from wearsync.errors import ConfigError
from wearsync.publish.address import BrokerAddress


class CertificateUnfit(ConfigError):
    """A file can't be used. `key`: the one of `[broker]` that names it."""

    def __init__(self, key: str, text: str) -> None:
        super().__init__(f"{key}: {text}")
        self.key = key
        self.text = text


def tls_context(address: BrokerAddress) -> ssl.SSLContext:
    """What a connection to this broker is checked with. Reads files; raises `CertificateUnfit`."""
    if address.ca_file:
        _refuse_without_certificate("ca_file", address.ca_file)
    context: ssl.SSLContext = ssl.create_default_context(cafile=address.ca_file)
    # As Python's own default has it; a system's openssl.cnf may have lowered that.
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if address.client_cert and address.client_key:
        _show(context, address.client_cert, address.client_key)
    context.sslsocket_class = _ClosingSocket
    return context


class _ClosingSocket(ssl.SSLSocket):
    """Closes when it does not come to terms; paho leaves such a socket to the garbage collector."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


class _Locked(Exception):
    """A private key wants a passphrase."""


def _show(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    """Load what the broker is to know us by."""

    def refuse() -> str:  # without it openssl asks at the terminal, and a daemon would stand still
        raise _Locked

    _refuse_without_certificate("client_cert", certificate)
    _refuse_unreadable("client_key", key)
    try:
        context.load_cert_chain(certificate, key, password=refuse)
    except _Locked as error:
        raise CertificateUnfit(
            "client_key",
            f"{key} wants a passphrase, which a daemon can't be asked for: "
            f"write it without one (openssl pkey -in {key.name} -out NEW), chmod 600",
        ) from error
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            text = f"{key} is not the key of the certificate {certificate}"
        else:
            text = f"{key} holds no private key (PEM)"
        raise CertificateUnfit("client_key", text) from error


def _refuse_without_certificate(key: str, file: Path) -> None:
    _refuse_unreadable(key, file)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=file)
    except ssl.SSLError as error:
        raise CertificateUnfit(key, f"{file} holds no certificate (PEM)") from error


def _refuse_unreadable(key: str, file: Path) -> None:
    try:
        os.close(os.open(file, os.O_RDONLY))
    except OSError as error:
        raise CertificateUnfit(key, f"{file} can't be read: {error.strerror}") from error
