"""`wearsync` with all its commands in it, for pages and tests that read them: the program itself imports each
when it is called.
"""

from importlib import import_module

import typer

from wearsync.cli import others
from wearsync.cli.app import root
from wearsync.cli.listing import LISTING


def whole() -> typer.Typer:
    """Each command as its module registers it."""
    app = typer.Typer(name="wearsync")
    app.callback()(root)
    for module in dict.fromkeys(listed.module for listed in LISTING):
        import_module(f"wearsync.cli.{module}").register(app)
    for name, where in others.declared().items():
        app.command(name)(others.loaded(where))
    return app
