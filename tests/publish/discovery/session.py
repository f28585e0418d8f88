"""All that the daemon publishes in a real session of a simulated watch, once for whoever needs it.

Rule: nothing is made up: what a template is tried on has been on the broker.
"""

import asyncio
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.daemon.home import SHORT, Blackboard, at_home, until
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.alert_codes import AlertCode
from wearsync.publish.discovery.device import WatchDevice

# What the home of tests/daemon/home.py is called; the watch's id is not needed to try templates.
WATCH = WatchDevice(watch_id="0" * 32, name="Ours", topic="ours", wearer="you", model="hold profile")
SITE = "home"


@cache
def published() -> tuple[tuple[str, str], ...]:
    """Topics with their base, and payloads, in order: of a session, an alert, health, an absence."""
    said: list[tuple[str, str]] = []

    @in_virtual_time
    async def evening(directory: Path) -> None:
        async with at_home(directory, config=f'{SHORT}[reminder]\ntimes = ["23:00"]\n') as home:
            board = Blackboard()
            async with home.daemon(publisher=board) as running:
                await running.start()
                await running.over()
                running.task.alert(AlertCode.CUE_UNANSWERED, "the watch did not answer the cue halfway")
                await until(lambda: board.of("ours/session"))
                await asyncio.sleep(61)  # health
                await home.watch.set_in_range(False)
                await until(lambda: board.retained["ours/availability"] == "offline")
            said.extend(board.published)

    with TemporaryDirectory(prefix="ws") as directory:
        evening(Path(directory))
    return tuple((f"wearsync/{SITE}/{topic}", payload) for topic, payload in said)
