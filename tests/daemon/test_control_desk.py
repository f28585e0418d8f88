"""What the command line gets from a running daemon, over its real socket."""

import asyncio
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from tests.daemon.home import Blackboard, NoRadio, Running, at_home, until
from tests.journal.lives import files_with
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.control.calls import (
    AmendParams,
    BackupParams,
    CommandParams,
    DeleteParams,
    ExportParams,
    ForgetParams,
    HistoryParams,
    HoldsParams,
    LiveParams,
    LogParams,
    PairParams,
    RemoveAppParams,
    RenameParams,
    ResyncParams,
    ScanParams,
    StatusParams,
    TodayParams,
)
from wearsync.control.protocol import (
    Answer,
    GoAheadQuestion,
    NameQuestion,
    NumberQuestion,
    PasskeyQuestion,
    PersonalQuestion,
    Question,
)
from wearsync.control.results import (
    BackupResult,
    Done,
    HoldsResult,
    LiveState,
    PairResult,
    Progress,
    ScanResult,
    StatusResult,
)
from wearsync.daemon.export import ExportPart
from wearsync.daemon.history import History
from wearsync.daemon.logbook import commit_of, logged_hold
from wearsync.errors import TrustError, TryAgain, UsageError
from wearsync.journal import backup
from wearsync.model import Phase, Side, Trust, Variant, Verb
from wearsync.publish.payloads import HoldPayload, StatePayload, SummaryPayload
from wearsync_simulators.watches.banglejs.simulated_bangle import SimulatedBangle
from wearsync_simulators.watches.view import Face
from wearsync_simulators.wearer import Diligent


async def yes(question: Question) -> Answer:
    return Answer(yes=isinstance(question, NumberQuestion))


async def no(question: Question) -> Answer:
    return Answer()


async def status(running: Running) -> StatusResult:
    return await running.client().call(StatusParams(), StatusResult)


@in_virtual_time
async def test_status_before_and_after_a_watch_is_there(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        await home.watch.set_in_range(False)
        async with home.daemon() as running:
            (watch,) = (told := await status(running)).watches
            assert (told.site, told.radio, told.outbox) == ("home", "in-process", 0)
            assert told.broker.startswith("away: ")
            assert (watch.name, watch.phase, watch.trust, watch.last_heard_s) == (
                "Ours",
                "idle",
                None,
                None,
            )
            assert watch.link == "searching"
            await until(lambda: running.task.link.reason)
            assert (await status(running)).watches[0].link == "searching: not seen"
            await home.watch.set_in_range(True)
            await running.live()
            (watch,) = (await status(running)).watches
            assert (watch.link, watch.trust) == ("connected", Trust.KEY)
            assert watch.last_heard_s is not None
            assert 0 <= watch.last_heard_s < 10


@in_virtual_time
async def test_commands_are_answered_with_done_or_the_reason(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon() as running:
        client = running.client()
        await running.live()
        started = await client.call(CommandParams(verb=Verb.START), Done)
        assert started.text == "Ours: tap the watch to begin"
        with pytest.raises(TryAgain, match="a session is running already"):
            await client.call(CommandParams(verb=Verb.START, watch="ours"), Done)
        with pytest.raises(UsageError, match="no watch is called 'Mine'; there are: Ours"):
            await client.call(CommandParams(verb=Verb.STOP, watch="Mine"), Done)
        await client.call(CommandParams(verb=Verb.STOP, watch=home.watch.watch_id.hex()), Done)
        await running.over()


@in_virtual_time
async def test_scan_and_pair_while_the_daemon_runs(tmp_path: Path) -> None:
    async with at_home(tmp_path, paired=False) as home, home.daemon() as running:
        client = running.client()
        with pytest.raises(UsageError, match="no watch is paired yet"):
            await client.call(CommandParams(verb=Verb.START), Done)
        (seen,) = (await client.call(ScanParams(seconds=2), ScanResult)).watches
        assert (seen.name, seen.known, seen.pairing) == ("Sim", None, True)
        said: list[str] = []
        paired = await client.call(PairParams(name="Ours"), PairResult, on_event=said.append, on_ask=yes)
        assert (paired.trust, paired.buzz) == (Trust.KEY, "played")
        assert any("look at the watch" in text for text in said)
        await running.start()
        await running.over()
        assert len(await running.events("hold")) == 2


@in_virtual_time
async def test_bangle_is_paired_app_and_all_and_its_app_is_taken_out_again(tmp_path: Path) -> None:
    watch = SimulatedBangle(engine="model", seed=5, app={}, wearer=Diligent(Random(4)))
    events: list[Progress] = []
    asked: list[Question] = []

    def told(text: str) -> None:
        progress = Progress.model_validate_json(text)
        events.append(progress)
        if "choose pairing mode" in progress.text:
            watch.open_pairing()

    async def owner(question: Question) -> Answer:
        asked.append(question)
        match question:
            case PasskeyQuestion():
                return Answer(passkey=watch.view.code)
            case _:
                return Answer(yes=isinstance(question, GoAheadQuestion))

    async with at_home(tmp_path, paired=False) as home, home.daemon() as running:
        await watch.power_on(home.air)
        client = running.client()
        call = PairParams(name="Ours", address=watch.address)
        paired = await client.call(call, PairResult, on_event=told, on_ask=owner)
        assert (paired.trust, paired.buzz) == (Trust.KEY, "scheduled")
        assert [type(question) for question in asked] == [
            GoAheadQuestion,
            PasskeyQuestion,
            NameQuestion,  # who wears it
            PersonalQuestion,  # was it felt? No; once more? No; learn the patterns? No
            PersonalQuestion,
            PersonalQuestion,
        ]
        assert [each.percent for each in events if each.percent is not None][-1] == 100
        await until(lambda: running.task.link.last_heard_ms is not None)
        assert (running.task.identity.driver, running.task.identity.visits) == ("banglejs", True)
        await until(lambda: running.task.link.state == "idle")
        removal = RemoveAppParams(address=watch.address)
        done = await client.call(removal, Done, on_event=told, on_ask=owner)
        assert done.text == "the wearsync app is off Bangle.js 1234"
        assert "wearsync.info" not in watch.files()
    await watch.power_off()


@in_virtual_time
async def test_pairing_that_is_refused_says_why_and_another_may_follow(tmp_path: Path) -> None:
    async with at_home(tmp_path, paired=False) as home, home.daemon() as running:
        client = running.client()
        with pytest.raises(TrustError):
            await client.call(PairParams(name="Ours"), PairResult, on_ask=no)
        assert running.daemon.watches == {}
        pairing = asyncio.create_task(client.call(PairParams(name="Ours"), PairResult, on_ask=yes))
        await asyncio.sleep(1)
        with pytest.raises(TryAgain, match="another pairing is going on"):
            await client.call(PairParams(name="Theirs"), PairResult, on_ask=yes)
        assert (await pairing).name == "Ours"


@in_virtual_time
async def test_watch_that_is_renamed_goes_on_under_its_new_name(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon() as running:
        await running.start()
        done = await running.client().call(RenameParams(watch="Ours", name="Hers"), Done)
        assert done.text == "Ours is now called Hers"
        assert list(running.daemon.watches) == ["Hers"]
        assert [entry.name for entry in home.keys.entries()] == ["Hers"]
        await running.live()
        assert running.phase is Phase.HOLD  # the session is the watch's, not the name's
        await running.over()
        holds = await running.events("hold")
        assert [hold["outcome"] for hold in holds] == ["done", "done"]
        rows = await running.journal.outbox(0, 1000)
        assert rows[-1].topic.startswith("hers/")


@in_virtual_time
async def test_forgotten_watch_is_let_go_and_its_history_stays(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon() as running:
        await running.start()
        await running.over()
        done = await running.client().call(ForgetParams(watch="Ours"), Done)
        assert done.text == "Ours is forgotten; its history stays"
        await until(lambda: not home.watch.view.connected)
        assert (await status(running)).watches == ()
        assert home.keys.entries() == ()
        assert home.settings.watches == ()
        today = await running.client().call(TodayParams(), SummaryPayload)
        assert today.today.left.seconds == 30


@in_virtual_time
async def test_watch_that_can_not_be_forgotten_stays_whole(tmp_path: Path) -> None:
    class Stuck(NoRadio):
        async def forget(self, address: str) -> None:
            raise TryAgain("the Bluetooth service is silent")

    async with at_home(tmp_path) as home, home.daemon(radio=Stuck()) as running:
        with pytest.raises(TryAgain, match="is silent"):
            await running.client().call(ForgetParams(watch="Ours"), Done)
        assert list(running.daemon.watches) == ["Ours"]
        assert len(home.keys.entries()) == 1


@in_virtual_time
async def test_log_and_today(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon() as running:
        client = running.client()
        done = await client.call(LogParams(side=Side.LEFT, seconds=45), Done)
        assert done.text == "left: 45 s credited to you"
        today = await client.call(TodayParams(wearer="you"), SummaryPayload)
        assert (today.today.left.seconds, today.today.right.seconds) == (45, 0)
        history = await client.call(HistoryParams(weeks=2), History)
        assert history.summary == today
        parts: list[str] = []
        await client.call(ExportParams(wearer="you"), Done, on_event=parts.append)
        ((told,),) = (ExportPart.model_validate_json(part).rows for part in parts)
        assert (told.kind, told.wearer, told.local_date) == ("hold", "you", today.date)
        assert [(week.left_s, week.right_s) for week in history.weeks] == [(0, 0), (45, 0)]
        (row,) = await running.journal.outbox(0, 10)
        assert row.topic == "wearer/you/hold"
        with pytest.raises(UsageError, match="no wearer is called 'him'; there are: you"):
            await client.call(TodayParams(wearer="him"), SummaryPayload)
        with pytest.raises(UsageError, match="no wearer is called 'him'"):
            await client.call(LogParams(side=Side.LEFT, seconds=45, wearer="him"), Done)


@in_virtual_time
async def test_holds_are_listed_and_corrected(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon() as running:
        client = running.client()
        await running.start()
        await running.over()
        listed = await client.call(HoldsParams(), HoldsResult)
        left, right = (HoldPayload.model_validate_json(hold) for hold in listed.holds)
        assert (listed.wearer, left.side, right.side) == ("you", Side.LEFT, Side.RIGHT)
        await client.call(AmendParams(hold=left.id, seconds=10), Done)
        await client.call(AmendParams(hold=right.id, void=True), Done)
        today = await client.call(TodayParams(), SummaryPayload)
        assert (today.today.left.seconds, today.today.right.holds) == (10, 0)
        events = (await running.events("hold"))[-2:]
        assert [event["amends"] for event in events] == [left.id, right.id]
        assert len((await client.call(HoldsParams(since=left.local_date), HoldsResult)).holds) == 1
        tomorrow = left.local_date + timedelta(days=1)
        assert (await client.call(HoldsParams(since=tomorrow), HoldsResult)).holds == ()
        with pytest.raises(UsageError, match="there is no hold x"):
            await client.call(AmendParams(hold="x", void=True), Done)


@in_virtual_time
async def test_backup_beside_the_running_daemon(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon() as running:
        made = await running.client().call(BackupParams(path=str(tmp_path / "copy")), BackupResult)
        assert made.path == str(tmp_path / "copy")
        backup.verify(tmp_path / "copy")


@in_virtual_time
async def test_what_is_deleted_is_gone_and_the_watch_goes_on(tmp_path: Path) -> None:
    broker = Blackboard()
    async with at_home(tmp_path) as home, home.daemon(publisher=broker) as running:
        client = running.client()
        await running.start()
        with pytest.raises(UsageError, match="Ours has a session: stop it first, with `wearsync stop"):
            await client.call(DeleteParams(), Done)
        with pytest.raises(UsageError, match="Ours has a session"):
            await client.call(DeleteParams(wearer="you"), Done)
        await running.over()
        await until(lambda: broker.of("wearer/you/summary")[-1]["full"])
        done = await client.call(DeleteParams(), Done)
        assert done.text.startswith("holds and sessions deleted: 3,")
        assert files_with(b'"wearer":"you"', running.state_dir) == []
        await until(lambda: not broker.of("wearer/you/summary")[-1]["full"])
        summary = broker.of("wearer/you/summary")[-1]
        assert (summary["streak"], summary["last_session"]) == (0, None)
        await running.live()
        assert await running.events("hold") == []  # it does not come again from the watch
        await running.start()
        await running.over()
        assert len((await client.call(HoldsParams(), HoldsResult)).holds) == 2


@in_virtual_time
async def test_former_wearer_is_deleted_and_the_watch_is_left_alone(tmp_path: Path) -> None:
    broker = Blackboard()
    async with at_home(tmp_path) as home, home.daemon(publisher=broker) as running:
        await running.start()
        former = logged_hold(
            Side.LEFT, 40, Variant.KNEELING, now=running.clock.now(), entropy=bytes(range(16))
        )
        await running.journal.commit(commit_of(former, wearer="ann"))
        done = await running.client().call(DeleteParams(wearer="ann"), Done)
        assert done.text.startswith("holds and sessions of ann deleted: 1,")
        assert running.phase is Phase.HOLD
        await until(lambda: broker.of("wearer/ann/summary"))
        await running.over()
        assert len((await running.client().call(HoldsParams(), HoldsResult)).holds) == 2


@in_virtual_time
async def test_live_shows_the_present_and_every_change_until_the_client_leaves(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon() as running:
        await running.live()
        seen: list[LiveState] = []
        looking = asyncio.create_task(
            running.client().call(
                LiveParams(watch="Ours"),
                Done,
                on_event=lambda text: seen.append(LiveState.model_validate_json(text)),
            )
        )
        await until(lambda: seen)
        assert StatePayload.model_validate_json(seen[0].state).phase is Phase.IDLE
        await running.start()
        await running.over()
        phases = [StatePayload.model_validate_json(state.state).phase for state in seen]
        assert {Phase.CONFIRM, Phase.GAP, Phase.HOLD, Phase.CLOSING} <= set(phases)
        assert phases[-1] is Phase.IDLE
        assert SummaryPayload.model_validate_json(seen[-1].summary).today.right.seconds == 30
        assert {state.watch for state in seen} == {"Ours"}
        looking.cancel()
        await asyncio.wait({looking})
        assert home.watch.view.face in (Face.DONE, Face.CLOCK)


@in_virtual_time
async def test_resync(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon() as running:
        client = running.client()
        await client.call(LogParams(side=Side.LEFT, seconds=45), Done)
        (row,) = await running.journal.outbox(0, 10)
        await running.journal.outbox_sent((row.row_id,))
        assert await running.journal.outbox(0, 10) == ()
        done = await client.call(ResyncParams(), Done)
        assert done.text == "1 events are published again"
        assert [again.event_id for again in await running.journal.outbox(0, 10)] == [row.event_id]
        with pytest.raises(UsageError):
            await client.call(ResyncParams(since="host:nothing"), Done)


@in_virtual_time
async def test_who_leaves_in_the_midst_of_the_first_steps_has_a_watch_that_the_daemon_knows(
    tmp_path: Path,
) -> None:
    async with at_home(tmp_path, paired=False) as home, home.daemon() as running:
        asked = asyncio.Event()

        async def thinks(question: Question) -> Answer:
            if isinstance(question, PersonalQuestion):
                asked.set()
                await asyncio.Event().wait()
            return Answer(yes=True)

        events: list[Progress] = []
        call = running.client().call(
            PairParams(),
            PairResult,
            on_event=lambda text: events.append(Progress.model_validate_json(text)),
            on_ask=thinks,
        )
        pairing = asyncio.create_task(call)
        await until(asked.is_set)
        pairing.cancel()
        await asyncio.wait({pairing})
        await running.live()
        assert list(running.daemon.watches) == ["Sim"]
        assert [each.paired for each in events if each.paired is not None] == ["Sim", "Sim"]
