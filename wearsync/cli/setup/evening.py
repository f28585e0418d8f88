"""What all steps of the first evening share: the person, the answers given by options, the configuration as
it is, and the running daemon, if there is one.

Rule: the file is read anew by each step, and written by one: a step that is broken off has changed nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wearsync.cli.options import Options
from wearsync.cli.setup.talk import Talk
from wearsync.config import Settings, change, default_path, kept_copy, with_changes
from wearsync.config.edit import Value
from wearsync.control.calls import ReloadParams, StatusParams
from wearsync.control.client import ControlClient
from wearsync.control.results import ReloadResult, StatusResult
from wearsync.errors import NotRunning, UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What was said by options; None: to be asked."""

    yes: bool = False
    broker: str | None = None
    username: str | None = None
    password_file: Path | None = None
    name: str | None = None
    wearer: str | None = None
    address: str | None = None
    driver: str | None = None
    passkey_stdin: bool = False
    radio: str | None = None
    pair: bool | None = None
    hold: bool | None = None
    service: bool | None = None


@dataclass(slots=True)
class Evening:
    """One run of `setup`. `is_ours`: the file is as this run has written it; `kept`: a copy of it before."""

    options: Options
    answers: Answers
    talk: Talk
    is_ours: bool = False
    kept: Path | None = None

    @property
    def file(self) -> Path:
        """The configuration."""
        return self.options.config_file or default_path()

    def settings(self, *, secrets: bool = False) -> Settings:
        """As configured now, over the radio that was named."""
        named = self.file if self.file.exists() else None
        chosen = Options(config_file=named, state_dir=self.options.state_dir, verbose=self.options.verbose)
        return chosen.settings(radio=self.answers.radio, secrets=secrets)

    def daemon(self) -> ControlClient:
        """The daemon of this state directory, and no other one."""
        return ControlClient(self.settings().paths.control_socket)

    async def running(self) -> StatusResult | None:
        """How the daemon is; None: none runs."""
        try:
            return await self.daemon().call(StatusParams(), StatusResult)
        except NotRunning:
            return None

    async def refuse_a_service(self) -> None:
        """Where the system's service is the daemon, its configuration is another one. Raises `UsageError`."""
        service = self.settings().paths.service_socket
        if service is None or not service.exists() or await self.running() is not None:
            return
        raise UsageError(
            f"wearsync runs as a service of the system already ({service}): `wearsync pair` and `wearsync "
            "doctor` ask that one; what it does stands in /etc/wearsync/config.toml (`wearsync reload`)"
        )

    async def write(self, changes: Mapping[str, Value]) -> None:
        """Write these into the file; its comments stay, and a copy of it as it was. Raises `ConfigError`."""
        if self.file.exists() and with_changes(self.file, changes) == self.file.read_text(encoding="utf-8"):
            return
        if not self.is_ours:
            self.is_ours = True
            self.kept = kept_copy(self.file) if self.file.exists() else None
        change(self.file, changes)
        self.talk.say(f"written into {self.file}")
        if await self.running() is not None:
            told = await self.daemon().call(ReloadParams(), ReloadResult)
            later = f"; at its next start: {', '.join(told.at_next_start)}" if told.at_next_start else ""
            self.talk.say(f"the running daemon has taken it up{later}")
