"""How the daemon is doing, once a minute: for graphs, not for decisions.

Rule: what is told was measured here, to a tenth; what was not measured is null.
"""

import asyncio
import resource
from collections import deque
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from wearsync.daemon.broker_link import BrokerLink
from wearsync.ports import Clock, Journal
from wearsync.publish.payloads import HealthPayload
from wearsync.publish.topics import HEALTH

# Dashboards draw minutes; more often would wake an idle machine for nothing.
INTERVAL_S = 60.0
# The cues of some ten sessions.
LATENESSES_KEPT = 256
# Fewer are an anecdote.
LATENESSES_MIN = 10

_STATM = Path("/proc/self/statm")


class Health:
    """Measures and publishes. `refused`: how many commands were, so far."""

    def __init__(
        self, *, journal: Journal, clock: Clock, broker: BrokerLink, refused: Callable[[], int]
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._broker = broker
        self._refused = refused
        self._late_ms: deque[int] = deque(maxlen=LATENESSES_KEPT)

    def cue_played(self, late_ms: int) -> None:
        """A watch has played a cue, so long after it was due."""
        self._late_ms.append(late_ms)

    async def run(self) -> None:
        """Run for ever."""
        loop = asyncio.get_running_loop()
        began_ms = self._clock.now().host_ms
        while True:
            asked_s = loop.time()  # not host time: a machine that slept is not a loop that was busy
            await asyncio.sleep(INTERVAL_S)
            lag_ms = max(0.0, loop.time() - asked_s - INTERVAL_S) * 1000
            payload = await self._measure(began_ms, lag_ms)
            self._broker.publish_passing(HEALTH, payload.json_text(), qos=0)

    async def _measure(self, began_ms: int, lag_ms: float) -> HealthPayload:
        depth = await self._journal.outbox_depth()
        now_ms, storage = self._clock.now().host_ms, self._journal.health
        p50_ms, p99_ms = _percentiles(self._late_ms)
        return HealthPayload(
            storage=storage.state,
            uptime_s=round((now_ms - began_ms) / 1000),
            outbox_waiting=depth.waiting,
            outbox_oldest_s=None if depth.oldest_ms is None else (now_ms - depth.oldest_ms) / 1000,
            outbox_parked=depth.parked,
            loop_lag_ms=round(lag_ms, 1),
            reconnects=self._broker.reconnects,
            commands_refused=self._refused(),
            commit_ms=storage.commit_ms,
            memory_mb=round(memory_mb(), 1),
            cue_lateness_p50_ms=p50_ms,
            cue_lateness_p99_ms=p99_ms,
        )


def _percentiles(values: Collection[float]) -> tuple[float | None, float | None]:
    """The 50th and the 99th; null for so few that they would say nothing."""
    if len(values) < LATENESSES_MIN:
        return None, None
    ordered = sorted(values)
    return _percentile(ordered, 50), _percentile(ordered, 99)


def _percentile(ordered: Sequence[float], hundredths: int) -> float:
    """To a tenth; between two values in proportion. `statistics.quantiles` would reckon all hundred."""
    at, rest = divmod(hundredths * (len(ordered) - 1), 100)
    above = ordered[min(at + 1, len(ordered) - 1)]
    return round((ordered[at] * (100 - rest) + above * rest) / 100, 1)


def memory_mb() -> float:
    """The resident size now; where the system does not tell, the greatest so far (macOS: in bytes)."""
    try:
        pages = int(_STATM.read_bytes().split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 * 1024)
    return pages * resource.getpagesize() / (1024 * 1024)
