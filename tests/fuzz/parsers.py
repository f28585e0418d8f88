"""Fuzz targets that read one piece: frames, records, commands, configuration, the control socket's lines.

Rule: a target takes any bytes, and raises only when something is wrong with the product: errors that the
parser documents are caught here, everything else is a finding. What is read must also be what was written.
"""

import atexit
import json
import shutil
import struct
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from wearsync.config.settings import load
from wearsync.control.calls import CALL
from wearsync.control.protocol import SERVER_LINE, Answer, Failure, error_of, line
from wearsync.errors import ConfigError, ProtocolError, UnfitWatch
from wearsync.messages import Unknown
from wearsync.protocol import gatt, records
from wearsync.protocol.frames import decode_down, decode_up, encode
from wearsync.publish.commands import COMMANDS_PER_MINUTE, WINDOW_MS, CommandGate, Given, Refusal, Resync
from wearsync.publish.topics import slug
from wearsync_simulators.watches import frames as watch_frames
from wearsync_simulators.watches import records as watch_records

# Nobody reads more than this of a log line or a reply.
SENTENCE_MAX_CHARS = 400


def frames(data: bytes) -> None:
    """Both directions, Info and the advertisement: what is taken is written back byte for byte."""
    decoders: tuple[Callable[[bytes], gatt.Info | object], ...] = (decode_down, decode_up)
    for decode in decoders:
        try:
            frame = decode(data)
        except ProtocolError as error:
            is_a_sentence(str(error))
        else:
            assert encode(frame) == data  # type: ignore[arg-type]
    try:
        gatt.read_info(data)
    except UnfitWatch as error:
        is_a_sentence(str(error))
    gatt.read_advertised(data)


def record_stream(data: bytes) -> None:
    """RECORDS by the host and by the watch's own reader: they agree on what is one, and what is unknown."""
    try:
        by_host = records.decode_records(data)
    except ProtocolError as error:
        is_a_sentence(str(error))
        by_host = None
    try:
        by_watch = watch_records.read_records(data)
    except ValueError:
        by_watch = None
    assert (by_host is None) == (by_watch is None)
    if by_host is None or by_watch is None:
        return
    assert b"".join(record.raw for record in by_host) == data
    for one, other in zip(by_host, by_watch, strict=True):
        assert (one.seq, one.boot, one.tick_ms) == (other.seq, other.boot, other.tick)
        assert isinstance(one.body, Unknown) == isinstance(other.body, watch_records.Unknown)
        written = watch_records.write_record(seq=other.seq, boot=other.boot, tick=other.tick, body=other.body)
        assert written == one.raw


def watch_codec(data: bytes) -> None:
    """What the watch takes from the host is what the host's own codec calls a frame."""
    try:
        taken = watch_frames.read_down(data[0] if data else 0, data[1:])
    except (watch_frames.MalformedError, watch_frames.UnknownOpcodeError):
        return
    assert encode(decode_down(data)) == data
    if isinstance(taken, watch_frames.Routine):
        assert watch_frames.read_routine(watch_frames.write_routine(taken)) == taken


def routine_memory(data: bytes) -> None:
    """A routine as the watch keeps it."""
    try:
        routine = watch_frames.read_routine(data)
    except (ValueError, struct.error):
        return
    assert watch_frames.write_routine(routine) == data


def commands(data: bytes) -> None:
    """Payloads on the command topic, one a line: taken, or refused with a sentence."""
    gate, taken = CommandGate(), 0
    for now_ms, payload in enumerate(data.split(b"\n")):
        match gate.take(payload, retained=False, now_ms=now_ms):
            case Refusal(reason, request_id):
                is_a_sentence(reason)
                assert request_id is None or len(request_id) <= 64
            case Given() | Resync():
                taken += 1
    assert now_ms >= WINDOW_MS or taken <= COMMANDS_PER_MINUTE


def config(data: bytes) -> None:
    """A configuration file: settings, or one line that names the file."""
    path = _config_file()
    path.write_bytes(data)
    try:
        settings = load(path)
    except ConfigError as error:
        is_a_sentence(str(error).replace(str(path), "here", 1))
        return
    assert len({watch.topic for watch in settings.watches}) == len(settings.watches)
    for watch in settings.watches:
        assert not set(slug(watch.name)) & set("/+#\0")
        assert settings.watch(watch.id) == watch
        settings.routine_of(watch)


def control(data: bytes) -> None:
    """Lines of the control socket, either way: what is read is written and read again the same."""
    for text in data.split(b"\n"):
        readers: tuple[Callable[[bytes], object], ...] = (
            CALL.validate_json,
            Answer.model_validate_json,
            SERVER_LINE.validate_json,
        )
        for read in readers:
            try:
                said = read(text)
            except ValueError:  # pydantic's: what `server` and `client` answer
                continue
            if isinstance(said, Failure):
                assert str(error_of(said)) == said.message
            again = line(said)  # type: ignore[arg-type]
            assert again.count(b"\n") == 1
            if _has_no_nan(text):
                assert read(again) == said


def is_a_sentence(text: str) -> None:
    """One line for a log and a person: no control characters, and not without end."""
    assert text
    assert text.isprintable(), repr(text)
    assert len(text) <= SENTENCE_MAX_CHARS


@cache
def _config_file() -> Path:
    directory = Path(mkdtemp(prefix="fuzz"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return directory / "config.toml"


def _has_no_nan(text: bytes) -> bool:
    """JSON has none, and Python reads it all the same; it is written as null."""
    found: list[str] = []
    json.loads(text, parse_constant=found.append)
    return not found
