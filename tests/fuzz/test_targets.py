"""Every target takes its whole corpus, and some thousand mutations of it."""

from random import Random

import pytest

from tests.fuzz.parsers import SENTENCE_MAX_CHARS, is_a_sentence
from tests.fuzz.targets import CORPUS, INPUT_MAX_BYTES, TARGETS, Target, corpus, mutations

# Together some ten seconds on a slow machine; `scripts/fuzz` goes on from there, guided by coverage.
MUTATIONS = {"journey": 1000, "watch": 1500, "session": 3000, "config": 2500}
MUTATIONS_ELSE = 6000


@pytest.mark.parametrize("name", TARGETS)
def test_the_corpus(name: str) -> None:
    seeds = corpus(name)
    assert len(seeds) >= 3
    for seed in seeds:
        TARGETS[name](seed)


@pytest.mark.parametrize("name", TARGETS)
def test_mutations_of_the_corpus(name: str) -> None:
    for data in mutations(corpus(name), MUTATIONS.get(name, MUTATIONS_ELSE), Random(name)):
        _run(TARGETS[name], data)


def test_every_corpus_has_its_target() -> None:
    assert {path.name for path in CORPUS.iterdir()} == set(TARGETS)


def test_mutations_are_the_same_each_time_and_bounded() -> None:
    seeds = (b"", b"one seed", Random(0).randbytes(2 * INPUT_MAX_BYTES))
    found = list(mutations(seeds, 300, Random(1)))
    assert found == list(mutations(seeds, 300, Random(1)))
    assert len(set(found)) > 200
    assert max(map(len, found)) == INPUT_MAX_BYTES


@pytest.mark.parametrize("text", ["", "two\nlines", "a bell\a", "x" * (SENTENCE_MAX_CHARS + 1)])
def test_what_is_no_sentence(text: str) -> None:
    with pytest.raises(AssertionError):
        is_a_sentence(text)


def test_a_finding_says_with_what() -> None:
    def finds(data: bytes) -> None:
        raise KeyError(7)

    with pytest.raises(KeyError) as found:
        _run(finds, b"\x01")
    assert found.value.__notes__ == ["found with b'\\x01': keep it in tests/fuzz/corpus"]


def _run(target: Target, data: bytes) -> None:
    try:
        target(data)
    except Exception as error:
        error.add_note(f"found with {data!r}: keep it in tests/fuzz/corpus")
        raise
