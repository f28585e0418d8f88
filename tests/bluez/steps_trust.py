"""Steps: bonds that only one side still has, and a watch that is forgotten.

Rule: what the product says is looked at as a person would see it: one line with what to do.
"""

import signal

from tests.bluez.home import (
    bonded,
    daemon,
    encrypted,
    expect_nothing_left,
    forget_bonds,
    pair,
    until,
    watches,
)
from tests.bluez.stage import Stage
from tests.bluez.steps import Step, expect
from tests.bluez.steps_pair import WATCH
from wearsync_simulators.watches.view import WatchView

__all__ = ["STEPS"]

# Three attempts, each with its own time-outs, and the waits between them.
SAID_DEADLINE_S = 150.0
# Of the daemon, to connect.
TRIES = 2
STOP_DEADLINE_S = 30.0


async def _watch_forgot(stage: Stage) -> str:
    watch = stage.paired
    await forget_bonds(watch)
    command = await daemon(stage)
    await until(lambda: "forgotten this computer" in command.errors, "a line that says so", SAID_DEADLINE_S)
    line = next(line for line in command.errors.splitlines() if "forgotten this computer" in line)
    command.signal(signal.SIGTERM)
    await command.ended(STOP_DEADLINE_S)
    expect("wearsync pair" in line, "a line that says to pair again", line)
    watch.open_pairing()
    done = await pair(stage, watch, WATCH)
    expect(done.status == 0, "exit 0 of `pair`, over the stale bond", done)
    expect(await bonded(stage, watch.address), "a new bond in BlueZ")
    expect(await watches(stage) == [WATCH], "the same watch, once", await watches(stage))
    return line.partition("reason=")[2]


async def _computer_forgot(stage: Stage) -> str:
    watch = stage.paired
    done = await stage.guest.run("bluetoothctl", "remove", watch.address)
    expect(done.status == 0, "the bond removed from BlueZ by hand", done)
    links: list[bool] = [False]

    def note(view: WatchView) -> None:
        if view.connected is not links[-1]:
            links.append(view.connected)

    watch.on_change = note
    command = await daemon(stage)
    # Counted at the watch: the daemon tells a reason once.
    await until(lambda: links.count(False) > TRIES, "tries that end", SAID_DEADLINE_S)
    watch.on_change = None
    expect("link.ended" in command.errors, "a line on the link", command.errors)
    expect(not watch.view.host and not encrypted(watch), "no bond made behind the person's back")
    command.signal(signal.SIGTERM)
    done = await command.ended(STOP_DEADLINE_S)
    expect(done.status == 0 and "Traceback" not in done.errors, "an end in order", done)
    expect(not await bonded(stage, watch.address), "no bond")
    return f"{TRIES} tries, each ended by a time-out or the watch's no"


async def _forget(stage: Stage) -> str:
    watch = stage.paired
    done = await stage.guest.run("wearsync", "watches", "forget", WATCH)
    expect(done.status == 0, "exit 0", done)
    await expect_nothing_left(stage, watch.address)
    expect(await watches(stage) == [], "no watch", await watches(stage))
    return "no bond, no key, no line of the configuration is left"


STEPS = (
    Step(
        "stale-bond", "the watch has lost its bond: the daemon says so, `pair` heals it", _watch_forgot, 240
    ),
    Step(
        "lost-bond",
        "this computer has lost the bond: nothing hangs, no bond is made unasked",
        _computer_forgot,
    ),
    Step("forget", "`watches forget` leaves nothing", _forget),
)
