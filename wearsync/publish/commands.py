"""Commands that come by MQTT: hostile input until it has been through here; pure.

Rule: a closed model, and a limit on everything. What is refused is refused with one sentence; nothing is
carried out twice.
"""

from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Literal, assert_never

from pydantic import BeforeValidator, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from wearsync.model import Border, Command, Routine, Side, Verb

# The longest real command has 250 bytes.
COMMAND_MAX_BYTES = 1024
# A button pressed twice, a broker that delivers again: both within minutes, and not more than these.
REQUESTS_REMEMBERED = 256
# A wrist that buzzes more often than this is being played with.
HAPTIC_PER_MINUTE = 6
# Each may be a write to the watch's flash; one `set` can change all there is, and a person tries a few.
SETTINGS_PER_MINUTE = 12
# Thirty days of events each time.
RESYNCS_PER_MINUTE = 3
# All commands to one watch together that are carried out: each is a row in the log. A person with a dashboard
# never gets there. What is refused uses nothing up: else whoever sends nonsense could keep out a `stop`.
COMMANDS_PER_MINUTE = 60
# Somebody who tries things out wants to know why not; a flood does not.
REFUSALS_ANSWERED_PER_MINUTE = 30
WINDOW_MS = 60_000

# These make the watch buzz: by a cue of their own, or because a gap begins.
HAPTIC_VERBS = frozenset({Verb.START, Verb.BUZZ, Verb.RESUME, Verb.SKIP, Verb.BACK, Verb.EXTRA})
# These change what the watch stores.
SETTING_VERBS = frozenset({Verb.SET, Verb.REMIND})


@dataclass(frozen=True, slots=True)
class _Limit:
    """So many commands of a kind; `what` they do. Beyond it there is an answer."""

    per_minute: int
    what: str


_HAPTIC = _Limit(HAPTIC_PER_MINUTE, "buzz the watch")
_SETTING = _Limit(SETTINGS_PER_MINUTE, "change settings")
_RESYNC = _Limit(RESYNCS_PER_MINUTE, "publish events again")


@dataclass(frozen=True, slots=True)
class Given:
    """A command for the coordinator."""

    command: Command
    request_id: str | None


@dataclass(frozen=True, slots=True)
class Resync:
    """Publish again what came after the event `since`."""

    since: str
    request_id: str | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not. `answer`: whether to reply; a flood, a repetition or a retained message gets no answer."""

    reason: str
    request_id: str | None
    answer: bool = True


Parsed = Given | Resync | Refusal


def _whole(value: object) -> object:
    """JSON has one kind of number: to JSON Schema, and to many a program that writes it, 40.0 is the integer
    40.
    """
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _all_whole(changes: object) -> object:
    return {key: _whole(value) for key, value in changes.items()} if isinstance(changes, dict) else changes


RequestId = Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,64}$")]


class _Message(Border):
    request_id: RequestId | None = Field(
        default=None, description="yours to choose: stands in the reply, and is carried out once"
    )


class PlainMessage(_Message):
    """A verb that needs no more."""

    command: Literal["start", "stop", "pause", "resume", "skip", "back", "buzz"]


class ExtraMessage(_Message):
    """One more hold of one side."""

    command: Literal["extra"]
    side: Side = Field(description="the hip to stretch")


class SnoozeMessage(_Message):
    """Ask again later."""

    command: Literal["snooze"]
    minutes: Annotated[Literal[10, 30, 60], BeforeValidator(_whole)] = Field(
        default=10, description="10 if it is left out"
    )


class AwayMessage(_Message):
    """Freeze the streak, or go on."""

    command: Literal["away"]
    away: bool = Field(description="true: freeze, false: go on")


class RemindMessage(_Message):
    """Reminders off, or on: on again also after pain has stopped them."""

    command: Literal["remind"]
    on: bool = Field(description="true: on, false: off")


class ResyncMessage(_Message):
    """Publish again what came after the event with this id."""

    command: Literal["resync"]
    since: str = Field(pattern=r"^[\x21-\x7e]{1,200}$", description="the id of the last event that you have")


class SetMessage(_Message):
    """Change the routine, from the next session on: `changes` holds those keys of it that change."""

    command: Literal["set"]
    changes: Annotated[Routine, BeforeValidator(_all_whole)] = Field(
        description="what changes; the rest stays", json_schema_extra={"minProperties": 1}
    )


Message = Annotated[
    PlainMessage | ExtraMessage | SnoozeMessage | AwayMessage | RemindMessage | ResyncMessage | SetMessage,
    Field(discriminator="command"),
]
"""What may stand on a command topic."""


class CommandGate:
    """One watch's gate: remembers what was asked, and how often."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._all: deque[int] = deque(maxlen=COMMANDS_PER_MINUTE)
        self._used = {limit: deque[int](maxlen=limit.per_minute) for limit in (_HAPTIC, _SETTING, _RESYNC)}
        self._answered: deque[int] = deque(maxlen=REFUSALS_ANSWERED_PER_MINUTE)

    def take(self, payload: bytes, *, retained: bool, now_ms: int) -> Parsed:
        """Judge one message that arrived at `now_ms` (host time)."""
        parsed = parse(payload, retained=retained)
        if not isinstance(parsed, Refusal):
            parsed = self._let_in(parsed, now_ms)
        if isinstance(parsed, Refusal) and parsed.answer:
            if _full(self._answered, now_ms):
                return replace(parsed, answer=False)
            self._answered.append(now_ms)
        return parsed

    def _let_in(self, parsed: Given | Resync, now_ms: int) -> Parsed:
        """Unless it was there already, or there are too many. Only what is let in is counted, and remembered:
        one that was refused for its number may be sent again.
        """
        if parsed.request_id in self._seen:
            return Refusal("this request_id was seen already", parsed.request_id, answer=False)
        if _full(self._all, now_ms):
            return Refusal(
                f"more than {COMMANDS_PER_MINUTE} commands a minute", parsed.request_id, answer=False
            )
        limit = _limit_of(parsed)
        if limit is not None:
            if _full(self._used[limit], now_ms):
                reason = f"more than {limit.per_minute} commands a minute that {limit.what}: wait a little"
                return Refusal(reason, parsed.request_id)
            self._used[limit].append(now_ms)
        self._all.append(now_ms)
        if parsed.request_id is not None:
            self._seen[parsed.request_id] = None
            if len(self._seen) > REQUESTS_REMEMBERED:
                self._seen.popitem(last=False)
        return parsed


def parse(payload: bytes, *, retained: bool) -> Parsed:
    """Read one message, by itself."""
    if retained:
        return Refusal("a retained command is refused: publish it without retain", None, answer=False)
    if len(payload) > COMMAND_MAX_BYTES:
        return Refusal(f"a command has at most {COMMAND_MAX_BYTES} bytes", None)
    try:
        message = _MESSAGE.validate_json(payload)
    except ValidationError as error:
        return Refusal(_sentence(error.errors(include_url=False)[0]), _request_id(payload))
    if isinstance(message, ResyncMessage):
        return Resync(message.since, message.request_id)
    if isinstance(message, SetMessage) and not message.changes.model_fields_set:
        return Refusal("changes is empty: name what to change", message.request_id)
    return Given(_command(message), message.request_id)


def schema() -> Mapping[str, JsonValue]:
    """The JSON Schema of a command."""
    return _MESSAGE.json_schema()


def _command(
    message: PlainMessage | ExtraMessage | SnoozeMessage | AwayMessage | RemindMessage | SetMessage,
) -> Command:
    match message:
        case PlainMessage(command=verb):
            return Command(Verb(verb))
        case ExtraMessage(side=side):
            return Command(Verb.EXTRA, side=side)
        case SnoozeMessage(minutes=minutes):
            return Command(Verb.SNOOZE, minutes=minutes)
        case AwayMessage(away=away):
            return Command(Verb.AWAY, away=away)
        case RemindMessage(on=on):
            return Command(Verb.REMIND, on=on)
        case SetMessage(changes=changes):
            return Command(Verb.SET, changes=changes.said)
        case _:
            assert_never(message)


class _Envelope(Border):
    """What can be told of a message that is refused."""

    model_config = ConfigDict(extra="ignore")

    request_id: RequestId


_MESSAGE: TypeAdapter[
    PlainMessage | ExtraMessage | SnoozeMessage | AwayMessage | RemindMessage | ResyncMessage | SetMessage
] = TypeAdapter(Message)


def _request_id(payload: bytes) -> str | None:
    try:
        return _Envelope.model_validate_json(payload).request_id
    except ValidationError:
        return None


def _limit_of(parsed: Given | Resync) -> _Limit | None:
    match parsed:
        case Resync():
            return _RESYNC
        case Given(command=command) if command.verb in HAPTIC_VERBS:
            return _HAPTIC
        case Given(command=command) if command.verb in SETTING_VERBS:
            return _SETTING
        case _:
            return None


def _full(times: deque[int], now_ms: int) -> bool:
    """Whether the window is used up; what is older than it is let go."""
    while times and now_ms - times[0] >= WINDOW_MS:
        times.popleft()
    return len(times) == times.maxlen


def _sentence(problem: ErrorDetails) -> str:
    """What is wrong, without repeating more of it than a key."""
    # The first part of a location is the command itself, by which the model was chosen.
    key = ".".join(str(part) for part in problem["loc"][1:])
    match problem["type"]:
        case "json_invalid":
            return "not JSON"
        case "union_tag_not_found":
            return 'no command: write {"command": "start"}'
        case "union_tag_invalid":
            return f"this command is not known; known are {', '.join([*Verb, 'resync'])}"
        case "model_attributes_type" | "model_type" | "dict_type" if not key:
            return "not a JSON object"
        case "extra_forbidden":
            return f"{key[:40]!r} does not belong to this command"
        case "missing":
            return f"{key} is missing"
        case "string_pattern_mismatch":
            return f"{key} must be short and of printable ASCII characters, without blanks"
        case _:
            return f"{key}: {problem['msg'][:1].lower()}{problem['msg'][1:]}"
