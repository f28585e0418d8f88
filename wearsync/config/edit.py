"""Writing the configuration: the commented file of the beginning, and the changes that commands make to it.

Rule: comments and order of the person who wrote it stay; the new text is checked before it replaces the old
one, in one step.
"""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Table

from wearsync.config.sections import WatchSettings
from wearsync.config.settings import parse
from wearsync.errors import ConfigError, UsageError

Value = str | int | bool | list[str] | None
"""What may be written for a key; None: nothing."""


def default_toml() -> str:
    """The commented file that `wearsync config init` writes; every line of it that is no comment says a
    default.
    """
    return _DEFAULT


def write_default(path: Path) -> None:
    """Write the commented file. Raises `ConfigError`."""
    _replace(path, tomlkit.parse(_DEFAULT))


def add_watch(path: Path, watch: WatchSettings) -> None:
    """Write a watch into the file, which is made if need be; one with the same id is replaced. Raises
    `ConfigError`.
    """
    document = _open(path)
    tables = _watches(document, path)
    table = _find(tables, "id", watch.id)
    if table is None:
        table = tomlkit.table()
        tables.append(table)
    for key, value in watch.model_dump(mode="json", exclude_defaults=True).items():
        table[key] = value
    _replace(path, document)


def remove_watch(path: Path, name: str) -> None:
    """Take a watch out of the file. Raises `UsageError` when it is not there, `ConfigError`."""
    document = _open(path)
    tables = _watches(document, path)
    tables.remove(_named(tables, name, path))
    if not tables:
        del document["watches"]
    _replace(path, document)


def rename_watch(path: Path, name: str, new_name: str) -> None:
    """Give a watch another name, and so another topic. Raises `UsageError` when it is not there,
    `ConfigError`.
    """
    document = _open(path)
    _named(_watches(document, path), name, path)["name"] = new_name
    _replace(path, document)


def with_changes(path: Path, changes: Mapping[str, Value]) -> str:
    """The file's text with these values: by their keys, such as `broker.url`; None takes a key out. Raises
    `ConfigError`, also when it would not be a configuration any more.
    """
    document = _open(path)
    for dotted, value in changes.items():
        section, _, key = dotted.rpartition(".")
        table = document if not section else _section(document, section, path)
        if value is None:
            table.pop(key, None)
        elif table.get(key) != value:
            table[key] = value
    text = tomlkit.dumps(document)
    parse(text, path)
    return text


def change(path: Path, changes: Mapping[str, Value]) -> bool:
    """Write these values into the file, which is made if need be; False: they stand there already. Raises
    `ConfigError`.
    """
    text = with_changes(path, changes)
    if path.exists() and text == path.read_text(encoding="utf-8"):
        return False
    _replace(path, tomlkit.parse(text))
    return True


def kept_copy(path: Path) -> Path:
    """A copy of the file beside it, in no other one's place: watches stand in it. Raises `ConfigError`."""
    names = (path.with_name(f"{path.name}.before{number}") for number in ("", *range(2, 1000)))
    copy = next(name for name in names if not name.exists())
    try:
        return Path(shutil.copy2(path, copy))
    except OSError as error:
        raise ConfigError(f"{copy}: can't be written: {error.strerror}") from error


def _section(document: tomlkit.TOMLDocument, name: str, path: Path) -> Table:
    if name not in document:
        document[name] = tomlkit.table()
    table = document[name]
    if not isinstance(table, Table):
        raise ConfigError(f"{path}: {name} must be written as a table, [{name}]")
    return table


def _open(path: Path) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(path.read_text(encoding="utf-8") if path.exists() else _DEFAULT)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: can't be read: {error}") from error
    except TOMLKitError as error:
        raise ConfigError(f"{path}: not TOML: {error}") from error


def _watches(document: tomlkit.TOMLDocument, path: Path) -> AoT:
    if not document.get("watches"):
        document["watches"] = tomlkit.aot()
    tables = document["watches"]
    if not isinstance(tables, AoT):
        raise ConfigError(f"{path}: watches must be written as [[watches]], a table for each")
    return tables


def _find(tables: AoT, key: str, value: str) -> Table | None:
    return next((table for table in tables if table.get(key) == value), None)


def _named(tables: AoT, name: str, path: Path) -> Table:
    table = _find(tables, "name", name)
    if table is None:
        known = ", ".join(str(table.get("name")) for table in tables) or "none"
        raise UsageError(f"no watch is called {name!r} in {path}; known: {known}")
    return table


def _replace(path: Path, document: tomlkit.TOMLDocument) -> None:
    """Put the new text in the file's place at once: a crash leaves the old one or the new one."""
    text = tomlkit.dumps(document)
    parse(text, path)
    target = path.resolve()
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(
            dir=target.parent, prefix=".config-", suffix=".toml"
        )  # 0600 from the start
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        _sync_directory(target.parent)
    except OSError as error:
        raise ConfigError(f"{path}: can't be written: {error.strerror}") from error


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


_DEFAULT = """\
# wearsync: what may be configured. Lines that begin with # show what else there is.
# Check it with `wearsync config check`.
# Each key can also come from the environment: WEARSYNC_WEARER, WEARSYNC_BROKER_URL …

# Names this daemon in MQTT topics, wearsync/<site>/…; the host's name if it is not given.
# site = "home"

# Who does the holds. The history belongs to the wearer, not to a watch.
wearer = "me"

# Journal, keys and control socket live here; the usual place of your system if it is not given.
# state_dir = "~/wearsync"

[broker]
url = "mqtt://127.0.0.1:1883"       # mqtts://host:8883 with TLS, which checks the host's name
# username = "wearsync"
# password_file = "broker.password"   # one line, chmod 600
# ca_file = "ca.pem"                  # in place of the system's certificates
# client_cert = "wearsync.pem"
# client_key = "wearsync.key"         # chmod 600, without a passphrase
# allow_insecure = false              # true: user name and password go in plain text to another host

[radio]
spec = "native"                     # this computer's adapter; tcp:127.0.0.1:9747 for a virtual air

# [control]
# group = "family"                    # its members may use `wearsync start`, `today` … too
# socket = "/run/wearsync/control.sock"   # where they reach it; without it, in state_dir

[routine]
variant = "kneeling"                # or "standing"
rounds = 2                          # 1 to 10; one hold of each side a round
left_s = 30                         # seconds a hold, 30 to 60
right_s = 30
first_gap_s = 15                    # seconds to get ready, 3 to 60
switch_gap_s = 10                   # seconds to change sides, 3 to 60
first_side = "left"                 # or "right"
start = "auto"                      # the hold starts when the gap ends; "tap": your tap starts it
form_cue = true                     # a reminder of the form at one third of a hold
progression = true                  # 5 s more for a side after three full days, 5 fewer after "too much"

[reminder]
# times = ["07:30", "19:00"]          # ask for the day's session, unless it is done; none: no reminders
# weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
# quiet = "22:00-07:00"               # what was put off into these hours waits for their end, that day
# missed = "skip"                     # due while this computer slept; "once": asked later that day

[publish]
publish_pain = false                # true: dashboards learn of holds that hurt

[backups]
days = 7                            # copies of the journal that stay: the newest, one a day
weeks = 4                           # and one of each of the weeks before

[home_assistant]
enabled = true                      # watches show up in Home Assistant by themselves (MQTT discovery)
prefix = "homeassistant"            # the discovery prefix that is set there

[web]
# listen = "127.0.0.1:8740"           # the page in your browser; 0.0.0.0:8740 for phones, with a token
# hosts = ["tablet.local"]            # names that it goes by, besides this computer's own
# certificate_file = "page.pem"       # https: the phone's screen stays on only with it
# key_file = "page.key"               # chmod 600, without a passphrase
# token_file = "page.token"           # else page-token in state_dir, made once: `wearsync page` shows it
# always_ask = false                  # true: the token is asked for on this computer, too
# ingress = false                     # true: only Home Assistant's Supervisor may come

# Watches are written here by `wearsync pair`:
# [[watches]]
# name = "W"
# id = "00112233445566778899aabbccddeeff"
# address = "C0:FF:EE:00:00:01"
# driver = "wearsync"                 # or "banglejs", "infinitime": the kind of watch that it is
# wearer = "me"                       # if not the one above
# link = "always"                     # or "visit": connect for a session, then let go
# [watches.routine]                   # what differs on this watch
# rounds = 1
# [watches.reminder]                  # likewise
# times = []
"""
