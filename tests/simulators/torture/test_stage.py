"""The stage: all processes up, the watch paired and connected; all gone at the end, save what is kept."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest

from wearsync_simulators.torture.evidence import read_flash
from wearsync_simulators.torture.stage import Stage
from wearsync_simulators.torture.user import status

SOON_S = 60.0


@asynccontextmanager
async def a_stage(*, keep: Path | None = None) -> AsyncIterator[Stage]:
    """Below a short path: that of a Unix socket ends at 107 bytes."""
    directory = Path(tempfile.mkdtemp(prefix="wt-"))
    stage = Stage(directory, Random(1))
    try:
        await stage.open()
        yield stage
    finally:
        await stage.close(keep=keep)
        shutil.rmtree(directory)


@pytest.mark.usefixtures("mosquitto")
async def test_it_comes_up_paired_and_leaves_nothing(tmp_path: Path) -> None:
    async with a_stage(keep=tmp_path / "kept") as stage:
        async with asyncio.timeout(SOON_S):
            while (now := await status(stage)) is None or now.watches[0].link != "connected":
                await asyncio.sleep(0.1)
        assert now.watches[0].watch_id == stage.watch_id
        assert await stage.wearsync("buzz") == (0, "W: buzz")
        assert (await stage.wearsync("resync", "--since", "nothing"))[0] != 0
        async with asyncio.timeout(SOON_S):
            while len(read_flash(stage.flash)[1]) < 3:  # booted, the buzz of pairing, this one
                await asyncio.sleep(0.1)
        pids = [service.pid for service in stage.services]
        assert all(pids)
    for pid in filter(None, pids):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert (tmp_path / "kept" / "state" / "journal.sqlite").exists()
    assert "link.ready" in (tmp_path / "kept" / "daemon.log").read_text()
