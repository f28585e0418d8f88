"""What CLI and daemon say to each other over the local socket: JSON, one object a line.

    client ──▶  a call                                      one a connection
    server ──▶  Alive · Event · Ask → client ──▶ Answer     as often as needed
    server ──▶  Result | Failure                            the end

Rule: models only, no I/O. Parameters are closed (a typo is an error); results and events are whatever model
both sides agree on for that method: those that belong to no other package stand here.
"""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, JsonValue, TypeAdapter, model_validator

from wearsync.errors import WearsyncError
from wearsync.model import Border, Command, Side, Trust, Variant, Verb

# Names end in topics and tables; 64 characters is more than any of them shows.
NAME_MAX_CHARS = 64
# Longer than any advertising interval that a watch uses (10 s), shorter than a person's patience.
SCAN_MAX_S = 60.0
# Watch, journal, sequence number and kind are some 60.
EVENT_ID_MAX_CHARS = 200

# One visible character at least, and no control characters: as the configuration takes names.
NAME_PATTERN = r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$"

Name = Annotated[str, Field(min_length=1, max_length=NAME_MAX_CHARS, pattern=NAME_PATTERN)]


# --- calls: what a client may want --------------------------------------------------------------------------


class StatusParams(Border):
    """How is the daemon? → `StatusResult`."""

    method: Literal["status"] = "status"


class CommandParams(Border):
    """A verb for a watch's session; `watch` None: the only one. → `Done`."""

    method: Literal["command"] = "command"
    verb: Verb
    watch: Name | None = None
    side: Side | None = None
    minutes: int | None = Field(default=None, ge=1, le=24 * 60)
    away: bool | None = None

    def command(self) -> Command:
        """As the coordinator takes it."""
        return Command(self.verb, side=self.side, minutes=self.minutes, away=self.away)


class ScanParams(Border):
    """What is nearby? → `ScanResult`."""

    method: Literal["scan"] = "scan"
    seconds: float = Field(default=5.0, gt=0, le=SCAN_MAX_S)


class PairParams(Border):
    """Bond with a watch and give it a key. `address` None: the only one in pairing mode. `driver` None:
    whichever knows the watch. `yes`: ask for no go-ahead. → `PairResult`.
    """

    method: Literal["pair"] = "pair"
    name: Name
    address: Name | None = None
    driver: Name | None = None
    wearer: Name | None = None
    yes: bool = False


class RemoveAppParams(Border):
    """Take our app out of a watch, the only one if none is named; as `PairParams` name it. → `Done`."""

    method: Literal["remove_app"] = "remove_app"
    address: Name | None = None
    driver: Name | None = None


class ForgetParams(Border):
    """Remove a watch's key and bond. → `Done`."""

    method: Literal["forget"] = "forget"
    watch: Name


class RenameParams(Border):
    """Give a watch another name. → `Done`."""

    method: Literal["rename"] = "rename"
    watch: Name
    name: Name


class TodayParams(Border):
    """The wearer's dose of today; `wearer` None: the only one. → the summary of docs/mqtt.md."""

    method: Literal["today"] = "today"
    wearer: Name | None = None


class LiveParams(Border):
    """A watch's state now and at each change, as events, until the client leaves; `watch` None: all.

    → `Done`.
    """

    method: Literal["live"] = "live"
    watch: Name | None = None


class LogParams(Border):
    """A hold that was done without a watch. → `Done`."""

    method: Literal["log"] = "log"
    side: Side
    seconds: int = Field(ge=1, le=3600)
    variant: Variant = Variant.KNEELING
    wearer: Name | None = None


class HoldsParams(Border):
    """The wearer's holds of that local date and later, None: of today. → `HoldsResult`."""

    method: Literal["holds"] = "holds"
    wearer: Name | None = None
    since: date | None = None


class AmendParams(Border):
    """Correct the hold of that id: at least one of the three. → `Done`."""

    method: Literal["amend"] = "amend"
    hold: Annotated[str, Field(min_length=1, max_length=EVENT_ID_MAX_CHARS)]
    seconds: int | None = Field(default=None, ge=0, le=3600)
    side: Side | None = None
    void: bool = False

    @model_validator(mode="after")
    def _says_what(self) -> Self:
        if self.void == (self.seconds is not None or self.side is not None):
            raise ValueError("say what is right: seconds, side, or both; or that it is void")
        return self


class BackupParams(Border):
    """Copy the journal to that absolute path, None: as today's backup. → `BackupResult`."""

    method: Literal["backup"] = "backup"
    path: Annotated[str, Field(min_length=1, max_length=4096)] | None = None


class DeleteParams(Border):
    """Delete for good: of that wearer (None: everybody), of local dates before that one (None: all). →
    `Done`.
    """

    method: Literal["delete"] = "delete"
    wearer: Name | None = None
    before: date | None = None


class ResyncParams(Border):
    """Publish the events again that were sent after that one; None: all that are kept. → `Done`."""

    method: Literal["resync"] = "resync"
    since: Annotated[str, Field(max_length=EVENT_ID_MAX_CHARS)] | None = None


Call = (
    StatusParams
    | CommandParams
    | ScanParams
    | PairParams
    | RemoveAppParams
    | ForgetParams
    | RenameParams
    | TodayParams
    | LiveParams
    | LogParams
    | HoldsParams
    | AmendParams
    | BackupParams
    | DeleteParams
    | ResyncParams
)


# --- results ------------------------------------------------------------------------------------------------


class Done(Border):
    """It is done; `text`: one sentence for the person, if there is something to say."""

    text: str = ""


class WatchStatus(Border):
    """One configured watch. `link`: connected, searching, idle, no_adapter …;
    `last_heard_s` ago, None never.
    """

    name: str
    watch_id: str
    driver: str
    wearer: str
    link: str
    trust: Trust | None
    phase: str
    battery_percent: int | None = None
    last_heard_s: float | None = None


class StatusResult(Border):
    """The daemon and what it holds on to."""

    version: str
    pid: int
    site: str
    radio: str
    broker: str
    outbox: int
    watches: tuple[WatchStatus, ...]


class SeenWatch(Border):
    """Something that advertises. `known`: the name of a watch that we have; `driver`:
    of a family that we know.
    """

    name: str
    address: str
    rssi: int
    driver: str | None = None
    known: str | None = None
    pairing: bool = False


class ScanResult(Border):
    """Best signal first."""

    watches: tuple[SeenWatch, ...]


class Progress(Border):
    """A step of something that takes its time, as an event; for the person. `percent`: how far it is."""

    text: str
    percent: int | None = Field(default=None, ge=0, le=100)


class LiveState(Border):
    """One watch's state, as an event of `live`; both are the JSON of docs/mqtt.md."""

    watch: str
    state: str
    summary: str
    watches: tuple[str, ...]
    """The names of all that are looked at: others have been renamed or forgotten."""


class HoldsResult(Border):
    """In order of their start; each is the JSON of docs/mqtt.md."""

    wearer: str
    holds: tuple[str, ...]


class BackupResult(Border):
    """A copy of the journal."""

    path: str
    bytes: int


class PairResult(Border):
    """The new watch. `buzz`: what became of the test buzz."""

    name: str
    watch_id: str
    address: str
    wearer: str
    trust: Trust
    buzz: str


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


Question = NumberQuestion | PasskeyQuestion | JustWorksQuestion | GoAheadQuestion


class Answer(Border):
    """`yes` to any question but the passkey's; there `passkey`, or None for given up."""

    kind: Literal["answer"] = "answer"
    yes: bool = False
    passkey: int | None = Field(default=None, ge=0, le=999_999)


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
    """The call's result; nothing follows."""

    kind: Literal["result"] = "result"
    result: JsonValue


class Failure(Border):
    """The call failed; nothing follows. `code`: the name of a class of `wearsync.errors`."""

    kind: Literal["failure"] = "failure"
    code: str
    exit_code: int
    message: str


ServerLine = Alive | Event | Ask | Result | Failure

CALL: TypeAdapter[Call] = TypeAdapter(Annotated[Call, Field(discriminator="method")])
SERVER_LINE: TypeAdapter[ServerLine] = TypeAdapter(Annotated[ServerLine, Field(discriminator="kind")])


def line(model: BaseModel) -> bytes:
    """The model as one line; JSON has no raw line feed."""
    return model.model_dump_json().encode() + b"\n"


def failure_of(error: WearsyncError) -> Failure:
    """The error as it goes over the socket."""
    return Failure(code=type(error).__name__, exit_code=error.exit_code, message=str(error))


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
