"""By which addresses the page is found: on this computer, and from a phone in the same network.

Rule: what is told here is where it should be tried, the best one first; nothing is allowed or refused by it.
"""

import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

from wearsync.web.address import Listen, PageSettings, bracketed, literal

# Documentation addresses (RFC 5737, RFC 3849): nobody is there and nothing is sent; the system only says
# from which address of its own it would.
_ANYWHERE = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))
# Bridges between containers and virtual machines: no phone is there.
_VIRTUAL = ("br-", "docker", "lxc", "veth", "virbr")
_INTERFACES = Path("/sys/class/net")
_SIOCGIFADDR = 0x8915  # netdevice(7)


def here(settings: PageSettings, listen: Listen) -> str:
    """Its address in a browser of this computer."""
    host = listen.host
    if listen.is_everywhere:
        host = "localhost" if settings.certificate else "127.0.0.1"
    return _address(settings, host, listen.port)


def elsewhere(settings: PageSettings, listen: Listen) -> tuple[str, ...]:
    """Its addresses in browsers of other devices; none where they can't reach it."""
    if settings.ingress:
        return ()
    if listen.is_loopback:  # its other names are those of a proxy, and that is there for https
        return tuple(f"https://{host}/" for host in settings.hosts)
    own = own_addresses(six=":" in listen.host) if listen.is_everywhere else (listen.host,)
    # Names first where there is a certificate: it rarely holds for an address.
    hosts = (*settings.hosts, *own) if settings.certificate else (*own, *settings.hosts)
    return tuple(_address(settings, host, listen.port) for host in dict.fromkeys(hosts))


def own_addresses(*, six: bool = True) -> tuple[str, ...]:
    """This computer's, as others can reach it; the one of its way to the Internet first."""
    found = (*_outward(), *_of_interfaces())
    return tuple(dict.fromkeys(each for each in found if _is_for_others(each) and (six or ":" not in each)))


def _address(settings: PageSettings, host: str, port: int) -> str:
    usual = {"http": 80, "https": 443}[settings.scheme]
    return f"{settings.scheme}://{bracketed(host)}{'' if port == usual else f':{port}'}/"


def _is_for_others(host: str) -> bool:
    address = literal(host)
    return address is not None and not (
        address.is_loopback or address.is_link_local or address.is_unspecified
    )


def _outward() -> Iterator[str]:
    for family, anybody in _ANYWHERE:
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((anybody, 9))
            yield str(probe.getsockname()[0])


def _of_interfaces() -> Iterator[str]:
    """IPv4 only: each of them has one that people type."""
    if sys.platform != "linux":
        return
    import fcntl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        # Not by if_nameindex(3): that is netlink, which a service's sandbox has not.
        names = sorted(path.name for path in _INTERFACES.glob("*"))
        for name in names:
            if not name.startswith(_VIRTUAL):
                with suppress(OSError):
                    told = fcntl.ioctl(probe.fileno(), _SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
                    yield str(ip_address(told[20:24]))
