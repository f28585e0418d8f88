"""Which watch is meant, when several are there, or none."""

import pytest

from wearsync.daemon.pairing.candidates import candidates, meant, too_many
from wearsync.drivers import DRIVERS
from wearsync.errors import TryAgain, UsageError
from wearsync.ports import Sighting

SERVICE = "f69b0000-d1cb-4904-adda-db6c343c41a1"


def seen(name: str, number: int, byte: int | None = None) -> Sighting:
    data = {} if byte is None else {SERVICE: bytes([byte])}
    services = (SERVICE,) if name == "Sim" else ()
    return Sighting(f"C4:00:00:00:00:{number:02}", name, -40, services, data, None)


@pytest.mark.parametrize(
    ("there", "chosen"),
    [
        ([seen("Sim", 1, 1), seen("InfiniTime", 2)], 1),
        ([seen("Sim", 1, 0), seen("InfiniTime", 2)], 2),
        ([seen("Sim", 1, 0), seen("Bangle.js 1", 2), seen("Bangle.js 2", 3, 1)], 3),
        ([seen("InfiniTime", 2), seen("InfiniTime", 9)], 2),
        ([seen("InfiniTime", 9)], 9),
    ],
    ids=["pairing mode first", "who does not tell", "the app tells", "strangers first", "ours again"],
)
def test_who_is_meant_when_nobody_is_named(there: list[Sighting], chosen: int) -> None:
    (choice,) = meant(candidates(there, DRIVERS), None, ours={seen("", 9).address.lower()})
    assert choice.sighting in there
    assert choice.sighting.address == seen("", chosen).address


def test_several_that_do_not_tell_are_asked_for_by_name() -> None:
    watches = candidates([seen("InfiniTime", 1), seen("Bangle.js 1", 2)], DRIVERS)
    assert meant(watches, None) == watches
    with pytest.raises(UsageError, match=r"more than one watch could be meant: .*:01.*:02.*--address"):
        raise too_many(watches)
    assert [each.driver.name for each in meant(watches, "c4:00:00:00:00:02")] == ["banglejs"]


def test_several_in_pairing_mode_are_all_meant_and_a_list_says_so() -> None:
    watches = candidates([seen("Sim", 1, 1), seen("Sim", 2, 0), seen("Sim", 3, 1)], DRIVERS)
    them = meant(watches, None)
    assert [each.line({"c4:00:00:00:00:01": "Blue"}) for each in them] == [
        "Sim · C4:00:00:00:00:01 · -40 dBm · in pairing mode · yours: Blue",
        "Sim · C4:00:00:00:00:03 · -40 dBm · in pairing mode",
    ]
    assert watches[1].line({}) == "Sim · C4:00:00:00:00:02 · -40 dBm"
    assert "more than one watch is in pairing mode: " in str(too_many(them))


def test_app_that_is_not_in_pairing_mode_is_told_so() -> None:
    with pytest.raises(TryAgain, match=r"Bangle\.js 1 is there, but not in pairing mode"):
        meant(candidates([seen("Bangle.js 1", 2, 0)], DRIVERS), None)


def test_who_has_a_watch_is_reminded_that_the_daemon_may_be_connected_to_it() -> None:
    with pytest.raises(TryAgain) as without:
        meant((), None)
    with pytest.raises(TryAgain) as with_one:
        meant((), None, ours={"c4:00:00:00:00:02"})
    assert "your daemon" not in str(without.value)
    assert str(with_one.value).startswith(str(without.value))
    assert "your daemon is connected to" in str(with_one.value)


def test_what_is_no_watch_of_ours_is_not_chosen() -> None:
    lamp = Sighting("C4:00:00:00:00:01", "Lamp", -40, ("0000180f-0000-1000-8000-00805f9b34fb",), {}, None)
    watches = candidates([lamp], DRIVERS)
    with pytest.raises(TryAgain, match="no watch is in range"):
        meant(watches, None)
    with pytest.raises(TryAgain, match="no watch at"):
        meant(watches, lamp.address)
