"""What surrounds the guest, on the host: the virtual air, simulated watches, the broker.

Rule: the watches are the same as in every other test; nothing here knows BlueZ.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bluez.guest import Guest, GuestFailed
from tests.bluez.image import cached_image
from tests.bluez.machine import running_guest
from tests.bluez.settings import HOST
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.kernel import KernelController
from wearsync_simulators.radio.tcp import AirServer, serve_air

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


@dataclass(frozen=True)
class Stage:
    """All of it, running."""

    guest: Guest
    air: Air
    server: AirServer

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
async def stage(cache: Path, logs: Path, say: Callable[[str], None]) -> AsyncIterator[Stage]:
    """The guest is up, with bluetoothd running and without an adapter."""
    image = await asyncio.to_thread(cached_image, cache, say)
    air = Air()
    server = await serve_air("127.0.0.1", 0, air=air, controller=KernelController)
    guest = await Guest.listen(logs / "guest.log")
    try:
        async with running_guest(image, logs, host_port=guest.port):
            await guest.up(BOOT_DEADLINE_S)
            started = await guest.run("systemctl", "start", "bluetooth")
            if started.status:
                raise GuestFailed(f"bluetoothd does not start: {started.errors}")
            yield Stage(guest, air, server)
    finally:
        await guest.close()
        await server.close()
