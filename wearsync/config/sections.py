"""The sections of the configuration file, one model each.

Rule: a key's name, type and bounds stand here and nowhere else; where the values come from is `settings`'
matter.
"""

import re
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints, field_validator

from wearsync.coordinator.reminder_plan import ReminderPlan
from wearsync.errors import ConfigError
from wearsync.model import Border, LinkMode, Routine
from wearsync.publish.address import parse_url
from wearsync.publish.topics import slug
from wearsync.web.address import HOST_MAX_CHARS, named_host, parse_listen

# One visible character at least, and no control characters.
NAME_PATTERN = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"
Name = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=NAME_PATTERN)]
# Of the unit that `wearsync service` prints.
SERVICE_SOCKET = Path("/run/wearsync/control.sock")

FilePath = Annotated[Path, Field(strict=False)]


class BrokerSettings(Border):
    """`[broker]`: where results go. Files are relative to the configuration's own directory."""

    url: str = Field(
        default="mqtt://127.0.0.1:1883", description="mqtt://host:1883, or mqtts://host:8883 with TLS"
    )
    username: str | None = Field(default=None, description="as the broker knows this daemon")
    password_file: FilePath | None = Field(default=None, description="readable by its owner only")
    ca_file: FilePath | None = Field(
        default=None, description="certificates to trust, in place of the system's"
    )
    client_cert: FilePath | None = Field(
        default=None, description="a certificate of ours, for a broker that asks for one"
    )
    client_key: FilePath | None = Field(
        default=None, description="its key, without a passphrase; readable by its owner only"
    )
    allow_insecure: bool = Field(default=False, description="send user name and password over plain text")

    @field_validator("url")
    @classmethod
    def _is_a_broker(cls, url: str) -> str:
        try:
            parse_url(url)
        except ConfigError as error:
            raise ValueError(str(error)) from error
        return url


class RadioSettings(Border):
    """`[radio]`: the way to the watches."""

    spec: str = Field(
        default="native", min_length=1, description="native, or tcp:HOST:PORT for a virtual air"
    )


class ControlSettings(Border):
    """`[control]`: the socket by which the command line reaches the daemon, and who may."""

    socket: FilePath | None = Field(default=None, description="where; else control.sock beside the journal")
    group: str | None = Field(
        default=None, min_length=1, description="its members may command the daemon, too; else you alone"
    )
    service: FilePath = Field(
        default=SERVICE_SOCKET, description="that of the system's service, asked where no daemon of yours is"
    )


class BackupSettings(Border):
    """`[backups]`: how many copies of the journal stay; what is deleted goes from all of them."""

    days: int = Field(default=7, ge=1, le=365, description="the newest, one a day")
    weeks: int = Field(default=4, ge=0, le=520, description="of the weeks before, one each")


class PublishSettings(Border):
    """`[publish]`: what dashboards may see."""

    publish_pain: bool = Field(
        default=False, description="publish holds and alerts that say 'it hurt' as such"
    )


class HomeAssistantSettings(Border):
    """`[home_assistant]`: whether, and where, the watches are announced to Home Assistant."""

    enabled: bool = Field(default=True, description="announce watches and daemon by MQTT discovery")
    prefix: str = Field(
        default="homeassistant",
        max_length=100,
        description="the discovery prefix that is set in Home Assistant",
    )

    @field_validator("prefix")
    @classmethod
    def _is_a_topic(cls, prefix: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*", prefix):
            raise ValueError("write it as in Home Assistant, without / at its ends: homeassistant")
        return prefix


class WebSettings(Border):
    """`[web]`: the page in the browser. Files are relative to the configuration's own directory."""

    listen: str | None = Field(
        default=None,
        description="where the page is: 127.0.0.1:8740 (this computer), 0.0.0.0:8740 (the network, with a "
        "token); not given: there is none",
    )
    hosts: Annotated[tuple[str, ...], Field(strict=False, max_length=32)] = Field(
        default=(), description="names that the page goes by, besides this computer's own; a proxy's, too"
    )
    certificate_file: FilePath | None = Field(default=None, description="for https: PEM, with its chain")
    key_file: FilePath | None = Field(default=None, description="its key, readable by its owner only")
    token_file: FilePath | None = Field(
        default=None, description="holds the token; else page-token beside the journal, made once"
    )
    always_ask: bool = Field(default=False, description="ask for the token on this computer, too")
    ingress: bool = Field(
        default=False, description="only Home Assistant's Supervisor may come, which asks for no token"
    )

    @field_validator("listen")
    @classmethod
    def _is_an_address(cls, listen: str | None) -> str | None:
        try:
            if listen is not None:
                parse_listen(listen)
        except ConfigError as error:
            raise ValueError(str(error)) from error
        return listen

    @field_validator("hosts")
    @classmethod
    def _are_names(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for host in hosts:
            if len(host) > HOST_MAX_CHARS or named_host(host) != host.lower():
                raise ValueError(f"{host!r:.60} is no name: write it without http:// and port: tablet.local")
        return hosts


class RoutineSettings(Routine):
    """`[routine]`: the plan of a session, and whether its seconds may change by themselves. That is a rule
    for the daemon: as part of the plan it goes neither to the watch nor to dashboards.
    """

    progression: bool = Field(
        default=True,
        description="5 s more for a side after three full days, up to 60; 5 s fewer after 'too much'",
    )

    @property
    def plan(self) -> Routine:
        """What the watch is given."""
        return Routine(**{key: getattr(self, key) for key in Routine.model_fields})


class WatchSettings(Border):
    """`[[watches]]`: one of your watches, as `wearsync pair` writes it."""

    name: Name = Field(description="what you call it; names its topics")
    id: str = Field(pattern=r"^[0-9a-f]{32}$", description="32 hex digits, as the watch has proven it")
    address: str = Field(min_length=1, max_length=64, description="where Bluetooth finds it")
    driver: str = Field(default="wearsync", min_length=1, description="wearsync, banglejs, infinitime …")
    wearer: Name | None = Field(default=None, description="who wears it; else the wearer at the top")
    link: LinkMode = Field(
        default=LinkMode.ALWAYS,
        strict=False,
        description="connected all day, or for a session or reminder only, then let go",
    )
    routine: RoutineSettings | None = Field(
        default=None, description="what differs from [routine] on this watch"
    )
    reminder: ReminderPlan | None = Field(
        default=None, description="what differs from [reminder] on this watch"
    )

    @property
    def topic(self) -> str:
        """The level that stands for this watch in topics."""
        return slug(self.name)
