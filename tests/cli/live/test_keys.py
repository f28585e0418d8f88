"""A key is a verb; what only looks like keys is nothing."""

from wearsync.cli.live.keys import ALL, BEFORE, NEXT, Wish, offered, pressed, wish
from wearsync.model import Phase, Verb


def test_each_character_is_a_key() -> None:
    assert list(pressed("sp")) == ["s", "p"]
    assert list(pressed(f"{NEXT}{BEFORE}")) == [NEXT, BEFORE]


def test_arrows_and_the_like_are_no_keys() -> None:
    for sequence in ("\x1b[A", "\x1bOP", "\x1b[3~", "\x1b[1;5C", "\x1b", "\x1b[1;", "\x1bx"):
        assert list(pressed(sequence)) == []
    assert list(pressed("\x1b[As")) == ["s"]


def test_a_paste_ends_nobody_s_session() -> None:
    assert list(pressed("stop the box")) == []


def test_keys_are_the_verbs_of_the_command_line() -> None:
    found = {key: wish(key, Phase.HOLD, away=False) for key in "spkbxzva"}
    assert {key: each and each.verb.value for key, each in found.items()} == {
        "s": "start",
        "p": "pause",
        "k": "skip",
        "b": "back",
        "x": "stop",
        "z": "snooze",
        "v": "buzz",
        "a": "away",
    }
    assert wish("p", Phase.PAUSED, away=False) == Wish(Verb.RESUME)
    assert wish("a", Phase.IDLE, away=True) == Wish(Verb.AWAY, away=False)
    assert wish("S", Phase.IDLE, away=False) is None


def test_what_is_offered_makes_sense_and_is_in_the_help() -> None:
    known = {key for key, _ in ALL}
    for phase in Phase:
        keys = [key for key, _ in offered(phase, several=True, away=False)]
        assert keys[-2:] == ["?", "q"]
        assert set(keys) <= known
        assert ("x" in keys) == (phase not in (Phase.IDLE, Phase.CLOSING))
    assert ("p", "resume") in offered(Phase.PAUSED, several=False, away=False)
    assert ("a", "back again") in offered(Phase.IDLE, several=False, away=True)
    assert "tab" not in dict(offered(Phase.IDLE, several=False, away=False))
