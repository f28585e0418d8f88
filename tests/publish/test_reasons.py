"""The words for what brokers and sockets say."""

import errno
import socket
import ssl

import pytest

from wearsync.publish.address import BrokerAddress
from wearsync.publish.reasons import connect_failed, connect_refused, lost, refusal

ADDRESS = BrokerAddress(host="h.example", port=1883)
ANNA = BrokerAddress(host="h.example", port=8883, tls=True, username="anna", password="geheim")


@pytest.mark.parametrize("code", range(0x80, 0x100))
def test_every_code_has_words_in_one_line(code: int) -> None:
    for words in (refusal(code), lost(code), connect_refused(code, ADDRESS)):
        assert words
        assert "\n" not in words


@pytest.mark.parametrize("code", [0x86, 0x87])
def test_credentials_are_asked_for_or_doubted(code: int) -> None:
    assert "password_file" in connect_refused(code, ADDRESS)
    assert "'anna'" in connect_refused(code, ANNA)
    assert "geheim" not in connect_refused(code, ANNA)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConnectionRefusedError(), "is it running"),
        (socket.gaierror(-2, "Name or service not known"), "h.example"),
        (TimeoutError(), "does not answer"),
        (None, "does not answer"),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), "Network is unreachable"),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number"), "does not agree on TLS"),
        (ValueError("x"), "x"),
    ],
)
def test_a_socket_error_says_what_to_do(error: BaseException | None, words: str) -> None:
    assert words in connect_failed(error, ADDRESS)
