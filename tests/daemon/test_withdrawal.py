"""Retained topics of a forgotten watch, where no daemon runs to take them out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from tests.daemon.home import SHORT, Blackboard, Home, at_home, until
from tests.daemon.test_compose import Refusing
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.daemon.withdrawal import PATIENCE_S, withdraw
from wearsync.errors import BrokerUnavailable
from wearsync.ports import BrokerSession
from wearsync.publish.discovery.device import topic_of_watch

DAILY = SHORT + '[reminder]\ntimes = ["23:00"]\n'


class Way:
    """The way to a broker, for errands; None: it is away."""

    def __init__(self, board: Blackboard | None) -> None:
        self._board = board

    @asynccontextmanager
    async def errand(self) -> AsyncIterator[BrokerSession]:
        if self._board is None:
            raise BrokerUnavailable("broker mqtt://nowhere is away")
        yield self._board


class Silent(Blackboard):
    """A broker that takes a connection, and acknowledges nothing."""

    async def publish(self, topic: str, payload: str, *, retain: bool, qos: int) -> str | None:
        await until(lambda: False)
        return None


async def withdrawn(home: Home, board: Blackboard | None) -> str | None:
    (watch,) = home.settings.watches
    return await withdraw(watch, settings=replace(home.settings, watches=()), publisher=Way(board))


@in_virtual_time
async def test_topics_go_and_the_wearers_day_stays_without_its_reminder(tmp_path: Path) -> None:
    async with at_home(tmp_path, config=DAILY) as home:
        board = Blackboard()
        async with home.daemon(publisher=board) as running:
            await running.live()
            await until(lambda: '"next_reminder":"2026' in board.retained.get("wearer/you/summary", ""))
        assert await withdrawn(home, board) is None
        assert board.retained["ours/state"] == board.retained["ours/availability"] == ""
        device = topic_of_watch("homeassistant", home.watch.watch_id.hex())
        assert board.retained[f"/{device}"] == ""
        assert '"next_reminder":null' in board.retained["wearer/you/summary"]


@in_virtual_time
async def test_who_still_has_a_watch_keeps_the_summary_as_it_is(tmp_path: Path) -> None:
    async with at_home(tmp_path, config="[home_assistant]\nenabled = false\n") as home:
        (watch,) = home.settings.watches
        board = Blackboard()
        other = watch.model_copy(update={"name": "Other", "id": "ab" * 16})
        left = replace(home.settings, watches=(other,))
        assert await withdraw(watch, settings=left, publisher=Way(board)) is None
        assert set(board.retained) == {"ours/state", "ours/availability"}


@in_virtual_time
async def test_broker_that_is_away_refuses_or_is_silent_is_told(tmp_path: Path) -> None:
    class Forbids(Refusing):
        async def publish(self, topic: str, payload: str, *, retain: bool, qos: int) -> str | None:
            return "not authorized" if topic.startswith("/") else None

    async with at_home(tmp_path) as home:
        assert await withdrawn(home, None) == "broker mqtt://nowhere is away"
        why = await withdrawn(home, Forbids())
        assert why is not None
        assert why.startswith("the broker refuses homeassistant/device/")
        assert why.endswith(": not authorized")
        assert await withdrawn(home, Silent()) == f"the broker did not answer within {PATIENCE_S:.0f} s"
