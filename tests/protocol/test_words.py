"""Words against the "Values" of the document's section 2, and against the lists in its tables of records."""

import re
from collections.abc import Iterator

import pytest

from tests.protocol.document import DOCUMENT
from wearsync.errors import ProtocolError
from wearsync.model import AckResult, CueKind, HoldSource, Phase
from wearsync.protocol import words
from wearsync.protocol.words import Words

TEXT = DOCUMENT.read_text(encoding="utf-8")


def listed(begin: str) -> Iterator[tuple[int, str]]:
    """The numbers and words that follow: `1 ready, 2 start, …`."""
    found = re.search(re.escape(begin) + r"\**`? ?\(?((?:\d+ [\w-]+(?: [a-z]+)*(?:, )?)+)", TEXT)
    assert found, begin
    for number, word in re.findall(r"(\d+) ([\w-]+(?: [a-z]+)*)", found[1]):
        yield int(number), word


@pytest.mark.parametrize(
    ("begin", "table"),
    [
        ("**side", words.SIDES),
        ("**variant", words.VARIANTS),
        ("**start", words.STARTS),
        ("**do", words.DOS),
        ("**pattern", words.PATTERNS),
        ("ERROR code", words.ERRORS),
        ("`reason u8", words.BOOT_REASONS),
        ("planned_s u8, source u8", words.HOLD_SOURCES),
        ("step u8, reason u8", words.STOP_REASONS),
        ("`source u8", words.SESSION_SOURCES),
        ("result u8", words.ACK_RESULTS),
        ("intent u8", words.INTENTS),
    ],
)
def test_words_are_the_documents(begin: str, table: Words[str]) -> None:
    found = dict(listed(begin))
    assert len(found) > 1
    for number, word in found.items():
        spelled = {word, word.replace(" ", "_")}
        assert str(table.word(number)) in spelled
        assert table.number(table.word(number)) == number
    assert max(found) + 1 not in table.numbers()
    assert set(table.numbers()) == set(found)


def test_the_watchs_done_is_the_hosts_closing() -> None:
    document = dict(listed("**phase"))
    assert document.pop(4) == "done"
    assert words.PHASES.word(4) is Phase.CLOSING
    assert {number: words.PHASES.word(number).value for number in document} == document


def test_what_becomes_of_a_session() -> None:
    document = dict(listed("what u8"))
    assert document.pop(words.SESSION_STARTED) == "started"
    assert {number: words.SESSION_ENDS.word(number).value for number in document} == document


def test_every_cue_has_a_pattern_and_every_ack_of_the_watch_a_number() -> None:
    assert {words.PATTERNS.word(number) for number in words.PATTERNS.numbers()} == set(CueKind)
    known = {words.ACK_RESULTS.word(number) for number in words.ACK_RESULTS.numbers()}
    assert known == set(AckResult) - {AckResult.UNKNOWN}


def test_truth_is_0_or_1() -> None:
    assert [words.BOOLS.word(0), words.BOOLS.word(1)] == [False, True]
    assert words.BOOLS.numbers() == (0, 1)


def test_a_number_that_is_not_listed() -> None:
    with pytest.raises(KeyError):
        words.SIDES.word(2)


def test_a_word_of_the_hosts_own() -> None:
    with pytest.raises(ProtocolError, match="no number for <HoldSource"):
        words.HOLD_SOURCES.number(HoldSource.LOG)
