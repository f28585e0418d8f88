"""Commands: what is taken, what is refused, and how often."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from wearsync.model import Command, Routine, Side, StartMode, Variant, Verb
from wearsync.publish.commands import (
    COMMAND_MAX_BYTES,
    COMMANDS_PER_MINUTE,
    HAPTIC_PER_MINUTE,
    REFUSALS_ANSWERED_PER_MINUTE,
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
        ('{"command": "snooze", "minutes": 30.0}', Command(Verb.SNOOZE, minutes=30)),
        ('{"command": "set", "changes": {"left_s": 40.0}}', Command(Verb.SET, changes=(("left_s", 40),))),
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
    assert {type(judged) for judged in taken} == {Refusal}
    answered = sum(isinstance(judged, Refusal) and judged.answer for judged in taken)
    assert answered == REFUSALS_ANSWERED_PER_MINUTE
    again = gate.take(b"junk", retained=False, now_ms=WINDOW_MS)
    assert isinstance(again, Refusal)
    assert again.answer


def test_what_is_refused_keeps_nobody_out() -> None:
    """Nonsense, repetitions and buzzes without end come from others than who wants to stop."""
    gate = CommandGate()
    for number in range(10 * COMMANDS_PER_MINUTE):
        for payload in (b"junk", b'{"command": "buzz", "request_id": "%d"}' % number, START % -1):
            gate.take(payload, retained=False, now_ms=number)
    assert isinstance(gate.take(b'{"command": "stop"}', retained=False, now_ms=2000), Given)


def test_more_than_a_person_sends_is_refused_in_silence() -> None:
    gate = CommandGate()
    pause = b'{"command": "pause"}'
    for number in range(COMMANDS_PER_MINUTE):
        assert isinstance(gate.take(pause, retained=False, now_ms=number), Given)
    refused = gate.take(pause, retained=False, now_ms=COMMANDS_PER_MINUTE)
    assert refused == Refusal("more than 60 commands a minute", None, answer=False)
    assert isinstance(gate.take(pause, retained=False, now_ms=WINDOW_MS), Given)


def test_a_request_that_was_one_too_many_may_come_again() -> None:
    gate = CommandGate()
    for number in range(HAPTIC_PER_MINUTE):
        assert isinstance(gate.take(START % number, retained=False, now_ms=0), Given)
    assert isinstance(gate.take(START % HAPTIC_PER_MINUTE, retained=False, now_ms=1), Refusal)
    assert isinstance(gate.take(START % HAPTIC_PER_MINUTE, retained=False, now_ms=WINDOW_MS), Given)
    assert isinstance(gate.take(START % 0, retained=False, now_ms=WINDOW_MS), Refusal)


NUMBERS = (-1, 0, 1, 2, 3, 9, 10, 11, 29, 30, 31, 60, 61, 10**30)
VALUES: tuple[object, ...] = (
    *NUMBERS,
    *map(float, NUMBERS),
    *(30.5, True, False, None, "", "x", "30", "aa:7:3:hold", [], {}),
    *map(str, (*Side, *Variant, *StartMode)),
)
KEYS = {"extra": "side", "snooze": "minutes", "away": "away", "remind": "on", "resync": "since"}


def test_the_published_schema_and_the_gate_say_the_same() -> None:
    published = Draft202012Validator(dict(schema()))
    taken = 0
    said: list[dict[str, object]] = [{"command": verb} for verb in [*map(str, Verb), "resync", "x"]]
    said += [{"command": "pause", "request_id": value} for value in (*VALUES, "r-1", "a b", "é", "r" * 65)]
    said += [{"command": verb, key: value} for verb in KEYS for key in KEYS.values() for value in VALUES]
    for key in [*Routine.model_fields, "x"]:
        said += [{"command": "set", "changes": {key: value}} for value in VALUES]
    for each in said:
        is_taken = not isinstance(read(json.dumps(each)), Refusal)
        assert is_taken is published.is_valid(each), each
        taken += is_taken
    assert taken > 50
