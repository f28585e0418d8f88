"""The table of verbs in docs/verbs.md: what can be said to a session, and from where (scripts/verbs).

Rule: made from what each place takes: the watch's intents, the commands of the command line, the messages of
MQTT, the controls of Home Assistant. Only what no code says, how a hold is stopped on the watch, stands here.
"""

import argparse
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import get_args, get_type_hints

import typer.main

from wearsync.cli.app import build
from wearsync.messages import IntentGiven
from wearsync.model import Verb
from wearsync.publish import commands
from wearsync.publish.discovery.device import WATCH_ENTITIES
from wearsync.publish.discovery.entity import Entity

ROOT = Path(__file__).parents[2]
PAGE = Path("docs/verbs.md")
VERBS = (*(verb.value for verb in Verb), "resync")

# The page's own list: `button("snooze", "In 10 min", …)`.
BUTTONS = ROOT / "wearsync/web/static/verbs.js"

# What a watch does by itself, without telling of a wish.
ON_THE_WATCH = {"stop": "a double press ends the hold"}

HEAD = """\
# What you can say, and where

<!-- Written by scripts/verbs, from the code of each place. -->

"""
TAIL = """
- *Watch*: one of the [hold profile](hold-profile.md), or a Bangle.js; what others can't do is told in
  [watches](watches/README.md).
- *Command line*: `wearsync VERB`, to the running daemon; `--watch` names one of several ([cli.md](cli.md)).
- *MQTT*: what the message holds besides `command` and `request_id` ([mqtt.md](mqtt.md#commands)).
- *Home Assistant*: what its device has; in italics: switched off at first
  ([home-assistant.md](home-assistant.md)).
- *Page*: what its buttons say.

Who starts a session from elsewhere than the watch is asked for a tap on the wrist within 60 s. A verb that
can't be carried out is refused with a reason, the same one everywhere.
"""


def page() -> str:
    """The whole page."""
    head = ("verb", "does", "watch", "command line", "MQTT", "Home Assistant", "page")
    says, arguments, controls = _says(), _arguments(), _controls()
    buttons = _buttons(BUTTONS)
    intents = get_args(get_type_hints(IntentGiven)["intent"])
    rows = [
        (
            f"`{verb}`",
            says.get(verb, "–"),
            "yes" if verb in intents else ON_THE_WATCH.get(verb, "–"),
            f"`{verb}`" if verb in says else "–",
            _shown(arguments.get(verb)),
            controls.get(verb, "–"),
            ", ".join(buttons.get(verb, ("–",))),
        )
        for verb in VERBS
    ]
    lines = [head, ("---",) * len(head), *rows]
    return HEAD + "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n" + TAIL


def problems(root: Path) -> Iterator[str]:
    """What is wrong, a line each."""
    path = root / PAGE
    if not path.exists() or path.read_text(encoding="utf-8") != page():
        yield f"{PAGE}: not as the code: run scripts/verbs"


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """The script."""
    parser = argparse.ArgumentParser(prog="scripts/verbs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say what is wrong")
    if not parser.parse_args(arguments).check:
        (root / PAGE).write_text(page(), encoding="utf-8")
    found = list(problems(root))
    for problem in found:
        sys.stderr.write(f"{problem}\n")
    return 1 if found else 0


def _shown(arguments: Sequence[str] | None) -> str:
    if arguments is None:
        return "–"
    return ", ".join(f"`{argument}`" for argument in arguments) or "yes"


def _says() -> Mapping[str, str]:
    """The help of each command of the command line."""
    group = typer.main.get_command(build())
    found = getattr(group, "commands", {})
    return {
        verb: " ".join(str(found[verb].help).split()).removesuffix(".") for verb in VERBS if verb in found
    }


def _arguments() -> Mapping[str, tuple[str, ...]]:
    """The keys that each message has of its own."""
    found: dict[str, tuple[str, ...]] = {}
    for model in get_args(get_args(commands.Message)[0]):
        own = tuple(key for key in model.model_fields if key not in ("command", "request_id"))
        for verb in get_args(model.model_fields["command"].annotation):
            found[verb] = own
    return found


def _controls() -> Mapping[str, str]:
    """Of each verb the entities that say it, by their platform."""
    found: dict[str, dict[str, list[str]]] = {}
    for entity in WATCH_ENTITIES:
        for verb in _said_by(entity):
            off = entity.options.get("enabled_by_default") is False
            found.setdefault(verb, {}).setdefault(entity.platform, []).append(
                f"*{entity.name}*" if off else entity.name
            )
    return {
        verb: "; ".join(f"{platform}: {', '.join(names)}" for platform, names in platforms.items())
        for verb, platforms in found.items()
    }


def _buttons(source: Path) -> Mapping[str, Sequence[str]]:
    """Of each verb the words on the page's buttons."""
    if not source.exists():
        return dict.fromkeys(VERBS, ("later",))
    found: dict[str, dict[str, None]] = {}
    for verb, words in re.findall(r'\bbutton\(\s*"(\w+)",([^,()]*)', source.read_text(encoding="utf-8")):
        found.setdefault(verb, {}).update(dict.fromkeys(re.findall(r'"([^"]+)"', words)))
    return {verb: tuple(words) for verb, words in found.items()}


def _said_by(entity: Entity) -> set[str]:
    """The verbs in an entity's options."""
    texts = (value for value in entity.options.values() if isinstance(value, str))
    return {verb for text in texts for verb in re.findall(r'"command": ?"(\w+)"', text)}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
