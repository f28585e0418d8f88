"""docs/reference/commands.md: each command with its arguments and options, as typer is told them.

Rule: made from the signatures of the commands, which typer makes the command line of, so that it can't say
what is not there. Examples are ours, and each is parsed by the command line itself (test_reference_pages.py).
"""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import typer
from typer.models import ArgumentInfo, DefaultPlaceholder, OptionInfo

from tests.tidy.command_line import whole
from wearsync_simulators.cli import app as simulators

PAGE = "docs/reference/commands.md"
EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "wearsync demo": ("wearsync demo --speed 20", "wearsync demo --watch banglejs --json"),
    "wearsync pair": ("wearsync pair", "wearsync pair --yes --name Blue --passkey-stdin --json"),
    "wearsync watches rename": ("wearsync watches rename Blue Green",),
    "wearsync watches export": ("wearsync watches export Blue --to blue.wearsync-key",),
    "wearsync run": ("wearsync run --broker mqtt://192.168.1.10:1883",),
    "wearsync live": ("wearsync live --json",),
    "wearsync extra": ("wearsync extra left",),
    "wearsync snooze": ("wearsync snooze 30",),
    "wearsync away": ("wearsync away", "wearsync away --back"),
    "wearsync remind": ("wearsync remind off",),
    "wearsync set": ("wearsync set left_s=40 right_s=40 rounds=3",),
    "wearsync history": ("wearsync history --weeks 26",),
    "wearsync holds": ("wearsync holds --since 2026-11-01 --json",),
    "wearsync log": ("wearsync log left 45 --variant standing",),
    "wearsync amend": ("wearsync amend 273e4d8fc0a8175218d7b5531954d02d:655368684:15:hold --seconds 40",),
    "wearsync export": ("wearsync export --format csv --to holds.csv",),
    "wearsync delete": ("wearsync delete --before 2024-01-01",),
    "wearsync backup": ("wearsync backup --to journal-copy.sqlite",),
    "wearsync config schema": ("wearsync config schema --mqtt hold",),
    "wearsync service": ("wearsync service --user",),
    "wearsync-sim watch": (
        "wearsync-sim watch --transport tcp-client:127.0.0.1:9747 --wearer keyboard --pairing",
    ),
    "wearsync-sim air": ("wearsync-sim air --listen tcp:127.0.0.1:9747",),
    "wearsync-sim world": ("wearsync-sim world --seed 7 --days 3",),
    "wearsync-sim check": ("wearsync-sim check --driver banglejs --quick",),
}
# Of the command line: `wearsync demo` comes by an entry point, without a group.
NO_PANEL = "Start"
HEAD = """\
# Commands and their options

<!-- Written by scripts/reference, from the code of the command line. -->

What the command line takes, made from its code. What comes of it is told in [The command line](../cli.md),
with the [exit codes](../cli.md#exit-codes). `wearsync COMMAND --help` says the same in the terminal.
"""
_WORDS = {str: "text", int: "whole number", float: "number", Path: "file"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """An argument or an option: how it is written, what it takes, its default as it is shown."""

    written: str
    takes: str
    default: str
    means: str
    is_option: bool
    needed: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """A command: its whole name, the group of the help that shows it, its words."""

    name: str
    panel: str
    says: str
    parameters: tuple[Parameter, ...]


def page() -> str:
    """The whole page."""
    panels: dict[str, list[Listed]] = {}
    for command in commands():
        panels.setdefault(command.panel, []).append(command)
    text = HEAD
    for panel, listed in panels.items():
        text += f"\n## {panel}\n" + "".join(map(_section, listed))
    return text


def commands() -> tuple[Listed, ...]:
    """All commands of both command lines, in the order of their help."""
    found = [*_commands(whole(), "wearsync", ""), *_commands(simulators, "wearsync-sim", "Simulators")]
    order = list(dict.fromkeys(["Before the command", NO_PANEL, *(command.panel for command in found)]))
    return tuple(sorted(found, key=lambda command: order.index(command.panel)))


def _commands(app: typer.Typer, name: str, panel: str) -> Iterator[Listed]:
    if app.registered_callback and (callback := app.registered_callback.callback) and _parameters(callback):
        top = "Before the command" if name == "wearsync" else panel
        yield Listed(name, top, _said(callback), _parameters(callback))
    for command in app.registered_commands:
        assert command.callback is not None
        here = panel or _text(command.rich_help_panel) or NO_PANEL
        own = command.name or command.callback.__name__
        says = _text(command.help) or _said(command.callback)
        yield Listed(f"{name} {own}", here, says, _parameters(command.callback))
    for group in app.registered_groups:
        assert group.typer_instance is not None
        own = _text(group.name) or _text(group.typer_instance.info.name)
        here = _text(group.rich_help_panel) or panel
        yield from _commands(group.typer_instance, f"{name} {own}", here)


def _section(command: Listed) -> str:
    arguments = [each for each in command.parameters if not each.is_option]
    options = [each for each in command.parameters if each.is_option]
    usage = [command.name, *(each.written if each.needed else f"[{each.written}]" for each in arguments)]
    text = (
        f"\n### {command.name}\n{command.says}\n\n```sh\n{' '.join(usage)}{' [OPTIONS]' if options else ''}\n"
    )
    examples = "".join(f"{example}\n" for example in EXAMPLES.get(command.name, ()))
    text += ("\n# such as\n" + examples if examples else "") + "```\n"
    if command.parameters:
        rows = (
            f"| `{each.written}` | {each.takes} | {each.default} | {each.means} |"
            for each in (*arguments, *options)
        )
        text += "\n| | takes | default | means |\n|---|---|---|---|\n" + "\n".join(rows) + "\n"
    return text


def _parameters(callback: Callable[..., object]) -> tuple[Parameter, ...]:
    hints = get_type_hints(callback, include_extras=True)
    found = []
    for name, parameter in inspect.signature(callback).parameters.items():
        if get_origin(hints[name]) is not Annotated:
            continue
        kind, *more = get_args(hints[name])
        info = next(each for each in more if isinstance(each, OptionInfo | ArgumentInfo))
        if not info.hidden:
            found.append(_parameter(name, kind, info, parameter.default))
    return tuple(found)


def _parameter(name: str, kind: object, info: OptionInfo | ArgumentInfo, default: object) -> Parameter:
    is_option = isinstance(info, OptionInfo)
    needed = default is inspect.Parameter.empty
    if is_option:
        # In an `Annotated`, typer keeps the first name as if it were a default.
        declared = (info.default, *(info.param_decls or ()))
        names = [each for each in declared if isinstance(each, str) and each.startswith("-")]
        written = ", ".join(names or [f"--{name.replace('_', '-')}"])
    else:
        written = info.metavar or name.removesuffix("_").upper().replace("_", " ")
        written = written.replace(" ", "-")
    means = (info.help or "").strip()
    if info.envvar:
        means += f" Environment: `{info.envvar}`."
    return Parameter(
        written=written,
        takes=_takes(kind, info),
        default="needed" if needed else _default(default),
        means=_cell(means),
        is_option=is_option,
        needed=needed,
    )


def _takes(kind: object, info: OptionInfo | ArgumentInfo) -> str:
    if info.count if isinstance(info, OptionInfo) else False:
        return "may be repeated"
    kinds = [each for each in get_args(kind) if each is not NoneType] if _is_union(kind) else [kind]
    inner = kinds[0]
    if get_origin(inner) in (list, tuple):
        return f"one or more of {info.metavar or _word(get_args(inner)[0])}"
    if inner is bool:
        return ""
    if isinstance(inner, type) and issubclass(inner, Enum):
        return " ".join(f"`{member.value}`" for member in inner)
    if info.min is not None and info.max is not None:
        return f"{_number(info.min)}–{_number(info.max)}"
    return (isinstance(info, OptionInfo) and info.metavar) or _word(inner)


def _is_union(kind: object) -> bool:
    return get_origin(kind) is UnionType or isinstance(kind, UnionType)


def _word(kind: Any) -> str:
    return _WORDS.get(kind, "date" if getattr(kind, "__name__", "") == "date" else "text")


def _number(value: float) -> str:
    return f"{value:g}"


def _default(value: object) -> str:
    if value is None or value is False or value == 0:
        return ""
    shown = value.value if isinstance(value, Enum) else value
    return f"`{_number(shown) if isinstance(shown, float) else shown}`"


def _said(callback: Callable[..., object]) -> str:
    return " ".join((inspect.getdoc(callback) or "").split())


def _text(value: object) -> str:
    """Of what typer keeps: its placeholder stands for nothing said."""
    return "" if value is None or isinstance(value, DefaultPlaceholder) else str(value)


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|")


def parse(example: str) -> Sequence[str]:
    """Let the command line parse an example; raises what it raises. Gives the command's name."""
    words = example.split()
    command: Any = typer.main.get_command(whole() if words[0] == "wearsync" else simulators)
    names = [words.pop(0)]
    while words and words[0] in getattr(command, "commands", {}):
        names.append(words[0])
        command = command.commands[words.pop(0)]
    command.make_context(" ".join(names), words)
    return names
