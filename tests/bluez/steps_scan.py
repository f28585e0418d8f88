"""Steps: the adapter comes, and the watch is seen."""

import json

from tests.bluez.stage import Stage
from tests.bluez.steps import Step, expect
from wearsync_simulators.watches.simulated_watch import SimulatedWatch

__all__ = ["STEPS"]


async def _no_adapter(stage: Stage) -> str:
    done = await stage.guest.run("wearsync", "scan", "--seconds", "2")
    expect(done.status == 69, "exit 69 and a line that says what is missing", (done.status, done.errors))
    expect("adapter" in done.errors and "Traceback" not in done.errors, "a word on the adapter", done.errors)
    return done.errors.strip()


async def _scan(stage: Stage) -> str:
    watch = SimulatedWatch(name="Scanned", pairing=True)
    await watch.power_on(stage.air)
    try:
        done = await stage.guest.run("wearsync", "scan", "--seconds", "5", "--json")
    finally:
        await watch.power_off()
    expect(done.status == 0, "exit 0", (done.status, done.errors))
    seen = [each for each in json.loads(done.output)["watches"] if each["address"] == watch.address]
    expect(len(seen) == 1, f"{watch.address}, once", done.output)
    expect(seen[0]["name"] == "Scanned" and seen[0]["pairing"], "its name, in pairing mode", seen)
    return f"{seen[0]['name']} {seen[0]['address']} {seen[0]['rssi']} dBm"


async def _plug(stage: Stage) -> str:
    await stage.plug_adapter()
    await stage.wait_powered()
    return "bluetoothd has it, powered"


STEPS = (
    Step("no-adapter", "scan without an adapter", _no_adapter),
    Step("plug", "an adapter is plugged in", _plug),
    Step("scan", "scan sees a watch in pairing mode", _scan),
)
