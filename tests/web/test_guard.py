"""Who may come in, case by case."""

from pathlib import Path
from typing import Unpack

import pytest

from tests.web.stage import Chosen, settings_of
from wearsync.web.guard import MISDIRECTED, NOT_THE_SUPERVISOR, OTHER_SITE, Asked, Guard, Refusal, own_names

HERE = Path("/nowhere")
LAN = "192.168.1.9:8740"


def asked(path: str = "/api/status", method: str = "GET", peer: str = "127.0.0.1", **headers: str) -> Asked:
    said = {"host": "127.0.0.1:8740", **{name.replace("_", "-"): text for name, text in headers.items()}}
    return Asked(method, path, said, peer)


def guard(listen: str = "127.0.0.1:8740", **settings: Unpack[Chosen]) -> Guard:
    return Guard(settings_of(HERE, listen, **settings), ("pi",))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8740", "[::1]:99", "pi:8740", "LOCALHOST."])
def test_on_loopback_it_goes_by_this_computer_s_names(host: str):
    assert guard().refusal(asked(host=host)) is None


@pytest.mark.parametrize("host", ["evil.example", "192.168.1.9", "", "pi.evil.example", "localhost.evil"])
def test_a_name_that_somebody_else_leads_here_is_misdirected(host: str):
    assert guard().refusal(asked(host=host)) == MISDIRECTED
    assert guard().refusal(asked("/", host=host)) == MISDIRECTED


@pytest.mark.parametrize(
    ("host", "refusal"),
    [("192.168.1.9:8740", None), ("[fd00::1]", None), ("tablet.local", None), ("evil.example", MISDIRECTED)],
)
def test_in_the_network_it_goes_by_its_addresses_and_the_names_that_are_configured(
    host: str, refusal: Refusal | None
):
    assert guard(LAN, hosts=("Tablet.local",)).refusal(asked(host=host)) == refusal


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({"origin": "http://127.0.0.1:8740"}, False),
        ({"origin": "https://127.0.0.1:8740"}, False),
        ({"origin": "http://127.0.0.1:9999"}, True),
        ({"origin": "https://evil.example"}, True),
        ({"origin": "null"}, True),
        ({"origin": "http://[::1"}, True),
        ({"origin": "http://127.0.0.1:99999999"}, True),
        ({"sec_fetch_site": "cross-site"}, True),
        ({"sec_fetch_site": "same-site"}, True),
        ({"sec_fetch_site": "same-origin", "origin": "https://name.of.a.proxy"}, False),
        ({"sec_fetch_site": "same-origin", "cookie": "wearsync-page-8740=x"}, False),
        ({}, False),
        ({"cookie": "wearsync-page-8740=x"}, True),
        ({"cookie": "other=x"}, False),
    ],
)
def test_another_site_s_page_does_nothing_here(headers: dict[str, str], refused: bool):
    assert guard().refusal(asked("/api/command", "POST", **headers)) == (OTHER_SITE if refused else None)


def test_another_site_s_page_opens_no_streams_but_may_link_here():
    foreign = {"origin": "https://evil.example", "sec_fetch_site": "cross-site"}
    assert guard().refusal(asked("/api/live", **foreign)) == OTHER_SITE
    assert guard().refusal(asked("/", **foreign)) is None


def test_a_browser_that_looks_has_a_cookie_and_names_no_origin():
    assert guard().refusal(asked("/api/live", cookie="wearsync-page-8740=x")) is None


def test_behind_home_assistant_only_the_supervisor_comes():
    page = guard("0.0.0.0:8099", ingress=True)
    assert page.refusal(asked(peer="192.168.1.77")) == NOT_THE_SUPERVISOR
    assert page.refusal(asked("/", peer="127.0.0.1")) == NOT_THE_SUPERVISOR
    assert page.refusal(asked("/healthz", peer="192.168.1.77", host="x")) is None
    supervisor = asked(peer="172.30.32.2", host="a0d7b954-wearsync:8099")
    assert page.refusal(supervisor) is None
    assert not page.needs_token(supervisor)
    assert page.headers["Content-Security-Policy"].endswith("frame-ancestors 'self'")


@pytest.mark.parametrize(
    ("origin", "refused"), [("https://ha.example:8123", False), ("https://evil.example", True)]
)
def test_behind_home_assistant_the_origin_is_home_assistant_s(origin: str, refused: bool):
    command = asked(
        "/api/command", "POST", "172.30.32.2", origin=origin, x_forwarded_host="ha.example:8123", host="x"
    )
    assert guard("0.0.0.0:8099", ingress=True).refusal(command) == (OTHER_SITE if refused else None)


@pytest.mark.parametrize(
    ("listen", "headers", "needed"),
    [
        ("127.0.0.1:8740", {}, False),
        ("127.0.0.1:8740", {"host": "tablet.local"}, True),
        ("127.0.0.1:8740", {"x_forwarded_for": "192.168.1.77"}, True),
        ("127.0.0.1:8740", {"forwarded": "for=192.168.1.77"}, True),
        (LAN, {"host": LAN}, True),
        (LAN, {"host": "localhost"}, True),
        ("0.0.0.0:8740", {"host": "127.0.0.1"}, True),
    ],
)
def test_who_comes_from_elsewhere_shows_the_token(listen: str, headers: dict[str, str], needed: bool):
    assert guard(listen, hosts=("tablet.local",)).needs_token(asked(**headers)) is needed


def test_the_token_may_be_asked_for_on_this_computer_too():
    assert guard(always_ask=True).needs_token(asked())


def test_the_page_s_files_the_sign_in_and_the_health_want_no_token():
    page = guard(LAN)
    assert [page.needs_token(asked(path)) for path in ("/", "/static/page.js", "/healthz")] == [False] * 3
    assert not page.needs_token(asked("/api/session", "POST"))
    assert page.needs_token(asked("/metrics"))


@pytest.mark.parametrize(
    ("listen", "settings", "sent"),
    [("127.0.0.1:8740", {}, True), (LAN, {}, False), (LAN, {"certificate": HERE}, True)],
)
def test_browsers_are_told_to_keep_windows_apart_where_they_take_it(
    listen: str, settings: Chosen, sent: bool
):
    assert ("Cross-Origin-Opener-Policy" in guard(listen, **settings).headers) is sent


def test_this_computer_is_known_by_its_name_and_in_the_local_network():
    name, local = own_names()
    assert local == f"{name.partition('.')[0]}.local"
