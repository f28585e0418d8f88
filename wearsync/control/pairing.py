"""The person at the CLI as the radio's pairing agent.

Rule: the question goes over the control socket, the answer comes back; nothing is decided here.
"""

from wearsync.control.protocol import (
    ChoiceQuestion,
    GoAheadQuestion,
    JustWorksQuestion,
    NameQuestion,
    NumberQuestion,
    PasskeyQuestion,
    PersonalQuestion,
)
from wearsync.control.session import Session


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

    async def asked(self, text: str, default: bool) -> bool | None:
        """Yes or no; None: nobody is there."""
        answer = await self._session.ask(PersonalQuestion(text=text, default=default))
        return None if answer.nobody else answer.yes

    async def choose(self, text: str, options: tuple[str, ...]) -> int | None:
        """Which of them, from 0; None: nobody says."""
        answer = await self._session.ask(ChoiceQuestion(text=text, options=options))
        is_one = answer.choice is not None and answer.choice < len(options)
        return answer.choice if is_one else None

    async def named(self, text: str, default: str) -> str | None:
        """What it is called; None: nobody says."""
        return (await self._session.ask(NameQuestion(text=text, default=default))).name
