"""The daemon as a process: one a state directory, out at the first signal, at once at the second."""

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.daemon.home import SHORT
from tests.daemon.test_patient_radio import SIGHTING, Pluggable
from wearsync.config import Settings, WatchSettings, load
from wearsync.control.calls import StatusParams
from wearsync.control.client import ControlClient
from wearsync.control.results import StatusResult
from wearsync.daemon.supervise import RADIO_PATIENCE_S, machine_time, serve
from wearsync.errors import AlreadyRunning, ConfigError, NotRunning, StorageError, TryAgain, UsageError
from wearsync.ports import Radio
from wearsync.service.notify import ServiceManager
from wearsync_simulators.scaled_loop import ScaledLoop, run_scaled

SOON_S = 10.0
# A thread takes part, so the loop's clock can't jump; nothing here waits for anything but time-outs.
HOURS_IN_SECONDS = 2000.0
# What SIGTERM leaves.
END_S = 5.0


def settings_of(directory: Path, radio: str = "tcp:127.0.0.1:9") -> Settings:
    config = directory / "config.toml"
    config.write_text(f'site = "home"\n{SHORT}')
    return load(config, state_dir=directory / "state", radio=radio, broker="mqtt://127.0.0.1:9")


async def status(settings: Settings) -> StatusResult:
    """Of the daemon, as soon as it answers."""
    async with asyncio.timeout(SOON_S):
        while True:
            try:
                return await ControlClient(settings.paths.control_socket).call(StatusParams(), StatusResult)
            except NotRunning:
                await asyncio.sleep(0.02)


@asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[asyncio.Task[None]]:
    serving = asyncio.create_task(serve(settings))
    await status(settings)
    yield serving
    async with asyncio.timeout(SOON_S):
        await asyncio.wait({serving})


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_runs_without_radio_and_broker_until_it_is_asked_to_stop(
    tmp_path: Path, number: signal.Signals
) -> None:
    settings = settings_of(tmp_path)
    async with served(settings) as serving:
        told = await status(settings)
        assert (told.pid, told.site, told.watches) == (os.getpid(), "home", ())
        os.kill(os.getpid(), number)
    assert serving.result() is None
    assert not settings.paths.control_socket.exists()
    assert settings.paths.journal.exists()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_DFL


async def test_second_daemon_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    async with served(settings):
        with pytest.raises(AlreadyRunning, match=f"process {os.getpid()}"):
            await serve(settings)
        assert (await status(settings)).pid == os.getpid()
        os.kill(os.getpid(), signal.SIGTERM)


async def test_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    async with served(settings_of(tmp_path)) as serving:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)
    assert serving.cancelled()


@asynccontextmanager
async def silent_radio() -> AsyncIterator[str]:
    """An adapter that takes what it is told, and never says a word."""
    connections: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: connections.append(writer), "127.0.0.1", 0)
    yield f"tcp:127.0.0.1:{server.sockets[0].getsockname()[1]}"
    for writer in connections:
        writer.close()
    server.close()


@pytest.mark.parametrize("in_start", [True, False])
async def test_adapter_that_hangs_holds_up_neither_the_start_nor_the_end(
    tmp_path: Path, in_start: bool
) -> None:
    async with silent_radio() as radio:
        settings = settings_of(tmp_path, radio)
        watch = WatchSettings(name="Ours", id="a1" * 16, address="C4:00:00:00:00:01")
        serving = asyncio.create_task(serve(replace(settings, watches=(watch,))))
        if in_start:
            while not settings.paths.journal.exists():
                await asyncio.sleep(0.01)
        else:
            assert (await status(settings)).watches[0].link == "searching"
        os.kill(os.getpid(), signal.SIGTERM)
        async with asyncio.timeout(END_S):
            await serving
        assert not settings.paths.control_socket.exists()


async def never_connecting(spec: str, *, state_dir: Path) -> Radio:
    adapter = Pluggable()
    adapter.connects = "never"
    return adapter


@pytest.mark.parametrize("listens", [True, False])
def test_adapter_that_can_t_be_helped_ends_it_where_somebody_starts_it_anew(
    tmp_path: Path, home: Path, listens: bool
) -> None:
    async def story(loop: ScaledLoop) -> None:
        loop.set_speed(HOURS_IN_SECONDS)
        began_s, manager = loop.time(), ServiceManager(str(home / "none") if listens else None)
        watch = WatchSettings(name="Ours", id="a1" * 16, address=SIGHTING.address)
        settings = replace(settings_of(tmp_path), watches=(watch,))
        serving = asyncio.create_task(serve(settings, manager=manager, adapter=never_connecting))
        await asyncio.wait({serving}, timeout=1.5 * RADIO_PATIENCE_S)
        if listens:
            assert RADIO_PATIENCE_S <= loop.time() - began_s < 1.5 * RADIO_PATIENCE_S
            with pytest.raises(TryAgain, match="the watch did not answer"):
                await serving
            return
        assert not serving.done()
        os.kill(os.getpid(), signal.SIGTERM)
        await serving

    run_scaled(story)


def test_machine_s_time_goes_on_while_it_is_suspended() -> None:
    """As far as a test can see that: it is the kernel's clock that counts suspends."""
    told, since_boot = machine_time(), Path("/proc/uptime")
    first = told()
    assert told() >= first
    if since_boot.exists():
        assert told() == pytest.approx(float(since_boot.read_text().split()[0]), abs=5)


async def test_what_is_wrong_here_ends_it_before_anything_is_started(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        await serve(settings_of(tmp_path, radio="carrier-pigeon"))
    settings = settings_of(tmp_path)
    settings.paths.keys.write_text("{}{")
    settings.paths.keys.chmod(0o600)
    with pytest.raises(ConfigError, match="not a keys file"):
        await serve(settings)
    settings.paths.keys.unlink()
    settings.paths.journal.unlink()
    settings.paths.journal.write_text("this is no database, and never was one " * 20)
    with pytest.raises(StorageError):
        await serve(settings)
    assert not settings.paths.control_socket.exists()


async def test_at_sighup_it_reads_its_configuration_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "wearsync")
    settings, reads, held = settings_of(tmp_path), list[int](), list[Settings]()

    def reread() -> Settings:
        reads.append(len(reads))
        if len(reads) == 2:
            raise ConfigError("config.toml, line 3: no")
        return replace(settings, wearer=f"reader {len(reads)}")

    serving = asyncio.create_task(serve(settings, reread=reread, renewed=held.append))
    while not serving.done() and signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        await asyncio.sleep(0)
    for _ in range(100):  # in the midst of the start
        os.kill(os.getpid(), signal.SIGHUP)
    while not held:
        await asyncio.sleep(0.01)
    assert (await status(settings)).pid == os.getpid()
    os.kill(os.getpid(), signal.SIGHUP)
    while "config.refused" not in caplog.text:
        await asyncio.sleep(0.01)
    assert "line 3: no" in caplog.text
    os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGHUP)
    async with asyncio.timeout(SOON_S):
        await serving
    assert [each.wearer for each in held] == ["reader 1"]
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_DFL
