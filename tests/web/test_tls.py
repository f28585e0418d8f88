"""Certificates that are of no use."""

import ssl
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from tests.publish.certificates import Authority
from wearsync.errors import ConfigError
from wearsync.web.tls import context_of


def test_what_is_wrong_with_a_certificate_is_told_by_its_key(tmp_path: Path):
    authority = Authority(tmp_path)
    certificate, key = authority.issue("localhost")
    _, other = authority.issue("127.0.0.1")
    text, locked = tmp_path / "text", tmp_path / "locked"
    text.write_text("no certificate")
    private = serialization.load_pem_private_key(key.read_bytes(), None)
    passphrase = serialization.BestAvailableEncryption(b"secret")
    form = serialization.PrivateFormat.PKCS8
    locked.write_bytes(private.private_bytes(serialization.Encoding.PEM, form, passphrase))
    assert context_of(certificate, key).minimum_version == ssl.TLSVersion.TLSv1_2
    for first, second, said in (
        (certificate, other, r"web\.key_file: .* is not the key of"),
        (text, key, "are no certificate and key"),
        (tmp_path / "nothing", key, "can't be read: No such file"),
        (certificate, locked, r"web\.key_file: .* wants a passphrase"),
    ):
        with pytest.raises(ConfigError, match=said):
            context_of(first, second)
