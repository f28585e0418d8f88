"""Commands that are none: the product's gate lets nothing of them through."""

from random import Random

from wearsync.model import Verb
from wearsync.publish.commands import CommandGate, Given, Refusal, Resync
from wearsync_simulators.world.rubbish import rubbish


def test_only_the_stuck_button_gets_through_and_once() -> None:
    draw, gate = Random(1), CommandGate()
    passed = []
    for number in range(5000):
        message = rubbish(draw, "watch")
        parsed = gate.take(message.payload[:1025], retained=message.retained, now_ms=number * 2000)
        if not isinstance(parsed, Refusal):
            passed.append(parsed)
    buzzes = [parsed for parsed in passed if isinstance(parsed, Given)]
    assert [given.command.verb for given in buzzes] == [Verb.BUZZ]
    assert all(given.since == "nobody:1:1:hold" for given in passed if isinstance(given, Resync))


def test_it_comes_in_all_kinds() -> None:
    draw = Random(1)
    messages = [rubbish(draw, "watch") for _ in range(2000)]
    assert {message.retained for message in messages} == {True, False}
    assert max(len(message.payload) for message in messages) > 1024 * 1024
    assert any(message.topic != "watch/command" for message in messages)
