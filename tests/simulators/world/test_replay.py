"""The outbox of an evening, at a real broker: every event arrives once."""

from pathlib import Path

from tests.mosquitto import Mosquitto
from tests.simulators.world.evening import Evening
from wearsync_simulators.world.replay import BATCH, Replayed, replay_outbox


async def test_every_event_arrives_once(evening: Evening, mosquitto: Mosquitto) -> None:
    assert await replay_outbox(evening.path, mosquitto.url) == Replayed(len(evening.books.events), (), ())


async def test_more_than_a_batch(evening: Evening, mosquitto: Mosquitto, tmp_path: Path) -> None:
    path = evening.planted(
        tmp_path,
        f"""WITH RECURSIVE many(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < {BATCH + 50})
        INSERT INTO outbox (event_id, topic, payload, host_ms)
        SELECT 'many:' || n, 'ours/cue', '{{"id": "many:' || n || '"}}', 1 FROM many""",
    )
    replayed = await replay_outbox(path, mosquitto.url)
    assert replayed == Replayed(len(evening.books.events) + BATCH + 50, (), ())


async def test_what_the_broker_does_not_take_is_missing(
    evening: Evening, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    acl = tmp_path / "acl"
    acl.write_text("topic read #\ntopic write wearsync/replay/status\ntopic write wearsync/replay/+/hold\n")
    acl.chmod(0o600)
    mosquitto.configure(f"acl_file {acl}")
    replayed = await replay_outbox(evening.path, mosquitto.url)
    holds = {hold.event_id for hold in evening.books.holds}
    assert set(replayed.missing) == {event.event_id for event in evening.books.events} - holds
