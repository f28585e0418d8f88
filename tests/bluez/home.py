"""The product in the guest, as a person or a script uses it; and what is left of a watch there.

Rule: only what anybody can do: its command line, files that it writes, and BlueZ's own tools.
"""

import asyncio
import json
import time
from collections.abc import Callable

from tests.bluez.guest import Command, Done, GuestFailed
from tests.bluez.settings import HOME
from tests.bluez.stage import Stage
from tests.bluez.steps import expect
from wearsync_simulators.watches.antenna import Antenna
from wearsync_simulators.watches.infinitime.watch import SimulatedInfiniTime
from wearsync_simulators.watches.simulated_watch import SimulatedWatch

__all__ = ["bonded", "daemon", "encrypted", "expect_nothing_left", "forget_bonds", "pair", "until", "watches"]

CONFIG = f"{HOME}/.config/wearsync/config.toml"
STATE = f"{HOME}/.local/state/wearsync"
# Everything that BlueZ keeps of a bond, and whom it trusts.
KEYS_OF = "grep -lE 'LongTermKey|^Trusted=true' /var/lib/bluetooth/*/{address}/info"
# Looking round takes six seconds, and the product's start under emulation as long.
CODE_DEADLINE_S = 90.0
POLL_S = 0.05
CODES = 1_000_000

Watch = SimulatedWatch | SimulatedInfiniTime


async def until(there: Callable[[], bool], what: str, timeout_s: float = 60.0) -> float:
    """Wait until it is so; gives the seconds that it took. Raises GuestFailed."""
    began_s = time.monotonic()
    while not there():
        if time.monotonic() - began_s > timeout_s:
            raise GuestFailed(f"not within {timeout_s:.0f} s: {what}")
        await asyncio.sleep(POLL_S)
    return time.monotonic() - began_s


async def pair(stage: Stage, watch: Watch, name: str, *more: str, off_by: int = 0) -> Done:
    """`wearsync pair`, the code read off the watch and typed, `off_by` so many; the watch agrees."""
    command = await stage.guest.start(
        *("wearsync", "pair", "--name", name, "--address", watch.address, "--yes"),
        *("--passkey-stdin", "--json", *more),
    )
    await until(lambda: watch.view.code is not None or command.status is not None, "a code", CODE_DEADLINE_S)
    if (code := watch.view.code) is not None:
        if isinstance(watch, SimulatedWatch):
            watch.confirm_code()
        command.type(f"{(code + off_by) % CODES:06}\n")
    return await command.ended()


async def watches(stage: Stage) -> list[str]:
    """The watches that the product knows, by their names."""
    done = await stage.guest.run("wearsync", "watches", "--json")
    expect(done.status == 0, "exit 0 of `wearsync watches`", done)
    return [each["name"] for each in json.loads(done.output)["watches"]]


async def bonded(stage: Stage, address: str) -> bool:
    """Whether BlueZ has a key for it, or trusts it."""
    found = await stage.guest.run("bash", "-c", KEYS_OF.format(address=address))
    told = await stage.guest.run("bluetoothctl", "info", address)
    return bool(found.output) or any(
        f"{word}: yes" in told.output for word in ("Paired", "Bonded", "Trusted")
    )


async def expect_nothing_left(stage: Stage, address: str) -> None:
    """No bond and no trust in BlueZ, no key of ours, no line in the configuration."""
    expect(not await bonded(stage, address), "no bond left in BlueZ")
    left = await stage.guest.run("grep", "-sil", "-e", address, "-e", "pending", CONFIG, f"{STATE}/keys.json")
    expect(not left.output, "no line in the configuration and no key", left.output)


async def forget_bonds(watch: SimulatedWatch) -> None:
    """The watch loses its bonds, and keeps the profile's keys."""
    assert watch._bonds is not None
    for address, _keys in await watch._bonds.get_all():
        await watch._bonds.delete(address)


def encrypted(watch: SimulatedWatch) -> bool:
    """Whether the watch's present link is encrypted, by the watch's own word."""
    transmitter = watch._running().transmitter
    assert isinstance(transmitter, Antenna)
    link = transmitter._jobs.link
    return link is not None and bool(link.is_encrypted)


async def daemon(stage: Stage) -> Command:
    """`wearsync run`, with the stage's broker; waits until the broker has its word."""
    before = len(stage.said)
    command = await stage.guest.start("wearsync", "run", "--broker", stage.broker_url)
    await until(
        lambda: (
            any(topic.endswith("/status") for topic, _ in stage.said[before:]) or command.status is not None
        ),
        "the daemon's word on MQTT",
        CODE_DEADLINE_S,
    )
    expect(command.status is None, "a running daemon", command.errors)
    return command
