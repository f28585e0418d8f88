"""The global options, and what most commands make of them: settings, and the running daemon's socket."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar, cast

import typer

from wearsync.cli import completion
from wearsync.errors import NotRunning, UsageError

if TYPE_CHECKING:
    from wearsync.config import Settings
    from wearsync.control.client import ControlClient
    from wearsync.model import Border

# Options that many commands have.
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]
Watch = Annotated[
    str | None,
    typer.Option(
        "--watch",
        help="Which watch; not needed when there is one.",
        autocompletion=completion.watches,
    ),
]

# In our words, not in those of the models.
_WRONG = {"string_pattern_mismatch": "no such name", "string_too_short": "it is empty"}
_SUBJECT = re.compile(r"^(input|string) should")

Params = TypeVar("Params", bound="Border")


@dataclass(frozen=True, slots=True)
class Options:
    """What stands before the command's name."""

    config_file: Path | None
    state_dir: Path | None
    verbose: int

    def settings(
        self,
        *,
        broker: str | None = None,
        password_file: Path | None = None,
        radio: str | None = None,
        web: str | None = None,
        secrets: bool = False,
    ) -> "Settings":
        """The configuration, with what the command line puts over it; `secrets`: for who connects to the
        broker. Raises `ConfigError`.
        """
        from wearsync.config import load

        return load(
            self.config_file,
            state_dir=self.state_dir,
            broker=broker,
            password_file=password_file,
            radio=radio,
            web=web,
            secrets=secrets,
        )

    def without_daemon(self) -> "Settings":
        """The configuration, to look into the journal oneself; a remark where there is none yet."""
        from wearsync.cli.terminal import note

        settings = self.settings()
        if not settings.paths.journal.exists():
            note(f"There is no journal {settings.paths.journal} yet: `wearsync run` makes it.")
        return settings

    def daemon(self) -> "ControlClient":
        """The running daemon (calls raise `NotRunning` when there is none)."""
        from wearsync.cli.terminal import note
        from wearsync.control.client import ControlClient

        paths = self.settings().paths
        return ControlClient(paths.control_socket, service=paths.service_socket, on_other_version=note)


def options(context: typer.Context) -> Options:
    """The global options of a running command."""
    return cast("Options", context.obj)


def day(text: str) -> date:
    """A day as it stands on the command line. Raises `typer.BadParameter`."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(
            f"{text!r:.40} is no day: write one of the calendar, like 2026-03-14"
        ) from error


def checked(params: type[Params], **values: object) -> Params:
    """The parameters of a call to the daemon. Raises `UsageError` for a value that they do not take."""
    from pydantic import ValidationError

    try:
        return params(**values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        what = _WRONG.get(first["type"]) or _SUBJECT.sub("it should", first["msg"].lower())
        raise UsageError(f"{where} {str(first['input'])!r:.60}: {what}") from error


@contextmanager
def radio_of_the_daemon(named: str | None) -> Iterator[None]:
    """Around a call: a running daemon uses its own radio, and who named one is told."""
    from wearsync.cli.terminal import note

    try:
        yield
    except NotRunning:
        named = None
        raise
    finally:
        if named is not None:
            note(f"the running daemon used its own radio; --radio {named} is for when none runs")
