"""What the shell is offered where a command wants a name of yours: watches, wearers, ids of holds.

Rule: quick, and whatever goes wrong, nothing is offered. Nothing is imported here that `wearsync --help` has
no use for.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from wearsync.cli.known_names import Home

# Set by the script that `--install-completion` writes.
ASKED = "_WEARSYNC_COMPLETE"


def watches(context: typer.Context, incomplete: str) -> list[str]:
    """Names of watches: those configured, and those of the running daemon."""

    def known() -> Iterable[tuple[str, str]]:
        from wearsync.cli import known_names

        return [(name, "") for name, _ in known_names.watches(_home(context))]

    return [name for name, _ in _offered(known, incomplete)]


def wearers(context: typer.Context, incomplete: str) -> list[str]:
    """Names of wearers."""

    def known() -> Iterable[tuple[str, str]]:
        from wearsync.cli import known_names

        home = _home(context)
        return [(home.wearer, ""), *((wearer, "") for _, wearer in known_names.watches(home))]

    return [name for name, _ in _offered(known, incomplete)]


def holds(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Ids of the last days' holds, newest first, each with when and how long it was."""

    def known() -> Iterable[tuple[str, str]]:
        from wearsync.cli import known_names

        return known_names.holds(_home(context))

    return _offered(known, incomplete)


def _home(context: typer.Context) -> "Home":
    from wearsync.cli.known_names import Home

    said = context.find_root().params
    return Home.of(said.get("config_file"), said.get("state_dir"))


def _offered(known: Callable[[], Iterable[tuple[str, str]]], incomplete: str) -> list[tuple[str, str]]:
    try:
        return [(name, about) for name, about in dict(known()).items() if name.startswith(incomplete)]
    except Exception:  # noqa: BLE001  # at the prompt it is nobody's business what went wrong
        return []
