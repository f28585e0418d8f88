"""The page's way to the daemon's desk: its calls, and what comes of them.

Rule: the handler is the one behind the control socket; nobody can be asked anything here.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from wearsync.control.calls import Call, not_taken
from wearsync.control.protocol import Answer, Question
from wearsync.control.server import Handler
from wearsync.errors import TryAgain

# The desk gives up on a watch's turn after 10 s; a journal that stands still for longer needs a person.
CALL_DEADLINE_S = 20.0

Model = TypeVar("Model", bound=BaseModel)


class PageSession:
    """`control.session.Session` of a browser: events go to `take`, which never waits."""

    via = "page"

    def __init__(self, take: Callable[[BaseModel], None] = lambda _event: None) -> None:
        self._take = take

    async def emit(self, event: BaseModel) -> None:
        """Pass it on."""
        self._take(event)

    async def ask(self, question: Question) -> Answer:
        """Nobody is there who could say."""
        return Answer(nobody=True)


async def called(handler: Handler, call: Call, result: type[Model]) -> Model:
    """Carry out one call that ends by itself. Raises `WearsyncError`s."""
    try:
        async with asyncio.timeout(CALL_DEADLINE_S):
            answer = await handler(call, PageSession())
    except TimeoutError as error:
        raise TryAgain("the daemon did not get to it in time: see its log") from error
    if not isinstance(answer, result):
        raise TypeError(f"{call.method} gave {type(answer).__name__}, not {result.__name__}")
    return answer


def fit(validate: Callable[[], Model]) -> Model:
    """The parameters that a browser sent. Raises `UsageError`: one line, without what was sent."""
    try:
        return validate()
    except ValidationError as error:
        raise not_taken(error) from error
