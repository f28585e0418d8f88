"""docs/reference/control-socket.md: what programs may say to the daemon over its local socket.

Rule: made from the models of `wearsync.control`; the words on how a conversation goes stand here.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import get_args

from pydantic import BaseModel, JsonValue

from wearsync.control.calls import Call
from wearsync.control.protocol import Question, ServerLine
from wearsync.errors import WearsyncError
from wearsync.model import Verb

PAGE = "docs/reference/control-socket.md"
HEAD = """\
# The control socket

<!-- Written by scripts/reference, from the models of wearsync/control. -->

By this socket the command line reaches the daemon; a program of yours may do the same. For a dashboard,
[MQTT](../mqtt.md) is better: it is a contract. What is here may change with any version, client and
daemon together.

It is a Unix socket, `control.sock` in the state directory (`[control]` in the
[configuration](configuration.md#control) says otherwise), for the daemon's own user, and the members of
a group if one is named. JSON goes over it, one object a line:

```
client → a call                                       one a connection
daemon → alive · event · ask → client → an answer     as often as needed
daemon → result or failure                            the end
```

An unknown key is an error. A client that leaves cancels its call. While a call takes its time, the
daemon says `alive` every 5 s.

<!-- not run: which daemon there is, only you know -->
```sh
echo '{"method":"status"}' | socat - UNIX-CONNECT:"$HOME/.local/state/wearsync/control.sock"
```
"""


def page() -> str:
    """The whole page."""
    text = HEAD + "\n## Calls\n\n| method | with | does |\n|---|---|---|\n"
    for model in get_args(Call):
        text += f"| `{_tag(model, 'method')}` | {_keys(model, 'method')} | {_says(model)} |\n"
    text += (
        "\nKeys in brackets may be left out. The verbs of `command` are those of [verbs.md](../verbs.md): "
    )
    text += f"{', '.join(f'`{verb.value}`' for verb in Verb)}.\n"
    text += "\n## Lines from the daemon\n\n| kind | with | means |\n|---|---|---|\n"
    for model in get_args(ServerLine):
        text += f"| `{_tag(model, 'kind')}` | {_keys(model, 'kind')} | {_says(model)} |\n"
    text += "\n## Questions\nAsked in a call that needs a person, such as `pair`. The answer is one line: "
    text += '`{"kind":"answer"}` with `yes`, `passkey`, `choice` or `name`, or `"nobody":true`.\n'
    text += "\n| kind | with | asks |\n|---|---|---|\n"
    for model in get_args(Question):
        text += f"| `{_tag(model, 'kind')}` | {_keys(model, 'kind')} | {_says(model)} |\n"
    text += "\n## Failures\n`code` and `exit_code` are those of the command line.\n"
    text += "\n| code | exit code | |\n|---|---|---|\n"
    for error in sorted(_errors(), key=lambda error: (error.exit_code, error.__name__)):
        text += f"| `{error.__name__}` | {error.exit_code} | {_cell(error.__doc__ or '')} |\n"
    return text


def _errors() -> Iterator[type[WearsyncError]]:
    def below(root: type[WearsyncError]) -> Iterator[type[WearsyncError]]:
        for kind in root.__subclasses__():
            if kind.__module__ == "wearsync.errors":
                yield kind
                yield from below(kind)

    return below(WearsyncError)


def _tag(model: type[BaseModel], key: str) -> str:
    return str(model.model_fields[key].default)


def _keys(model: type[BaseModel], tag: str) -> str:
    fields = [(key, field) for key, field in model.model_fields.items() if key != tag]
    return ", ".join(f"`{key}`" if field.is_required() else f"[`{key}`]" for key, field in fields) or "–"


def _says(model: type[BaseModel]) -> str:
    return _cell((model.__doc__ or "").partition("→")[0].strip())


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip().replace("|", "\\|")


def example() -> Mapping[str, JsonValue]:
    """The call in the words above."""
    found = re.search(r"echo '(.+?)'", HEAD)
    assert found
    call = json.loads(found[1])
    assert isinstance(call, dict)
    return call
