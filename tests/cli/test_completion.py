"""Commands offer names of watches, wearers and holds, and nothing when something is wrong."""

import asyncio
from pathlib import Path

import pytest

from tests.cli.conftest import Desk
from tests.cli.console import wearsync
from wearsync.control.results import HoldsResult

HOLD = '{"id": "a:7:1:hold", "local_date": "2026-03-14", "side": "left", "credited_s": 30.0}'


def offered(monkeypatch: pytest.MonkeyPatch, *words: str) -> list[str]:
    """What fish would show: a line each, with what it means."""
    monkeypatch.setenv("_WEARSYNC_COMPLETE", "complete_fish")
    monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
    monkeypatch.setenv("_TYPER_COMPLETE_ARGS", " ".join(("wearsync", *words)))
    done = wearsync()
    assert done.err == ""
    return [line for line in done.out.splitlines() if line]


@pytest.mark.parametrize(
    "words",
    [
        ("watches", "forget"), ("watches", "rename"), ("watches", "export"), ("live", "--watch"),
        ("start", "--watch"), ("routine", "--watch"), ("extra", "left", "--watch"),
    ],
)  # fmt: skip
def test_a_watch_is_offered_by_name(config: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str]) -> None:
    config.write_text('[[watches]]\nname = "My Watch"\n[[watches]]\nname = "Other"\n', encoding="utf-8")
    assert offered(monkeypatch, *words, "") == ["My Watch", "Other"]
    assert offered(monkeypatch, *words, "O") == ["Other"]


@pytest.mark.parametrize("command", ["today", "history", "holds", "log", "export", "delete", "pair"])
def test_a_wearer_is_offered_by_name(config: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    config.write_text('wearer = "anna"\n[[watches]]\nname = "W"\nwearer = "ben"\n', encoding="utf-8")
    assert offered(monkeypatch, command, "--wearer", "") == ["anna", "ben"]


async def test_a_hold_is_offered_by_id_with_what_it_was(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.answer = HoldsResult(wearer="you", holds=(HOLD,))
    assert await asyncio.to_thread(offered, monkeypatch, "amend", "") == ["a:7:1:hold\t2026-03-14 left 30 s"]
    assert await asyncio.to_thread(offered, monkeypatch, "amend", "x") == []


def test_a_configuration_that_is_none_offers_nothing(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config.write_text("this is no TOML\n", encoding="utf-8")
    assert offered(monkeypatch, "watches", "forget", "") == []
    config.write_text("watches = 7\nwearer = 3\n", encoding="utf-8")
    assert offered(monkeypatch, "live", "--watch", "") == []


def test_another_configuration_is_read_when_it_is_named(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = config.with_name("other.toml")
    other.write_text('[[watches]]\nname = "Elsewhere"\n', encoding="utf-8")
    assert offered(monkeypatch, "--config", str(other), "live", "--watch", "") == ["Elsewhere"]
