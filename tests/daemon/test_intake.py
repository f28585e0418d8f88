"""Records taken in: order, cursor, gaps and stamps, whatever the watch writes into them."""

import asyncio
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wearsync.coordinator.events import Input
from wearsync.coordinator.state import WatchState
from wearsync.daemon.boots import BootClocks
from wearsync.daemon.clock import HostClock
from wearsync.daemon.intake import Taken, take_in
from wearsync.daemon.turn import Fact, take
from wearsync.journal.store import SqliteJournal
from wearsync.messages import (
    BatteryLevel,
    Booted,
    ClockSampled,
    ClockSet,
    CueAcked,
    HoldStarted,
    HoldStopped,
    Record,
    RecordBody,
    RecordsArrived,
    RecordsLost,
    SessionEnded,
    WornChanged,
)
from wearsync.model import (
    AckResult,
    CueFate,
    HoldResult,
    HoldSource,
    RecordKey,
    SessionEnd,
    SessionResult,
    SessionSource,
    Side,
    StopReason,
    Variant,
)
from wearsync.ports import Commit, OutboxRow, Position
from wearsync.publish import events

WATCH = "a1" * 16
EMPTY = Commit(watch_id=WATCH, wearer="you")
AT_5 = Position("7", 5, 7, 0, "known")
U32 = st.integers(0, 2**32 - 1)
I64_MS = st.integers(-(2**63) // 1000, 2**63 // 1000)


def clock_at(unix_s: float = 1.78e9) -> HostClock:
    return HostClock(loop_time=lambda: 10.0, wall=lambda: unix_s, zone=UTC)


def worn(seq: int) -> Record:
    return Record(seq, 3, 1000 * seq, WornChanged(seq % 2 == 0), bytes([seq % 256]))


def taken(*messages: RecordsArrived | RecordsLost, live: bool = False) -> Taken:
    boots = BootClocks()
    clock = clock_at()
    boots.sampled(ClockSampled(3, clock.now().host_ms - 100_000, 4, None))
    return take_in(messages, commit=EMPTY, position=AT_5, boots=boots, clock=clock, live=live)


def test_records_are_in_the_commit_in_order_with_cursor_and_stamp() -> None:
    found = taken(RecordsArrived((worn(5), worn(6))), RecordsArrived((worn(7),)), live=True)
    assert [stored.record.seq for stored in found.commit.records] == [5, 6, 7]
    assert (found.commit.journal, found.commit.cursor, found.commit.gaps) == ("7", 8, ())
    assert found.position == Position("7", 8, 7, 0, "known")
    assert [event.key for event in found.events] == [RecordKey(WATCH, "7", seq) for seq in (5, 6, 7)]
    assert all(event.live for event in found.events)
    assert [stored.stamp for stored in found.commit.records] == [event.at for event in found.events]
    assert found.events[1].at.host_ms - found.events[0].at.host_ms == 1000


def test_a_gap_stands_where_it_is() -> None:
    found = taken(RecordsLost(5, 9), RecordsArrived((worn(9),)), RecordsLost(10, 12))
    assert found.commit.gaps == ((5, 9), (10, 12))
    assert [stored.record.seq for stored in found.commit.records] == [9]
    assert found.commit.cursor == found.position.cursor == 12


bodies = st.one_of(
    st.builds(Booted, st.just("reset"), st.none() | I64_MS),
    st.builds(
        HoldStarted,
        U32,
        st.integers(0, 255),
        st.sampled_from(Side),
        st.sampled_from(Variant),
        st.integers(0, 255),
        st.integers(0, 255),
        st.sampled_from(HoldSource),
        U32,
    ),
    st.builds(HoldStopped, U32, st.integers(0, 255), st.sampled_from(StopReason), U32),
    st.builds(SessionEnded, U32, st.sampled_from(SessionEnd), st.sampled_from(SessionSource)),
    st.builds(CueAcked, U32, st.sampled_from(AckResult), U32, st.integers(0, 2**16 - 1)),
    st.builds(ClockSet, I64_MS, I64_MS),
    st.builds(BatteryLevel, st.integers(0, 100), st.booleans()),
)


def row_of(fact: Fact) -> OutboxRow | None:
    """Everything, as it is told."""
    match fact:
        case HoldResult():
            text: str | None = events.hold(fact, wearer="you", publish_pain=True)
        case SessionResult():
            text = events.session(fact, wearer="you")
        case CueFate():
            text = events.cue(fact, wearer="you")
        case _:
            text = events.alert(fact, wearer="you", publish_pain=True)
    return None if text is None else OutboxRow(fact.event_id, "ours/event", text, 0)


@pytest.mark.parametrize("unix_s", [0.0, 1.78e9, 4.3e9, 2.5e11], ids=["1970", "2026", "2106", "9892"])
def test_stamps_that_make_no_sense_crash_no_turn(unix_s: float, tmp_path: Path) -> None:
    """Ticks, boots and clocks of the watch and of this machine: whatever fits into their fields. And the
    journal takes what comes of it.
    """
    clock = clock_at(unix_s)
    commits: list[Commit] = []

    @settings(max_examples=60)
    @given(
        found=st.lists(st.tuples(U32, U32, bodies), min_size=1, max_size=8),
        sample=st.none() | st.tuples(U32, U32, I64_MS),
    )
    def turn(found: list[tuple[int, int, RecordBody]], sample: tuple[int, int, int] | None) -> None:
        boots = BootClocks()
        if sample is not None:
            boot, tick_ms, watch_unix_ms = sample
            boots.sampled(ClockSampled(boot, clock.now().host_ms - tick_ms, 4, watch_unix_ms))
        records = tuple(
            Record(seq, boot, tick_ms, body, bytes([len(commits) % 256]))
            for seq, (boot, tick_ms, body) in enumerate(found, start=5)
        )
        arrived = take_in(
            [RecordsArrived(records)], commit=EMPTY, position=AT_5, boots=boots, clock=clock, live=False
        )
        inputs = [Input(event, clock.now(), 1) for event in arrived.events]
        commits.append(take(WatchState(), inputs, commit=arrived.commit, event_row=row_of).commit)

    async def kept() -> None:
        async with await SqliteJournal.open(tmp_path / "journal.sqlite", inline=True) as journal:
            await journal.commit(replace(EMPTY, opening=replace(AT_5, news="first")))
            for commit in commits:
                await journal.commit(commit)
            assert (await journal.position(WATCH, 7, 1, 2**31)).cursor > 5

    turn()
    asyncio.run(kept())
