"""A session of the demo, followed from start to end: real daemon, radio in software, one clock."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.page.fixtures import TABLET, Open
from tests.page.ports import free_port, listened_on

# A session of one round takes 95 s; faster than this, and half a second of the browser is a cue missed.
SPEED = 8
SESSION_MAX_S = 40.0

# What somebody sees who never looks away: each change of phase, side, cue and seconds, and what is read out.
FOLLOW = """
() => {
  window.followed = [];
  const text = (id) => document.getElementById(id).textContent;
  let last = "";
  const look = () => {
    const stage = document.getElementById("stage");
    const now = stage.hidden
      ? ["idle", "", "", "", "", ""]
      : [stage.dataset.phase, stage.dataset.side, ...["seconds", "place", "then", "announced"].map(text)];
    if (now.join() !== last) { last = now.join(); followed.push(now); }
    requestAnimationFrame(look);
  };
  look();
}
"""


@asynccontextmanager
async def demo(directory: Path, *, rounds: int = 1) -> AsyncIterator[str]:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "wearsync", "demo", "--rounds", str(rounds), "--speed", str(SPEED)),
        *("--web", "--web-at", f"127.0.0.1:{port}", "--json"),
        cwd=directory,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        await listened_on(port, SESSION_MAX_S)
        yield f"http://127.0.0.1:{port}/"
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def check_a_session_is_followed_from_its_start_to_its_end(tmp_path: Path, look_at: Open) -> None:
    async with demo(tmp_path) as address:
        look = await look_at(address, size=TABLET)
        await look.page.evaluate(FOLLOW)
        await look.page.click("#voice")
        await look.until_phase("hold", SESSION_MAX_S)
        await look.until_phase("idle", SESSION_MAX_S)
        await look.until_text("#headline", "Done for today")
        assert await look.text("#today-left .dose") == "30 of 30 s"
        assert await look.text("#today-right .dose") == "30 of 30 s"
        followed = await look.value("followed")
        spoken = await look.value("noted.spoken")
        await look.nothing_wrong()
    assert isinstance(followed, list)
    assert isinstance(spoken, list)
    # The phase of closing lasts as long as the watch's last record is on its way: it may be over at once.
    phases = [tuple(line[:2]) for line in followed if line[0] not in ("idle", "closing")]
    course = [phase for number, phase in enumerate(phases) if phase != phases[number - 1] or number == 0]
    whole = [("gap", "left"), ("hold", "left"), ("gap", "right"), ("hold", "right")]
    assert course[-4:] == whole, course
    for side in ("left", "right"):
        seconds = [int(line[2]) for line in followed if line[:2] == ["hold", side] and line[2]]
        assert seconds == sorted(seconds, reverse=True), "they run down"
        assert seconds[0] in (29, 30)
        assert min(seconds) >= 0
        assert len(set(seconds)) >= 25, "smoothly"
    assert {line[4] for line in followed if line[0] == "hold"} == {"RIGHT, 30 s", "session done"}
    assert "Hold: right, round 1 of 1, 30 seconds." in {line[5] for line in followed}
    assert [
        words for words in spoken if words in ("Halfway", "Change sides. right knee down", "Session done")
    ] == [
        "Halfway",
        "Change sides. right knee down",
        "Halfway",
        "Session done",
    ], spoken
