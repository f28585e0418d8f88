"""The person at the CLI as the radio's pairing agent.

Rule: the question goes over the control socket, the answer comes back; nothing is decided here.
"""

from wearsync.control.protocol import GoAheadQuestion, JustWorksQuestion, NumberQuestion, PasskeyQuestion
from wearsync.control.server import Session


class AskingAgent:
    """A `ports.PairingAgent` that asks whoever made the call."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def confirm_number(self, number: int) -> bool:
        """Does the watch show these six digits?"""
        return (await self._session.ask(NumberQuestion(number=number))).yes

    async def passkey(self) -> int | None:
        """The six digits that the watch shows; None: given up."""
        return (await self._session.ask(PasskeyQuestion())).passkey

    async def confirm_just_works(self) -> bool:
        """Go on without any code?"""
        return (await self._session.ask(JustWorksQuestion())).yes

    async def go_ahead(self, text: str) -> bool:
        """Go on with this?"""
        return (await self._session.ask(GoAheadQuestion(text=text))).yes
