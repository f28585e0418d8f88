"""The page before `wearsync run`, as a process, with a simulated watch on a wrist: buttons act on the watch,
and a daemon that is killed and started again is found again.
"""

import asyncio
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.integration.test_home import paired_home
from tests.page.fixtures import Open
from tests.page.looking import Look
from tests.page.ports import free_port, listened_on
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.tcp import serve_air
from wearsync_simulators.watches.records import HoldStarted, HoldStopped
from wearsync_simulators.watches.simulated_watch import SimulatedWatch
from wearsync_simulators.watches.view import Face, Press

NETWORK = ("Failed to load resource", "net::ERR")
# A process that starts on a busy machine, then a connection.
SOON_S = 40.0
REMINDER = '[reminder]\ntimes = ["23:59"]\n'


class Daemon:
    """`wearsync run --web`; its page is always at the same address."""

    def __init__(self, directory: Path, air: str) -> None:
        self._directory = directory
        self._air = air
        port = free_port()
        self.address = f"http://127.0.0.1:{port}/"
        self._arguments = [
            *("--config", str(directory / "config.toml"), "--state-dir", str(directory / "state"), "run"),
            *("--broker", "mqtt://127.0.0.1:1", "--radio", f"tcp:{air}", "--web", f"127.0.0.1:{port}"),
        ]
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Until the page is there."""
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "wearsync", *self._arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        await listened_on(int(self.address.rsplit(":", 1)[1].strip("/")), SOON_S)

    async def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        """And its process is gone."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(how)
            await self._process.wait()


@asynccontextmanager
async def at_home(directory: Path) -> AsyncIterator[tuple[SimulatedWatch, Daemon]]:
    await asyncio.to_thread(paired_home, directory)
    with (directory / "config.toml").open("a") as config:
        config.write(REMINDER)
    watch = SimulatedWatch(state_dir=directory / "watch")
    air = Air()
    await watch.power_on(air)
    server = await serve_air("127.0.0.1", 0, air=air)
    daemon = Daemon(directory, server.address)
    try:
        await daemon.start()
        yield watch, daemon
    finally:
        await daemon.end()
        await watch.power_off()
        await server.close()


async def on_the_watch(watch: SimulatedWatch, face: Face) -> None:
    """Until it shows that."""
    async with asyncio.timeout(SOON_S):
        while watch.view.face is not face:
            await asyncio.sleep(0.02)


async def in_hold(look: Look, watch: SimulatedWatch) -> None:
    """Start, by the button; the wearer taps."""
    await look.page.click("[data-verb=start]")
    await look.until_phase("confirm", SOON_S)
    await on_the_watch(watch, Face.CONFIRM)
    watch.press(Press.TAP)
    await look.until_phase("gap")
    watch.press(Press.TAP)
    await look.until_phase("hold")


async def check_buttons_act_on_the_watch(tmp_path: Path, look_at: Open) -> None:
    async with at_home(tmp_path) as (watch, daemon):
        look = await look_at(f"{daemon.address}#watches")
        await look.until("document.querySelector('[data-fact=Link]')", within_s=SOON_S)
        await look.until_text("[data-fact=Link]", "connected", SOON_S)
        await look.until_text("[data-fact=Trust]", "proven")
        pulses = len(watch.motor_log)
        await look.page.click("#watch-cards [data-verb=buzz]")
        await look.until("document.getElementById('answer').dataset.shown", lambda shown: shown == "yes")
        async with asyncio.timeout(SOON_S):
            while len(watch.motor_log) == pulses:
                await asyncio.sleep(0.02)
        await look.page.click("#to-now")
        await in_hold(look, watch)
        assert watch.view.face is Face.HOLD
        await look.page.click("[data-verb=pause]")
        await look.until_phase("paused")
        await on_the_watch(watch, Face.PAUSED)
        await look.page.click("[data-verb=extra][aria-label$=left]")
        await look.until_text("#answer", "extra")
        await look.page.click("[data-verb=resume]")
        await look.until_phase("gap")
        await look.page.click("[data-verb=skip]")
        await look.until_text("#side", "RIGHT")
        await look.until_text("#then", "LEFT")
        await look.page.click("[data-verb=back]")
        await look.until_text("#side", "LEFT")
        await look.page.click("[data-verb=stop]")
        await look.until_phase("idle")
        await on_the_watch(watch, Face.CLOCK)
        await look.page.click("[data-verb=away]")
        await look.until_text("#headline", "Away")
        await look.page.click("[data-verb=away]")
        await look.until(
            "document.getElementById('headline').innerText", lambda text: "Away" not in str(text)
        )
        await look.page.click("[data-verb=remind]")
        await look.until_text("[data-verb=remind]", "Reminders on")
        await look.nothing_wrong()


async def check_a_killed_daemon_is_found_again_in_mid_hold(tmp_path: Path, look_at: Open) -> None:
    async with at_home(tmp_path) as (watch, daemon):
        look = await look_at(daemon.address)
        await look.until_phase("idle", SOON_S)
        await look.page.click("#voice")
        await look.until("document.querySelector('#rest-remark').innerText", lambda text: text == "", SOON_S)
        await in_hold(look, watch)
        await look.until("Number(document.getElementById('seconds').textContent) <= 27")
        await daemon.end(signal.SIGKILL)
        await look.until_text("#lost", "reconnecting")
        before = str(await look.value("document.getElementById('seconds').textContent"))
        await look.until(f"Number(document.getElementById('seconds').textContent) < {before}")
        await daemon.start()
        await look.until("document.body.dataset.link", lambda link: link == "live", SOON_S)
        await look.until_phase("hold")
        await look.until_text("#remark", "", SOON_S)
        assert re.fullmatch(r"\d+", str(await look.value("document.getElementById('seconds').textContent")))
        halfway = "noted.spoken.filter((words) => words === 'Halfway').length"
        await look.until(halfway, within_s=SOON_S)
        watch.press(Press.DOUBLE_PRESS)
        watch.press(Press.ANSWER_DONE)
        await look.until_phase("gap")
        assert await look.value(halfway) == 1
        kinds = [type(record.body) for record in watch.journal()]
        assert kinds.count(HoldStarted) == kinds.count(HoldStopped) == 1
        await look.nothing_wrong(expected=NETWORK)
