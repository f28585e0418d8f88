"""Topics: names from people, and the words of the contract."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wearsync.publish.topics import (
    Leaf,
    base,
    full,
    holds_of,
    of_watch,
    short,
    slug,
    summary_of,
    watch_of_command,
)

HOSTILE = [
    "#",
    "+",
    "/",
    "a/b",
    "{{ states('x') }}",
    "⌚",
    "",
    " ",
    "\x00",
    "x" * 10_000,
    "../..",
    "$SYS",
    "é",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_become_one_harmless_level(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9_-]{1,40}", slug(name))


def test_hostile_names_stay_apart() -> None:
    assert len({slug(name) for name in HOSTILE}) == len(HOSTILE)


@given(st.text())
def test_a_slug_is_one_level_and_its_own_slug(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9_-]{1,40}", slug(name))
    assert slug(slug(name)) == slug(name)


@given(st.text(max_size=60), st.text(max_size=60))
def test_names_that_differ_by_more_than_case_and_blanks_do_not_meet(one: str, other: str) -> None:
    def folded(name: str) -> str:
        return re.sub(r"\s+", "-", name.strip().lower())

    assert (slug(one) == slug(other)) <= (folded(one) == folded(other) or one == other)


@pytest.mark.parametrize(
    ("name", "level"), [("W", "w"), ("Anna left wrist", "anna-left-wrist"), ("a_b-9", "a_b-9")]
)
def test_ordinary_names_stay_readable(name: str, level: str) -> None:
    assert slug(name) == level


@pytest.mark.parametrize("name", ["status", "info", "health", "wearer", "Status"])
def test_a_watch_does_not_take_the_daemons_own_topics(name: str) -> None:
    assert slug(name).startswith(f"{name.lower()}-")


@pytest.mark.parametrize(
    ("known", "brokers"),
    [
        ("w/state", "wearsync/home/w/state"),
        ("/homeassistant/status", "homeassistant/status"),
        ("/wearsync/office/status", "wearsync/office/status"),
    ],
)
def test_a_topic_elsewhere_begins_with_a_slash(known: str, brokers: str) -> None:
    assert full("wearsync/home", known) == brokers
    assert short("wearsync/home", brokers) == known


def test_topics_are_those_of_the_contract() -> None:
    assert base("Home") == "wearsync/home"
    assert of_watch("W", Leaf.STATE) == "w/state"
    assert summary_of("Anna") == "wearer/anna/summary"
    assert holds_of("Anna") == "wearer/anna/hold"


@pytest.mark.parametrize(
    ("topic", "watch"),
    [("w/command", "w"), ("w/state", None), ("command", None), ("/command", None), ("a/b/command", None)],
)
def test_a_command_topic_names_its_watch(topic: str, watch: str | None) -> None:
    assert watch_of_command(topic) == watch
