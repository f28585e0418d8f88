"""A wearer's day: drawn whole, in order, and different each day."""

import tomllib
from random import Random

from wearsync.model import Routine
from wearsync_simulators.world.people import LAST_START_S, ROUTINE, STEPS, day

DAYS = 200


def test_appointments_are_in_order_and_within_the_day():
    random = Random(1)
    for _ in range(DAYS):
        appointments, walks = day(random)
        starts = [appointment.at_s for appointment in appointments]
        assert starts == sorted(starts)
        assert 0 <= starts[0] <= starts[-1] <= LAST_START_S
        assert [walk.at_s for walk in walks] == sorted(walk.at_s for walk in walks)


def test_every_way_to_start_and_every_kind_of_day_is_met():
    random = Random(1)
    days = [day(random) for _ in range(DAYS)]
    assert {appointment.how for appointments, _ in days for appointment in appointments} == {
        "cli",
        "mqtt",
        "watch",
    }
    assert {len(appointments) for appointments, _ in days} == {2, 3, 4, 5}
    assert any(appointment.deeds for appointments, _ in days for appointment in appointments)
    assert any(not walks for _, walks in days)


def test_one_seed_is_one_life():
    assert [day(Random(5)) for _ in range(3)] == [day(Random(5)) for _ in range(3)]


def test_steps_are_those_of_the_routine():
    assert Routine.model_validate(tomllib.loads(ROUTINE)["routine"]).steps == STEPS
