"""What CLI and daemon say to each other over the local socket: JSON, one object a line.

    client ──▶  a call (`calls`)                            one a connection
    server ──▶  Alive · Event · Ask → client ──▶ Answer     as often as needed
    server ──▶  Result | Failure                            the end

Rule: models only, no I/O. Results and events are whatever model both sides agree on for that method
(`results`, or another package's).
"""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, Field, JsonValue, TypeAdapter

from wearsync import __version__
from wearsync.errors import WearsyncError
from wearsync.model import Border

# --- questions to the person at the CLI ---------------------------------------------------------------------


class NumberQuestion(Border):
    """Does the watch show these six digits?"""

    kind: Literal["number"] = "number"
    number: int = Field(ge=0, le=999_999)


class PasskeyQuestion(Border):
    """Which six digits does the watch show?"""

    kind: Literal["passkey"] = "passkey"


class JustWorksQuestion(Border):
    """Go on without any code?"""

    kind: Literal["just_works"] = "just_works"


class GoAheadQuestion(Border):
    """Go on with this? `text` says with what."""

    kind: Literal["go_ahead"] = "go_ahead"
    text: str


class PersonalQuestion(Border):
    """What only a person can say, yes or no; `default`: what an empty line means."""

    kind: Literal["personal"] = "personal"
    text: str
    default: bool


class ChoiceQuestion(Border):
    """Which of these?"""

    kind: Literal["choice"] = "choice"
    text: str
    options: tuple[str, ...] = Field(min_length=1)


class NameQuestion(Border):
    """What is it called? `default`: what an empty line means."""

    kind: Literal["name"] = "name"
    text: str
    default: str


Question = (
    NumberQuestion
    | PasskeyQuestion
    | JustWorksQuestion
    | GoAheadQuestion
    | PersonalQuestion
    | ChoiceQuestion
    | NameQuestion
)


class Answer(Border):
    """`passkey` to the passkey's question, None: given up; `choice` from 0, `name`, to theirs; else `yes`.
    `nobody`: there is no person who could say.
    """

    kind: Literal["answer"] = "answer"
    yes: bool = False
    passkey: int | None = Field(default=None, ge=0, le=999_999)
    choice: int | None = Field(default=None, ge=0)
    name: str | None = None
    nobody: bool = False


# --- lines from the server ----------------------------------------------------------------------------------


class Alive(Border):
    """Still at it: sent while a call takes its time, to tell a slow daemon from a stuck one."""

    kind: Literal["alive"] = "alive"


class Event(Border):
    """One of a stream."""

    kind: Literal["event"] = "event"
    event: JsonValue


class Ask(Border):
    """A question; the next line of the client is the `Answer`."""

    kind: Literal["ask"] = "ask"
    question: Annotated[Question, Field(discriminator="kind")]


class Result(Border):
    """The call's result; nothing follows. `version`: the daemon's, empty from one that is too old to say."""

    kind: Literal["result"] = "result"
    result: JsonValue
    version: str = ""


class Failure(Border):
    """The call failed; nothing follows. `code`: the name of a class of `wearsync.errors`."""

    kind: Literal["failure"] = "failure"
    code: str
    exit_code: int
    message: str
    version: str = ""


ServerLine = Alive | Event | Ask | Result | Failure

SERVER_LINE: TypeAdapter[ServerLine] = TypeAdapter(Annotated[ServerLine, Field(discriminator="kind")])


def line(model: BaseModel) -> bytes:
    """The model as one line; JSON has no raw line feed."""
    return model.model_dump_json().encode() + b"\n"


def failure_of(error: WearsyncError) -> Failure:
    """The error as it goes over the socket."""
    return Failure(
        code=type(error).__name__, exit_code=error.exit_code, message=str(error), version=__version__
    )


def error_of(failure: Failure) -> WearsyncError:
    """The error as it was raised in the daemon; of a newer daemon's unknown class, the exit code at least."""
    for kind in _kinds(WearsyncError):
        if kind.__name__ == failure.code:
            return kind(failure.message)
    error = WearsyncError(failure.message)
    error.exit_code = failure.exit_code
    return error


def _kinds(root: type[WearsyncError]) -> Iterator[type[WearsyncError]]:
    yield root
    for kind in root.__subclasses__():
        yield from _kinds(kind)
