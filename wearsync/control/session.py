"""What a handler of calls may say to its client while it works, whoever that is.

Rule: the handler sees this and nothing else of the way that a call came.
"""

from typing import Protocol

from pydantic import BaseModel

from wearsync.control.protocol import Answer, Question


class Session(Protocol):
    """One call's client. Both methods end the handler when the client is gone."""

    @property
    def via(self) -> str:
        """The way that it came, for the log of commands: `cli`, `page`."""

    async def emit(self, event: BaseModel) -> None:
        """Send one event of a stream; may wait while the client is behind."""

    async def ask(self, question: Question) -> Answer:
        """Ask the person at the client. Raises `TryAgain` if nobody answers in time."""
