"""All fuzz targets by name, their seed corpora, and mutations of a seed.

Rule: a target's corpus is tests/fuzz/corpus/NAME: real things, hand-made edges, and what was found once.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random

from tests.fuzz import conversations, journey, parsers

Target = Callable[[bytes], None]

TARGETS: Mapping[str, Target] = {
    "frames": parsers.frames,
    "records": parsers.record_stream,
    "session": conversations.session,
    "journey": journey.journey,
    "watch-codec": parsers.watch_codec,
    "watch": conversations.watch,
    "commands": parsers.commands,
    "config": parsers.config,
    "control": parsers.control,
}
CORPUS = Path(__file__).parent / "corpus"
# An ATT attribute has 512 bytes, a command 1024; a script or a configuration may be longer, to no end.
INPUT_MAX_BYTES = 4096


def corpus(name: str) -> tuple[bytes, ...]:
    """The seeds of a target, in order of their names."""
    return tuple(path.read_bytes() for path in sorted((CORPUS / name).iterdir()))


def mutations(seeds: tuple[bytes, ...], count: int, random: Random) -> Iterator[bytes]:
    """That many byte strings, each a few strokes away from a seed."""
    for _ in range(count):
        data = bytearray(random.choice(seeds))
        for _ in range(random.randint(1, 4)):
            random.choice(_STROKES)(data, seeds, random)
        yield bytes(data[:INPUT_MAX_BYTES])


def _flip(data: bytearray, seeds: tuple[bytes, ...], random: Random) -> None:
    if data:
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)


def _set(data: bytearray, seeds: tuple[bytes, ...], random: Random) -> None:
    if data:
        data[random.randrange(len(data))] = random.choice((0, 1, 0x7F, 0x80, 0xFF, random.randrange(256)))


def _cut(data: bytearray, seeds: tuple[bytes, ...], random: Random) -> None:
    begin = random.randrange(len(data) + 1)
    del data[begin : begin + random.randint(1, 8)]


def _double(data: bytearray, seeds: tuple[bytes, ...], random: Random) -> None:
    begin = random.randrange(len(data) + 1)
    data[begin:begin] = data[begin : begin + random.randint(1, 64)]


def _insert(data: bytearray, seeds: tuple[bytes, ...], random: Random) -> None:
    begin = random.randrange(len(data) + 1)
    data[begin:begin] = random.randbytes(random.randint(1, 8))


def _splice(data: bytearray, seeds: tuple[bytes, ...], random: Random) -> None:
    other = random.choice(seeds)
    data[random.randrange(len(data) + 1) :] = other[random.randrange(len(other) + 1) :]


_STROKES = (_flip, _set, _cut, _double, _insert, _splice)
