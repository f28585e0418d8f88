"""The model of the app: its lines, its passkey, its console; what a watch does is tested with `HoldWatch`."""

import base64
import json

import pytest

from tests.simulators.watches.banglejs.engine_bench import APP, BONDED, EngineBench
from wearsync_simulators.radio.pairing import LinkSecurity
from wearsync_simulators.watches.banglejs.engine import Kept
from wearsync_simulators.watches.banglejs.quirks import Quirks
from wearsync_simulators.watches.motor import MotorState
from wearsync_simulators.watches.records import Booted
from wearsync_simulators.watches.view import Face, Press
from wearsync_simulators.watches.words import Reset

K = bytes(range(32))
HELLO = base64.b64encode(b"\x01\x01\x01" + bytes(20)).decode()
INFO = {"t": "wearsync", "q": "info"}


def test_info_and_the_apps_version() -> None:
    bench = EngineBench()
    bench.connect()
    answer = bench.ask({"q": "info"})
    assert base64.b64decode(answer["info"]) == b"\x01\x01" + bench.memory.watch_id + b"\x00"
    assert answer["app"] == "1.0"


def test_a_frame_down_and_the_frame_up() -> None:
    bench = EngineBench()
    bench.connect(BONDED)
    assert bench.view.connected
    up = base64.b64decode(bench.ask({"d": HELLO})["u"])
    assert up == b"\x8f\x04\x01", "ERROR: unknown key"
    assert bench.wait(0) == b""
    assert bench.dropped
    bench.engine.link_down(bench.now)
    assert not bench.view.connected


@pytest.mark.parametrize(
    "line",
    [
        b"GB(",
        b"GB({)",
        b'GB({"t":"wearsync"})',
        b'GB({"t":"wearsync","q":"what"})',
        b'GB({"t":"wearsync","d":7})',
        b'GB({"t":"notify","id":1,"title":"wearsync"})',
        b'GB([{"t":"wearsync","q":"info"}])',
        b"",
        b"\x03",
    ],
)
def test_what_is_not_for_us_gives_nothing_of_ours_and_breaks_nothing(line: bytes) -> None:
    bench = EngineBench()
    bench.connect()
    assert b'{"t":"wearsync"' not in bench.write(b"\x10" + line + b"\n")
    assert bench.ask({"q": "info"})["app"] == "1.0"


def test_what_is_no_base64_is_no_frame() -> None:
    bench = EngineBench()
    bench.connect(BONDED)
    assert base64.b64decode(bench.ask({"d": "not base64!"})["u"])[0] == 0x8F


def test_a_line_may_come_in_pieces_and_half_a_line_may_be_left() -> None:
    bench = EngineBench(quirks=Quirks(half_line=True))
    bench.connect()
    assert bench.write(b"\n").startswith(b"Uncaught"), "the half line, ended"
    line = b"\x10GB(" + json.dumps(INFO).encode() + b")\n"
    assert all(bench.write(line[n : n + 1]) == b"" for n in range(len(line) - 1))
    assert b'"info"' in bench.write(b"\n")
    bench.connect()
    assert b'"info"' in bench.write(b"\x1b[2H\n" + line), "or emptied by its own command"


def test_a_key_is_taken_in_pairing_mode_over_an_encrypted_link_only() -> None:
    bench = EngineBench()
    bench.connect()
    assert bench.key(K) == "refused"
    bench.engine.open_pairing(bench.now)
    assert bench.key(K) == "refused"
    bench.engine.secured(bench.now, BONDED)
    assert bench.key(K[:31]) == "refused"
    assert bench.key(K) == "ok"
    bench.engine.link_up(bench.now, 131)
    assert bench.key(K) == "refused", "another link, which nobody has encrypted"


def test_the_passkey_is_shown_while_pairing_mode_is_open_and_is_another_each_time() -> None:
    bench = EngineBench()
    assert (bench.engine.passkey, bench.view.code, bench.engine.advertised(bench.now) & 1) == (None, None, 0)
    bench.engine.open_pairing(bench.now)
    code = bench.engine.passkey
    assert code is not None
    assert 100_000 <= code <= 999_999
    assert (bench.view.code, bench.engine.advertised(bench.now) & 1) == (code, 1)
    bench.wait(60)
    assert (bench.engine.passkey, bench.view.code) == (None, None)
    bench.wait(60)
    bench.engine.open_pairing(bench.now)
    assert bench.engine.passkey not in (None, code)


def test_in_pairing_mode_from_the_start() -> None:
    bench = EngineBench(pairing=True)
    assert bench.engine.waits_for_a_key
    assert bench.engine.passkey is not None


def test_a_phone_that_says_nothing_to_the_app_is_not_thrown_out() -> None:
    bench = EngineBench()
    bench.connect(LinkSecurity(encrypted=False, authenticated=False))
    bench.wait(3600)
    assert bench.dropped == []
    bench.call({"t": "wearsync", "d": HELLO})
    bench.wait(60)
    assert bench.dropped, "but who has begun to speak the profile must go on"


def test_hands_and_motor() -> None:
    bench = EngineBench()
    bench.engine.set_motor(bench.now, MotorState.QUIET)
    bench.engine.wear(bench.now, worn=False)
    assert not bench.view.worn
    bench.engine.press(bench.now, Press.START)
    assert bench.view.face is Face.CLOCK, "without a routine there is nothing to run"
    kept = bench.engine.kept()
    assert (kept.watch_id, kept.journal_id, kept.next_seq) == (
        bench.memory.watch_id,
        77,
        len(kept.records) + 1,
    )


def test_without_the_app_there_is_a_console_and_a_clock() -> None:
    bench = EngineBench(files={})
    bench.connect()
    assert bench.call(INFO).startswith(b'Uncaught ReferenceError: "GB" is not defined')
    for act in (bench.engine.open_pairing, lambda now: bench.engine.press(now, Press.TAP)):
        act(bench.now)
    bench.engine.wear(bench.now, worn=False)
    assert bench.wait(100) == b""
    assert (bench.view.face, bench.view.pairing, bench.engine.kept()) == (Face.CLOCK, False, Kept())
    assert (bench.engine.due_s(), bench.engine.advertised(bench.now), bench.engine.waits_for_a_key) == (
        None,
        0,
        False,
    )
    assert bench.engine.power_lost(bench.now) == 0


def test_load_starts_what_was_installed_and_the_journal_goes_on() -> None:
    bench = EngineBench(files=APP | {"wearsync.info": b"{"})
    bench.connect()
    assert bench.ask({"q": "info"})["app"] == ""
    bench.call({"t": "wearsync", "d": HELLO})
    write = 'require("Storage").write("wearsync.info",atob("{}"),0,17)'.format(
        base64.b64encode(b'{"version":"2.0"}').decode()
    )
    bench.write(f'\x10Bluetooth.println(JSON.stringify({{t:"wearsync-app",n:1,v:{write}}}))\n'.encode())
    assert bench.write(b"\x10load()\n") == b""
    assert bench.ask({"q": "info"})["app"] == "2.0"
    kept = bench.engine.kept()
    resets = [record.body.reason for record in kept.records if isinstance(record.body, Booted)]
    assert resets == [Reset.POWER_ON, Reset.RESET]
    erase = '(require("Storage").erase("wearsync.info"),true)'
    erase = f'Bluetooth.println(JSON.stringify({{t:"wearsync-app",n:1,v:{erase}}}))'
    bench.write(f"\x10{erase}\n\x10load()\n".encode())
    assert bench.engine.kept() == Kept()
    assert bench.engine.files().keys() == {"wearsync.boot.js"}


def test_programmable_off_takes_json_only() -> None:
    bench = EngineBench(quirks=Quirks(programmable=False))
    bench.connect()
    assert bench.write(b"\x10load()\n\x101+1\n") == b""
    assert bench.boots == 1
    assert bench.ask({"q": "info"})["app"] == "1.0"
