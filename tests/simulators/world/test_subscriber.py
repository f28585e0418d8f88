"""The durable subscriber: by id, whatever comes twice; and what it is missing."""

import json

from wearsync_simulators.world.subscriber import Heard, Subscriber, content


def told(event_id: str, **more: object) -> str:
    return json.dumps({"id": event_id, "replayed": False, **more})


class TestHearing:
    def test_counts_copies_and_keeps_the_first(self) -> None:
        subscriber = Subscriber()
        subscriber.hears("w/hold", told("a", measured_s=30), 1.0)
        subscriber.hears("w/hold", told("a", measured_s=30, replayed=True), 2.0)
        assert subscriber.heard == {"a": Heard("w/hold", told("a", measured_s=30), 1.0, times=2)}
        assert subscriber.duplicates == 1

    def test_keeps_other_contents_under_one_id_but_not_all_of_them(self) -> None:
        subscriber = Subscriber()
        for measured_s in range(10):
            subscriber.hears("w/hold", told("a", measured_s=measured_s), 1.0)
        assert subscriber.heard["a"].others == tuple(
            ("w/hold", told("a", measured_s=other)) for other in (1, 2, 3)
        )

    def test_another_topic_is_another_content(self) -> None:
        subscriber = Subscriber()
        subscriber.hears("w/hold", told("a"), 1.0)
        subscriber.hears("v/hold", told("a"), 1.0)
        assert subscriber.heard["a"].others == (("v/hold", told("a")),)

    def test_counts_what_has_no_id(self) -> None:
        subscriber = Subscriber()
        for payload in ("", "[]", "not JSON", '{"id": 5}', "{}"):
            subscriber.hears("w/hold", payload, 1.0)
        assert subscriber.nameless == 5
        assert not subscriber.heard


class TestMissing:
    def test_what_was_refused_until_it_comes(self) -> None:
        subscriber = Subscriber()
        subscriber.hears("w/cue", told("a"), 1.0)
        subscriber.refused(told("b"))
        subscriber.hears("w/cue", told("c"), 2.0)
        assert subscriber.missing == ("b",)
        assert subscriber.lost_since() == "a"
        subscriber.hears("w/cue", told("b"), 3.0)
        assert not subscriber.missing
        assert subscriber.lost_since() == "c"

    def test_what_was_forgotten_the_order_being_that_of_the_outbox(self) -> None:
        subscriber = Subscriber()
        subscriber.hears("w/cue", told("a"), 1.0)
        subscriber.refused(told("b"))
        subscriber.hears("w/cue", told("c"), 2.0)
        subscriber.hears("w/cue", told("b"), 9.0)  # late: after `resync`
        assert subscriber.forget(9.0) == 1
        assert subscriber.missing == ("b",)
        assert subscriber.lost_since() == "a"

    def test_nothing_is_from_before_it(self) -> None:
        subscriber = Subscriber()
        subscriber.hears("w/cue", told("a"), 1.0)
        subscriber.forget(0.0)
        assert subscriber.lost_since() is None


def test_content_is_without_what_may_be_added_on_the_way() -> None:
    assert content(told("a", side="left")) == {"id": "a", "side": "left"}
    assert content("null") == {}
