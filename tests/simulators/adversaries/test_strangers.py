"""What strangers say, frame by frame."""

from random import Random

from wearsync_simulators.adversaries.strangers import (
    Answers,
    Flood,
    Guess,
    Reflect,
    Replay,
    forged_records,
    forged_session,
)
from wearsync_simulators.watches.records import read_records

HELLO, PROVE, START, PING = b"\x01h", b"\x02p", b"\x03s", b"\x0a"


def test_a_replay_answers_each_frame_with_what_was_said_then() -> None:
    replay = Replay([b"challenge", b"ready", b"records", b"pong"])
    said = [replay.heard(frame) for frame in (HELLO, PROVE, PING, START)]
    assert said == [(b"challenge",), (b"ready",), (), (b"records", b"pong")]
    assert len(Replay([b"a", b"b", b"c"], all_at_once=True).heard(HELLO)) == 3


def test_others_answer_what_they_are_for() -> None:
    assert Answers(b"a").heard(HELLO) == (b"a",)
    assert Answers(b"a").heard(PROVE) == ()
    assert Reflect().heard(HELLO) == (HELLO,)
    assert Reflect(as_up=True).heard(HELLO) == (b"\x81h",)
    flood = Flood(lambda number: bytes([number]), 3)
    assert flood.heard(HELLO) == [b"\x00", b"\x01", b"\x02"]
    assert flood.sent == 3


def test_guesses_are_challenges_with_proofs_out_of_the_air() -> None:
    guess = Guess(b"w" * 16, Random(1), guesses=2)
    one, two = guess.heard(HELLO)
    assert one[:18] == two[:18] == b"\x81\x01" + b"w" * 16
    assert len(one) == 50
    assert one != two
    assert guess.heard(PROVE) == ()


def test_what_is_forged_is_well_formed_but_for_its_tag() -> None:
    tagged, bare = forged_session(tagged=True), forged_session(tagged=False)
    assert [frame[0] for frame in bare] == [0x82, 0x83, 0x85, 0x84, 0x8F]
    assert [frame + bytes(8) for frame in bare] == tagged
    assert [each.seq for each in read_records(forged_records(4, 5)[1:-8])] == [4, 5]
