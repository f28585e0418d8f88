"""The lines of the control socket: what goes in comes out."""

import pytest
from pydantic import ValidationError

import wearsync.errors
from wearsync.control.protocol import (
    SERVER_LINE,
    Alive,
    Answer,
    Ask,
    Event,
    Failure,
    GoAheadQuestion,
    JustWorksQuestion,
    NumberQuestion,
    PasskeyQuestion,
    Result,
    ServerLine,
    error_of,
    failure_of,
    line,
)
from wearsync.errors import WearsyncError

LINES: list[ServerLine] = [
    Alive(),
    Event(event={"phase": "hold", "side": None}),
    Ask(question=NumberQuestion(number=7)),
    Ask(question=PasskeyQuestion()),
    Ask(question=JustWorksQuestion()),
    Ask(question=GoAheadQuestion(text="pair with W?")),
    Result(result={"text": "line\nfeed"}),
    Failure(code="TryAgain", exit_code=75, message="out of range"),
]
ERRORS = [
    kind
    for kind in vars(wearsync.errors).values()
    if isinstance(kind, type) and issubclass(kind, WearsyncError)
]


@pytest.mark.parametrize("answer", LINES, ids=lambda answer: str(answer.kind))
def test_server_line_survives_the_wire(answer: ServerLine) -> None:
    wire = line(answer)
    assert wire.count(b"\n") == 1
    assert SERVER_LINE.validate_json(wire) == answer


def test_passkey_has_six_digits() -> None:
    assert Answer(passkey=0).passkey == 0
    for passkey in (-1, 1_000_000):
        with pytest.raises(ValidationError):
            Answer(passkey=passkey)


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_error_comes_out_as_it_went_in(kind: type[WearsyncError]) -> None:
    again = error_of(failure_of(kind("it is raining")))
    assert type(again) is kind
    assert str(again) == "it is raining"
    assert again.exit_code == kind.exit_code


def test_error_of_a_newer_daemon_keeps_its_exit_code() -> None:
    error = error_of(Failure(code="TooSunny", exit_code=91, message="it is sunny"))
    assert type(error) is WearsyncError
    assert (str(error), error.exit_code) == ("it is sunny", 91)
    assert WearsyncError.exit_code == 70
