"""Which broker, and as whom: one value, checked once; pure.

Rule: what can't be right is refused here, before anything is started. A password never shows: not in `url`,
`repr` or a message.
"""

from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import unquote, urlsplit

from wearsync.errors import ConfigError

_PORTS = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerAddress:
    """A broker that may be connected to. Raises `ConfigError` for credentials that plain text would give
    away.
    """

    host: str
    port: int
    tls: bool = False
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    client_cert: Path | None = None
    client_key: Path | None = None
    allow_insecure: bool = False

    def __post_init__(self) -> None:
        if self.username and not (self.tls or self.allow_insecure or is_loopback(self.host)):
            raise ConfigError(
                f"{self.url} would carry the user name and password in plain text: "
                f"use mqtts://{self.host}, or set allow_insecure = true"
            )
        if not self.tls and (self.ca_file or self.client_cert or self.client_key):
            raise ConfigError(
                f"{self.url} is plain text, but certificates are given: use mqtts://{self.host}"
            )
        if bool(self.client_cert) != bool(self.client_key):
            raise ConfigError(
                f"{self.url}: client_cert and client_key belong together: one of them is missing"
            )

    @property
    def url(self) -> str:
        """The address for people: without user name and password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'mqtts' if self.tls else 'mqtt'}://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class BrokerUrl:
    """What a broker's URL says."""

    host: str
    port: int
    tls: bool
    username: str | None


def parse_url(url: str) -> BrokerUrl:
    """Take `mqtt[s]://[user@]host[:port]` apart. Raises `ConfigError`, which never repeats a password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ConfigError(
            "not a broker's URL (port or brackets): write mqtt://host:1883 or mqtts://host:8883"
        ) from error
    if parts.password is not None:
        raise ConfigError(
            "a password does not belong in the broker's URL: put it into a file, named by password_file"
        )
    # urlsplit drops line feeds and tabs without a word, and takes blanks for a part of the name.
    if parts.scheme not in _PORTS or not parts.hostname or any(each.isspace() for each in url):
        raise ConfigError(f"not a broker's URL: {url[:100]!r}: write mqtt://host:1883 or mqtts://host:8883")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ConfigError(
            f"a broker's URL ends after the port: {url[:100]!r}: the topics' base is set by `site`"
        )
    if port == 0:
        raise ConfigError(f"port 0 is not a broker's: {url[:100]!r}")
    username = unquote(parts.username) if parts.username else None
    return BrokerUrl(parts.hostname, port or _PORTS[parts.scheme], parts.scheme == "mqtts", username)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, whatever a name server says."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
