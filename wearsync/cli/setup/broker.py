"""The step of the broker: none, the one on this computer, or one by name; tried before anything is written.

Rule: what is written has worked. A password is typed unseen, into a file of its owner alone, never into the
configuration.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from wearsync.cli.doctor import examined
from wearsync.cli.setup.evening import Evening
from wearsync.config import with_changes
from wearsync.config.edit import Value
from wearsync.doctor import Check, Request
from wearsync.errors import ConfigError, WearsyncError
from wearsync.publish.address import is_loopback, parse_url

HERE = "mqtt://127.0.0.1:1883"
NONE = "none"
PASSWORD_FILE = "broker.password"  # noqa: S105  its name
# Nobody thinks about a password for so long.
LEFT_OVER_S = 3600.0
_OWN = ".setup-"
# Who answers on this computer does it at once.
KNOCK_WITHIN_S = 1.0
TRIES = 3

_OF_ONE_BROKER = tuple(
    f"broker.{key}"
    for key in ("username", "password_file", "ca_file", "client_cert", "client_key", "allow_insecure")
)
_ABOUT = (
    "Holds and sessions are published by MQTT, for Home Assistant and other dashboards. Without a broker "
    "nothing is lost: the journal keeps all, and a broker that you add later gets it."
)


async def broker(evening: Evening) -> None:
    """Ask, try, write. Raises `Left`, `ConfigError`; `WearsyncError` of a broker that was named by option."""
    talk, answers = evening.talk, evening.answers
    talk.head("Broker", _ABOUT)
    while True:
        url = answers.broker if answers.broker is not None else await _which(evening)
        if url is None or url == NONE:
            talk.say("no broker is written down; `wearsync setup` asks again whenever you run it")
            return
        try:
            failed = await _tried(evening, url)
        except OSError as error:
            if error.filename is None:  # of the terminal's, or of a disk that is full
                raise
            raise ConfigError(f"{evening.file.parent}: can't be written: {error.strerror}") from error
        if failed is None:
            return
        if not talk.is_there:
            raise ConfigError(f"the broker {url} was not written down: {failed}")
        if not await talk.yes("Try again, or another one?"):
            return


async def _which(evening: Evening) -> str | None:
    """The URL that is meant; None: none, or as it is."""
    talk, settings = evening.talk, evening.settings()
    if not talk.is_there:
        return None
    answers_here = await _knock()
    options = ["only here: no broker, for now"]
    if settings.broker.url != HERE:
        options.append(f"as it stands in the file: {settings.broker.url}")
    options.append(
        "the one on this computer" + (" (one answers there)" if answers_here else " (none answers there now)")
    )
    options.append("another one, by its name")
    choice = await talk.choice("Which broker?", options, default=len(options) - 2 if answers_here else 0)
    match len(options) - choice:
        case 1:
            return await _named(evening)
        case 2:
            return HERE
        case 3 if len(options) > 3:
            return settings.broker.url
        case _:
            return None


async def _named(evening: Evening) -> str:
    talk = evening.talk
    while True:
        said = await talk.line("Its name or address (homeassistant.local, mqtts://host …):")
        if not said:
            continue
        if "://" not in said:
            scheme = "mqtts" if await talk.yes("Does it speak TLS?", default=False) else "mqtt"
            said = f"{scheme}://{said}"
        try:
            parse_url(said)
        except ConfigError as error:
            talk.say(str(error))
        else:
            return said


async def _tried(evening: Evening, url: str) -> str | None:
    """Write that broker down if it works; else why it does not."""
    talk, answers, directory = evening.talk, evening.answers, evening.file.parent
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    _remove_left_over(directory)
    changes: dict[str, Value] = {"broker.url": url}
    if evening.settings().broker.url != url:  # what the one before was told is none of this one's business
        changes |= dict.fromkeys(_OF_ONE_BROKER)
    if answers.username is not None:
        changes["broker.username"] = answers.username
    if answers.password_file is not None:
        changes["broker.password_file"] = str(answers.password_file.absolute())
    with _own_file(directory) as secret:
        for _ in range(TRIES):
            checks = await _examine(evening, changes)
            failing = next((check for check in checks if check.status == "fail"), None)
            if failing is None:
                if changes.get("broker.password_file") == secret.name:
                    own = _free(directory / PASSWORD_FILE)
                    secret.replace(own)
                    changes["broker.password_file"] = own.name
                await evening.write(changes)
                return None
            if not talk.is_there or not await _mended(evening, failing.name, changes, secret):
                return failing.says
    return "the broker takes neither of these passwords"


async def _mended(evening: Evening, failing: str, changes: dict[str, Value], secret: Path) -> bool:
    """Whether the person has given what was missing."""
    match failing:
        case "broker_login":
            return await _credentials(evening, str(changes["broker.url"]), changes, secret)
        case "broker_tls":
            said = await evening.talk.line("A file with the certificate to trust (Enter: there is none):")
            changes["broker.ca_file"] = _absolute(said) if said else None
            return bool(said)
        case _:
            return False


async def _credentials(evening: Evening, url: str, changes: dict[str, Value], secret: Path) -> bool:
    """Ask for user and password; False: they are not to be sent."""
    talk = evening.talk
    address = parse_url(url)
    if not address.tls and not is_loopback(address.host):
        talk.say("mqtt:// sends user name and password through your network for anybody there to read.")
        if not await talk.yes("Send them all the same?", default=False):
            return False
        changes["broker.allow_insecure"] = True
    user = str(changes.get("broker.username") or "wearsync")
    changes["broker.username"] = await talk.line("User name at the broker:", user)
    _write(secret, await talk.secret("Its password (not shown):"))
    changes["broker.password_file"] = secret.name
    return True


async def _examine(evening: Evening, changes: Mapping[str, Value]) -> tuple[Check, ...]:
    """The doctor looks at that broker, as the daemon would come to it."""
    with _own_file(evening.file.parent) as file:
        _write(file, with_changes(evening.file, changes))
        return await examined(Request(config_file=file, state_dir=evening.options.state_dir), ("broker",))


def _write(file: Path, text: str) -> None:
    file.write_text(f"{text}\n", encoding="utf-8")


def _absolute(said: str) -> str:
    return str(Path(said).expanduser().absolute())


def _free(file: Path) -> Path:
    """A name in no other one's place: the configuration names that file until it is written anew, and the
    copy of it goes on doing so.
    """
    names = (file.with_name(f"{file.stem}{number}{file.suffix}") for number in ("", *range(2, 1000)))
    return next(name for name in names if not name.exists())


def _remove_left_over(directory: Path) -> None:
    """Of a setup that was killed, a password may lie about; another one may be going on."""
    for file in directory.glob(f"{_OWN}*"):
        with suppress(OSError):
            if time.time() - file.stat().st_mtime > LEFT_OVER_S:
                file.unlink()


@contextmanager
def _own_file(directory: Path) -> Iterator[Path]:
    """A file of its owner alone, gone at the end unless it was given another name."""
    handle, name = tempfile.mkstemp(dir=directory, prefix=_OWN)  # 0600
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


async def _knock() -> bool:
    """Whether somebody listens where brokers do on this computer."""
    address = parse_url(HERE)
    with suppress(OSError, TimeoutError, WearsyncError):
        async with asyncio.timeout(KNOCK_WITHIN_S):
            _, writer = await asyncio.open_connection(address.host, address.port)
        writer.close()
        return True
    return False
