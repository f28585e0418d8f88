"""Commands by MQTT: carried out, refused with a reason, or ignored; whatever is sent, the daemon goes on."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.daemon.home import Blackboard, Event, Home, at_home, until
from tests.daemon.test_pump import FixedClock
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.daemon.command_desk import CommandDesk
from wearsync.daemon.mqtt_commands import LINES_PER_MINUTE, WAITING_MAX, MqttCommands
from wearsync.model import Phase
from wearsync.ports import Incoming
from wearsync_simulators.watches.view import Face


class Dashboard:
    """Sends commands and reads the answers."""

    def __init__(self, board: Blackboard) -> None:
        self.board = board

    def send(self, **message: object) -> None:
        self.board.send("ours/command", json.dumps(message))

    @property
    def replies(self) -> list[Event]:
        return self.board.of("ours/reply")

    async def answer(self, **message: object) -> Event:
        before = len(self.replies)
        self.send(**message)
        await until(lambda: len(self.replies) > before)
        return self.replies[-1]


@in_virtual_time
async def test_session_by_mqtt(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        board = Blackboard()
        dashboard = Dashboard(board)
        async with home.daemon(publisher=board) as running:
            await running.live()
            started = await dashboard.answer(command="start", request_id="a-1")
            assert (started["request_id"], started["ok"]) == ("a-1", True)
            again = await dashboard.answer(command="start", request_id="a-2")
            assert (again["request_id"], again["ok"]) == ("a-2", False)
            assert again["reason"] == "a session is running already"
            await until(lambda: running.phase is Phase.HOLD)
            assert (await dashboard.answer(command="stop"))["ok"] is True
            await running.over()
            (session,) = board.of("ours/session")
            assert session["end"] == "ended"


@in_virtual_time
async def test_resync_by_mqtt(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        board = Blackboard()
        dashboard = Dashboard(board)
        async with home.daemon(publisher=board) as running:
            await running.start()
            await running.over()
            await until(lambda: board.of("ours/session"))
            first = board.of("ours/hold")[0]["id"]
            assert (await dashboard.answer(command="resync", since=first))["ok"] is True
            await until(lambda: len(board.of("ours/session")) == 2)
            assert board.of("ours/session")[0]["id"] == board.of("ours/session")[1]["id"]
            refused = await dashboard.answer(command="resync", since="host:nothing", request_id="r")
            assert (refused["ok"], refused["request_id"]) == (False, "r")


@in_virtual_time
async def test_what_is_wrong_is_answered_with_the_reason_or_with_silence(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        board = Blackboard()
        dashboard = Dashboard(board)
        async with home.daemon(publisher=board) as running:
            await running.live()
            board.send("ours/command", b'{"command": "start"}', retained=True)
            board.send("theirs/command", b'{"command": "start"}')
            board.send("ours/state", b'{"command": "start"}')
            board.send("/command", b"")
            for payload, reason in (
                (b"start", "not JSON"),
                (b"\xff\xfe", "not JSON"),
                (b"[]", "not a JSON object"),
                (b'{"command": "explode"}', "is not known"),
                (b'{"command": "start", "hold_s": 9}', "does not belong"),
                (b'{"command": "extra"}', "side is missing"),
                (b"x" * 2000, "at most 1024 bytes"),
            ):
                before = len(dashboard.replies)
                board.send("ours/command", payload)
                await until(lambda before=before: len(dashboard.replies) > before)  # type: ignore[misc]
                assert dashboard.replies[-1]["ok"] is False
                assert reason in str(dashboard.replies[-1]["reason"])
            assert len(dashboard.replies) == 7
            assert home.watch.view.face is Face.CLOCK


@in_virtual_time
async def test_flood_is_stopped_at_the_gate(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    async with at_home(tmp_path) as home:
        board = Blackboard()
        async with home.daemon(publisher=board) as running:
            await running.live()
            for _ in range(500):
                board.send("theirs/command", b'{"command": "buzz"}')
                board.send("ours/command", b'{"command": "buzz"}')
            await until(lambda: len(board.of("ours/reply")) == 36)
            assert sum(reply["ok"] is True for reply in board.of("ours/reply")) == 6
            await running.start()
            # One for the topic, one for the buzzing: the log has no flood.
            assert sum("command.refused" in line for line in caplog.messages) == 2
            assert len(board.of("ours/reply")) == 36


@in_virtual_time
async def test_whatever_is_sent_the_log_has_some_lines_a_minute(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    async with at_home(tmp_path) as home:
        board = Blackboard()
        async with home.daemon(publisher=board) as running:
            await running.live()
            for minute in range(1, 4):
                for number in range(50):
                    board.send("ours/command", b'{"command": "buzz", "%d": 1}' % number)
                await asyncio.sleep(60)
                lines = sum("command.refused" in line for line in caplog.messages)
                assert lines == minute * LINES_PER_MINUTE
            assert board.of("health")[-1]["commands_refused"] == 150


@given(payloads=st.lists(st.binary(max_size=60) | st.text(max_size=60).map(str.encode), max_size=20))
@settings(max_examples=50)
def test_no_message_breaks_it(payloads: list[bytes]) -> None:
    said: list[str] = []
    commands = MqttCommands(
        find=lambda slug: None,
        commands=CommandDesk(),
        resync=lambda since: nothing(),
        clock=FixedClock(),
        answer=lambda topic, payload: said.append(topic),
    )
    for payload in payloads:
        commands.received(Incoming(payload.decode(errors="replace"), payload, retained=False))
    assert said == []


async def nothing() -> int:
    return 0


@in_virtual_time
async def test_more_than_can_wait_are_told_so(tmp_path: Path) -> None:
    """Nobody carries them out here: the daemon has ended."""
    async with at_home(tmp_path) as home:
        async with home.daemon() as running:
            task = running.task
        said: list[str] = []
        now = iter(range(0, 10**9, 30_000))
        commands = MqttCommands(
            find=lambda slug: task,
            commands=CommandDesk(),
            resync=lambda since: nothing(),
            clock=Sundial(home, lambda: next(now)),
            answer=lambda topic, payload: said.append(payload),
        )
        for _ in range(WAITING_MAX + 1):
            commands.received(Incoming("ours/command", b'{"command": "stop"}', retained=False))
        (refusal,) = said
        assert "too many commands are waiting" in refusal


class Sundial:
    """A clock that goes on by a step at each look."""

    def __init__(self, home: Home, host_ms: Callable[[], int]) -> None:
        self._clock = home.clock()
        self._host_ms = host_ms
        self.zone = self._clock.zone

    def now(self):
        return self._clock.at(self._host_ms())

    def at(self, host_ms: int, error_ms: int = 0):
        return self._clock.at(host_ms, error_ms)


@in_virtual_time
async def test_what_the_doctor_tries_is_no_command(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    async with at_home(tmp_path) as home:
        board = Blackboard()
        async with home.daemon(publisher=board) as running:
            await running.live()
            board.send(".doctor/command", "1a2b")
            board.send("nobody/command", "1a2b")
            await until(lambda: any("command.refused" in line for line in caplog.messages))
            refused = [line for line in caplog.messages if "command.refused" in line]
            assert len(refused) == 1
            assert "nobody" in refused[0]
