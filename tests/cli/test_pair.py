"""`pair`: by the daemon where there is one, by itself where there is none; and what people read of it."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Desk
from tests.cli.console import piped, wearsync, wearsync_beside
from wearsync.control.calls import PairParams, RemoveAppParams
from wearsync.control.protocol import GoAheadQuestion, NumberQuestion
from wearsync.control.results import (
    Done,
    PairResult,
    Progress,
    SeenWatch,
    StatusResult,
    WatchStatus,
)
from wearsync.model import Trust

ID = "00112233445566778899aabbccddeeff"
ADDRESS = "C0:FF:EE:00:00:01"
TABLE = f'wearer = "anna"\n[[watches]]\nname = "W"\nid = "{ID}"\naddress = "{ADDRESS}"\n'
SEEN = SeenWatch(name="Sim", address=ADDRESS, rssi=-60, driver="wearsync", known="W", pairing=True)
PAIRED = PairResult(name="W", watch_id=ID, address=ADDRESS, wearer="anna", trust=Trust.KEY, buzz="played")
STATUS = StatusResult(
    version="0", pid=1, site="home", radio="native", broker="connected", outbox=0,
    watches=(WatchStatus(name="W", watch_id=ID, driver="wearsync", wearer="anna", link="connected",
                         trust=Trust.KEY, phase="idle", battery_percent=83),),
)  # fmt: skip


async def test_pair_goes_through_the_daemon_questions_and_all(desk: Desk) -> None:
    desk.events, desk.questions = [Progress(text="bonding")], [NumberQuestion(number=12345)]
    desk.answer = PAIRED
    with piped("012345\n"):
        done = await wearsync_beside("pair", "--name", "W", "--wearer", "anna", "--passkey-stdin")
    assert done.err == "bonding\n"
    assert done.out.startswith(
        "W is paired (00112233…, worn by anna); the test buzz was played.\nTrust: key: "
    )
    assert done.out.endswith("Next: `wearsync start` starts a session.\n")
    assert desk.calls == [PairParams(name="W", wearer="anna")]
    assert desk.answered[0].model_dump()["yes"] is True
    desk.questions = []
    done = await wearsync_beside("pair", "--name", "W", "--address", ADDRESS, "--yes", "--json")
    assert json.loads(done.out)["watch_id"] == ID
    assert desk.calls[1:] == [PairParams(name="W", address=ADDRESS, yes=True)]


@pytest.mark.parametrize(
    ("buzz", "says"),
    [
        ("played", "the test buzz was played."),
        ("scheduled", "the test buzz was scheduled: more this watch can't say."),
        ("unknown", "the test buzz was sent: whether it ran, this watch can't say."),
        ("unanswered", "the test buzz was unanswered."),
    ],
)
async def test_of_the_test_buzz_no_more_is_said_than_is_known(desk: Desk, buzz: str, says: str) -> None:
    desk.answer = PAIRED.model_copy(update={"buzz": buzz})
    assert says in (await wearsync_beside("pair", "--name", "W", "--yes")).out


async def test_kind_and_app_are_the_daemons_affair(desk: Desk) -> None:
    desk.answer = PAIRED
    desk.events, desk.questions = [Progress(text="", percent=50)], [GoAheadQuestion(text="install it?")]
    with piped(""):
        done = await wearsync_beside("pair", "--name", "W", "--driver", "banglejs")
    assert done.err == "install it? Nobody can say so: run this in a terminal, or with --yes\n"
    assert desk.answered[0].model_dump()["yes"] is False
    desk.answer = Done(text="the wearsync app is off Bangle.js 1234")
    named = ("--address", ADDRESS, "--driver", "banglejs")
    done = await wearsync_beside("pair", "--remove-app", *named, "--yes")
    assert done.out == "the wearsync app is off Bangle.js 1234.\n"
    done = await wearsync_beside("pair", "--remove-app", "--yes", "--json")
    assert json.loads(done.out)["text"] == "the wearsync app is off Bangle.js 1234"
    assert desk.calls == [
        PairParams(name="W", driver="banglejs"),
        RemoveAppParams(address=ADDRESS, driver="banglejs"),
        RemoveAppParams(),
    ]
    assert desk.answered[1].model_dump()["yes"] is True


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "name the watch with --name"),
        (("--name", "x" * 65), "at most 64 characters"),
        (("--name", "a\nb"), "no such name"),
    ],
)
def test_pair_wants_a_name(config: Path, arguments: tuple[str, ...], says: str) -> None:
    with piped(""):
        done = wearsync("pair", *arguments, "--radio", "tcp:127.0.0.1:1")
    assert done.code == 2
    assert says in done.err


def test_pair_knows_its_drivers_before_it_asks_anything(config: Path) -> None:
    done = wearsync("pair", "--driver", "bangle", "--radio", "tcp:127.0.0.1:1")
    assert done.code == 2
    assert "there is no driver 'bangle': take one of wearsync, banglejs, infinitime" in done.err


@pytest.mark.parametrize("trust", list(Trust))
async def test_trust_is_said_in_words(desk: Desk, trust: Trust) -> None:
    desk.answer = PAIRED.model_copy(update={"trust": trust})
    words = (await wearsync_beside("pair", "--name", "W", "--yes")).out
    assert f"\nTrust: {trust.value}: " in words


async def test_who_has_felt_the_buzz_need_not_be_told_of_it(desk: Desk) -> None:
    desk.answer = PAIRED.model_copy(update={"felt": True})
    assert "; you felt the test buzz." in (await wearsync_beside("pair", "--name", "W", "--yes")).out
