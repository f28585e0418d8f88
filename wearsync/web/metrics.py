"""How the daemon runs, for Prometheus.

Rule: operation only. What somebody has held, or when, is not in here: metrics end up where many can see them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from wearsync.control.results import StatusResult

CONTENT_TYPE = CONTENT_TYPE_LATEST


@dataclass(frozen=True, slots=True)
class Figures:
    """What is told: of the daemon, and of the page itself."""

    status: StatusResult
    healthy: bool
    streams: int
    wrong_tokens: int


def metrics_text(figures: Figures) -> bytes:
    """In the text format of Prometheus."""
    registry = CollectorRegistry()
    registry.register(_Figures(figures))
    ProcessCollector(registry=registry)
    return generate_latest(registry)


class _Figures(Collector):
    """One look."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterable[Metric]:
        yield from _daemon(self._figures)
        yield from _watches(self._figures.status)


def _daemon(figures: Figures) -> Iterator[Metric]:
    status = figures.status
    yield InfoMetricFamily(
        "wearsync", "What runs here.", value={"version": status.version, "site": status.site}
    )
    for name, says, value in (
        ("healthy", "1 while the daemon makes progress.", figures.healthy),
        ("broker_connected", "1 while the broker is there.", status.broker == "connected"),
        ("outbox_waiting", "Events that wait for the broker.", status.outbox),
        ("outbox_oldest_seconds", "How long the first of them has waited.", status.outbox_oldest_s or 0),
        ("outbox_parked", "Events that the broker refused.", status.outbox_parked),
        ("page_streams", "Browsers that look at the page.", figures.streams),
    ):
        yield GaugeMetricFamily(f"wearsync_{name}", says, value=float(value))
    yield CounterMetricFamily(
        "wearsync_page_wrong_tokens", "Wrong tokens that were tried.", value=figures.wrong_tokens
    )


def _watches(status: StatusResult) -> Iterator[Metric]:
    connected = GaugeMetricFamily("wearsync_watch_connected", "1 while it is connected.", labels=["watch"])
    heard = GaugeMetricFamily(
        "wearsync_watch_last_heard_seconds", "How long ago it was heard.", labels=["watch"]
    )
    battery = GaugeMetricFamily("wearsync_watch_battery_ratio", "Its charge, from 0 to 1.", labels=["watch"])
    for watch in status.watches:
        connected.add_metric([watch.name], float(watch.link == "connected"))
        if watch.last_heard_s is not None:
            heard.add_metric([watch.name], round(watch.last_heard_s, 1))
        if watch.battery_percent is not None:
            battery.add_metric([watch.name], watch.battery_percent / 100)
    yield from (connected, heard, battery)
