"""The guest as a process: qemu on this machine's processors alone, without KVM.

Rule: it lives as long as its context; its console is a file, its only network this host's loopback.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from tests.bluez.image import Image
from tests.bluez.layer import write_layer
from tests.bluez.settings import TARGET
from wearsync_simulators.mosquitto import mosquitto_executable

__all__ = ["missing", "running_guest"]

QEMU = "qemu-system-x86_64"
# The file system is in memory (some 200 MB), and systemd, bluetoothd and two Pythons beside it.
MEMORY_MB = 1280
END_DEADLINE_S = 10.0


def missing() -> list[str]:
    """Debian packages that all this needs and that are not here."""
    needed = {"qemu-system-x86": QEMU, "mmdebstrap": "mmdebstrap", "kmod": "/usr/sbin/depmod"}
    packages = [package for package, command in needed.items() if shutil.which(command) is None]
    return packages + ([] if mosquitto_executable() else ["mosquitto"])


@asynccontextmanager
async def running_guest(
    image: Image, logs: Path, *, host_port: int, layers: Sequence[Path] = ()
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Boot it; what it does from then on it hears at `host_port`. `layers`: archives that go on the image.
    Gives the process of qemu.
    """
    files = logs / "files.cpio"
    with files.open("wb") as out:
        for archive in (image.files, *layers):
            with archive.open("rb") as base:
                shutil.copyfileobj(base, out)
        write_layer(out, image.python)
    words = (
        "console=ttyS0 quiet net.ifnames=0 mitigations=off random.trust_cpu=on panic=-1 "
        f"systemd.unit={TARGET} systemd.show_status=false systemd.hostname=guest wearsync.host={host_port}"
    )
    with (logs / "qemu.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(QEMU, "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", str(MEMORY_MB)),
            *("-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-monitor", "none"),
            *("-serial", f"file:{logs / 'console.log'}"),
            *("-netdev", "user,id=host", "-device", "virtio-net-pci,netdev=host,romfile="),
            *("-kernel", str(image.kernel), "-initrd", str(files), "-append", words),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            async with asyncio.timeout(END_DEADLINE_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
        files.unlink(missing_ok=True)
