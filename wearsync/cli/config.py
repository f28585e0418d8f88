"""`wearsync config`: write, check and describe the configuration."""

from typing import Annotated

import typer

from wearsync.cli.options import options
from wearsync.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Write, check and describe the configuration.", no_args_is_help=True)
    group.command("init")(init)
    group.command("check")(check)
    group.command("schema")(schema)
    app.add_typer(group, name="config", rich_help_panel="Set-up")


def init(
    context: typer.Context,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a file that is there; a copy is kept.")
    ] = False,
) -> None:
    """Write a commented configuration file."""
    from wearsync.cli.terminal import say
    from wearsync.config import default_path, kept_copy, write_default

    path = options(context).config_file or default_path()
    if path.exists() and not force:
        raise UsageError(
            f"{path} is there already: check it with `wearsync config check`, or replace it with --force"
        )
    before = kept_copy(path) if path.exists() else None
    write_default(path)
    say(f"wrote {path}" + (f"; the one before, with its watches, is {before}" if before else ""))


def check(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Check the configuration; names the line and the key of what is wrong."""
    from wearsync.cli.terminal import print_json, say

    settings = options(context).settings(secrets=True)
    if as_json:
        print_json(
            {
                "ok": True,
                "file": str(settings.source),
                "exists": settings.source.exists(),
                "site": settings.site,
                "broker": settings.broker.url,
                "radio": settings.radio,
                "page": None if settings.page is None else str(settings.page.listen),
                "watches": [watch.name for watch in settings.watches],
            }
        )
        return
    there = "" if settings.source.exists() else " (not there: defaults hold)"
    say(f"ok: {settings.source}{there}")
    count = len(settings.watches)
    page = "" if settings.page is None else f" · page: {settings.page.listen}"
    ways = f"broker {settings.broker.url} · radio {settings.radio}"
    say(f"site {settings.site} · {ways} · watches: {count}{page}")


def schema(
    mqtt: Annotated[
        str | None, typer.Option("--mqtt", metavar="PAYLOAD", help="Of what stands on a topic, such as hold.")
    ] = None,
) -> None:
    """Print the JSON Schema of the configuration file, or of an MQTT payload."""
    from wearsync.cli.terminal import print_json
    from wearsync.config import schema as config_schema

    if mqtt is None:
        print_json(config_schema())
        return
    from wearsync.publish.contract import schemas

    of_payloads = schemas()
    if mqtt not in of_payloads:
        raise UsageError(f"no payload is called {mqtt}; there are: {', '.join(of_payloads)}")
    print_json(of_payloads[mqtt])
