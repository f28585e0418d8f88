"""Ids from the seed, and words that a watch which is not live does not get."""

from dataclasses import replace
from uuid import UUID

from tests.coordinator.story import START
from wearsync.alert_codes import AlertCode
from wearsync.coordinator.draft import Draft
from wearsync.coordinator.effects import Alerted, ToWatch
from wearsync.coordinator.state import WatchState
from wearsync.messages import Goodbye
from wearsync.model import RecordKey, Severity

TURN = Draft(WatchState(), START, seed=1)
KEY = RecordKey("f00d", "1.2", 9)


def test_ids_are_drawn_in_order_and_from_the_seed_alone() -> None:
    draft, first = TURN.draw()
    draft, second = draft.draw()
    _, again = TURN.draw()
    _, other = replace(TURN, seed=2).draw()
    assert first == again
    assert len({first, second, other}) == 3
    assert all(0 < drawn < 2**32 for drawn in (first, second, other))


def test_an_event_is_named_after_its_record_or_has_an_id_of_the_host_s() -> None:
    assert TURN.event_id(KEY, "hold") == (TURN, "f00d:1.2:9:hold")
    draft, event_id = TURN.event_id(None, "hold")
    kind, _, uuid = event_id.partition(":")
    assert (kind, UUID(uuid).version) == ("host", 4)
    assert draft.event_id(None, "hold")[1] != event_id


def test_only_a_live_watch_is_told() -> None:
    live = Draft(WatchState(live=True), START, seed=1)
    assert TURN.tell(Goodbye()).effects == ()
    assert live.tell(Goodbye()).tell(Goodbye()).effects == (ToWatch(Goodbye()), ToWatch(Goodbye()))


def test_alerts_of_one_record_differ_by_their_code() -> None:
    draft = TURN.alert(AlertCode.PAIN, Severity.INFO, "x", key=KEY)
    draft = draft.alert(AlertCode.WATCH_RESTARTED, Severity.ERROR, "y", key=KEY)
    alerts = [effect.alert for effect in draft.effects if isinstance(effect, Alerted)]
    assert [alert.event_id for alert in alerts] == [
        "f00d:1.2:9:alert-pain",
        "f00d:1.2:9:alert-watch_restarted",
    ]
    assert [alert.at for alert in alerts] == [START, START]
