"""Sections of the configuration: what one alone may say."""

import pytest
from pydantic import ValidationError

from wearsync.config.sections import BrokerSettings, RoutineSettings, WatchSettings
from wearsync.model import Routine

ID = "00112233445566778899aabbccddeeff"


def test_progression_is_a_rule_of_the_daemon_and_no_part_of_the_plan() -> None:
    said = RoutineSettings(left_s=45, progression=False)
    assert RoutineSettings().progression
    assert type(said.plan) is Routine
    assert (said.plan, said.plan.id) == (Routine(left_s=45), Routine(left_s=45).id)


def test_a_watch_may_go_without_progression() -> None:
    text = (
        f'{{"name": "W", "id": "{ID}", "address": "C0:FF:EE:00:00:01", "routine": {{"progression": false}}}}'
    )
    routine = WatchSettings.model_validate_json(text).routine
    assert routine is not None
    assert routine.model_fields_set == {"progression"}


def test_a_broker_is_named_by_a_url_that_can_be_one() -> None:
    assert BrokerSettings().url == "mqtt://127.0.0.1:1883"
    with pytest.raises(ValidationError, match="url"):
        BrokerSettings(url="http://broker.example")
