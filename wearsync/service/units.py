"""The units that systemd runs the daemon by, for the installation that is asked.

Rule: all of a unit stands in its file beside this one; only the program's path is put in here.
"""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from wearsync.errors import UsageError

# What the system unit's sandbox hides (`ProtectHome=`, `PrivateTmp=`).
HIDDEN = tuple(Path("/", name) for name in ("home", "root", "run/user", "tmp", "var/tmp"))

# What would end or split a word; and what no quoting makes harmless.
_QUOTED, _NEVER = frozenset(" ;#"), frozenset("\"'\\$")
_PLACE = "@WEARSYNC@"


def system_unit(command: Sequence[str]) -> str:
    """A service of the system, with a user of its own. `command`: the program, and what it is to be given
    before `run`.
    """
    return _unit("system.service", command)


def user_unit(command: Sequence[str]) -> str:
    """A service of one person."""
    return _unit("user.service", command)


def expect_visible(*needed: Path) -> None:
    """Raises `UsageError` when a service of the system could not see one of these, which it needs to run."""
    for path in needed:
        hidden = next((each for each in HIDDEN if path.is_relative_to(each)), None)
        if hidden is not None:
            raise UsageError(
                f"{path} is below {hidden}, where a service of the system sees nothing: install wearsync "
                "elsewhere (`python3 -m venv /opt/wearsync`), or take `wearsync service --user`"
            )


def _unit(name: str, command: Sequence[str]) -> str:
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    return text.replace(_PLACE, " ".join(map(_quoted, command)))


def _quoted(word: str) -> str:
    """As a word of `ExecStart=` (systemd.service(5), "Command lines"). Raises `UsageError`."""
    if any(character < " " or character in _NEVER for character in word):
        raise UsageError(f"{word!r}: systemd runs no program with such characters in its path")
    escaped = word.replace("%", "%%")
    return f'"{escaped}"' if set(escaped) & _QUOTED else escaped
