"""Flags in the help; that no help of ours says <bool> is in test_app.py."""

from typing import Annotated

import pytest
import typer

from wearsync.cli.flags import bare_flags


def an_app() -> typer.Typer:
    app, below = typer.Typer(), typer.Typer(name="below")

    @app.command()
    def one(flag: bool = False, number: Annotated[int, typer.Option(metavar="N")] = 1, size: int = 2) -> None:
        typer.echo(f"{flag} {number} {size}")

    @below.command()
    def two(both: Annotated[bool, typer.Option("--both/--neither")] = False) -> None:
        typer.echo(f"{both}")

    @below.command()
    def three() -> None: ...

    app.add_typer(below)
    bare_flags(app)
    return app


@pytest.mark.parametrize("words", [(), ("one",), ("below",), ("below", "two")], ids="-".join)
def test_a_flag_is_shown_without_a_value_and_all_else_with_it(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    an_app()([*words, "--help"], standalone_mode=False)
    said = capsys.readouterr().out
    assert "--help" in said
    assert "<bool>" not in said
    assert ("<int>" in said) is (words == ("one",))


def test_what_is_parsed_is_what_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    an_app()(["one", "--flag", "--number", "3"], standalone_mode=False)
    an_app()(["below", "two", "--both"], standalone_mode=False)
    assert capsys.readouterr().out == "True 3 2\nTrue\n"
