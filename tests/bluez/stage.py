"""What surrounds the guest, on the host: the virtual air, simulated watches, the broker.

Rule: the watches are the same as in every other test; nothing here knows BlueZ.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bluez.guest import Command, Guest, GuestFailed
from tests.bluez.image import Image, cached_image
from tests.bluez.machine import running_guest
from tests.bluez.settings import HOST, SITE
from tests.mosquitto import Mosquitto, mosquitto_executable
from wearsync.publish.address import BrokerAddress
from wearsync_simulators.demo_subscriber import Subscriber
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.kernel import KernelController
from wearsync_simulators.radio.tcp import AirServer, serve_air
from wearsync_simulators.watches.simulated_watch import SimulatedWatch

__all__ = ["Stage", "stage"]

# 20 s on two idle cores.
BOOT_DEADLINE_S = 180.0
# Each try takes half a second at least.
POWER_ON_TRIES = 60
VERSIONS = """\
echo "kernel $(uname -r)"
echo "BlueZ $(bluetoothctl --version | grep -o '[0-9.]*')"
exec python3 -c 'import platform, importlib.metadata as m
print("bleak", m.version("bleak")); print("Python", platform.python_version())'
"""


@dataclass
class Stage:
    """All of it, running; and what one step leaves to the next. `said`: topics and payloads, as they came."""

    guest: Guest
    air: Air
    server: AirServer
    broker_url: str
    subscriber: Subscriber
    said: list[tuple[str, str]]
    watch: SimulatedWatch | None = None
    daemon: Command | None = None
    own_cues: frozenset[int] = frozenset()

    @property
    def paired(self) -> SimulatedWatch:
        """The watch that an earlier step has paired."""
        if self.watch is None:
            raise GuestFailed("no earlier step has paired a watch")
        return self.watch

    async def plug_adapter(self) -> None:
        """Give the guest an adapter on the air."""
        await self.guest.plug(HOST, int(self.server.address.rpartition(":")[2]))

    async def wait_powered(self) -> None:
        """Until bluetoothd has switched it on. Raises GuestFailed."""
        for _ in range(POWER_ON_TRIES):
            done = await self.guest.run("bluetoothctl", "show")
            if "Powered: yes" in done.output:
                return
        raise GuestFailed(f"bluetoothd does not switch the adapter on:\n{done.output}{done.errors}")

    async def versions(self) -> str:
        """Of what this stands on."""
        done = await self.guest.run("bash", "-c", VERSIONS)
        if done.status:
            raise GuestFailed(f"the guest does not know its versions: {done.errors}")
        return " · ".join(done.output.split("\n")).strip(" ·")


@asynccontextmanager
async def stage(
    cache: Path, logs: Path, say: Callable[[str], None], *, more: Callable[[Image], Path] | None = None
) -> AsyncIterator[Stage]:
    """The guest is up, with bluetoothd running and without an adapter. `more` makes one more archive for its
    file system.
    """
    image = await asyncio.to_thread(cached_image, cache, say)
    layers = () if more is None else (await asyncio.to_thread(more, image),)
    air = Air()
    server = await serve_air("127.0.0.1", 0, air=air, controller=KernelController)
    guest = await Guest.listen(logs / "guest.log")
    executable = mosquitto_executable()
    assert executable is not None
    broker = Mosquitto(executable=executable, directory=logs)
    said: list[tuple[str, str]] = []

    def hears(topic: str, payload: str, *, retained: bool) -> None:
        said.append((topic, payload))
        guest.remark(f"mqtt {topic} {payload}{' (retained)' if retained else ''}")

    broker.start()
    address = BrokerAddress(host="127.0.0.1", port=broker.port)
    try:
        async with (
            Subscriber(address, SITE, hears) as subscriber,
            running_guest(image, logs, host_port=guest.port, layers=layers),
        ):
            await guest.up(BOOT_DEADLINE_S)
            started = await guest.run("systemctl", "start", "bluetooth")
            if started.status:
                raise GuestFailed(f"bluetoothd does not start: {started.errors}")
            there = Stage(guest, air, server, f"mqtt://{HOST}:{broker.port}", subscriber, said)
            yield there
            if there.watch is not None:
                await there.watch.power_off()
    finally:
        await guest.close()
        await server.close()
        broker.stop()
