"""The whole of the configuration, and reading it.

Rule: `FileSettings` is what the file and the environment say, its keys are a contract; `Settings` is what the
daemon is given, with nothing left to look up. Order: command line, then environment, then file, then
defaults.
"""

import os
import socket
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import platformdirs
from pydantic import Field, JsonValue, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from wearsync import families
from wearsync.config.broker import address_of, broker_named
from wearsync.config.credentials import NO_CREDENTIALS, at_once, credentials
from wearsync.config.explain import explain, place
from wearsync.config.paths import Paths, paths_in
from wearsync.config.sections import (
    BackupSettings,
    BrokerSettings,
    ControlSettings,
    FilePath,
    HomeAssistantSettings,
    Name,
    PublishSettings,
    RadioSettings,
    RoutineSettings,
    WatchSettings,
    WebSettings,
)
from wearsync.config.web import page_of
from wearsync.coordinator.reminder_plan import ReminderPlan
from wearsync.errors import ConfigError, UsageError
from wearsync.publish.address import BrokerAddress
from wearsync.publish.topics import slug
from wearsync.web.address import PageSettings

# A configuration of a hundred watches has 20 kB; what is far bigger is another file.
CONFIG_MAX_BYTES = 1_000_000


class FileSettings(BaseSettings):
    """The configuration file; each key may also come as WEARSYNC_KEY or WEARSYNC_SECTION_KEY."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        hide_input_in_errors=True,
        env_prefix="WEARSYNC_",
        env_nested_delimiter="_",
        env_nested_max_split=1,
    )

    site: str = Field(
        default="", max_length=200, description="names this daemon in topics; empty: the host's name"
    )
    wearer: Name = Field(default="me", description="who does the holds")
    state_dir: FilePath | None = Field(default=None, description="journal, keys, control socket")
    broker: BrokerSettings = BrokerSettings()
    radio: RadioSettings = RadioSettings()
    control: ControlSettings = ControlSettings()
    routine: RoutineSettings = RoutineSettings()
    reminder: ReminderPlan = ReminderPlan()
    publish: PublishSettings = PublishSettings()
    backups: BackupSettings = BackupSettings()
    home_assistant: HomeAssistantSettings = HomeAssistantSettings()
    web: WebSettings = WebSettings()
    watches: Annotated[tuple[WatchSettings, ...], Field(strict=False)] = ()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment goes before the file, whose content comes as arguments."""
        return env_settings, init_settings


@dataclass(frozen=True, slots=True)
class Settings:
    """All that is configured, checked and ready. `source`: the file, whether it exists or not; `site`: as in
    topics; `control_group`: whose members may command the daemon, too; `page` None: there is none;
    `has_file`: whether the file was there when it was read.
    """

    source: Path
    site: str
    wearer: str
    broker: BrokerAddress
    radio: str
    routine: RoutineSettings
    reminder: ReminderPlan
    publish_pain: bool
    backups: BackupSettings
    home_assistant: HomeAssistantSettings
    watches: tuple[WatchSettings, ...]
    paths: Paths
    control_group: str | None
    page: PageSettings | None = None
    has_file: bool = True

    def watch(self, name: str) -> WatchSettings | None:
        """The watch of that name, slug or id."""
        return next((w for w in self.watches if name in (w.name, w.topic, w.id)), None)

    def routine_of(self, watch: WatchSettings) -> RoutineSettings:
        """The routine with this watch's own changes."""
        if watch.routine is None:
            return self.routine
        changes = {key: getattr(watch.routine, key) for key in watch.routine.model_fields_set}
        return self.routine.model_copy(update=changes)

    def reminder_of(self, watch: WatchSettings) -> ReminderPlan:
        """The reminders with this watch's own changes."""
        return _merged(self.reminder, watch.reminder)

    def wearer_of(self, watch: WatchSettings) -> str:
        """Who wears it."""
        return watch.wearer or self.wearer


def default_path() -> Path:
    """Where the configuration is when nobody says otherwise: WEARSYNC_CONFIG, or the user's configuration
    directory.
    """
    named = os.environ.get("WEARSYNC_CONFIG")
    return Path(named).expanduser() if named else platformdirs.user_config_path("wearsync") / "config.toml"


def load(
    path: Path | None = None,
    *,
    state_dir: Path | None = None,
    broker: str | None = None,
    password_file: Path | None = None,
    radio: str | None = None,
    web: str | None = None,
    secrets: bool = True,
) -> Settings:
    """Read file and environment. Raises `ConfigError`: one line with file, line, key and the fix.

    A file that was named must be there; without one the defaults hold. `broker`, `radio` and `web` are the
    command line's. A `broker` from there takes nothing over from `[broker]`, credentials least of all.
    `secrets` False: whoever only speaks with the daemon may not be able to read password and certificates,
    and needs none: `broker` then has none.
    """
    named = path is not None or "WEARSYNC_CONFIG" in os.environ
    source = (path or default_path()).absolute()
    found = _read(source, must_exist=named)
    text = found or ""
    said = parse(text, source)
    if broker is None:
        place_of = partial(_place_in, "broker", text=text, source=source)
        address = address_of(said.broker, source.parent, place_of, credentials(), secrets=secrets)
    else:
        section = broker_named(broker, password_file)
        address = address_of(section, source.parent, "--broker ({})".format, NO_CREDENTIALS, secrets=secrets)
    paths = paths_in(
        state_dir or said.state_dir, socket=said.control.socket, service_socket=said.control.service
    )
    return Settings(
        source=source,
        site=slug(said.site or socket.gethostname().partition(".")[0] or "home"),
        wearer=said.wearer,
        broker=address,
        radio=radio or said.radio.spec,
        routine=said.routine,
        reminder=said.reminder,
        publish_pain=said.publish.publish_pain,
        backups=said.backups,
        home_assistant=said.home_assistant,
        watches=said.watches,
        paths=paths,
        control_group=said.control.group,
        page=page_of(
            said.web,
            named=web,
            directory=source.parent,
            state_dir=paths.state_dir,
            place_of=partial(_place_in, "web", text=text, source=source),
            credentials=NO_CREDENTIALS,
            secrets=secrets,
        ),
        has_file=found is not None,
    )


def parse(text: str, source: Path) -> FileSettings:
    """Check a configuration's text, without looking at the files that it names. Raises `ConfigError`."""
    try:
        said = FileSettings(**tomllib.loads(text))
    except RecursionError as error:
        raise ConfigError(f"{source}: not a configuration: nested too deeply") from error
    except SettingsError as error:
        raise ConfigError(f"environment: {error}: write it as JSON, or set its keys one by one") from error
    except ValidationError as error:
        raise ConfigError(explain(error, text=text, source=source, model=FileSettings)) from error
    except ValueError as error:  # of tomllib: what is not TOML, and numbers that Python takes for an attack
        raise ConfigError(f"{source}: not TOML: {error}") from error
    _refuse_twins(said.watches, text=text, source=source)
    _refuse_unknown_drivers(said.watches, text=text, source=source)
    _refuse_quiet_reminders(said, text=text, source=source)
    return said


def schema() -> Mapping[str, JsonValue]:
    """The JSON Schema of the configuration file."""
    return FileSettings.model_json_schema()


def _place_in(section: str, key: str, *, text: str, source: Path) -> str:
    return f"{place((section, key), text, source)}: {section}.{key}"


def _read(source: Path, *, must_exist: bool) -> str | None:
    """Its text; None: it is not there, and need not be."""
    try:
        with open(source, "rb", opener=at_once) as file:
            data = file.read(CONFIG_MAX_BYTES + 1)
            if not data and stat.S_ISFIFO(os.fstat(file.fileno()).st_mode):
                # Read a second time, at a reload: empty is not what was meant.
                raise ConfigError(f"{source}: a pipe that nobody writes to: name a file")
        if len(data) > CONFIG_MAX_BYTES:
            raise ConfigError(f"{source}: longer than {CONFIG_MAX_BYTES} bytes: this is no configuration")
        return data.decode()
    except FileNotFoundError as error:
        if must_exist:
            raise ConfigError(
                f"{source}: no such file: write one with `wearsync --config {source} config init`"
            ) from error
        return None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{source}: not UTF-8 text (byte {error.start})") from error
    except OSError as error:
        raise ConfigError(f"{source}: can't be read: {error.strerror}") from error


def _refuse_twins(watches: tuple[WatchSettings, ...], *, text: str, source: Path) -> None:
    """No two watches with one id, nor with names that make one topic."""
    ids = [watch.id for watch in watches]
    topics = [watch.topic for watch in watches]
    for number, watch in enumerate(watches):
        for key, values, fix in (
            ("id", ids, "list each watch once"),
            ("name", topics, "let names differ by more than case and blanks"),
        ):
            twin = values.index(values[number])
            if twin != number:
                where = place(("watches", number, key), text, source)
                raise ConfigError(
                    f"{where}: the {key} of {watch.name!r} is that of {watches[twin].name!r}: {fix}"
                )


def _refuse_unknown_drivers(watches: tuple[WatchSettings, ...], *, text: str, source: Path) -> None:
    for number, watch in enumerate(watches):
        try:
            families.require(watch.driver)
        except UsageError as error:
            raise ConfigError(f"{place(('watches', number, 'driver'), text, source)}: {error}") from error


def _refuse_quiet_reminders(said: FileSettings, *, text: str, source: Path) -> None:
    """A watch's own times and the quiet hours of all, or the other way round."""
    for number, watch in enumerate(said.watches):
        try:
            _merged(said.reminder, watch.reminder)
        except ValidationError as error:
            where = place(("watches", number, "reminder"), text, source)
            reason = error.errors()[0]["msg"].removeprefix("Value error, ")
            raise ConfigError(f"{where}: watches[{number}].reminder: {reason}") from error


def _merged(plan: ReminderPlan, changes: ReminderPlan | None) -> ReminderPlan:
    if changes is None:
        return plan
    said = {key: getattr(changes, key) for key in changes.model_fields_set}
    return ReminderPlan.model_validate(plan.model_dump() | said)
