"""A daemon that says what a test tells it to, behind the real control socket."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pydantic import BaseModel

from wearsync.control.calls import Call
from wearsync.control.protocol import Question
from wearsync.control.server import ControlServer
from wearsync.control.session import Session
from wearsync.errors import WearsyncError


@dataclass
class Desk:
    """Notes the calls; answers each with `answer`, after `events` and `questions`."""

    answer: BaseModel | WearsyncError | None = None
    events: list[BaseModel] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    answered: list[BaseModel] = field(default_factory=list)

    async def handle(self, call: Call, session: Session) -> BaseModel:
        self.calls.append(call)
        for event in self.events:
            await session.emit(event)
        for question in self.questions:
            self.answered.append(await session.ask(question))
        if isinstance(self.answer, WearsyncError):
            raise self.answer
        assert self.answer is not None
        return self.answer


@pytest.fixture
def config(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The configuration file of a home, not there yet; the state directory is beside it."""
    path = home / ".config" / "wearsync" / "config.toml"
    path.parent.mkdir(parents=True)
    monkeypatch.setenv("WEARSYNC_STATE_DIR", str(home / "s"))
    monkeypatch.setenv("COLUMNS", "80")
    return path


@pytest.fixture
async def desk(config: Path, home: Path) -> AsyncIterator[Desk]:
    """A running daemon, as far as the command line can tell."""
    (home / "s").mkdir(mode=0o700)
    desk = Desk()
    async with ControlServer(home / "s" / "control.sock", desk.handle):
        yield desk
