"""Steps: a session by the daemon, with what can happen to a link and to bluetoothd in its middle.

Rule: what counts is what a subscriber of MQTT got, held against the watch's own journal.
"""

import asyncio
import signal

from tests.bluez.home import bonded, daemon, encrypted, until
from tests.bluez.stage import Stage
from tests.bluez.steps import Step, expect
from wearsync_simulators.reckoning import Reckoning, reckon
from wearsync_simulators.watches.records import CueAck
from wearsync_simulators.watches.view import Face, Press

__all__ = ["STEPS"]

# Linux takes a link for lost after 420 ms; this is long enough for both ends, and short beside a hold.
AWAY_S = 3.0
# Back in range: the daemon's back-off, a scan, a connection, discovery, a handshake, all under emulation.
BACK_DEADLINE_S = 120.0
STOP_DEADLINE_S = 30.0


async def _start(stage: Stage) -> str:
    watch = stage.paired
    stage.own_cues = frozenset(each.body.cue_id for each in watch.journal() if isinstance(each.body, CueAck))
    stage.daemon = await daemon(stage)
    took_s = await until(lambda: watch.view.host, "the daemon's proof to the watch", BACK_DEADLINE_S)
    watch.press(Press.START)
    await until(lambda: watch.view.face is Face.HOLD, "the first hold", 40)
    return f"proven after {took_s:.1f} s, the first hold has begun"


async def _link_loss(stage: Stage) -> str:
    watch = stage.paired
    expect(watch.view.face is Face.HOLD, "a hold", watch.view)
    await watch.set_in_range(False)
    await until(lambda: not watch.view.connected, "the end of the link", 10)
    await asyncio.sleep(AWAY_S)
    await watch.set_in_range(True)
    took_s = await until(lambda: watch.view.connected, "a new link", BACK_DEADLINE_S)
    took_s += await until(lambda: watch.view.host, "the daemon's proof", BACK_DEADLINE_S)
    expect(encrypted(watch), "a link that is encrypted with the old bond, without a question")
    return f"connected, encrypted and proven {took_s:.1f} s after it was back"


async def _restart(stage: Stage) -> str:
    watch = stage.paired
    done = await stage.guest.run("systemctl", "restart", "bluetooth")
    expect(done.status == 0, "bluetoothd restarted", done)
    await until(lambda: not watch.view.host, "the end of the link", 30)
    took_s = await until(lambda: watch.view.host, "the daemon's proof", BACK_DEADLINE_S)
    expect(encrypted(watch), "an encrypted link")
    assert stage.daemon is not None
    expect(stage.daemon.status is None, "the same daemon, alive", stage.daemon.errors)
    return f"the same daemon was back {took_s:.1f} s after bluetoothd"


async def _session_done(stage: Stage) -> str:
    watch = stage.paired
    await until(lambda: watch.view.face in (Face.CLOCK, Face.DONE), "the end of the session", 150)

    def all_there() -> bool:
        return not reckoned().lost

    def reckoned() -> Reckoning:
        return reckon(
            watch_id=watch.watch_id.hex(),
            journal_id=watch.journal_id,
            records=watch.journal(),
            events=stage.subscriber.events(),
            own_cues=stage.own_cues,
        )

    await until(all_there, "every record of the watch at the subscriber", 60)
    result = reckoned()
    expect(result.agrees, "nothing lost, nothing twice, nothing invented", result)
    sides = [(hold["side"], hold["outcome"]) for hold in result.holds]
    expect(sides == [("left", "done"), ("right", "done")], "two holds, done", result.holds)
    return f"{len(sides)} holds, {sum(result.cues.values())} cues, 0 lost, 0 twice at a subscriber"


async def _stop(stage: Stage) -> str:
    assert stage.daemon is not None
    stage.daemon.signal(signal.SIGTERM)
    done = await stage.daemon.ended(STOP_DEADLINE_S)
    expect(done.status == 0, "exit 0 after SIGTERM", (done.status, done.errors[-2000:]))
    expect("Traceback" not in done.errors, "no traceback", done.errors[-4000:])
    expect(await bonded(stage, stage.paired.address), "the bond, still")
    stage.daemon = None
    return "exit 0"


STEPS = (
    Step("session", "`run` connects to the paired watch, whose wearer starts a session", _start),
    Step("link-loss", "the watch is carried away in mid-hold, and back", _link_loss),
    Step("restart", "bluetoothd is restarted under the daemon", _restart, deadline_s=240),
    Step("holds", "the session ends, and a subscriber has all of it", _session_done, deadline_s=240),
    Step("stop", "the daemon is told to stop", _stop),
)
