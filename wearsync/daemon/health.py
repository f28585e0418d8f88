"""How the daemon is doing, once a minute: for graphs, not for decisions.

Rule: what is told was measured here; what was not measured is null.
"""

import asyncio
import resource
import sys

from wearsync.daemon.broker_link import BrokerLink
from wearsync.ports import Clock, Journal
from wearsync.publish.payloads import HealthPayload
from wearsync.publish.topics import HEALTH

# Dashboards draw minutes; more often would wake an idle machine for nothing.
INTERVAL_S = 60.0


class Health:
    """Measures and publishes."""

    def __init__(self, *, journal: Journal, clock: Clock, broker: BrokerLink) -> None:
        self._journal = journal
        self._clock = clock
        self._broker = broker

    async def run(self) -> None:
        """Run for ever."""
        began_ms = self._clock.now().host_ms
        while True:
            asked_ms = self._clock.now().host_ms
            await asyncio.sleep(INTERVAL_S)
            lag_ms = max(0.0, self._clock.now().host_ms - asked_ms - INTERVAL_S * 1000)
            payload = await self._measure(began_ms, lag_ms)
            self._broker.publish_passing(HEALTH, payload.json_text(), qos=0)

    async def _measure(self, began_ms: int, lag_ms: float) -> HealthPayload:
        depth = await self._journal.outbox_depth()
        now_ms = self._clock.now().host_ms
        return HealthPayload(
            uptime_s=(now_ms - began_ms) // 1000,
            outbox_waiting=depth.waiting,
            outbox_oldest_s=None if depth.oldest_ms is None else (now_ms - depth.oldest_ms) / 1000,
            outbox_parked=depth.parked,
            loop_lag_ms=lag_ms,
            reconnects=self._broker.reconnects,
            commit_ms=None,
            memory_mb=_memory_mb(),
            cue_lateness_p50_ms=None,
            cue_lateness_p99_ms=None,
        )


def _memory_mb() -> float:
    """The greatest resident size so far: kilobytes on Linux, bytes on macOS."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
