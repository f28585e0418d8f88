"""What is promised to readers of the topics: the JSON Schema of every payload; pure."""

from collections.abc import Mapping

from pydantic import JsonValue

from wearsync.publish.payloads import (
    AlertPayload,
    CuePayload,
    HealthPayload,
    HoldPayload,
    InfoPayload,
    Payload,
    ReplyPayload,
    SessionPayload,
    StatePayload,
    SummaryPayload,
)


def schemas() -> Mapping[str, JsonValue]:
    """The JSON Schema of each topic's payload, by the topic's last level."""
    models: tuple[tuple[str, type[Payload]], ...] = (
        ("info", InfoPayload),
        ("health", HealthPayload),
        ("state", StatePayload),
        ("summary", SummaryPayload),
        ("hold", HoldPayload),
        ("session", SessionPayload),
        ("cue", CuePayload),
        ("alert", AlertPayload),
        ("reply", ReplyPayload),
    )
    return {topic: model.model_json_schema(mode="serialization") for topic, model in models}
