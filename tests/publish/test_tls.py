"""TLS at a real mosquitto: what holds, and what is refused in one line, without a word of the password.

Rule: whoever is refused stands behind a gate that has heard all that we said.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

from tests.mosquitto import Mosquitto
from tests.publish.certificates import Authority
from tests.publish.gate import Gate
from tests.publish.listening import DEADLINE_S
from tests.publish.test_client import refusal
from wearsync.errors import BrokerUnavailable
from wearsync.publish.address import BrokerAddress
from wearsync.publish.client import MqttPublisher
from wearsync.publish.tls import CertificateUnfit, tls_context

USER, PASSWORD = "anna-of-the-broker", "geheim-wie-nichts"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return authority_in(tmp_path / "ours")


def authority_in(directory: Path) -> Authority:
    directory.mkdir()
    return Authority(directory)


def way(port: int, ca_file: Path | None = None, *, host: str = "127.0.0.1", **more: Any) -> MqttPublisher:
    address = BrokerAddress(host=host, port=port, tls=True, ca_file=ca_file, username=USER, password=PASSWORD)
    return MqttPublisher(replace(address, **more), site="home")


def serve(broker: Mosquitto, certificate: Path, key: Path, *more: str) -> None:
    lines = (f"listener {broker.port} 127.0.0.1", f"certfile {certificate}", f"keyfile {key}")
    broker.configure(*lines, "allow_anonymous true", *more, anybody=False)


@asynccontextmanager
async def overheard(broker: Mosquitto) -> AsyncIterator[Gate]:
    """A way to the broker on which somebody listens; nothing of the credentials may be in it."""
    async with Gate(broker.port) as gate:
        yield gate
        assert gate.said_up
        assert USER.encode() not in gate.said_up
        assert PASSWORD.encode() not in gate.said_up


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_certificate_holds_for_the_name_or_the_address_that_it_says(
    mosquitto: Mosquitto, authority: Authority, host: str
) -> None:
    serve(mosquitto, *authority.issue(host))
    async with overheard(mosquitto) as gate:
        async with way(gate.port, authority.file, host=host).connect() as session:
            assert await session.publish("x", "y", retain=False, qos=1) is None
        assert b"wearsync" not in gate.said_up


async def test_ipv6(mosquitto: Mosquitto, authority: Authority) -> None:
    certificate, key = authority.issue("::1")
    serve(
        mosquitto,
        certificate,
        key,
        f"listener {mosquitto.port} ::1",
        f"certfile {certificate}",
        f"keyfile {key}",
    )
    async with way(mosquitto.port, authority.file, host="::1").connect() as session:
        assert await session.publish("x", "y", retain=False, qos=1) is None


async def test_a_certificate_that_does_not_hold_gets_no_password_and_no_second_way(
    mosquitto: Mosquitto, authority: Authority, tmp_path: Path
) -> None:
    stranger = authority_in(tmp_path / "foreign")
    async with overheard(mosquitto) as gate:
        ours = way(gate.port, authority.file)
        for certificate, says in (
            (authority.issue("other.example"), "not valid for '127.0.0.1'"),
            (authority.issue("127.0.0.1", days=-1), "has expired: renew it, or set this machine's clock"),
            (stranger.issue("127.0.0.1"), "issuer certificate: it is not of the authority in ca.pem"),
        ):
            serve(mosquitto, *certificate)
            for _ in range(2):
                assert says in await refusal(ours)
        assert "name that in ca_file" in await refusal(way(gate.port))
        assert gate.connections == 7


async def test_ports_that_were_mixed_up_are_told_and_get_no_password(
    mosquitto: Mosquitto, authority: Authority
) -> None:
    async with overheard(mosquitto) as gate:
        for _ in range(2):
            assert "is its TLS port" in (await refusal(way(gate.port))).replace(f"{gate.port} its", "its")
        serve(mosquitto, *authority.issue("127.0.0.1"))
        # At once, not at a deadline: what is refused is known.
        async with asyncio.timeout(DEADLINE_S / 4):
            plain = await refusal(way(gate.port, tls=False, username=None, password=None))
        assert plain.endswith("its TLS port? Then the URL begins with mqtts://")


async def test_a_broker_that_wants_a_certificate_takes_ours_and_no_other(
    mosquitto: Mosquitto, authority: Authority, tmp_path: Path
) -> None:
    required = (f"cafile {authority.file}", "require_certificate true")
    serve(mosquitto, *authority.issue("127.0.0.1"), *required)

    def shows(pair: tuple[Path, Path], port: int) -> MqttPublisher:
        return way(port, authority.file, client_cert=pair[0], client_key=pair[1])

    async with overheard(mosquitto) as gate:
        async with shows(authority.issue("anna"), gate.port).connect() as session:
            assert await session.publish("x", "y", retain=False, qos=1) is None
        assert "set client_cert and client_key" in await refusal(way(gate.port, authority.file))
        for other in (authority_in(tmp_path / "foreign").issue("eve"), authority.issue("late", days=-1)):
            told = await refusal(shows(other, gate.port))
            assert f"does it know who signed {other[0].name}" in told


def locked(key: Path) -> Path:
    """The same key behind a passphrase."""
    private = serialization.load_pem_private_key(key.read_bytes(), None)
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"geheim"),
        )
    )
    return key


def test_files_of_ours_that_are_no_good_are_told_by_their_key(authority: Authority, tmp_path: Path) -> None:
    certificate, key = authority.issue("anna")
    _, another = authority.issue("bert")
    junk, none = tmp_path / "junk.pem", tmp_path / "none.pem"
    junk.write_text("junk")

    def told(ca_file: Path = authority.file, client_cert: Path = certificate, client_key: Path = key) -> str:
        address = BrokerAddress(
            host="h", port=1, tls=True, ca_file=ca_file, client_cert=client_cert, client_key=client_key
        )
        with pytest.raises(CertificateUnfit) as caught:
            tls_context(address)
        assert "\n" not in str(caught.value)
        return str(caught.value)

    assert told(ca_file=junk) == f"ca_file: {junk} holds no certificate (PEM)"
    assert told(ca_file=none) == f"ca_file: {none} can't be read: No such file or directory"
    assert told(client_cert=key) == f"client_cert: {key} holds no certificate (PEM)"
    assert told(client_key=junk) == f"client_key: {junk} holds no private key (PEM)"
    assert told(client_key=none) == f"client_key: {none} can't be read: No such file or directory"
    assert (
        told(client_key=another) == f"client_key: {another} is not the key of the certificate {certificate}"
    )
    assert told(client_key=locked(key)).startswith(f"client_key: {key} wants a passphrase")


async def test_files_that_became_unfit_are_tried_again(authority: Authority) -> None:
    authority.file.write_text("half of a renew")
    with pytest.raises(BrokerUnavailable, match=r"^broker mqtts://127.0.0.1:1: ca_file: .* no certificate"):
        async with way(1, authority.file).connect():
            pass


def test_nothing_older_than_tls_1_2_and_never_unchecked(authority: Authority) -> None:
    context = tls_context(BrokerAddress(host="h", port=1, tls=True, ca_file=authority.file))
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
