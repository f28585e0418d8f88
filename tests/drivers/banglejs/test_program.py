"""What the installer says to the console, in order, by the files."""

import re
from base64 import b64decode
from binascii import crc32
from importlib import resources

import pytest

from wearsync.drivers.banglejs.program import (
    CHUNK_MAX_BYTES,
    DATA_FILES,
    INFO_FILE,
    WHOLE_MAX_BYTES,
    Task,
    installation,
    removal,
)

FILES = {
    "wearsync.info": b'{"version":"1.0"}',
    "wearsync.boot.js": b"b" * WHOLE_MAX_BYTES,
    "wearsync.lib.js": bytes(range(256)) * 9,
    "wearsync.img": b"\x00\xff",
}


def subject(task: Task) -> tuple[str, str]:
    found = re.search(r'\.(erase|write)\("(.+?)"', task[0].expression)
    assert found is not None
    return found[1], found[2]


def test_what_is_run_and_what_is_listed_goes_first_and_comes_last() -> None:
    assert [subject(task) for task in installation(FILES)] == [
        ("erase", "wearsync.info"),
        ("erase", "wearsync.boot.js"),
        ("write", "wearsync.lib.js"),
        ("write", "wearsync.img"),
        ("write", "wearsync.boot.js"),
        ("write", "wearsync.info"),
    ]
    assert [subject(task) for task in removal(FILES)] == [
        ("erase", "wearsync.info"),
        ("erase", "wearsync.boot.js"),
        ("erase", "wearsync.lib.js"),
        ("erase", "wearsync.img"),
        *(("erase", name) for name in DATA_FILES),
    ]


def test_what_the_app_writes_is_known() -> None:
    app = resources.files("wearsync.drivers.banglejs") / "app"
    sources = {each.name: each.read_text() for each in app.iterdir() if each.name.endswith(".js")}
    named = {name for text in sources.values() for name in re.findall(r'"(wearsync\.[a-z0-9.]+)"', text)}
    assert named - set(sources) - {INFO_FILE} == set(DATA_FILES)


def test_a_file_is_written_in_chunks_and_checked() -> None:
    content = FILES["wearsync.lib.js"]
    *chunks, check = installation(FILES)[2]
    parts: list[bytes] = []
    for chunk in chunks:
        found = re.fullmatch(
            r'require\("Storage"\)\.write\("wearsync.lib.js",atob\("(.+)"\),(\d+),2304\)', chunk.expression
        )
        assert found is not None
        assert int(found[2]) == sum(map(len, parts))
        parts.append(b64decode(found[1]))
        assert chunk.answer is True
        assert chunk.done_bytes == len(parts[-1]) <= CHUNK_MAX_BYTES
    assert b"".join(parts) == content
    assert check.expression == 'E.CRC32(require("Storage").read("wearsync.lib.js")||"")'
    assert (check.answer, check.done_bytes) == (crc32(content), 0)


def test_what_is_run_at_each_start_is_written_by_one_command() -> None:
    assert len(installation(FILES)[4]) == 2


@pytest.mark.parametrize("tasks", [installation(FILES), removal(FILES)])
def test_all_bytes_are_counted_once(tasks: tuple[Task, ...]) -> None:
    done = sum(command.done_bytes for task in tasks for command in task)
    assert done == sum(map(len, FILES.values()))


@pytest.mark.parametrize("name", ["wearsync.info", "wearsync.boot.js"])
def test_a_file_that_can_not_be_written_at_once(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} has 2049 bytes; 2048 can be written at once"):
        installation(FILES | {name: bytes(WHOLE_MAX_BYTES + 1)})
