"""Addresses of the page, as people write them, and as browsers name them."""

import pytest

from wearsync.errors import ConfigError
from wearsync.web.address import Listen, is_loopback, named_host, parse_listen


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1:8740", "127.0.0.1", 8740),
        ("9000", "127.0.0.1", 9000),
        ("0.0.0.0", "0.0.0.0", 8740),
        ("[::1]:80", "::1", 80),
        ("[::]", "::", 8740),
        ("::1", "::1", 8740),
        (" pi.local:1 ", "pi.local", 1),
        ("localhost", "localhost", 8740),
        ("127.0.0.1:0", "127.0.0.1", 0),
    ],
)
def test_an_address_is_host_and_port_and_either_may_go_without_saying(text: str, host: str, port: int):
    assert parse_listen(text) == Listen(host, port)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":8740",
        "http://pi:8740",
        "pi:",
        "pi:x",
        "pi:65536",
        "pi:-1",
        "pi:٣",
        "[::1",
        "[pi]:1",
        "[::1]8740",
        "::x",
        "a b",
        "pi/page",
        "[]",
        "x" * 254,
        "user@pi:1",
    ],
)
def test_what_is_no_address_is_refused_with_what_one_is(text: str):
    with pytest.raises(ConfigError, match="write HOST:PORT, such as"):
        parse_listen(text)


@pytest.mark.parametrize(
    ("text", "shown", "loopback", "everywhere"),
    [
        ("127.0.0.1:1", "127.0.0.1:1", True, False),
        ("[::1]:1", "[::1]:1", True, False),
        ("localhost:1", "localhost:1", True, False),
        ("0.0.0.0:1", "0.0.0.0:1", False, True),
        ("[::]:1", "[::]:1", False, True),
        ("192.168.1.9:1", "192.168.1.9:1", False, False),
        ("pi.local:1", "pi.local:1", False, False),
    ],
)
def test_an_address_says_who_can_reach_it(text: str, shown: str, loopback: bool, everywhere: bool):
    listen = parse_listen(text)
    assert (str(listen), listen.is_loopback, listen.is_everywhere) == (shown, loopback, everywhere)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.8.0.1", True), ("::ffff:127.0.0.1", True), ("::ffff:10.0.0.1", False), ("LocalHost.", True)],
)
def test_this_computer_has_many_names(host: str, loopback: bool):
    assert is_loopback(host) is loopback


@pytest.mark.parametrize(
    ("header", "host"),
    [
        ("PI.local", "pi.local"),
        ("pi.local.:80", "pi.local"),
        ("[::1]:8740", "::1"),
        ("[0:0::1]", "::1"),
        ("127.0.0.1:8740", "127.0.0.1"),
        ("", None),
        (":80", None),
        ("pi:80:80", None),
        ("pi:http", None),
        ("[::1", None),
        ("[::1]x", None),
        ("[pi]", None),
        ("::1", None),
    ],
)
def test_a_host_header_names_a_host_or_none(header: str, host: str | None):
    assert named_host(header) == host
