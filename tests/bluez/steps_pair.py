"""Steps: pairing through bluetoothd with an agent of ours; what is refused leaves nothing.

Rule: the code is read off the simulated watch, as a person would.
"""

import json
from random import Random

from bumble.pairing import PairingConfig, PairingDelegate

from tests.bluez.home import bonded, expect_nothing_left, pair
from tests.bluez.stage import Stage
from tests.bluez.steps import Step, expect
from wearsync_simulators.watches.antenna import BumbleGround, HoldOutfit
from wearsync_simulators.watches.infinitime.watch import SimulatedInfiniTime
from wearsync_simulators.watches.simulated_watch import SimulatedWatch
from wearsync_simulators.wearer import Diligent

__all__ = ["STEPS", "WATCH"]

# What the product calls the one that the later steps use.
WATCH = "Kneeler"
TRUST = 77


class _Mute(HoldOutfit):
    """Says that it has a display, and pairs as if it had none: nobody can tell who is in between."""

    def pairing(self) -> PairingConfig:
        delegate = PairingDelegate(PairingDelegate.NO_OUTPUT_NO_INPUT)
        return PairingConfig(sc=True, mitm=False, bonding=True, delegate=delegate)


async def _just_works(stage: Stage) -> str:
    watch = SimulatedWatch(name="Mute", pairing=True)
    await watch.power_on(BumbleGround(stage.air, outfitter=_Mute))
    try:
        done = await pair(stage, watch, "Mute")
    finally:
        await watch.power_off()
    expect(done.status == TRUST, f"exit {TRUST}", done)
    await expect_nothing_left(stage, watch.address)
    return done.errors.strip().splitlines()[-1]


async def _wrong_code(stage: Stage) -> str:
    watch = SimulatedWatch(name="Sim", pairing=True)
    await watch.power_on(stage.air)
    try:
        done = await pair(stage, watch, "Wrong", off_by=1)
    finally:
        await watch.power_off()
    expect(done.status == TRUST, f"exit {TRUST}", done)
    await expect_nothing_left(stage, watch.address)
    return done.errors.strip().splitlines()[-1]


async def _numeric(stage: Stage) -> str:
    stage.watch = SimulatedWatch(name="Sim", pairing=True, wearer=Diligent(Random(5)))
    await stage.watch.power_on(stage.air)
    done = await pair(stage, stage.watch, WATCH)
    expect(done.status == 0, "exit 0", done)
    told = json.loads(done.output)
    expect(told["trust"] == "key", "trust: key", told)
    expect(told["buzz"] == "played", "a test buzz that was played", told)
    expect(await bonded(stage, stage.watch.address), "a bond in BlueZ")
    return f"trust {told['trust']}, buzz {told['buzz']}"


async def _passkey(stage: Stage) -> str:
    watch = SimulatedInfiniTime()
    await watch.power_on(stage.air)
    try:
        done = await pair(stage, watch, "Pine", "--driver", "infinitime")
        expect(done.status == 0, "exit 0", done)
        expect(await bonded(stage, watch.address), "a bond in BlueZ")
        gone = await stage.guest.run("wearsync", "watches", "forget", "Pine")
        expect(gone.status == 0, "exit 0 of `watches forget`", gone)
    finally:
        await watch.power_off()
    await expect_nothing_left(stage, watch.address)
    return "typed as the watch shows it; forgotten again"


STEPS = (
    Step("just-works", "a watch with a display that pairs without a code is refused", _just_works),
    Step("wrong-code", "a code that is not the watch's is refused", _wrong_code),
    Step("passkey", "a passkey is typed (InfiniTime), and the watch forgotten", _passkey),
    Step("numeric", "numbers are compared, the key is handed over and proven", _numeric),
)
