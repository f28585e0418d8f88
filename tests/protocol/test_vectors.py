"""The vectors: they agree with the document, with the codec, and with openssl, and not a byte of them is
idle.
"""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.protocol import document
from tests.protocol.vectors import (
    VECTORS,
    Entry,
    broken,
    check_frame,
    check_handshake,
    check_record,
    check_tag,
    handshake,
    load,
    proof_made_of,
    shake_of,
    tag_made_of,
)
from wearsync.errors import ProtocolError, TrustError, UnfitWatch
from wearsync.protocol.frames import decode_down, decode_up
from wearsync.protocol.gatt import read_info
from wearsync.protocol.records import decode_records
from wearsync.protocol.trust import Direction, TagLine

HANDSHAKE = (
    "key versions watch_id host_nonce watch_nonce "
    "key_id watch_proof host_proof session_key hello challenge prove"
)

# Each file of good ones: how an entry is checked, and which of its values are bytes.
CHECKS: list[tuple[str, Callable[[Entry], object], str]] = [
    ("frames", check_frame, "hex"),
    ("records", check_record, "hex"),
    ("handshake", check_handshake, HANDSHAKE),
    ("tags", check_tag, "frame tag"),
]
COMPUTED = ("handshake.json", "tags.json", "broken.json")


@pytest.mark.parametrize(("file", "check", "names"), CHECKS)
def test_the_good_ones_hold(file: str, check: Callable[[Entry], object], names: str) -> None:
    entries = load(file)
    assert all(entry[name] for entry in entries for name in names.split())
    for entry in entries:
        check(entry)


@pytest.mark.parametrize(("file", "check", "names"), CHECKS)
def test_changing_any_byte_of_a_good_one_is_noticed(
    file: str, check: Callable[[Entry], object], names: str
) -> None:
    for entry in load(file):
        for changed in _with_one_byte_changed(entry, names.split()):
            with pytest.raises((AssertionError, UnfitWatch)):
                check(changed)


def test_every_frame_and_record_of_the_document_has_one() -> None:
    assert {entry["frame"] for entry in load("frames")} == {*document.DOWN, *document.UP, "unknown", "Info"}
    assert {entry["record"] for entry in load("records")} == {*document.RECORDS, "unknown"}
    assert (len(document.DOWN), len(document.UP), len(document.RECORDS)) == (12, 6, 10)


def test_names_are_unique() -> None:
    for file in ("frames", "records", "handshake", "tags", "broken"):
        names = [entry["name"] for entry in load(file)]
        assert len(names) == len(set(names))


@pytest.mark.parametrize("entry", broken("frame"), ids=lambda entry: entry["name"])
def test_frames_of_a_wrong_shape_are_refused(entry: Entry) -> None:
    decode = {"down": decode_down, "up": decode_up}[entry["direction"]]
    with pytest.raises(ProtocolError):
        decode(bytes.fromhex(entry["hex"]))


@pytest.mark.parametrize("entry", broken("values"), ids=lambda entry: entry["name"])
def test_frames_with_wrong_values_have_the_right_shape(entry: Entry) -> None:
    """Only the watch enforces ranges; here it is shown that nothing else is wrong with them."""
    decode_down(bytes.fromhex(entry["hex"]))


@pytest.mark.parametrize("entry", broken("records"), ids=lambda entry: entry["name"])
def test_records_of_a_wrong_length_break_the_link(entry: Entry) -> None:
    with pytest.raises(ProtocolError, match=r"at byte \d+ of RECORDS"):
        decode_records(bytes.fromhex(entry["hex"]))


@pytest.mark.parametrize("entry", broken("tag"), ids=lambda entry: entry["name"])
def test_wrong_tags_are_refused(entry: Entry) -> None:
    assert entry["tag"] == tag_made_of(entry)
    with pytest.raises(TrustError, match="wrong tag"):
        _line(entry).open(bytes.fromhex(entry["frame"] + entry["tag"]))


@pytest.mark.parametrize("entry", broken("untagged"), ids=lambda entry: entry["name"])
def test_frames_without_a_tag_are_refused(entry: Entry) -> None:
    with pytest.raises(TrustError, match="wrong tag"):
        _line(entry).open(bytes.fromhex(entry["hex"]))


@pytest.mark.parametrize("entry", broken("proof"), ids=lambda entry: entry["name"])
def test_wrong_proofs_are_not_the_right_ones(entry: Entry) -> None:
    assert entry["proof"] == proof_made_of(entry)
    shake = shake_of(handshake(entry["handshake"]))
    right = {"watch": shake.watch_proof(), "host": shake.host_proof()}[entry["of"]]
    assert entry["proof"] != right.hex()


@pytest.mark.parametrize("entry", broken("info"), ids=lambda entry: entry["name"])
def test_broken_info_makes_a_watch_unfit(entry: Entry) -> None:
    with pytest.raises(UnfitWatch):
        read_info(bytes.fromhex(entry["hex"]))


def test_openssl_computes_every_one_of_them(tmp_path: Path) -> None:
    script = _scratch_checkout(
        tmp_path, re.compile(r'"(\w*proof|session_key|key_id|tag)": "[0-9a-f]*"'), r'"\1": ""'
    )
    subprocess.run([str(script)], check=True)
    for file in COMPUTED:
        assert (tmp_path / "docs" / "vectors" / file).read_text(encoding="utf-8") == _text(file)


def test_openssl_notices_a_changed_digit(tmp_path: Path) -> None:
    script = _scratch_checkout(tmp_path, re.compile(r'"(host_proof|proof|tag)": "..'), r'"\1": "xx')
    done = subprocess.run([str(script), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert all(f"{file}, as openssl has it" in done.stdout for file in COMPUTED)


def _line(entry: Entry) -> TagLine:
    key = bytes.fromhex(handshake(entry["handshake"])["session_key"])
    return TagLine(key, Direction(entry["direction"]), entry["counter"])


def _with_one_byte_changed(entry: Entry, names: list[str]) -> Iterator[Entry]:
    """Each byte of these values, with its lowest and with its highest bit flipped."""
    for name in names:
        data = bytes.fromhex(entry[name])
        for at in range(len(data)):
            for bit in (0x01, 0x80):
                yield entry | {name: (data[:at] + bytes((data[at] ^ bit,)) + data[at + 1 :]).hex()}


def _scratch_checkout(tmp_path: Path, change: re.Pattern[str], to: str) -> Path:
    """The script beside changed copies of the files that it writes."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is missing (Debian: apt install openssl)")
    vectors = tmp_path / "docs" / "vectors"
    vectors.mkdir(parents=True)
    for file in COMPUTED:
        (vectors / file).write_text(change.sub(to, _text(file)), encoding="utf-8")
    (tmp_path / "scripts").mkdir()
    return Path(shutil.copy(VECTORS.parents[1] / "scripts" / "make-vectors", tmp_path / "scripts"))


def _text(file: str) -> str:
    return (VECTORS / file).read_text(encoding="utf-8")
