"""`wearsync pair` as a person sees it, at a terminal of 80 columns: each ending says what to do, and leaves
nothing half done on either side. The watches are of this process, the radio is real time.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from tests.daemon.pairing.test_ceremony import Suspicious
from tests.integration.terminal import COLUMNS, Terminal, at_a_terminal
from tests.integration.test_terminals import WEARSYNC
from tests.simulators.processes import running
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.central import Central
from wearsync_simulators.radio.provider import BONDS_FILE
from wearsync_simulators.radio.tcp import serve_air
from wearsync_simulators.watches.memory import read_memory
from wearsync_simulators.watches.simulated_watch import SimulatedWatch
from wearsync_simulators.wearer import Diligent, Wearer

OK, USAGE, TRY_AGAIN, TRUST, INTERRUPTED = 0, 2, 75, 77, 130
CODE, NAME, WEARER_NAME, FELT, LEARN = (
    "Does the watch show",
    "What do you call this watch? [",
    "Who wears it? [",
    "Did you feel it? [Y/n] ",
    "It takes a minute. [y/N] ",
)


@dataclass
class Scene:
    """An air with a watch in pairing mode, a person who has nothing yet."""

    air: Air
    radio: str
    watch: SimulatedWatch
    directory: Path
    config: Path
    state: Path

    @property
    def left_here(self) -> list[str]:
        """What this computer has of any watch."""
        bonds = self.state / BONDS_FILE
        return [
            *(["key"] if (self.state / "keys.json").exists() else []),
            *(["configuration"] if "[[watches]]" in self.config.read_text() else []),
            *(["bond"] if bonds.exists() and self.watch.address in bonds.read_text() else []),
        ]

    @property
    def left_there(self) -> list[str]:
        """What the watch has of any computer."""
        memory, bonds = (
            read_memory(self.directory / "watch" / "memory.json"),
            self.directory / "watch" / "bonds.json",
        )
        assert memory is not None
        return [
            *(["key"] if memory.hosts else []),
            *(["bond"] if bonds.exists() and "ltk" in bonds.read_text() else []),
        ]

    @asynccontextmanager
    async def pair(self, *options: str) -> AsyncIterator[tuple[Terminal, asyncio.Task[int]]]:
        async with at_a_terminal("pair", "--radio", self.radio, *options) as (terminal, ended):
            yield terminal, ended
            await ended
            assert "Traceback" not in terminal.shown


@asynccontextmanager
async def a_scene(
    directory: Path,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    wearer: Wearer | None = None,
    display: bool = True,
) -> AsyncIterator[Scene]:
    config, state = directory / "config.toml", home / "state"
    config.write_text('wearer = "me"\n')
    monkeypatch.setenv("WEARSYNC_CONFIG", str(config))
    monkeypatch.setenv("WEARSYNC_STATE_DIR", str(state))
    air = Air()
    watch = SimulatedWatch(
        name="Sim",
        state_dir=directory / "watch",
        pairing=True,
        display=display,
        wearer=wearer or Diligent(Random(3)),
        seed=11,
    )
    server = await serve_air("127.0.0.1", 0, air=air)
    await watch.power_on(air)
    scene = Scene(air, f"tcp:{server.address}", watch, directory, config, state)
    try:
        yield scene
    finally:
        await scene.watch.power_off()
        await server.close()


async def test_whole_ceremony(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with a_scene(tmp_path, home, monkeypatch) as scene:
        other = SimulatedWatch(name="Other", pairing=True, wearer=Diligent(Random(4)))
        await other.power_on(scene.air)
        async with scene.pair() as (terminal, ended):
            await terminal.answers("Which watch? [1–2] ", "sim")
            await terminal.answers(CODE, "y")
            await terminal.answers(NAME, "Blue")
            await terminal.answers(WEARER_NAME, "")
            await terminal.until("the watch's clock is set: read back, it is right")
            await terminal.until("the routine is stored on the watch")
            await terminal.answers(FELT, "")
            await terminal.answers(LEARN, "")
            await terminal.until("Blue is paired (")
            await terminal.until("worn by me); you felt the test buzz.")
            await terminal.until("Trust: key: the watch proves itself")
        assert ended.result() == OK
        assert 'name = "Blue"' in scene.config.read_text()
        assert all(len(line) <= COLUMNS for line in terminal.shown.splitlines())
        assert (scene.left_here, scene.left_there) == (["key", "configuration", "bond"], ["key", "bond"])
        await other.power_off()


async def test_code_that_is_not_the_same_is_refused_here(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_scene(tmp_path, home, monkeypatch) as scene, scene.pair() as (terminal, ended):
        await terminal.answers(CODE, "n")
        assert await ended == TRUST
        assert "wearsync: no bond with Sim" in terminal.shown
        assert (scene.left_here, scene.left_there) == ([], [])


async def test_code_that_is_refused_at_the_watch(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        a_scene(tmp_path, home, monkeypatch, wearer=Suspicious()) as scene,
        scene.pair() as (terminal, ended),
    ):
        await terminal.until(CODE)
        assert await ended == TRUST
        assert "wearsync: no bond with Sim" in terminal.shown
        assert (scene.left_here, scene.left_there) == ([], [])


async def test_watch_that_walks_away_while_the_code_is_compared(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_scene(tmp_path, home, monkeypatch) as scene, scene.pair() as (terminal, ended):
        await terminal.until(CODE)
        await scene.watch.set_in_range(False)
        assert await ended == TRY_AGAIN
        assert "pair again" in terminal.shown
        assert (scene.left_here, scene.left_there) == ([], [])


async def test_ctrl_c_while_the_code_is_compared(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_scene(tmp_path, home, monkeypatch) as scene, scene.pair() as (terminal, ended):
        await terminal.interrupts(CODE)
        assert await ended == INTERRUPTED
        assert (scene.left_here, scene.left_there) == ([], [])


async def test_ctrl_c_from_the_proof_on_leaves_a_watch_that_is_paired(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_scene(tmp_path, home, monkeypatch) as scene, scene.pair() as (terminal, ended):
        await terminal.answers(CODE, "y")
        await terminal.interrupts(NAME)
        assert await ended == INTERRUPTED
        await terminal.until("Sim is paired all the same")
        assert (scene.left_here, scene.left_there) == (["key", "configuration", "bond"], ["key", "bond"])


async def test_watch_that_a_phone_has_or_that_is_not_in_pairing_mode(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_scene(tmp_path, home, monkeypatch) as scene:
        phone = await Central.open(scene.air, address="C4:00:00:00:00:77")
        connection = await phone.connect(scene.watch.address, timeout_s=10.0)
        async with scene.pair() as (terminal, ended):
            assert await ended == TRY_AGAIN
            assert "switch pairing mode on at the watch" in terminal.shown
            assert "other hosts" in terminal.shown
        await phone.disconnect(connection)
        await phone.close()
        await scene.watch.power_off()
        scene.watch = SimulatedWatch(name="Sim", state_dir=tmp_path / "watch", wearer=Diligent(Random(3)))
        await scene.watch.power_on(scene.air)
        async with scene.pair() as (terminal, ended):
            assert await ended == TRY_AGAIN
            assert "Sim is there, but not in pairing mode: switch that on, and pair" in terminal.shown
        assert (scene.left_here, scene.left_there) == ([], [])


async def test_watch_that_shows_no_code_is_taken_by_a_person_s_word_alone(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_scene(tmp_path, home, monkeypatch, display=False) as scene:
        async with scene.pair() as (terminal, ended):
            await terminal.answers(
                "This watch shows no code, so nobody can tell it from another. Go on?", "n"
            )
            assert await ended == TRUST
        assert (scene.left_here, scene.left_there) == ([], [])
        async with scene.pair("--name", "W", "--wearer", "me") as (terminal, ended):
            await terminal.answers("This watch shows no code", "y")
            await terminal.answers(FELT, "")
            await terminal.answers(LEARN, "")
            await terminal.until("Trust: bond: Bluetooth encrypts the link, but the watch has no key")
        assert ended.result() == OK


async def test_name_that_is_taken_is_told_before_the_watch_is_touched(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_scene(tmp_path, home, monkeypatch) as scene:
        other = f'[[watches]]\nname = "W"\nid = "{"ab" * 16}"\naddress = "C4:00:00:00:00:01"\n'
        scene.config.write_text(scene.config.read_text() + other)
        async with scene.pair("--name", "w") as (terminal, ended):
            assert await ended == USAGE
            assert "another watch is called 'w' already: choose another --name" in terminal.shown
        assert "connecting" not in terminal.shown
        assert scene.left_there == []


async def test_without_a_terminal_the_watch_is_named_on_the_command_line(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_scene(tmp_path, home, monkeypatch) as scene:
        async with running(*WEARSYNC, "pair", "--radio", scene.radio) as pair:
            assert await pair.ended() == USAGE
            assert pair.err == ["wearsync: name the watch with --name"]
        assert (scene.left_here, scene.left_there) == ([], [])
