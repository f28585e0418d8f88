"""Which brokers are taken, and which are refused before anything starts."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wearsync.errors import ConfigError
from wearsync.publish.address import BrokerAddress, BrokerUrl, is_loopback, parse_url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mqtt://127.0.0.1", BrokerUrl("127.0.0.1", 1883, False, None)),
        ("mqtts://home.example", BrokerUrl("home.example", 8883, True, None)),
        ("mqtt://anna@[::1]:99/", BrokerUrl("::1", 99, False, "anna")),
        ("mqtt://a%40b@h:1", BrokerUrl("h", 1, False, "a@b")),
    ],
)
def test_a_url_says_host_port_tls_and_user(url: str, expected: BrokerUrl) -> None:
    assert parse_url(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost",
        "localhost:1883",
        "http://h",
        "mqtt://",
        "mqtt://h:x",
        "mqtt://h:0",
        "mqtt://h:99999",
        "mqtt://h/base",
        "mqtt://h?x=1",
        "mqtt://[::1",
        "mqtt://:1883",
        "mqtt:// ",
        "mqtt://h\n x",
        "mqtt://h\t",
        "ws://h",
    ],
)
def test_what_is_no_broker_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(ConfigError, match=r"URL|port 0"):
        parse_url(url)


def test_a_password_in_the_url_is_refused_and_not_repeated() -> None:
    with pytest.raises(ConfigError, match="password_file") as caught:
        parse_url("mqtt://anna:geheim@h")
    assert "geheim" not in str(caught.value)


@given(st.text(max_size=40))
def test_any_text_is_a_url_or_a_config_error(text: str) -> None:
    with contextlib.suppress(ConfigError):
        assert parse_url(text).port > 0


@pytest.mark.parametrize(
    ("host", "loopback"), [("localhost", True), ("127.9.9.9", True), ("::1", True), ("h", False)]
)
def test_loopback(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_credentials_do_not_go_in_plain_text_to_another_host() -> None:
    with pytest.raises(ConfigError, match="allow_insecure"):
        BrokerAddress(host="h.example", port=1883, username="anna", password="geheim")
    BrokerAddress(host="127.0.0.1", port=1883, username="anna")
    BrokerAddress(host="h.example", port=8883, tls=True, username="anna")
    BrokerAddress(host="h.example", port=1883, username="anna", allow_insecure=True)


def test_certificates_need_tls_and_belong_together() -> None:
    with pytest.raises(ConfigError, match="mqtts://h"):
        BrokerAddress(host="h", port=1883, ca_file=Path("ca.pem"))
    with pytest.raises(ConfigError, match="belong together"):
        BrokerAddress(host="h", port=8883, tls=True, client_cert=Path("c.pem"))


def test_the_password_never_shows() -> None:
    address = BrokerAddress(host="::1", port=1883, username="anna", password="geheim")
    assert "geheim" not in repr(address)
    assert address.url == "mqtt://[::1]:1883"
