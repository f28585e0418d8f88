"""The templates' forms: unknown instead of a fault, ON and OFF instead of a JSON true."""

import pytest

from tests.publish.discovery.home_assistant import rendered
from wearsync.model import Side
from wearsync.publish.discovery.entity import enum, icon, on_if, told, told_in


@pytest.mark.parametrize(
    ("payload", "says"), [('{"a": 7}', "7"), ('{"a": null}', "None"), ('{"a": 0}', "0"), ("", "None")]
)
def test_a_value_is_told_as_it_is_and_unknown_when_the_topic_is_taken_back(payload: str, says: str) -> None:
    assert rendered(told("value_json.a"), payload) == says


@pytest.mark.parametrize(
    ("payload", "says"), [('{"a": {"b": 7}}', "7"), ('{"a": null}', "None"), ("", "None")]
)
def test_a_part_that_is_null_is_unknown(payload: str, says: str) -> None:
    assert rendered(told_in("a", "value_json.a.b"), payload) == says


@pytest.mark.parametrize(("payload", "says"), [('{"a": true}', "ON"), ('{"a": false}', "OFF"), ("", "None")])
def test_what_is_true_is_on(payload: str, says: str) -> None:
    assert rendered(on_if("value_json.a"), payload) == says


def test_options_are_plain_words() -> None:
    assert enum(Side) == {"device_class": "enum", "options": ["left", "right"]}
    options = enum(Side)["options"]
    assert isinstance(options, list)
    assert [type(option) for option in options] == [str, str]
    assert icon("fire") == {"icon": "mdi:fire"}
