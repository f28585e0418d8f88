"""The journal's thread: order, outcomes, who gave up waiting, and its end."""

import asyncio
import threading
from functools import partial

import pytest

from wearsync.journal.thread import JournalThread


async def test_calls_are_run_one_after_the_other_in_a_thread_of_their_own() -> None:
    thread, ran = JournalThread(), list[tuple[int, str]]()

    def note(number: int) -> None:
        ran.append((number, threading.current_thread().name))

    await asyncio.gather(*(thread.give(partial(note, number)) for number in range(50)))
    assert ran == [(number, "journal") for number in range(50)]
    thread.end()


async def test_what_a_call_raises_comes_to_who_waits_and_the_next_is_run() -> None:
    thread = JournalThread()
    bad, good = thread.give(lambda: 1 // 0), thread.give(lambda: "next")
    with pytest.raises(ZeroDivisionError):
        await bad
    assert await good == "next"
    thread.end()


async def test_a_call_whose_turn_had_not_come_is_not_run_when_nobody_waits_any_more() -> None:
    thread, gate, ran = JournalThread(), threading.Event(), list[str]()
    first = thread.give(gate.wait)
    second = thread.give(lambda: ran.append("second"))
    third = thread.give(lambda: ran.append("third"))
    second.cancel()
    gate.set()
    await asyncio.gather(first, third)
    assert ran == ["third"]
    thread.end()


async def test_a_call_that_is_under_way_ends_also_when_nobody_waits_any_more() -> None:
    thread, begun, gate, ran = JournalThread(), threading.Event(), threading.Event(), list[str]()

    def work() -> None:
        begun.set()
        gate.wait()
        ran.append("whole")

    under_way = thread.give(work)
    await asyncio.to_thread(begun.wait)
    under_way.cancel()
    gate.set()
    await thread.give(lambda: None)
    assert ran == ["whole"]
    thread.end()


async def test_it_is_seen_to_work_and_to_have_ended_a_call() -> None:
    thread, gate = JournalThread(), threading.Event()
    before = thread.progress
    call = thread.give(gate.wait)
    assert (before.busy, thread.progress.busy) == (False, True)
    gate.set()
    await call
    assert not thread.progress.busy
    assert thread.progress.steps > before.steps
    thread.end()


def test_a_call_outlives_a_loop_that_was_closed() -> None:
    gate, ran = threading.Event(), list[str]()

    def work() -> None:
        gate.wait()
        ran.append("ran")

    async def leaves() -> JournalThread:
        thread = JournalThread()
        thread.give(work)
        return thread

    async def waits(thread: JournalThread) -> None:
        await thread.give(lambda: None)

    thread = asyncio.run(leaves())
    gate.set()
    asyncio.run(waits(thread))
    assert ran == ["ran"]
    thread.end()
