"""Figures for Prometheus, read as Prometheus reads them."""

from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.web.stage import TOKEN, Desk, page
from wearsync.errors import StorageError
from wearsync.web.metrics import Figures, metrics_text

HOSTILE = 'W"\n\\x'


def read(text: str) -> dict[str, list[tuple[dict[str, str], float]]]:
    return {
        sample.name: [(each.labels, each.value) for each in family.samples]
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_figures_are_of_the_daemon_and_its_watches_and_of_nobody_s_health() -> None:
    status = Desk(watches=("W", HOSTILE), broker="away: gone").status()
    text = metrics_text(Figures(status=status, healthy=True, streams=3, wrong_tokens=2)).decode()
    found = read(text)
    assert found["wearsync_info"] == [({"site": "home", "version": "1"}, 1)]
    assert found["wearsync_healthy"] == [({}, 1)]
    assert found["wearsync_broker_connected"] == [({}, 0)]
    assert found["wearsync_page_streams"] == [({}, 3)]
    assert found["wearsync_page_wrong_tokens_total"] == [({}, 2)]
    assert found["wearsync_watch_connected"] == [({"watch": "W"}, 1), ({"watch": HOSTILE}, 1)]
    assert found["wearsync_watch_battery_ratio"][0] == ({"watch": "W"}, 0.8)
    assert "you" not in text  # the wearer
    assert not any(word in text for word in ("held", "hold", "streak", "pain"))


async def test_figures_are_for_who_has_the_token(tmp_path: Path) -> None:
    async with page(tmp_path, always_ask=True) as served:
        assert (await served.get("/metrics")).status == 401
        answer = await served.get("/metrics", Authorization=f"Bearer {TOKEN}")
        assert answer.status == 200
        assert answer.headers["content-type"].startswith("text/plain; version=")
        assert "wearsync_healthy 1.0" in answer.body.decode()


async def test_a_daemon_that_can_t_say_has_no_figures(tmp_path: Path) -> None:
    class Sick(Desk):
        def status(self):
            raise StorageError("the journal can't be read")

    async with page(tmp_path, Sick()) as served:
        assert (await served.get("/metrics")).status == 503
