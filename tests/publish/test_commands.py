"""Commands: what is taken, what is refused, and how often."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wearsync.model import Command, Side, Verb
from wearsync.publish.commands import (
    COMMAND_MAX_BYTES,
    COMMANDS_PER_MINUTE,
    HAPTIC_PER_MINUTE,
    REQUESTS_REMEMBERED,
    RESYNCS_PER_MINUTE,
    SETTINGS_PER_MINUTE,
    WINDOW_MS,
    CommandGate,
    Given,
    Refusal,
    Resync,
    parse,
    schema,
)


def read(payload: str | bytes) -> Given | Resync | Refusal:
    return parse(payload if isinstance(payload, bytes) else payload.encode(), retained=False)


@pytest.mark.parametrize(
    ("payload", "command"),
    [
        *((f'{{"command": "{verb}"}}', Command(Verb(verb))) for verb in ("start", "stop", "pause", "resume")),
        *((f'{{"command": "{verb}"}}', Command(Verb(verb))) for verb in ("skip", "back", "buzz")),
        ('{"command": "extra", "side": "right"}', Command(Verb.EXTRA, side=Side.RIGHT)),
        ('{"command": "snooze"}', Command(Verb.SNOOZE, minutes=10)),
        ('{"command": "snooze", "minutes": 60}', Command(Verb.SNOOZE, minutes=60)),
        ('{"command": "away", "away": false}', Command(Verb.AWAY, away=False)),
        ('{"command": "remind", "on": true}', Command(Verb.REMIND, on=True)),
        (
            '{"command": "set", "changes": {"rounds": 3, "variant": "standing"}}',
            Command(Verb.SET, changes=(("variant", "standing"), ("rounds", 3))),
        ),
    ],
)
def test_the_verbs(payload: str, command: Command) -> None:
    assert read(payload) == Given(command, None)


def test_a_request_id_comes_with_it() -> None:
    assert read('{"command": "start", "request_id": "r-1"}') == Given(Command(Verb.START), "r-1")


def test_resync() -> None:
    assert read('{"command": "resync", "since": "aa:7:3:hold"}') == Resync("aa:7:3:hold", None)


def test_every_verb_has_a_message() -> None:
    text = json.dumps(dict(schema()))
    assert all(f'"{verb}"' in text for verb in [*Verb, "resync"])


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "not JSON"),
        (b"start", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b'{"command": "start\x00"}', "not JSON"),
        (b"[" * 1000, "not JSON"),
        (b'{"a":' * 200, "not JSON"),
        (b'{"command": "start"} {}', "not JSON"),
        (b"[]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b"NaN", "not a JSON object"),
        (b"{}", "no command"),
        (b'{"command": "sudo"}', "not known"),
        (b'{"command": ["start"]}', "not known"),
        (b'{"command": "start", "side": "left"}', "'side' does not belong"),
        (b'{"command": "extra"}', "side is missing"),
        (b'{"command": "extra", "side": "up"}', "side"),
        (b'{"command": "snooze", "minutes": 11}', "minutes"),
        (b'{"command": "snooze", "minutes": NaN}', "minutes"),
        (b'{"command": "snooze", "minutes": 1e999}', "minutes"),
        (b'{"command": "away"}', "away is missing"),
        (b'{"command": "away", "away": 1}', "away"),
        (b'{"command": "set", "changes": {}}', "changes is empty"),
        (b'{"command": "set", "changes": {"left_s": 10}}', "changes.left_s"),
        (b'{"command": "set", "changes": {"left_s": "40"}}', "changes.left_s"),
        (b'{"command": "set", "changes": {"left_s": ' + b"9" * 900 + b"}}", "changes.left_s"),
        (b'{"command": "set", "changes": {"broker": "x"}}', "'changes.broker' does not belong"),
        (b'{"command": "resync"}', "since is missing"),
        (b'{"command": "start", "request_id": "a b"}', "request_id"),
        (b'{"command": "start", "request_id": ""}', "request_id"),
        (b'{"command": "start", "pad": "' + b"x" * COMMAND_MAX_BYTES + b'"}', "1024 bytes"),
        (b"x" * 1_048_576, "1024 bytes"),
    ],
)
def test_what_is_refused_and_why(payload: bytes, reason: str) -> None:
    refused = read(payload)
    assert isinstance(refused, Refusal)
    assert reason in refused.reason
    assert "\n" not in refused.reason
    assert len(refused.reason) < 200


def test_a_refusal_finds_the_one_who_asked() -> None:
    refused = read('{"command": "sudo", "request_id": "r-1"}')
    assert isinstance(refused, Refusal)
    assert refused.request_id == "r-1"


def test_retained_commands_are_refused_in_silence() -> None:
    refused = parse(b'{"command": "start"}', retained=True)
    assert isinstance(refused, Refusal)
    assert not refused.answer


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
like_a_command = st.dictionaries(
    st.sampled_from(["command", "request_id", "side", "minutes", "away", "changes", "since"]),
    st.sampled_from([*map(str, Verb), "resync", "left", 10, True]) | json_values,
)


@given(st.binary(max_size=1100) | like_a_command.map(lambda value: json.dumps(value).encode()))
def test_whatever_comes_is_judged_in_bounds(payload: bytes) -> None:
    judged = parse(payload, retained=False)
    assert isinstance(judged, Given | Resync | Refusal)
    if isinstance(judged, Given) and judged.command.verb is Verb.SNOOZE:
        assert judged.command.minutes in (10, 30, 60)


START = b'{"command": "start", "request_id": "%d"}'


def test_a_request_is_taken_once() -> None:
    gate = CommandGate()
    assert isinstance(gate.take(START % 1, retained=False, now_ms=0), Given)
    again = gate.take(START % 1, retained=False, now_ms=1)
    assert again == Refusal("this request_id was seen already", "1", answer=False)


def test_requests_are_remembered_up_to_a_limit() -> None:
    gate = CommandGate()
    pause = b'{"command": "pause", "request_id": "%d"}'
    for number in range(REQUESTS_REMEMBERED + 1):
        assert isinstance(gate.take(pause % number, retained=False, now_ms=number * WINDOW_MS), Given)
    later = REQUESTS_REMEMBERED * WINDOW_MS
    assert isinstance(gate.take(pause % 1, retained=False, now_ms=later + 1), Refusal)
    assert isinstance(gate.take(pause % 0, retained=False, now_ms=later + 2), Given)


def test_a_wrist_is_not_buzzed_for_ever() -> None:
    gate = CommandGate()
    buzz = b'{"command": "buzz"}'
    taken = [gate.take(buzz, retained=False, now_ms=second * 1000) for second in range(HAPTIC_PER_MINUTE + 1)]
    assert [type(judged) for judged in taken] == [Given] * HAPTIC_PER_MINUTE + [Refusal]
    assert isinstance(gate.take(b'{"command": "stop"}', retained=False, now_ms=8000), Given)
    assert isinstance(gate.take(buzz, retained=False, now_ms=WINDOW_MS), Given)


@pytest.mark.parametrize(
    ("payload", "most", "what"),
    [
        (b'{"command": "set", "changes": {"left_s": 40}}', SETTINGS_PER_MINUTE, "change settings"),
        (b'{"command": "remind", "on": true}', SETTINGS_PER_MINUTE, "change settings"),
        (b'{"command": "resync", "since": "aa:7:3:hold"}', RESYNCS_PER_MINUTE, "publish events again"),
    ],
)
def test_flash_and_broker_are_not_worn_out(payload: bytes, most: int, what: str) -> None:
    gate = CommandGate()
    for number in range(most):
        assert isinstance(gate.take(payload, retained=False, now_ms=number), Given | Resync)
    refused = gate.take(payload, retained=False, now_ms=most)
    assert isinstance(refused, Refusal)
    assert refused.reason == f"more than {most} commands a minute that {what}: wait a little"
    assert refused.answer
    assert isinstance(gate.take(b'{"command": "buzz"}', retained=False, now_ms=most), Given)
    assert isinstance(gate.take(payload, retained=False, now_ms=WINDOW_MS), Given | Resync)


def test_a_flood_is_cut_off_without_an_answer() -> None:
    gate = CommandGate()
    taken = [gate.take(b"junk", retained=False, now_ms=number) for number in range(1000)]
    assert sum(isinstance(judged, Refusal) and judged.answer for judged in taken) == COMMANDS_PER_MINUTE
    assert isinstance(gate.take(b'{"command": "stop"}', retained=False, now_ms=2000), Refusal)
    assert isinstance(gate.take(b'{"command": "stop"}', retained=False, now_ms=WINDOW_MS), Given)
