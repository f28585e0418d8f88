"""What is under way: when it is due, what of it was answered, and what was lost."""

import asyncio

import pytest

from wearsync.daemon.flight import IN_FLIGHT, MARKED_ROWS, Flight
from wearsync.errors import BrokerUnavailable
from wearsync.ports import OutboxRow


class Broker:
    """Answers a row when it is told to."""

    def __init__(self) -> None:
        self.answers: dict[int, asyncio.Future[str | None]] = {}

    async def publish(self, row: OutboxRow) -> str | None:
        self.answers[row.row_id] = asyncio.get_running_loop().create_future()
        return await self.answers[row.row_id]


def row(number: int) -> OutboxRow:
    return OutboxRow(f"aa:1:{number}:hold", "w/hold", "{}", 0, row_id=number)


async def sent(count: int) -> tuple[Flight, Broker]:
    broker = Broker()
    flight = Flight(broker.publish)
    for number in range(1, count + 1):
        await flight.send(row(number))
    await settled()
    return flight, broker


async def settled() -> None:
    """What was answered has been heard."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_the_last_answer_makes_the_rest_due_and_a_row_is_under_way_until_it_is_settled() -> None:
    flight, broker = await sent(2)
    due = asyncio.create_task(flight.until_due())
    broker.answers[1].set_result(None)
    await settled()
    assert not due.done()
    assert [each.row_id for each, _ in flight.answered()] == [1]
    broker.answers[2].set_result("forbidden")
    await due
    answers = flight.answered()
    assert [(each.row_id, answer) for each, answer in answers] == [(1, None), (2, "forbidden")]
    assert flight.rows == {1, 2}
    flight.settled(answers)
    assert (flight.rows, flight.answered(), flight.room.is_set()) == (frozenset(), [], True)


async def test_no_more_than_a_window_is_unanswered_and_many_answers_are_due_before_the_last() -> None:
    flight, broker = await sent(IN_FLIGHT)
    due = asyncio.create_task(flight.until_due())
    for number in range(IN_FLIGHT + 1, IN_FLIGHT + MARKED_ROWS + 1):
        sending = asyncio.create_task(flight.send(row(number)))
        await settled()
        assert not sending.done()
        assert not due.done()
        broker.answers[number - IN_FLIGHT].set_result(None)
        await sending
        await settled()
    await due
    assert len(flight.answered()) == MARKED_ROWS
    await flight.land(0)


async def test_row_that_is_lost_is_raised_and_the_first_of_them_named() -> None:
    flight, broker = await sent(3)
    broker.answers[1].set_result(None)
    broker.answers[3].set_exception(BrokerUnavailable("gone"))
    with pytest.raises(BrokerUnavailable, match="gone"):
        await flight.until_due()
    await flight.land(0)
    lost = flight.lost()
    assert lost is not None
    assert lost.row_id == 2
    assert [each.row_id for each, _ in flight.answered()] == [1]


async def test_answers_on_their_way_are_waited_for() -> None:
    flight, broker = await sent(1)
    asyncio.get_running_loop().call_soon(broker.answers[1].set_result, None)
    await flight.land(10)
    assert flight.lost() is None
