"""What is the same for every engine: the port in front of it."""

import json

from tests.simulators.watches.banglejs.engine_bench import EngineBench
from wearsync_simulators.watches.banglejs.quirks import Quirks
from wearsync_simulators.watches.banglejs.serial_port import XOFF, XON

INFO = b"\x10GB(" + json.dumps({"t": "wearsync", "q": "info"}).encode() + b")\n"


def test_what_waits_in_the_port_comes_when_it_opens() -> None:
    bench = EngineBench(quirks=Quirks(xoff_after_bytes=5, xoff_ms=200))
    bench.connect()
    assert bench.write(INFO[:10]) == XOFF
    assert bench.write(INFO[10:]) == b""
    due_s = bench.engine.due_s()
    assert due_s is not None
    assert round(due_s - bench.now, 3) == 0.2
    said = bench.wait(0.2)
    assert said.startswith(XON + b'{"t":"wearsync","info":')


def test_what_waits_is_gone_with_the_link() -> None:
    bench = EngineBench(quirks=Quirks(xoff_after_bytes=5, xoff_ms=200))
    bench.connect()
    bench.write(INFO[:10])
    bench.write(INFO[10:])
    bench.engine.link_down(bench.now)
    bench.connect()
    assert bench.wait(1) == b""


def test_what_the_hold_profile_has_and_a_bangle_has_not() -> None:
    engine = EngineBench().engine
    engine.link_mtu(500)
    engine.show_code(123456)
    engine.pairing_failed(0.0)
    assert engine.passkey is None
    assert (engine.info(0.0), engine.key(0.0, bytes(32)), engine.pairing_asked(0.0)) == (b"", None, True)
