"""The person at the CLI answers what the radio asks."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from wearsync.control.calls import Call, PairParams
from wearsync.control.client import ControlClient
from wearsync.control.pairing import AskingAgent
from wearsync.control.protocol import (
    Answer,
    ChoiceQuestion,
    GoAheadQuestion,
    JustWorksQuestion,
    NameQuestion,
    NumberQuestion,
    PasskeyQuestion,
    PersonalQuestion,
    Question,
)
from wearsync.control.results import Done
from wearsync.control.server import ControlServer
from wearsync.control.session import Session
from wearsync.ports import PairingAgent


@pytest.mark.parametrize("answer", [Answer(yes=True, passkey=7), Answer()], ids=["yes", "no"])
async def test_each_question_reaches_the_person(path: Path, answer: Answer) -> None:
    asked: list[Question] = []

    async def handler(_call: Call, session: Session) -> BaseModel:
        asking = AskingAgent(session)
        agent: PairingAgent = asking
        said = await agent.confirm_number(42), await agent.passkey(), await agent.confirm_just_works()
        return Done(text=repr((*said, await asking.go_ahead("write an app?"))))

    async def person(question: Question) -> Answer:
        asked.append(question)
        return answer

    async with ControlServer(path, handler):
        done = await ControlClient(path).call(PairParams(name="W"), Done, on_ask=person)
    assert asked == [
        NumberQuestion(number=42),
        PasskeyQuestion(),
        JustWorksQuestion(),
        GoAheadQuestion(text="write an app?"),
    ]
    assert done.text == repr((answer.yes, answer.passkey, answer.yes, answer.yes))


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (Answer(yes=True, choice=1, name="Blue"), (True, 1, "Blue")),
        (Answer(choice=2), (False, None, None)),
        (Answer(nobody=True), (None, None, None)),
    ],
    ids=["somebody", "no such choice", "nobody"],
)
async def test_what_only_people_can_say_is_theirs(
    path: Path, answer: Answer, heard: tuple[object, ...]
) -> None:
    asked: list[Question] = []

    async def handler(_call: Call, session: Session) -> BaseModel:
        agent = AskingAgent(session)
        said = (
            await agent.asked("felt?", True),
            await agent.choose("which?", ("one", "two")),
            await agent.named("called?", "Sim"),
        )
        return Done(text=repr(said))

    async def person(question: Question) -> Answer:
        asked.append(question)
        return answer

    async with ControlServer(path, handler):
        done = await ControlClient(path).call(PairParams(name="W"), Done, on_ask=person)
    assert done.text == repr(heard)
    assert asked == [
        PersonalQuestion(text="felt?", default=True),
        ChoiceQuestion(text="which?", options=("one", "two")),
        NameQuestion(text="called?", default="Sim"),
    ]
