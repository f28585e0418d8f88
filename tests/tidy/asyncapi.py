"""The AsyncAPI 3 document of the MQTT topics, from the written-out channels; from the daemon's point of view:
it sends states, events and replies, and receives commands.

Rule: payloads are references to the schemas beside it; nothing is said twice.
"""

from collections.abc import Mapping

from pydantic import JsonValue

from wearsync.publish.commands import COMMAND_MAX_BYTES
from wearsync.publish.contract import CHANNELS, Channel
from wearsync.publish.payloads import OFFLINE, SCHEMA_VERSION
from wearsync.publish.topics import STATUS

Node = dict[str, JsonValue]

_PARAMETERS = {
    "site": "the daemon's name: `site` in the configuration, else the host's name",
    "watch": "the watch's name, in lower case and with - for blanks; `topic` in the payload of info",
    "wearer": "the wearer's name, in lower case and with - for blanks",
}
_PLAIN = frozenset({"status", "availability"})


def document(examples: Mapping[str, list[JsonValue]]) -> Node:
    """The whole document. `examples`: payloads by the name of their schema."""
    return {
        "asyncapi": "3.0.0",
        "id": f"urn:wearsync:mqtt:{SCHEMA_VERSION}",
        "info": _info(),
        "defaultContentType": "application/json",
        "servers": _servers(),
        "channels": {channel.name: _channel(channel) for channel in CHANNELS},
        "operations": {_operation_name(channel): _operation(channel) for channel in CHANNELS},
        "components": {
            "messages": {
                channel.name: _message(channel, examples.get(channel.schema, [])) for channel in CHANNELS
            },
            "parameters": {name: {"description": means} for name, means in _PARAMETERS.items()},
            "securitySchemes": {
                "password": {
                    "type": "userPassword",
                    "description": "A user of the broker, with an access list as in docs/mqtt.md.",
                }
            },
        },
    }


def _info() -> Node:
    return {
        "title": "wearsync on MQTT",
        "version": str(SCHEMA_VERSION),
        "description": (
            "What the companion of a stretching watch tells dashboards, and what they may ask of it."
            " Within one version keys and values are only ever added."
            " Events are told apart by their id: one may come twice. States are retained, events never are."
        ),
        "license": {"name": "Apache-2.0"},
    }


def _servers() -> Node:
    will: Node = {"topic": f"wearsync/{{site}}/{STATUS}", "qos": 1, "message": OFFLINE, "retain": True}
    mqtt: Node = {
        "clientId": "wearsync-{site}",
        "cleanSession": True,
        "lastWill": will,
        "bindingVersion": "0.2.0",
    }
    return {
        name: {
            "host": "{host}:{port}",
            "protocol": protocol,
            "protocolVersion": "5",
            "description": means,
            "variables": {
                "host": {"default": "localhost", "description": "your broker"},
                "port": {"default": port},
            },
            "security": [{"$ref": "#/components/securitySchemes/password"}],
            "bindings": {"mqtt": mqtt},
        }
        for name, protocol, port, means in (
            (
                "broker",
                "mqtt",
                "1883",
                "On this machine; elsewhere, a password needs `allow_insecure`.",
            ),
            ("brokerTls", "secure-mqtt", "8883", "Anywhere: the certificate is always checked."),
        )
    }


def _channel(channel: Channel) -> Node:
    address = f"wearsync/{{site}}/{channel.address}"
    return {
        "address": address,
        "title": channel.name,
        "description": _sentence(channel.means),
        "parameters": {
            name: {"$ref": f"#/components/parameters/{name}"}
            for name in _PARAMETERS
            if f"{{{name}}}" in address
        },
        "messages": {channel.name: {"$ref": f"#/components/messages/{channel.name}"}},
    }


def _operation_name(channel: Channel) -> str:
    words = channel.name.split("_")
    return "".join(("receive" if channel.is_command else "send", *(word.capitalize() for word in words)))


def _operation(channel: Channel) -> Node:
    operation: Node = {
        "action": "receive" if channel.is_command else "send",
        "channel": {"$ref": f"#/channels/{channel.name}"},
        "summary": _sentence(channel.means),
        "messages": [{"$ref": f"#/channels/{channel.name}/messages/{channel.name}"}],
        "bindings": {
            "mqtt": {"qos": channel.qos, "retain": channel.retained, "bindingVersion": "0.2.0"},
        },
    }
    if channel.is_command:
        operation["description"] = (
            f"At most {COMMAND_MAX_BYTES} bytes. A retained command is not carried out, nor is any kept while"
            " the daemon is away; a request_id that was seen already is passed over without an answer."
        )
        operation["reply"] = {
            "channel": {"$ref": "#/channels/reply"},
            "messages": [{"$ref": "#/channels/reply/messages/reply"}],
        }
    return operation


def _message(channel: Channel, examples: list[JsonValue]) -> Node:
    message: Node = {
        "name": channel.name,
        "title": channel.name,
        "summary": _sentence(channel.means),
        "contentType": "text/plain" if channel.schema in _PLAIN else "application/json",
        "payload": {"$ref": f"./schemas/{channel.schema}.schema.json"},
    }
    if channel.schema in ("command", "reply"):
        message["correlationId"] = {
            "description": "The same in the command and its reply.",
            "location": "$message.payload#/request_id",
        }
    if examples:
        message["examples"] = [{"payload": example} for example in examples]
    return message


def _sentence(means: str) -> str:
    return f"{means[0].upper()}{means[1:]}."
