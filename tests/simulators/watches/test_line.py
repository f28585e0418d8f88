"""Sections 2 and 4: who is heard, who is answered, and when the watch hangs up."""

import pytest

from tests.simulators.watches.lines import Laboratory, open_line
from wearsync_simulators.watches.frames import Challenge, ErrorTold, Ping, Pong, StartAt
from wearsync_simulators.watches.line import Line, Proven, Stage
from wearsync_simulators.watches.trust import Direction, HostKey, Keyring, Tags, TranscriptProofs, key_id
from wearsync_simulators.watches.words import ErrorCode

KEY = bytes(range(100, 132))
NONCE = bytes(range(16))
HELLO = b"\x01\x01\x01" + key_id(KEY) + NONCE
PING = b"\x0a\x01\x00\x00\x00"
START = b"\x03\x01\x00\x00\x00"
EXPECTED = TranscriptProofs.of(
    key=KEY, versions=b"\x01\x01\x01", watch_id=bytes(16), host_nonce=NONCE, watch_nonce=bytes(range(16))
)
PROVE = b"\x02" + EXPECTED.host


@pytest.fixture
def lab() -> Laboratory:
    return Laboratory()


@pytest.fixture
def line(lab: Laboratory) -> Line:
    return open_line(lab, Keyring((HostKey(KEY),)))


@pytest.fixture
def proven(line: Line, lab: Laboratory) -> Line:
    line.hear(HELLO, 0)
    assert isinstance(line.hear(PROVE, 0), Proven)
    lab.said.clear()
    return line


@pytest.fixture
def down() -> Tags:
    """The tags that the host gives."""
    return Tags(EXPECTED.session_key)


def tagged(down: Tags, frame: bytes) -> bytes:
    return down.seal(frame, Direction.DOWN)


def errors(lab: Laboratory) -> list[ErrorCode]:
    return [frame.code for frame in lab.said if isinstance(frame, ErrorTold)]


def test_the_watch_says_nothing_before_hello(lab: Laboratory, line: Line) -> None:
    assert lab.said == []
    assert line.stage is Stage.SILENT


@pytest.mark.parametrize("frame", [PING, START, PROVE, b"\x05" + bytes(17), b"\x7f", b""])
def test_nothing_but_hello_is_taken_from_a_stranger(lab: Laboratory, line: Line, frame: bytes) -> None:
    assert line.hear(frame, 0) is None
    assert errors(lab) == [ErrorCode.NOT_NOW if frame else ErrorCode.MALFORMED]
    assert line.ended
    assert line.hear(HELLO, 0) is None, "nothing is heard after the end"
    assert len(lab.said) == 1


@pytest.mark.parametrize("frame", [PING, START, b"\x04\x00\x00\x00\x00", b"\x0b" + bytes(16)])
def test_nothing_but_prove_is_taken_before_the_proof(lab: Laboratory, line: Line, frame: bytes) -> None:
    line.hear(HELLO, 0)
    assert isinstance(lab.said[0], Challenge)
    assert line.hear(frame, 0) is None
    assert errors(lab) == [ErrorCode.NOT_NOW]
    assert line.ended


def test_errors_before_ready_carry_no_tag_and_later_ones_do(
    lab: Laboratory, proven: Line, down: Tags
) -> None:
    assert proven.hear(tagged(down, PING), 0) is None  # START comes first
    assert lab.sent[-1] == Tags(EXPECTED.session_key).seal(b"\x8f\x07\x0a")
    assert not proven.ended


def test_a_version_that_is_not_spoken(lab: Laboratory, line: Line) -> None:
    line.hear(b"\x01\x02\x09" + HELLO[3:], 0)
    assert errors(lab) == [ErrorCode.NO_COMMON_VERSION]
    assert line.ended


def test_the_highest_common_version_is_chosen(lab: Laboratory, line: Line) -> None:
    line.hear(b"\x01\x00\x09" + HELLO[3:], 0)
    assert isinstance(lab.said[0], Challenge)
    assert lab.said[0].version == 1


def test_a_key_that_is_not_known(lab: Laboratory, line: Line) -> None:
    line.hear(HELLO[:3] + b"what" + NONCE, 0)
    assert errors(lab) == [ErrorCode.UNKNOWN_KEY]
    assert line.ended


def test_a_malformed_prove(lab: Laboratory, line: Line) -> None:
    line.hear(HELLO, 0)
    assert line.hear(PROVE + b"x", 0) is None
    assert errors(lab) == [ErrorCode.MALFORMED]
    assert line.ended


def test_five_wrong_proofs_lock_everybody_out_for_60_s(lab: Laboratory) -> None:
    keyring = Keyring((HostKey(KEY),))
    for _ in range(5):
        line = open_line(lab, keyring)
        line.hear(HELLO, 1000)
        line.hear(b"\x02" + bytes(16), 1000)
    assert errors(lab) == [ErrorCode.WRONG_PROOF] * 5
    lab.said.clear()
    line = open_line(lab, keyring)
    line.hear(HELLO, 60_999)
    assert errors(lab) == [ErrorCode.LOCKED_OUT]
    assert line.ended
    line = open_line(lab, keyring)
    line.hear(HELLO, 61_000)
    assert isinstance(line.hear(PROVE, 61_000), Proven)


def test_a_right_proof_forgives_four_wrong_ones(lab: Laboratory) -> None:
    keyring = Keyring((HostKey(KEY),))
    for proof in [bytes(16)] * 4 + [EXPECTED.host] + [bytes(16)] * 4:
        line = open_line(lab, keyring)
        line.hear(HELLO, 0)
        line.hear(b"\x02" + proof, 0)
    line = open_line(lab, keyring)
    line.hear(HELLO, 0)
    assert isinstance(line.hear(PROVE, 0), Proven)


@pytest.mark.parametrize("deadline", ["hello", "prove", "start"])
def test_deadlines(lab: Laboratory, deadline: str) -> None:
    line = open_line(lab, Keyring((HostKey(KEY),)), tick=500)
    due = 30_500
    if deadline != "hello":
        line.hear(HELLO, 5000)
        due = 15_000
    if deadline == "start":
        line.hear(PROVE, 9000)
        due = 19_000
    assert line.due == due
    line.advance(due - 1)
    assert not line.ended
    line.advance(due)
    assert line.ended


def test_a_person_who_compares_digits_is_given_time(lab: Laboratory) -> None:
    lab.pairing.switch_on(0)
    line = open_line(lab, Keyring())
    line.advance(30_000)
    assert not line.ended
    line.advance(60_000)
    assert line.ended


def test_a_conversation(lab: Laboratory, proven: Line, down: Tags) -> None:
    assert proven.hear(tagged(down, START), 0) == StartAt(1)
    proven.started()
    assert proven.due is None
    assert proven.hear(tagged(down, PING), 0) == Ping(1)
    up = Tags(EXPECTED.session_key)
    lab.sent.clear()
    proven.say(Pong(1, 2, 3, 0))
    proven.say(Pong(1, 2, 3, 0))
    first, second = lab.sent
    assert up.unseal(first, Direction.UP) == up_again(second)
    assert first != second


def up_again(second: bytes) -> bytes | None:
    """The second frame of a session, without its tag."""
    return Tags(EXPECTED.session_key, counters={Direction.UP: 1}).unseal(second, Direction.UP)


@pytest.mark.parametrize("opcode", [0x03, 0x02])
def test_start_once_and_prove_never_again(lab: Laboratory, proven: Line, down: Tags, opcode: int) -> None:
    proven.started()
    frame = bytes([opcode]) + (bytes(16) if opcode == 0x02 else bytes(4))
    assert proven.hear(tagged(down, frame), 0) is None
    assert lab.said == [ErrorTold(ErrorCode.NOT_NOW, opcode)]
    assert not proven.ended


def test_an_unknown_opcode_is_answered_and_ignored(lab: Laboratory, proven: Line, down: Tags) -> None:
    proven.started()
    assert proven.hear(tagged(down, b"\x20later"), 0) is None
    assert lab.said == [ErrorTold(ErrorCode.UNKNOWN_OPCODE, 0x20)]
    assert proven.hear(tagged(down, PING), 0) == Ping(1)


@pytest.mark.parametrize("bit", range(8 * (len(PING) + 8)))
def test_any_flipped_bit_ends_the_connection_and_nothing_of_the_frame_is_taken(
    lab: Laboratory, proven: Line, down: Tags, bit: int
) -> None:
    proven.started()
    sealed = bytearray(tagged(down, PING))
    sealed[bit // 8] ^= 1 << bit % 8
    heard = len(lab.heard)
    assert proven.hear(bytes(sealed), 0) is None
    assert len(lab.heard) == heard
    assert proven.ended


@pytest.mark.parametrize("length", range(len(PING) + 8))
def test_any_truncated_frame_ends_the_connection(proven: Line, down: Tags, length: int) -> None:
    proven.started()
    assert proven.hear(tagged(down, PING)[:length], 0) is None
    assert proven.ended


@pytest.mark.parametrize("again", ["replayed", "out of order", "reflected"])
def test_the_counter_is_part_of_the_tag(lab: Laboratory, proven: Line, down: Tags, again: str) -> None:
    first = tagged(down, START)
    proven.hear(first, 0)
    proven.started()
    match again:
        case "replayed":
            sealed = first
        case "out of order":
            tagged(down, PING)
            sealed = tagged(down, PING)
        case _:
            proven.say(Pong(1, 2, 3, 0))
            sealed = lab.sent[-1]
    assert proven.hear(sealed, 0) is None
    assert errors(lab)[-1] is ErrorCode.WRONG_TAG
    assert proven.ended


def test_hello_resets_at_any_time(lab: Laboratory, proven: Line, down: Tags) -> None:
    proven.hear(tagged(down, START), 0)
    proven.started()
    proven.hear(HELLO, 0)
    assert proven.stage is Stage.CHALLENGED
    assert isinstance(lab.said[-1], Challenge)
    assert isinstance(proven.hear(PROVE, 0), Proven)
    assert proven.hear(tagged(Tags(EXPECTED.session_key), START), 0) == StartAt(1)


def test_an_open_watch_answers_hello_by_ready_at_once_and_has_no_tags(lab: Laboratory) -> None:
    line = open_line(lab, Keyring(), lab=True)
    assert isinstance(line.hear(HELLO, 0), Proven)
    assert line.due is None
    assert line.hear(START, 0) == StartAt(1)
    line.started()
    assert line.hear(PING, 0) == Ping(1)


@pytest.mark.parametrize(
    ("mtu", "lab_", "room"), [(72, False, 60), (247, False, 235), (517, False, 503), (247, True, 243)]
)
def test_what_a_frame_can_carry(lab: Laboratory, mtu: int, lab_: bool, room: int) -> None:
    assert open_line(lab, Keyring(), mtu=mtu, lab=lab_).room == room
