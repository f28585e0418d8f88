"""Where the page is served, and who may come there.

Rule: pure; nothing is looked up or opened. Port and address are checked here, so that a mistake is found by
`wearsync config check`, and not when the daemon starts.
"""

from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

from wearsync.errors import ConfigError

DEFAULT_PORT = 8740
# Home Assistant's Supervisor, as add-ons see it (its developers' documents, "Ingress").
SUPERVISOR = "172.30.32.2"
# The longest name that there can be (RFC 1035).
HOST_MAX_CHARS = 253


@dataclass(frozen=True, slots=True)
class Listen:
    """`host`: an address or a name of this computer, without brackets."""

    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        """Only this computer can reach it."""
        return is_loopback(self.host)

    @property
    def is_everywhere(self) -> bool:
        """All addresses of this computer."""
        address = literal(self.host)
        return address is not None and address.is_unspecified

    def __str__(self) -> str:
        return f"{bracketed(self.host)}:{self.port}"


@dataclass(frozen=True, slots=True)
class PageSettings:
    """`[web]`, ready for use. `hosts`: names that the page goes by besides this computer's own. `always_ask`:
    the token is asked for on this computer, too. `ingress`: Home Assistant's Supervisor alone may come, from
    one of `ingress_from`, and it has asked its users who they are.
    """

    listen: Listen
    token_file: Path
    hosts: tuple[str, ...] = ()
    certificate: Path | None = None
    key: Path | None = None
    always_ask: bool = False
    ingress: bool = False
    ingress_from: tuple[str, ...] = (SUPERVISOR,)

    @property
    def scheme(self) -> str:
        """What addresses of the page begin with."""
        return "http" if self.certificate is None else "https"

    @property
    def asks(self) -> bool:
        """Somebody may have to show the token."""
        return not self.ingress and (self.always_ask or bool(self.hosts) or not self.listen.is_loopback)

    def moved_to(self, listen: Listen) -> "PageSettings":
        """The same elsewhere."""
        return replace(self, listen=listen)


def parse_listen(text: str) -> Listen:
    """`127.0.0.1:8740`, `0.0.0.0`, `[::1]:8740`, `pi.local:8740`, or a port alone, which means this computer.
    Raises `ConfigError`.
    """
    host, port = _parted(text.strip())
    if not port.isascii() or not port.isdigit() or len(port) > len("65535") or not 0 <= int(port) <= 65535:
        raise _unfit(text)
    if ":" in host and literal(host) is None:
        raise _unfit(text)
    if not host or len(host) > HOST_MAX_CHARS or any(each in " /?#@[]\\" or each < " " for each in host):
        raise _unfit(text)
    return Listen(host, int(port))


def literal(host: str) -> IPv4Address | IPv6Address | None:
    """The address that it is, None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def is_loopback(host: str) -> bool:
    """This computer's own, whatever its network."""
    address = literal(host)
    if address is None:
        return host.rstrip(".").lower() == "localhost"
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def bracketed(host: str) -> str:
    """As it stands in an address of a page."""
    return f"[{host}]" if ":" in host else host


def named_host(header: str) -> str | None:
    """The host that a `Host` header names, in lower case, without port and brackets; None: it is none."""
    if header.startswith("["):
        host, closed, port = header[1:].partition("]")
        fits = closed and literal(host) is not None and (not port or _is_port(port))
        return str(literal(host)) if fits else None
    host, _, port = header.partition(":")
    if port and not _is_port(f":{port}"):
        return None
    return host.rstrip(".").lower() or None


def _is_port(text: str) -> bool:
    return text[:1] == ":" and text[1:].isascii() and text[1:].isdigit() and len(text) <= len(":65535")


def _parted(text: str) -> tuple[str, str]:
    if text.isascii() and text.isdigit():
        return "127.0.0.1", text
    if text.startswith("["):
        host, closed, rest = text[1:].partition("]")
        if not closed or literal(host) is None or rest[:1] not in ("", ":"):
            return "", ""
        return host, rest[1:] if rest else str(DEFAULT_PORT)
    if text.count(":") > 1:
        return text, str(DEFAULT_PORT)
    host, colon, port = text.partition(":")
    return host, port if colon else str(DEFAULT_PORT)


def _unfit(text: str) -> ConfigError:
    return ConfigError(
        f"{text!r:.60} is no address for the page: write HOST:PORT, such as 127.0.0.1:{DEFAULT_PORT} (this "
        f"computer), 0.0.0.0:{DEFAULT_PORT} (the network, with a token), [::1]:{DEFAULT_PORT}, or a port"
    )
