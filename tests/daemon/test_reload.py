"""The configuration read anew: all of it or nothing; sessions go on; what can't be changed is named."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.daemon.home import Blackboard, Home, Running, at_home, until
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.config import Settings, load
from wearsync.control.calls import PairParams, ReloadParams, RenameParams
from wearsync.control.protocol import Answer, Question
from wearsync.control.results import Done, PairResult, ReloadResult
from wearsync.daemon.reload import AGAIN_AFTER_S, Reloader, at_next_start, changes, follow
from wearsync.errors import ConfigError, TryAgain
from wearsync.model import LinkMode, Phase
from wearsync_simulators.watches.memory import read_memory


def edit(home: Home, old: str, new: str) -> None:
    text = home.config.read_text()
    assert text.count(old) == 1, text
    home.config.write_text(text.replace(old, new))


def add(home: Home, text: str) -> None:
    home.config.write_text(text + home.config.read_text())


def stored_s(home: Home) -> int | None:
    """What the watch would do on the left when it is alone."""
    memory = read_memory(home.directory / "watch" / "memory.json")
    assert memory is not None
    return None if memory.routine is None else memory.routine.left_s


async def reload(running: Running) -> ReloadResult:
    """As `wearsync reload`."""
    return await running.client().call(ReloadParams(), ReloadResult)


@in_virtual_time
async def test_what_is_new_holds_at_once_and_nothing_else_moves(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon() as running:
        await running.live()
        task = running.task
        edit(home, "left_s = 30", "left_s = 45")
        edit(home, "[routine]", '[reminder]\ntimes = ["19:00"]\n[backups]\ndays = 2\n[routine]')
        told = await reload(running)
        assert told.file == str(home.config)
        assert told.changed == ("routine", "reminder", "backups")
        assert (told.after_session, told.at_next_start) == ((), ())
        await until(lambda: stored_s(home) == 45)
        await until(lambda: running.daemon.reminders.next_of("you") is not None)
        assert running.task is task, "its link was not touched"
        assert running.task.state.live
        assert await reload(running) == told.model_copy(update={"changed": ()})


@in_virtual_time
async def test_a_bad_file_changes_nothing_and_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with at_home(tmp_path) as home, home.daemon() as running:
        await running.live()
        before, good = running.daemon.settings, home.config.read_text()
        edit(home, "left_s = 30", "left_s = 45\nright_sec = 3")
        with pytest.raises(ConfigError, match=r"line 6: routine.right_sec is not known.* goes on with what"):
            await reload(running)
        assert running.daemon.settings is before
        assert "right_sec" in (running.reloader.refused or "")
        assert caplog.text.count("config.refused") == 1
        home.config.unlink()
        with pytest.raises(ConfigError, match="no such file"):
            await reload(running)
        home.config.write_text(good)
        running.daemon.news.clear()
        assert (await reload(running)).changed == ()
        assert running.reloader.refused is None
        assert running.daemon.news.is_set(), "the status line hears of it"


@pytest.mark.parametrize("had_file", [True, False])
@in_virtual_time
async def test_a_file_that_is_gone_takes_no_watch_away(tmp_path: Path, had_file: bool) -> None:
    async with at_home(tmp_path) as home, home.daemon() as running:
        await running.live()
        daemon = running.daemon
        daemon.settings = before = replace(daemon.settings, has_file=had_file)  # False: made by `pair` since

        async def reread() -> Settings:
            return replace(before, has_file=False, watches=())

        reloader = Reloader(daemon=daemon, reread=reread, publisher=lambda _settings: Blackboard())
        with pytest.raises(ConfigError, match=r"config.toml: no such file: put it back.* goes on with what"):
            await reloader.reload()
        assert daemon.settings is before
        assert running.task.state.live


@in_virtual_time
async def test_a_session_goes_on_as_it_was_begun(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon() as running:
        await running.start()
        edit(home, 'wearer = "you"', 'wearer = "her"')
        edit(home, "right_s = 30", "right_s = 60")
        told = await reload(running)
        assert told.changed == ("wearer: her", "routine")
        assert told.after_session == ("Ours",)
        assert (await reload(running)).after_session == ("Ours",), "still"
        assert running.phase is Phase.HOLD
        await running.over()
        holds = await running.events("hold")
        assert [(hold["wearer"], hold["planned_s"]) for hold in holds] == [("you", 30), ("you", 30)]
        await until(lambda: running.task.identity.wearer == "her")
        await running.live()
        assert (await reload(running)).after_session == ()
        await running.start()
        await running.over()
        assert [hold["wearer"] for hold in await running.events("hold")][2:] == ["her", "her"]
        assert (await running.events("hold"))[-1]["planned_s"] == 60


@in_virtual_time
async def test_watches_come_go_and_get_other_names(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon() as running:
        await running.live()
        whole = home.config.read_text()
        edit(home, 'name = "Ours"', 'name = "Theirs"')
        assert (await reload(running)).changed == ("watch Ours: now called Theirs",)
        assert list(running.daemon.watches) == ["Theirs"]
        await running.live()
        home.config.write_text(whole.partition("[[watches]]")[0])
        (gone,) = (await reload(running)).changed
        assert gone.startswith("watch Theirs: gone")
        assert not running.daemon.watches
        home.config.write_text(whole)
        assert (await reload(running)).changed == ("watch Ours: new",)
        await running.live()


@in_virtual_time
async def test_a_watch_is_visited_or_kept_without_being_taken_in_anew(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon() as running:
        await running.live()
        task = running.task
        home.config.write_text(home.config.read_text() + 'link = "visit"\n')
        assert (await reload(running)).changed == ("watch Ours: link",)
        await until(lambda: not home.watch.view.connected)
        edit(home, 'link = "visit"', f'link = "{LinkMode.ALWAYS}"')
        await reload(running)
        await until(lambda: home.watch.view.connected)
        await asyncio.sleep(120)
        assert home.watch.view.connected
        assert running.task is task


@in_virtual_time
async def test_another_broker_gets_all_that_the_first_one_did_not(tmp_path: Path) -> None:
    first, second = Blackboard(), Blackboard()
    async with at_home(tmp_path) as home, home.daemon(publisher=first) as running:
        home.elsewhere = lambda _settings: second
        await running.start()
        await until(lambda: first.of("ours/hold"))
        settings = home.settings
        moved = replace(settings, broker=replace(settings.broker, host="elsewhere"))

        async def reread() -> Settings:
            return moved

        reloader = Reloader(daemon=running.daemon, reread=reread, publisher=home.elsewhere)
        assert (await reloader.reload()).changed == ("broker: mqtt://elsewhere:1",)
        await until(lambda: second.retained.get("ours/state"))
        await running.over()
        await until(lambda: second.of("ours/session"))
        assert len(first.of("ours/hold")) + len(second.of("ours/hold")) == 2
        published = len(first.published)
        assert (await reloader.reload()).changed == ()
        await asyncio.sleep(10)
        assert len(first.published) == published


@in_virtual_time
async def test_what_only_a_start_can_change_is_named_each_time(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon() as running:
        edit(home, 'site = "home"', 'site = "office"')
        add(home, 'control.group = "family"\n')
        told = await reload(running)
        assert (told.changed, told.at_next_start) == ((), ("site", "control.group"))
        assert (await reload(running)).at_next_start == ("site", "control.group")
        assert running.daemon.settings.site == "home"


def test_every_setting_is_told_of_when_it_changes(home: Path) -> None:
    file = home / "config.toml"
    file.write_text("")
    before = load(file, secrets=False)
    file.write_text(
        'site = "there"\nwearer = "her"\nstate_dir = "/elsewhere"\n'
        'control.socket = "/s"\ncontrol.group = "g"\nbroker.url = "mqtt://there"\n'
        'radio.spec = "tcp:there:1"\nroutine.rounds = 3\nreminder.missed = "once"\n'
        "publish.publish_pain = true\nbackups.days = 1\nhome_assistant.enabled = false\n"
        'web.listen = "8740"\n'
        f'[[watches]]\nname = "W"\nid = "{"0" * 32}"\naddress = "A"\n'
    )
    after = load(file, secrets=False)
    told = [*changes(before, after), *at_next_start(before, after)]
    assert len(told) == 14
    silent = {"source", "has_file"}
    assert set(Settings.__dataclass_fields__) - silent == {
        *("site", "wearer", "broker", "radio", "routine", "reminder", "publish_pain", "backups"),
        *("home_assistant", "watches", "paths", "control_group", "page"),
    }, "say what becomes of it on a reload"


@in_virtual_time
async def test_what_a_command_writes_meanwhile_is_not_taken_back(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon() as running:
        times: list[str] = []

        async def slow() -> Settings:
            read = home.settings
            times.append(read.watches[0].name)
            if len(times) == 1:
                await running.client().call(RenameParams(watch="Ours", name="Theirs"), Done)
            return read

        reloader = Reloader(daemon=running.daemon, reread=slow, publisher=home.elsewhere)
        assert (await reloader.reload()).changed == ()
        assert times == ["Ours", "Theirs"]
        assert list(running.daemon.watches) == ["Theirs"]


@in_virtual_time
async def test_it_waits_for_a_pairing_and_a_person_is_told_so(tmp_path: Path) -> None:
    async with at_home(tmp_path, paired=False) as home, home.daemon() as running:
        refusals: list[str] = []

        async def meanwhile(question: Question) -> Answer:
            with pytest.raises(TryAgain, match="being paired") as refusal:
                await reload(running)
            refusals.append(str(refusal.value))
            return Answer(yes=True, nobody=True)

        await running.client().call(PairParams(name="Ours", yes=True), PairResult, on_ask=meanwhile)
        assert refusals
        await running.live()
        assert (await reload(running)).changed == ()


@in_virtual_time
async def test_a_daemon_that_has_stopped_takes_nothing_any_more(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon() as running:
        running.stop.set()
        await running.ended
        edit(home, "left_s = 30", "left_s = 45")
        with pytest.raises(TryAgain, match="when it starts again"):
            await running.reloader.reload()
        assert running.daemon.settings.routine.left_s == 30


@pytest.mark.parametrize("fault", [None, ConfigError("line 3"), TryAgain("stopping")])
@in_virtual_time
async def test_a_flood_of_signals_is_one_reload_and_a_fault_does_not_end_it(
    fault: Exception | None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "wearsync")
    began: list[float] = []
    asked, now = asyncio.Event(), asyncio.get_running_loop().time

    async def read() -> None:
        began.append(now())
        await asyncio.sleep(0.2)
        if fault is not None:
            raise fault

    reading: Callable[[], Awaitable[None]] = read
    following = asyncio.create_task(follow(asked, reading))
    for _ in range(1000):
        asked.set()
        await asyncio.sleep(0.001)
    await asyncio.sleep(5)
    assert len(began) == 2, "one at once, one for what came meanwhile"
    assert began[1] - began[0] >= AGAIN_AFTER_S
    assert not following.done()
    assert caplog.text.count("not_reloaded") == (0 if fault is None else 2)
    following.cancel()
