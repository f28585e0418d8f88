"""Events that are lost, changed, told too early, or told and not stored."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.simulators.world.evening import Evening, texts
from wearsync_simulators.world.delivery import delivered, in_order
from wearsync_simulators.world.subscriber import Heard, Subscriber


def told(events: Mapping[str, Heard]) -> Subscriber:
    subscriber = Subscriber()
    for heard in events.values():
        subscriber.hears(heard.topic, heard.payload, heard.at_s)
    return subscriber


def found(
    evening: Evening, path: Path | None = None, subscriber: Subscriber | None = None, *, healed: bool = True
):
    books = replace(evening, path=path or evening.path).books
    return texts(delivered(books, subscriber or evening.subscriber, healed=healed))


def without(evening: Evening, event_id: str) -> Subscriber:
    return told({other: heard for other, heard in evening.subscriber.heard.items() if other != event_id})


def test_a_good_evening(evening: Evening) -> None:
    assert found(evening) == []


@pytest.mark.parametrize("table", ["holds", "sessions"])
def test_a_result_without_an_event(evening: Evening, tmp_path: Path, table: str) -> None:
    path = evening.planted(
        tmp_path, f"DELETE FROM outbox WHERE event_id = (SELECT event_id FROM {table} LIMIT 1)"
    )
    results = evening.books.holds if table == "holds" else evening.books.sessions
    lines = found(evening, path)
    assert f"I4: result {results[0].event_id} has no event" in lines
    assert f"I4: event {results[0].event_id} was told, and is not stored" in lines
    assert len(lines) == 2


def test_an_event_that_never_came(evening: Evening) -> None:
    gone = evening.books.holds[0].event_id
    assert found(evening, None, without(evening, gone)) == [f"I4: event {gone} is sent, and never came"]
    assert found(evening, None, without(evening, gone), healed=False) == [
        f"I4: event {gone} is sent, and never came"
    ]


def test_one_that_the_broker_has_lost_comes_again_before_all_is_healed(evening: Evening) -> None:
    gone = evening.books.holds[0].event_id
    subscriber = without(evening, gone)
    subscriber.refused(evening.subscriber.heard[gone].payload)
    assert found(evening, None, subscriber, healed=False) == []
    assert found(evening, None, subscriber) == [f"I4: event {gone} is sent, and never came"]


@pytest.mark.parametrize("state", ["waiting", "parked"])
def test_what_waits_is_not_lost_but_must_not_wait_for_ever(
    evening: Evening, tmp_path: Path, state: str
) -> None:
    gone = evening.books.events[0].event_id
    path = evening.planted(tmp_path, f"UPDATE outbox SET state = '{state}' WHERE event_id = '{gone}'")
    subscriber = without(evening, gone)
    assert found(evening, path, subscriber, healed=False) == []
    assert found(evening, path, subscriber) == [f"I4: event {gone} is {state} after the healing"]


def test_what_was_pruned_is_gone_unless_it_was_never_sent(evening: Evening, tmp_path: Path) -> None:
    gone = evening.books.events[0].event_id
    pruned = f"UPDATE outbox SET state = 'pruned', topic = '', payload = '' WHERE event_id = '{gone}'"
    subscriber = without(evening, gone)
    path = evening.planted(tmp_path, pruned)
    assert found(evening, path) == []
    assert found(evening, path, subscriber) == [f"I4: event {gone} is pruned, and never came"]
    path = evening.planted(tmp_path, pruned, f"UPDATE outbox SET sent_ms = NULL WHERE event_id = '{gone}'")
    assert found(evening, path, subscriber) == []


def test_an_event_that_is_not_stored(evening: Evening) -> None:
    subscriber = told(evening.subscriber.heard)
    subscriber.hears("ours/hold", '{"id": "w:1:999:hold"}', 1.0)
    assert found(evening, None, subscriber) == ["I4: event w:1:999:hold was told, and is not stored"]
    assert texts(delivered(evening.books, subscriber, healed=True, restored=True)) == []


def test_another_content(evening: Evening, tmp_path: Path) -> None:
    hold = evening.books.holds[0].event_id
    path = evening.planted(
        tmp_path, f"UPDATE outbox SET payload = replace(payload, '30.0', '31.0') WHERE event_id = '{hold}'"
    )
    assert found(evening, path) == [f"I4: event {hold} came with another content"]


def test_replayed_may_be_added_on_the_way(evening: Evening, tmp_path: Path) -> None:
    path = evening.planted(
        tmp_path, """UPDATE outbox SET payload = replace(payload, '"replayed":false', '"replayed":true')"""
    )
    assert found(evening, path) == []


def test_another_topic_is_another_content(evening: Evening) -> None:
    subscriber = told({})
    for heard in evening.subscriber.heard.values():
        subscriber.hears(f"else/{heard.topic.rpartition('/')[2]}", heard.payload, heard.at_s)
    assert len(found(evening, None, subscriber)) == len(evening.books.events)


def test_two_contents_and_none(evening: Evening) -> None:
    hold = evening.books.holds[0].event_id
    subscriber = told(evening.subscriber.heard)
    subscriber.hears("ours/hold", f'{{"id": "{hold}", "side": "left"}}', 1.0)
    subscriber.hears("ours/hold", "{}", 1.0)
    assert found(evening, None, subscriber) == [
        f"I2: event {hold} came with two contents",
        "I4: 1 events came without an id",
    ]


def test_a_host_that_was_restored_may_date_anew_and_no_more(evening: Evening, tmp_path: Path) -> None:
    hold = evening.books.holds[0].event_id
    dated = f"""UPDATE outbox SET payload = replace(payload, '"at":"2026', '"at":"2025')
        WHERE event_id = '{hold}'"""
    sided = f"UPDATE outbox SET payload = replace(payload, 'left', 'right') WHERE event_id = '{hold}'"
    for statement, sound in ((dated, True), (sided, False)):
        books = replace(evening, path=evening.planted(tmp_path, statement)).books
        lines = texts(delivered(books, evening.subscriber, healed=True, restored=True))
        assert lines == ([] if sound else [f"I4: event {hold} came with another content"])
        assert texts(delivered(books, evening.subscriber, healed=True)) == [
            f"I4: event {hold} came with another content"
        ]


def test_a_copy_on_another_topic(evening: Evening) -> None:
    hold = evening.books.holds[0].event_id
    subscriber = told(evening.subscriber.heard)
    subscriber.hears("else/hold", subscriber.heard[hold].payload, 1.0)
    assert found(evening, None, subscriber) == [f"I2: event {hold} came with two contents"]


def test_the_same_event_dated_twice(evening: Evening) -> None:
    hold = evening.books.holds[0].event_id
    subscriber = told(evening.subscriber.heard)
    heard = subscriber.heard[hold]
    subscriber.hears(heard.topic, heard.payload.replace('"at":"2026', '"at":"2025'), 1.0)
    assert texts(delivered(evening.books, subscriber, healed=True, restored=True)) == []
    assert texts(delivered(evening.books, subscriber, healed=True)) == [
        f"I2: event {hold} came with two contents"
    ]


class TestOrder:
    def test_a_good_evening(self, evening: Evening) -> None:
        assert texts(in_order(evening.books, evening.subscriber.seen)) == []

    def test_a_later_one_first(self, evening: Evening) -> None:
        first, second, *others = evening.subscriber.seen
        seen = (second, first, *others)
        assert texts(in_order(evening.books, seen)) == [
            f"I4: event {first} came after one that was stored later"
        ]
        assert texts(in_order(evening.books, seen, before={second})) == []
        assert len(texts(in_order(evening.books, seen, before=set(others)))) == 1

    def test_what_is_not_stored_has_no_place(self, evening: Evening) -> None:
        assert texts(in_order(evening.books, ("x", *evening.subscriber.seen))) == []
