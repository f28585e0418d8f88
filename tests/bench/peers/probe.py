"""What a process in the guest uses while nothing happens: time on its processors, memory; and bluetoothd's
time beside it, since a scan is paid there.

Rule: time is the kernel's own account of each thread in nanoseconds (schedstat): that of clock ticks misses
whoever sleeps at the tick.
"""

import asyncio
from dataclasses import dataclass

from tests.bluez.guest import Guest

__all__ = ["Use", "used"]

LOOK = """\
read -r up _ < /proc/uptime; echo "up $up"
for pid in "$1" "$(systemctl show -P MainPID bluetooth)"; do
    sum=0
    while read -r ns _; do sum=$((sum + ns)); done < <(cat /proc/$pid/task/*/schedstat)
    echo "ns $sum"
done
grep -E '^(Rss|Pss):' "/proc/$1/smaps_rollup"
"""


@dataclass(frozen=True, slots=True)
class Use:
    """Percent of one processor of the guest; MB of 10^6 bytes."""

    cpu_percent: float
    bluetoothd_percent: float
    rss_mb: float
    pss_mb: float


async def used(guest: Guest, pid: int, for_s: float) -> Use:
    """By that process, in the next `for_s` seconds of the guest."""
    before = await _look(guest, pid)
    await asyncio.sleep(for_s)
    after = await _look(guest, pid)
    ns = (after[0] - before[0]) * 1e9
    return Use(
        cpu_percent=100 * (after[1] - before[1]) / ns,
        bluetoothd_percent=100 * (after[2] - before[2]) / ns,
        rss_mb=after[3] * 1024 / 1e6,
        pss_mb=after[4] * 1024 / 1e6,
    )


async def _look(guest: Guest, pid: int) -> list[float]:
    """Uptime in s, ns of the process, ns of bluetoothd, Rss and Pss in KiB."""
    done = await guest.run("bash", "-c", LOOK, "bash", str(pid))
    return [float(line.split()[1]) for line in done.output.splitlines()]
