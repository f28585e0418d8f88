"""What a client may want of the daemon: one class a call, each names its result.

Rule: models only, no I/O. Parameters are closed (a typo is an error); who adds a call names it in `Call`.
"""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, TypeAdapter, ValidationError, field_serializer, model_validator

from wearsync.errors import UsageError
from wearsync.model import Border, Command, Routine, Side, Variant, Verb

# Names end in topics and tables; 64 characters is more than any of them shows.
NAME_MAX_CHARS = 64
# Twenty years: their days fit one line of the socket.
HISTORY_WEEKS_MAX = 1040
# Longer than any advertising interval that a watch uses (10 s), shorter than a person's patience.
SCAN_MAX_S = 60.0
# Watch, journal, sequence number and kind are some 60.
EVENT_ID_MAX_CHARS = 200

# One visible character at least, and no control characters: as the configuration takes names.
NAME_PATTERN = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"

Name = Annotated[str, Field(min_length=1, max_length=NAME_MAX_CHARS, pattern=NAME_PATTERN)]


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
    changes: Routine | None = None
    on: bool | None = None

    @field_serializer("changes")
    def _only_what_changes(self, changes: Routine | None) -> JsonValue:
        return None if changes is None else changes.model_dump(mode="json", exclude_unset=True)

    def command(self) -> Command:
        """As the coordinator takes it."""
        changes = () if self.changes is None else self.changes.said
        return Command(
            self.verb, side=self.side, minutes=self.minutes, away=self.away, changes=changes, on=self.on
        )


class RoutineParams(Border):
    """How is the next session planned? `watch` None: the only one. → `daemon.routine_view.RoutineView`."""

    method: Literal["routine"] = "routine"
    watch: Name | None = None


class ScanParams(Border):
    """What is nearby? → `ScanResult`."""

    method: Literal["scan"] = "scan"
    seconds: float = Field(default=5.0, gt=0, le=SCAN_MAX_S)


class PairParams(Border):
    """Bond with a watch and give it a key. `name` None: asked, else what it advertises; `address` None: the
    only one in pairing mode, or the one that is chosen. `driver` None: whichever knows the watch. `yes`: ask
    for no go-ahead. `learn`: the cue patterns too, without asking. → `PairResult`.
    """

    method: Literal["pair"] = "pair"
    name: Name | None = None
    address: Name | None = None
    driver: Name | None = None
    wearer: Name | None = None
    yes: bool = False
    learn: bool = False


class ImportParams(Border):
    """Take a watch over that another host has exported: its line, which holds its key, so it goes over this
    socket and into no log. `name` None: as there, if that is free. → `PairResult`.
    """

    method: Literal["import"] = "import"
    exported: Annotated[str, Field(min_length=1, max_length=2048, repr=False)]
    name: Name | None = None
    wearer: Name | None = None
    learn: bool = False


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


class HistoryParams(Border):
    """The wearer's weeks: so many, or from that day's week on; neither: as many as fit a screen. → `History`
    of `wearsync.daemon.history`.
    """

    method: Literal["history"] = "history"
    wearer: Name | None = None
    weeks: int | None = Field(default=None, ge=1, le=HISTORY_WEEKS_MAX)
    since: date | None = None

    @model_validator(mode="after")
    def _says_one(self) -> Self:
        if self.weeks is not None and self.since is not None:
            raise ValueError("say how many weeks, or since when: not both")
        return self


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


class ExportParams(Border):
    """All holds and sessions of that wearer (None: everybody) and of these local dates (None: without end),
    as events. → `Done`.
    """

    method: Literal["export"] = "export"
    wearer: Name | None = None
    since: date | None = None
    until: date | None = None


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


class ReloadParams(Border):
    """Read the configuration anew. → `ReloadResult`."""

    method: Literal["reload"] = "reload"


class PageParams(Border):
    """Where is the page? `new_token`: make another one first. → `PageResult`."""

    method: Literal["page"] = "page"
    new_token: bool = False


class ResyncParams(Border):
    """Publish the events again that were sent after that one; None: all that are kept. → `Done`."""

    method: Literal["resync"] = "resync"
    since: Annotated[str, Field(max_length=EVENT_ID_MAX_CHARS)] | None = None


Call = (
    StatusParams
    | CommandParams
    | RoutineParams
    | ScanParams
    | PairParams
    | ImportParams
    | RemoveAppParams
    | ForgetParams
    | RenameParams
    | TodayParams
    | HistoryParams
    | LiveParams
    | LogParams
    | HoldsParams
    | AmendParams
    | ExportParams
    | BackupParams
    | DeleteParams
    | ReloadParams
    | PageParams
    | ResyncParams
)

CALL: TypeAdapter[Call] = TypeAdapter(Annotated[Call, Field(discriminator="method")])


def not_taken(error: ValidationError) -> UsageError:
    """What is wrong with a call: one line, without what was sent."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return UsageError(f"the daemon does not take this: {where[:60] + ': ' if where else ''}{first['msg']}")
