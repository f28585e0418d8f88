"""Where a phone finds the page."""

import socket
from pathlib import Path

import pytest

from tests.web.stage import Chosen, settings_of
from wearsync.web.address import parse_listen
from wearsync.web.places import elsewhere, here, own_addresses

HERE = Path("/nowhere")
PEM = Path("/page.pem")


@pytest.mark.parametrize(
    ("listen", "settings", "address"),
    [
        ("127.0.0.1:8740", {}, "http://127.0.0.1:8740/"),
        ("0.0.0.0:8740", {}, "http://127.0.0.1:8740/"),
        ("[::]:8740", {}, "http://127.0.0.1:8740/"),
        ("[::1]:80", {}, "http://[::1]/"),
        ("0.0.0.0:443", {"certificate": PEM}, "https://localhost/"),
        ("pi.local:9000", {}, "http://pi.local:9000/"),
    ],
)
def test_on_this_computer_it_is_at_its_own_address(listen: str, settings: Chosen, address: str) -> None:
    assert here(settings_of(HERE, listen, **settings), parse_listen(listen)) == address


@pytest.mark.parametrize(
    ("listen", "settings", "addresses"),
    [
        ("127.0.0.1:8740", {}, ()),
        ("127.0.0.1:8740", {"hosts": ("pi.example.net",)}, ("https://pi.example.net/",)),
        ("0.0.0.0:8099", {"ingress": True}, ()),
        ("192.168.1.9:8740", {}, ("http://192.168.1.9:8740/",)),
        (
            "192.168.1.9:8740",
            {"hosts": ("pi.home",)},
            ("http://192.168.1.9:8740/", "http://pi.home:8740/"),
        ),
        (
            "[fd00::9]:443",
            {"hosts": ("pi.home",), "certificate": PEM},
            ("https://pi.home/", "https://[fd00::9]/"),
        ),
    ],
)
def test_a_phone_finds_it_by_address_and_by_the_name_that_a_certificate_has(
    listen: str, settings: Chosen, addresses: tuple[str, ...]
) -> None:
    assert elsewhere(settings_of(HERE, listen, **settings), parse_listen(listen)) == addresses


def test_everywhere_is_at_each_address_that_others_reach() -> None:
    listen = parse_listen("0.0.0.0:8740")
    found = elsewhere(settings_of(HERE, "0.0.0.0:8740"), listen)
    assert found == tuple(f"http://{address}:8740/" for address in own_addresses(six=False))
    assert not any("127.0.0." in address or "[" in address for address in found)


def test_own_addresses_are_this_computer_s() -> None:
    for address in own_addresses():
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.bind((address, 0))
