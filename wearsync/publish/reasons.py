"""What a broker's reason codes and a socket's errors mean for the person who reads them; pure.

Rule: one line each: what the broker says, and what to do about it. Codes: MQTT 5.0, section 2.4.
"""

import ssl
from socket import gaierror

from wearsync.publish.address import BrokerAddress

# From here on a reason code is a refusal.
FAILURE = 0x80
NOT_AUTHORIZED = 0x87
NOT_MQTT_5 = 0x84
TAKEN_OVER = 0x8E
KEEPS_NOTHING = 0x9A
PACKET_TOO_LARGE = 0x95

_REFUSALS = {
    0x83: "the broker refuses it (implementation specific error)",
    NOT_AUTHORIZED: "the broker's access list forbids it",
    0x90: "the broker refuses the topic's name",
    PACKET_TOO_LARGE: "the broker takes no message of this size",
    0x97: "the broker's quota is used up",
    0x99: "the broker refuses the payload's format",
}

_CONNECT = {
    NOT_MQTT_5: "does not speak MQTT 5: it must be mosquitto 1.6 or newer, or another broker that does",
    0x85: "refuses the client id: give this daemon another `site`",
    0x88: "is not available now",
    0x89: "is too busy",
    0x8A: "has banned this client",
    0x97: "has no quota left for this client",
    KEEPS_NOTHING: "keeps no retained messages: mosquitto needs `retain_available true`",
    0x9C: "asks to use another server",
    0x9D: "has moved to another address",
    0x9F: "is asked too often",
}
# User name or password, in the words of a CONNACK.
CREDENTIALS = (0x86, NOT_AUTHORIZED)

# X509_V_ERR_…: untrusted root, self-signed (twice), no issuer (twice).
_NOT_OF_AUTHORITY = (18, 19, 20, 21, 27)
# Not yet valid, expired.
EXPIRED = (9, 10)
# Another host name, another address.
OTHER_HOST = (62, 64)

_LOST = {
    0x8B: "is shutting down",
    0x8D: "heard nothing for too long",
    TAKEN_OVER: "has given this client's id to another client: give each daemon a `site` of its own",
    NOT_AUTHORIZED: "no longer allows this client",
    PACKET_TOO_LARGE: "takes no message of that size",
    0x98: "was told by its operator to end this connection",
    KEEPS_NOTHING: "does not support retained messages",
}


def refusal(code: int) -> str:
    """Why a message was not taken."""
    return _REFUSALS.get(code, f"the broker refuses it (reason code {code:#04x})")


def connect_refused(code: int, address: BrokerAddress) -> str:
    """Why a connection was not taken, by the CONNACK's code."""
    if code in CREDENTIALS:
        if address.username is None:
            return "wants a user name and password: set broker.username and broker.password_file"
        return (
            f"refuses the user name or password of {address.username!r}: "
            "correct them (username, password_file), and start wearsync again"
        )
    return _CONNECT.get(code, f"refuses the connection (reason code {code:#04x})")


def connect_failed(error: BaseException | None, address: BrokerAddress) -> str:
    """Why there was no connection, by the socket's error; None: it took too long."""
    match error:
        case ssl.SSLCertVerificationError():
            return f"has a certificate that does not hold: {_unfit(error, address)}"
        case ssl.SSLError():
            return f"does not agree on TLS ({_reason(error)}): is {address.port} its TLS port?"
        case gaierror():
            return f"has a name that can't be resolved: check {address.host!r} and the network"
        case ConnectionResetError() if address.tls:
            return f"hangs up when TLS begins: is {address.port} its TLS port?"
        case ConnectionRefusedError():
            return "refuses connections: is it running, and is the port right?"
        case TimeoutError() | None:
            return "does not answer: is it the right address, and does it speak MQTT (mqtts:// for TLS)?"
        case OSError():
            return f"can't be reached: {error.strerror or error}"
        case _:
            return f"can't be reached: {error}"


def connect_hung_up(address: BrokerAddress) -> str:
    """Why a broker may end a connection without an answer. It takes our certificate, or not, after TLS is
    agreed on (TLS 1.3), and says nothing that we get to see.
    """
    if not address.tls:
        return (
            f"hangs up before it answers: is {address.port} its TLS port? Then the URL begins with mqtts://"
        )
    if address.client_cert is None:
        return "hangs up before it answers: if it wants a certificate, set client_cert and client_key"
    return (
        f"hangs up before it answers: does it know who signed {address.client_cert.name} (its cafile), "
        "and is that valid today?"
    )


def lost(code: int) -> str:
    """Why the broker ended a connection, by the DISCONNECT's code."""
    return _LOST.get(code, f"has ended the connection (reason code {code:#04x})")


def _unfit(error: ssl.SSLCertVerificationError, address: BrokerAddress) -> str:
    """What is wrong with the broker's certificate, and what to do."""
    said = error.verify_message.rstrip(".")
    if error.verify_code in _NOT_OF_AUTHORITY:
        if address.ca_file is None:
            return f"{said}: if it is of an authority of your own, name that in ca_file"
        return f"{said}: it is not of the authority in {address.ca_file.name}"
    if error.verify_code in EXPIRED:
        return f"{said}: renew it, or set this machine's clock"
    return said


def _reason(error: ssl.SSLError) -> str:
    """In openssl's words, without its file and line."""
    said: str = getattr(error, "reason", None) or error.strerror or "no reason"
    return said.lower().replace("_", " ")
