"""Each verb as it reaches the daemon, and the daemon's answer as it reaches the person."""

import json

import pytest

from tests.cli.conftest import Desk
from tests.cli.console import wearsync, wearsync_beside
from wearsync.control.calls import CommandParams
from wearsync.control.results import Done
from wearsync.errors import TryAgain, UsageError
from wearsync.model import Side, Verb


@pytest.mark.parametrize(
    ("arguments", "call"),
    [
        *(
            ((verb,), CommandParams(verb=Verb(verb)))
            for verb in ("start", "stop", "pause", "resume", "skip", "back")
        ),
        (("buzz", "--watch", "W"), CommandParams(verb=Verb.BUZZ, watch="W")),
        (("extra", "right"), CommandParams(verb=Verb.EXTRA, side=Side.RIGHT)),
        (("snooze",), CommandParams(verb=Verb.SNOOZE, minutes=10)),
        (("snooze", "60", "--watch", "W"), CommandParams(verb=Verb.SNOOZE, minutes=60, watch="W")),
        (("away",), CommandParams(verb=Verb.AWAY, away=True)),
        (("away", "--back"), CommandParams(verb=Verb.AWAY, away=False)),
        (("remind", "on"), CommandParams(verb=Verb.REMIND, on=True)),
        (("remind", "off", "--watch", "W"), CommandParams(verb=Verb.REMIND, watch="W", on=False)),
    ],
)
async def test_a_verb_reaches_the_daemon(desk: Desk, arguments: tuple[str, ...], call: CommandParams) -> None:
    desk.answer = Done(text="so be it")
    done = await wearsync_beside(*arguments)
    assert (done.code, done.out, done.err) == (0, "so be it\n", "")
    assert desk.calls == [call]


async def test_an_answer_for_programs(desk: Desk) -> None:
    desk.answer = Done(text="W: tap the watch to begin")
    done = await wearsync_beside("start", "--json")
    assert json.loads(done.out) == {"command": "start", "ok": True, "text": "W: tap the watch to begin"}


async def test_an_answer_without_words(desk: Desk) -> None:
    desk.answer = Done()
    assert (await wearsync_beside("skip")).out == "done\n"


@pytest.mark.parametrize(
    ("error", "code"), [(TryAgain("no session is running"), 75), (UsageError("which watch?"), 2)]
)
async def test_the_daemons_no_is_one_line(desk: Desk, error: TryAgain | UsageError, code: int) -> None:
    desk.answer = error
    done = await wearsync_beside("pause", "--json")
    assert (done.code, done.out, done.err) == (code, "", f"wearsync: {error}\n")


def test_without_a_daemon() -> None:
    done = wearsync("start")
    assert (done.code, done.err) == (69, "wearsync: no daemon is running: start it with `wearsync run`\n")


@pytest.mark.parametrize(
    "wrong", [("snooze", "9"), ("snooze", "20"), ("extra", "up"), ("extra",), ("start", "now")]
)
def test_what_no_verb_takes(wrong: tuple[str, ...]) -> None:
    done = wearsync(*wrong)
    assert done.code == 2
    assert done.err.count("\n") == 1
    assert f"see `wearsync {wrong[0]} --help`" in done.err
