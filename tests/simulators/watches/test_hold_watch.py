"""The whole core: boots, keys, pairing mode, what is advertised, and time."""

import hashlib
import hmac

import pytest

from tests.simulators.watches.bench import STARTED_S, Bench
from tests.simulators.watches.paper_host import ACK, HELLO, PING, PROVE, START
from wearsync_simulators.watches.clock import TICK_RENEWAL
from wearsync_simulators.watches.effects import Renew
from wearsync_simulators.watches.flash import Flash
from wearsync_simulators.watches.frames import Challenge, ErrorTold, Pong, Ready
from wearsync_simulators.watches.hold_watch import ATT_KEY_LENGTH, ATT_NOT_PAIRING
from wearsync_simulators.watches.records import Battery, Booted, HoldStopped, SessionTold, Worn
from wearsync_simulators.watches.view import Face, Press
from wearsync_simulators.watches.words import ErrorCode, Pattern, Reason, Reset, SessionSource, SessionWhat

KEY = bytes(range(50, 82))
PAIRING, NEWS, ASKS = 1, 2, 4


def mac(*parts: bytes) -> bytes:
    """HMAC-SHA256 with that key."""
    return hmac.new(KEY, b"".join(parts), hashlib.sha256).digest()


def shake_hands(bench: Bench) -> bytes:
    """Connect and prove the key; the session key."""
    bench.watch.link_up(STARTED_S + bench.now, 247)
    bench.say(HELLO, b"\x01\x01" + hashlib.sha256(b"wearsync key" + KEY).digest()[:4] + bytes(16))
    challenge = bench.said[-1]
    assert isinstance(challenge, Challenge)
    told = b"\x01\x01\x01" + challenge.watch_id + bytes(16) + challenge.watch_nonce
    bench.say(PROVE, mac(b"wearsync host", told)[:16])
    return mac(b"wearsync session", bytes(16), challenge.watch_nonce)


def say(bench: Bench, session_key: bytes, counter: int, frame: bytes) -> None:
    """A tagged frame down."""
    tag = hmac.new(session_key, b"\x00" + counter.to_bytes(8, "little") + frame, hashlib.sha256).digest()[:8]
    bench.say(frame[0], frame[1:] + tag)


def write_key(bench: Bench, key: bytes = KEY) -> int | None:
    return bench.watch.key(STARTED_S + bench.now, key)


def advertised(bench: Bench) -> int:
    return bench.watch.advertised(STARTED_S + bench.now)


def test_a_boot_is_told() -> None:
    bench = Bench()
    first, second = bench.flash.oldest_first()
    assert (first[1], second[1]) == (0x01, 0x30)
    bench.reboot(Reset.UPDATE)
    booted, battery = bench.records()
    assert booted.boot == 2
    assert booted.body == Booted(Reset.UPDATE, 0)
    assert battery.body == Battery(100, charging=False)


def test_rule_10_a_reboot_in_a_hold() -> None:
    bench = Bench()
    bench.connect()
    bench.step(3, 0)
    bench.cues((5, Pattern.NUDGE, 0, 0, 0, 500))
    bench.wait(0.1)
    bench.records()
    bench.reboot()
    assert [record.body for record in bench.records()][1:3] == [
        HoldStopped(3, 0, Reason.REBOOT, 0),
        SessionTold(3, SessionWhat.ENDED, SessionSource.WATCH),
    ]
    assert bench.face() is Face.CLOCK
    assert [round(pulse.off_s - pulse.on_s, 3) for pulse in bench.pulses] == [0.1]
    bench.wait(100)
    assert bench.told() == []


def test_cues_of_the_boot_before_are_refused() -> None:
    bench = Bench()
    bench.reboot()
    bench.connect()
    bench.cues((5, Pattern.NUDGE, 0, 0, 0, 500), boot=1)
    assert bench.error() == ErrorTold(ErrorCode.ANOTHER_BOOT, 5)


def test_a_key_is_taken_in_pairing_mode_only() -> None:
    bench = Bench(lab=False)
    assert write_key(bench) == ATT_NOT_PAIRING == 0x80
    bench.watch.open_pairing(STARTED_S)
    assert write_key(bench, KEY[:31]) == ATT_KEY_LENGTH == 0x0D
    assert write_key(bench, KEY + b"x") == ATT_KEY_LENGTH
    bench.wait(59.999)
    assert write_key(bench) is None
    bench.wait(0.001)
    assert write_key(bench) == ATT_NOT_PAIRING


def test_pairing_mode_closes_after_three_tries_and_for_60_s() -> None:
    bench = Bench(lab=False)
    assert not bench.watch.pairing_asked(STARTED_S)
    bench.watch.open_pairing(STARTED_S)
    for _ in range(3):
        assert bench.watch.pairing_asked(STARTED_S)
        bench.watch.pairing_failed(STARTED_S)
    assert not bench.watch.pairing_asked(STARTED_S)
    bench.watch.open_pairing(STARTED_S + 59)
    assert not bench.watch.pairing_asked(STARTED_S + 59)
    bench.watch.open_pairing(STARTED_S + 60)
    assert bench.watch.pairing_asked(STARTED_S + 60)


def test_a_pending_key_serves_a_handshake_and_is_kept_from_then_on() -> None:
    bench = Bench(lab=False, pairing=True)
    assert write_key(bench) is None
    assert not bench.memory.hosts
    shake_hands(bench)
    assert isinstance(bench.said[-1], Ready)
    assert [host.key for host in bench.memory.hosts] == [KEY]
    assert not bench.watch.waits_for_a_key
    assert write_key(bench) == ATT_NOT_PAIRING
    bench.reboot()
    shake_hands(bench)
    assert isinstance(bench.said[-1], Ready)


def test_a_power_cycle_forgets_a_pending_key() -> None:
    bench = Bench(lab=False, pairing=True)
    write_key(bench)
    bench.reboot()
    bench.watch.link_up(STARTED_S, 247)
    bench.say(HELLO, b"\x01\x01" + hashlib.sha256(b"wearsync key" + KEY).digest()[:4] + bytes(16))
    assert bench.error() == ErrorTold(ErrorCode.UNKNOWN_KEY, 1)
    assert bench.dropped


def test_each_host_has_its_cursor_and_it_is_kept() -> None:
    bench = Bench(lab=False, pairing=True)
    write_key(bench)
    session_key = shake_hands(bench)
    say(bench, session_key, 0, bytes([START]) + (1).to_bytes(4, "little"))
    assert advertised(bench) == NEWS
    say(bench, session_key, 1, bytes([ACK]) + (1).to_bytes(4, "little"))
    assert advertised(bench) == NEWS
    say(bench, session_key, 2, bytes([ACK]) + (2).to_bytes(4, "little"))
    assert [host.cursor for host in bench.memory.hosts] == [2]
    assert advertised(bench) == 0
    bench.watch.link_down(STARTED_S)
    bench.press(Press.SKIP)
    assert advertised(bench) == NEWS


def test_a_journal_that_lost_what_a_host_has_seen_begins_anew() -> None:
    bench = Bench(lab=False, pairing=True)
    write_key(bench)
    session_key = shake_hands(bench)
    say(bench, session_key, 0, bytes([START]) + (1).to_bytes(4, "little"))
    say(bench, session_key, 1, bytes([ACK]) + (2).to_bytes(4, "little"))
    rolled_back = Flash(None, new_id=iter([77, 78]).__next__)
    rolled_back.append(next(bench.flash.oldest_first()))  # the host has seen the second record, too
    again = Bench(lab=False, flash=rolled_back, memory=bench.memory)
    assert rolled_back.journal_id == 78
    shake_hands(again)
    ready = again.said[-1]
    assert isinstance(ready, Ready)
    assert (ready.journal_id, ready.first_seq, ready.next_seq) == (78, 1, 3)


def test_what_is_advertised() -> None:
    bench = Bench(pairing=True)
    assert advertised(bench) == PAIRING | NEWS
    bench = Bench()
    bench.routine()
    bench.connect()
    bench.say(ACK, (2).to_bytes(4, "little"))
    assert advertised(bench) == 0
    bench.press(Press.START)
    assert advertised(bench) == NEWS | ASKS


def test_info() -> None:
    bench = Bench(lab=False)
    assert bench.watch.info(STARTED_S) == b"\x01\x01" + bench.memory.watch_id + b"\x00"
    bench.watch.open_pairing(STARTED_S)
    assert bench.watch.info(STARTED_S)[18] == 1
    assert Bench(lab=True).watch.info(STARTED_S)[18] == 4


def test_an_unauthenticated_host_can_do_nothing() -> None:
    bench = Bench(lab=False)
    bench.records()
    bench.watch.link_up(STARTED_S, 247)
    for opcode in [*range(2, 256), 0]:
        bench.dropped = None
        bench.watch.link_up(STARTED_S, 247)
        bench.say(opcode, bytes(60))
        assert bench.dropped
        assert bench.error() is not None
    assert bench.records() == []
    assert not bench.pulses
    assert bench.face() is Face.CLOCK


def test_a_busy_machine_makes_no_tick_late() -> None:
    prompt, busy = Bench(), Bench()
    for bench, naps in ((prompt, 4000), (busy, 1)):
        bench.connect()
        bench.routine(rounds=2, plan=0b1_1111_1110)
        bench.disconnect()
        bench.press(Press.START)
        for _ in range(naps):
            bench.wait(200 / naps)
    assert [raw.hex() for raw in prompt.flash.oldest_first()] == [
        raw.hex() for raw in busy.flash.oldest_first()
    ]
    assert prompt.pulses == busy.pulses


@pytest.mark.parametrize("drift_ppm", [-200, 0, 200])
def test_a_drifting_clock_times_the_hold(drift_ppm: float) -> None:
    bench = Bench(drift_ppm=drift_ppm)
    bench.connect()
    bench.cues((5, Pattern.START, 1, 0, 0, 100), (6, Pattern.DONE, 1, 0, 30_000, 100))
    bench.step(3, 0)
    bench.cues((7, Pattern.START, 1, 0, 0, 100), (8, Pattern.DONE, 1, 0, 30_000, 100))
    bench.wait(40)
    held = next(body.held_ms for body in bench.told() if isinstance(body, HoldStopped))
    assert held == 30_000
    true_s = bench.pulses[-1].on_s - bench.pulses[0].on_s
    assert true_s == pytest.approx(30 / (1 + drift_ppm / 1e6), abs=1e-6)


def test_worn_is_told_when_it_changes() -> None:
    bench = Bench()
    bench.records()
    for worn in (True, False, False, True):
        bench.watch.wear(STARTED_S, worn=worn)
    assert bench.told() == [Worn(worn=False), Worn(worn=True)]


def test_the_battery_drains_and_is_told_every_5_percent() -> None:
    bench = Bench()
    bench.records()
    bench.wait(6 * 3600)
    assert [record.body for record in bench.records()] == [
        Battery(95, charging=False),
        Battery(90, charging=False),
    ]
    assert bench.watch.view(STARTED_S + bench.now).battery_percent == 88


def test_the_boot_is_renewed_before_the_tick_ends_but_only_when_idle() -> None:
    bench = Bench()
    bench.connect()
    bench.now = (TICK_RENEWAL + 3_600_000) / 1000
    bench.wait(0)
    bench.say(PING, bytes(4))
    assert isinstance(bench.said[-1], Pong)
    assert Renew() not in bench.others
    bench.disconnect()
    bench.wait(3600)
    assert Renew() in bench.others
