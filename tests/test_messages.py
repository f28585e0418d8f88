"""What a watch reports as its stored routine tells whether it is the one that it should have."""

from wearsync.messages import StoreRoutine
from wearsync.model import Routine


def test_no_two_minutes_and_routines_have_one_id() -> None:
    routines = [Routine(), Routine(rounds=3)]
    ids = {StoreRoutine(routine, minute).id for routine in routines for minute in (None, *range(1440))}
    assert len(ids) == 2 * 1441


def test_a_routine_without_a_reminder_has_its_own_id() -> None:
    assert StoreRoutine(Routine()).id == Routine().id
