"""Findings become checks: texts filled in, on one line, and nothing that a terminal would obey."""

from wearsync.doctor.check import Finding, Status, anchor

LOW = Finding(
    name="battery_low",
    check="watch",
    status=Status.WARN,
    says="{watch}: {percent} % left",
    why="it sleeps at {percent} %",
    fix="charge {watch}",
    symptom="The watch's battery is low",
)


def test_the_values_stand_in_all_texts() -> None:
    check = LOW.told(about="Anna's", percent=7)
    assert check.model_dump(mode="json") == {
        "name": "watch",
        "finding": "battery_low",
        "about": "Anna's",
        "status": "warn",
        "says": "Anna's: 7 % left",
        "why": "it sleeps at 7 %",
        "fix": "charge Anna's",
        "doc": "the-watchs-battery-is-low",
    }


def test_a_hostile_name_is_text_on_one_line() -> None:
    check = LOW.told(about="\x1b[2Jx\ny{percent}" + "z" * 500, percent="{0}")
    assert check.says.startswith("?[2Jx y{percent}zz")
    assert check.says.endswith("…: {0} % left")
    assert len(check.about) < 250


def test_what_has_no_symptom_has_no_section() -> None:
    assert anchor("") == ""
    assert anchor("D-Bus: it's gone!") == "d-bus-its-gone"
