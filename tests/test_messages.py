"""A watch's word on its stored routine tells whether it is the right one; no message shows a key."""

from wearsync.daemon.pairing.ceremony import KnownKey
from wearsync.drivers.base import SessionOptions
from wearsync.messages import Pair, StoreRoutine
from wearsync.model import Routine


def test_no_two_minutes_and_routines_have_one_id() -> None:
    routines = [Routine(), Routine(rounds=3)]
    ids = {StoreRoutine(routine, minute).id for routine in routines for minute in (None, *range(1440))}
    assert len(ids) == 2 * 1441


def test_a_routine_without_a_reminder_has_its_own_id() -> None:
    assert StoreRoutine(Routine()).id == Routine().id


def test_a_key_is_in_no_words_about_what_carries_it() -> None:
    """A driver of another package that does not know a message quotes it in its error, and that is logged."""
    key = bytes(range(32))
    for carrier in (Pair(key), KnownKey("ab", key), SessionOptions(keys={"ab": key}, watch_id="ab")):
        assert "key=" not in repr(carrier)
        assert repr(key)[2:12] not in repr(carrier)
