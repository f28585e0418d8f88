"""What the command line may ask of the running daemon, method by method.

Rule: a thin table: each method calls the part that knows.
"""

import asyncio
import os
from contextlib import suppress
from dataclasses import replace
from typing import assert_never

from pydantic import BaseModel

from wearsync import __version__
from wearsync.config import WatchSettings, load, rename_watch
from wearsync.control.calls import (
    AmendParams,
    BackupParams,
    Call,
    CommandParams,
    DeleteParams,
    ExportParams,
    ForgetParams,
    HistoryParams,
    HoldsParams,
    ImportParams,
    LiveParams,
    LogParams,
    PageParams,
    PairParams,
    ReloadParams,
    RemoveAppParams,
    RenameParams,
    ResyncParams,
    RoutineParams,
    ScanParams,
    StatusParams,
    TodayParams,
)
from wearsync.control.pairing import AskingAgent
from wearsync.control.results import (
    Done,
    LiveState,
    Progress,
    ReloadResult,
    ScanResult,
    StatusResult,
    WatchStatus,
)
from wearsync.control.session import Session
from wearsync.coordinator.reminders import RESUMED_AFTER_PAIN, STOPPED_PLAINLY
from wearsync.daemon.compose import Daemon
from wearsync.daemon.export import export
from wearsync.daemon.history import read_history
from wearsync.daemon.journal_desk import holds
from wearsync.daemon.page import Page, whereabouts
from wearsync.daemon.pairing import enrol
from wearsync.daemon.pairing.owner import Owner
from wearsync.daemon.reload import Reloader
from wearsync.daemon.routine_view import routine_view
from wearsync.daemon.states import state_payload
from wearsync.daemon.watch_task import WatchTask
from wearsync.errors import TryAgain, UsageError
from wearsync.model import Phase, Verb
from wearsync.publish.payloads import StatePayload


class ControlDesk:
    """Answers calls on behalf of a daemon. `reloader`: its configuration's; `page` None: it never has one."""

    def __init__(self, daemon: Daemon, *, reloader: Reloader, page: Page | None = None) -> None:
        self._daemon = daemon
        self._reloader = reloader
        self._page = page
        self._pairing = asyncio.Lock()

    async def handle(self, call: Call, session: Session) -> BaseModel:
        """Carry out one call. Raises `WearsyncError`s, which reach the caller as they are."""
        match call:
            case StatusParams():
                return await self._status()
            case CommandParams():
                return await self._command(call, session.via)
            case ScanParams():
                return await self._scan(call)
            case PairParams() | ImportParams() | RemoveAppParams():
                return await self._with_the_person(call, session)
            case ForgetParams() | RenameParams():
                return await self._edit(call)
            case TodayParams() | HistoryParams() | RoutineParams():
                return await self._look(call)
            case LiveParams():
                return await self._live(call, session)
            case (
                LogParams() | HoldsParams() | AmendParams() | ExportParams() | BackupParams() | DeleteParams()
            ):
                return await self._journal(call, session)
            case ReloadParams() | ResyncParams() | PageParams():
                return await self._manage(call)
            case _:
                assert_never(call)

    async def _manage(self, call: ReloadParams | ResyncParams | PageParams) -> BaseModel:
        match call:
            case PageParams():
                return whereabouts(self._page, call)
            case ReloadParams():
                if self._pairing.locked():
                    raise TryAgain("a watch is being paired: try again when that is done")
                return await self.reload()
            case ResyncParams():
                count = await self._daemon.resync(call.since)
                return Done(text=f"{count} events are published again")
            case _:
                assert_never(call)

    async def reload(self) -> ReloadResult:
        """Read the configuration anew, once nobody pairs. Raises `ConfigError`, `TryAgain`."""
        async with self._pairing:
            return await self._reloader.reload()

    async def _look(self, call: TodayParams | HistoryParams | RoutineParams) -> BaseModel:
        match call:
            case TodayParams():
                return await self._daemon.reporter.summary(self._wearer(call.wearer))
            case HistoryParams():
                summary = await self._daemon.reporter.summary(self._wearer(call.wearer))
                return await read_history(self._daemon.journal, call, summary)
            case RoutineParams():
                task = self._daemon.pick(call.watch)
                return routine_view(task.identity.name, task.state)
            case _:
                assert_never(call)

    async def _status(self) -> StatusResult:
        daemon = self._daemon
        depth = await daemon.journal.outbox_depth()
        return StatusResult(
            version=__version__,
            pid=os.getpid(),
            site=daemon.settings.site,
            radio=daemon.settings.radio,
            broker="connected"
            if daemon.broker.connected
            else f"away: {daemon.broker.fault or 'not tried yet'}",
            outbox=depth.waiting,
            outbox_oldest_s=None
            if depth.oldest_ms is None
            else (daemon.clock.now().host_ms - depth.oldest_ms) / 1000,
            outbox_parked=depth.parked,
            watches=tuple(self._watch_status(task) for task in daemon.watches.values()),
        )

    def _watch_status(self, task: WatchTask) -> WatchStatus:
        heard_ms = task.link.last_heard_ms
        now_ms = self._daemon.clock.now().host_ms
        return WatchStatus(
            name=task.identity.name,
            watch_id=task.identity.watch_id,
            driver=task.identity.driver,
            wearer=task.identity.wearer,
            link=f"{task.link.state}: {task.link.reason}" if task.link.reason else task.link.state,
            trust=task.link.trust,
            phase=task.state.phase.value,
            battery_percent=None if task.state.battery is None else task.state.battery.percent,
            last_heard_s=None if heard_ms is None else (now_ms - heard_ms) / 1000,
            clock_off_ms=task.link.clock_offset_ms,
        )

    async def _command(self, call: CommandParams, via: str) -> Done:
        task = self._daemon.pick(call.watch)
        was_pain = task.state.reminders.switch.pain
        reason = await self._daemon.commands.give(task, call.command(), via=via)
        if reason is not None:
            raise TryAgain(reason)
        if call.verb is Verb.REMIND and call.on and was_pain:
            return Done(text=f"{task.identity.name}: {RESUMED_AFTER_PAIN}")
        return Done(text=f"{task.identity.name}: {_told(call, live=task.state.live)}")

    async def _scan(self, call: ScanParams) -> ScanResult:
        seen = await self._daemon.radio.scan(call.seconds)
        return enrol.seen_watches(seen, self._daemon.settings)

    async def _with_the_person(
        self, call: PairParams | ImportParams | RemoveAppParams, session: Session
    ) -> BaseModel:
        """What takes its time, and asks the person at the command line as it goes on."""
        if self._pairing.locked():
            raise TryAgain("another pairing is going on: try again when it is done")
        async with self._pairing:
            told: asyncio.Queue[Progress] = asyncio.Queue()
            teller = asyncio.create_task(_tell(told, session), name="pairing-progress")
            agent = AskingAgent(session)
            owner = Owner(
                go_ahead=agent.go_ahead,
                say=lambda text: told.put_nowait(Progress(text=text)),
                progress=lambda percent: told.put_nowait(Progress(text="", percent=percent)),
                asked=agent.asked,
                choose=agent.choose,
                named=agent.named,
                paired=lambda name: told.put_nowait(Progress(text="", paired=name)),
            )
            try:
                match call:
                    case PairParams() | ImportParams():
                        return await self._pair(call, agent, owner)
                    case RemoveAppParams():
                        daemon = self._daemon
                        said = await enrol.remove_app(
                            call, radio=daemon.radio, clock=daemon.clock, entropy=daemon.entropy, owner=owner
                        )
                        return Done(text=said)
            finally:
                # A client that has left is the server's to notice: it cancels all of this.
                teller.cancel()
                await asyncio.gather(teller, return_exceptions=True)

    async def _pair(self, call: PairParams | ImportParams, agent: AskingAgent, owner: Owner) -> BaseModel:
        daemon = self._daemon
        names: list[str] = []

        def paired(name: str) -> None:
            names.append(name)
            owner.paired(name)

        try:
            return await enrol.pair(
                call,
                settings=daemon.settings,
                radio=daemon.radio,
                keys=daemon.keys,
                clock=daemon.clock,
                agent=agent,
                entropy=daemon.entropy,
                owner=replace(owner, paired=paired),
            )
        finally:
            # Also who has left in the midst of the first steps has a new watch.
            if names:
                self._reread()
                watch = daemon.settings.watch(names[-1])
                if watch is not None:
                    with suppress(RuntimeError):  # on its way out; the next run finds it
                        daemon.add(watch)

    async def _edit(self, call: ForgetParams | RenameParams) -> Done:
        daemon = self._daemon
        task = daemon.pick(call.watch)
        name, watch_id = task.identity.name, task.identity.watch_id
        watch = daemon.settings.watch(watch_id)
        if watch is None:
            raise UsageError(f"{name} has left the configuration, and goes when its session is over")
        match call:
            case ForgetParams():
                return Done(text=await self._forget(name, watch))
            case RenameParams():
                rename_watch(daemon.settings.source, watch.name, call.name)
                if daemon.keys.has(watch_id):
                    daemon.keys.rename(watch_id, call.name)
                self._reread()
                watch = daemon.settings.watch(watch_id)
                if watch is None:
                    raise UsageError(f"{name} has left the configuration meanwhile")
                daemon.add(watch)
                return Done(text=f"{name} is now called {call.name}")

    async def _forget(self, name: str, watch: WatchSettings) -> str:
        daemon, settings = self._daemon, self._daemon.settings
        # Whoever brings the watches up to date meanwhile must not take it in again.
        daemon.renew_watches(tuple(each for each in settings.watches if each is not watch))
        daemon.remove(name)
        try:
            gone = await enrol.forget(watch.name, settings=settings, radio=daemon.radio, keys=daemon.keys)
        except BaseException:  # the client has left, or the like: then it goes on as before
            daemon.renew_watches(settings.watches)
            daemon.add(watch)
            raise
        self._reread()
        return gone.told()

    async def _live(self, call: LiveParams, session: Session) -> Done:
        daemon = self._daemon
        only = None if call.watch is None else daemon.pick(call.watch).identity.name
        with daemon.reporter.live.listen() as changes:
            for name, task in daemon.watches.items():
                if only in (None, name):
                    await self._show(name, state_payload(task.state, task.link, daemon.clock), session)
            while True:
                name, state = await changes.get()
                if only in (None, name) and name in daemon.watches:
                    await self._show(name, state, session)

    async def _show(self, name: str, state: StatePayload, session: Session) -> None:
        """One watch's state to a live view, with its wearer's day."""
        daemon = self._daemon
        summary = await daemon.reporter.summary(daemon.watches[name].identity.wearer)
        await session.emit(
            LiveState(
                watch=name,
                state=state.json_text(),
                summary=summary.json_text(),
                watches=tuple(daemon.watches),
            )
        )

    async def _journal(
        self,
        call: LogParams | HoldsParams | AmendParams | ExportParams | BackupParams | DeleteParams,
        session: Session,
    ) -> BaseModel:
        daemon, desk = self._daemon, self._daemon.journal_desk
        match call:
            case LogParams():
                wearer = self._wearer(call.wearer)
                done = await desk.log(call, wearer)
                daemon.hold_logged(wearer)
                return done
            case HoldsParams():
                since = call.since or daemon.clock.now().local_date
                return await holds(daemon.journal, self._wearer(call.wearer), since)
            case AmendParams():
                wearer, done = await desk.amend(call)
                daemon.hold_logged(wearer)
                return done
            case ExportParams():
                async for part in export(daemon.journal, call):
                    await session.emit(part)
                return Done()
            case BackupParams():
                return await desk.back_up(call.path)
            case DeleteParams():
                return await self._delete(call)
            case _:
                assert_never(call)

    async def _delete(self, call: DeleteParams) -> Done:
        """The watches concerned are taken in anew afterwards: what they were doing is of the past too."""
        daemon = self._daemon
        tasks = [task for task in daemon.watches.values() if call.wearer in (None, task.identity.wearer)]
        for task in tasks:
            if task.state.phase is not Phase.IDLE:
                name = task.identity.name
                raise UsageError(f"{name} has a session: stop it first, with `wearsync stop --watch {name}`")
        watches = [watch for task in tasks if (watch := daemon.settings.watch(task.identity.watch_id))]
        for watch in watches:
            daemon.remove(watch.name)
        try:
            return await daemon.journal_desk.delete(call)
        finally:
            for watch in watches:
                daemon.add(watch)
            for wearer in self._wearers() if call.wearer is None else {call.wearer}:
                daemon.hold_logged(wearer)

    def _wearer(self, named: str | None) -> str:
        """The wearer of that name; without one, the only one there is."""
        wearers = self._wearers()
        if named is None or named in wearers:
            return named or self._daemon.default_wearer()
        raise UsageError(f"no wearer is called {named!r}; there are: {', '.join(sorted(wearers))}")

    def _wearers(self) -> set[str]:
        daemon = self._daemon
        return {task.identity.wearer for task in daemon.watches.values()} | {daemon.settings.wearer}

    def _reread(self) -> None:
        """The watches as they are configured now, by us; what the command line had put over it stays."""
        daemon = self._daemon
        daemon.renew_watches(load(daemon.settings.source, secrets=False).watches)


def _told(call: CommandParams, *, live: bool) -> str:
    """What was asked of the watch, for people: it has not happened yet. `live`: the watch is there."""
    match call.verb:
        case Verb.START:
            return "tap the watch to begin" if live else "looking for the watch: tap it when it asks"
        case Verb.EXTRA if call.side is not None:
            return f"extra, {call.side.value}"
        case Verb.SNOOZE if call.minutes is not None:
            return f"asks again in {call.minutes} min"
        case Verb.AWAY:
            return "back again" if call.away is False else "away, the streak waits"
        case Verb.SET:
            return "from the next session on"
        case Verb.REMIND:
            return "reminders are on" if call.on else STOPPED_PLAINLY
        case verb:
            return verb.value


async def _tell(told: asyncio.Queue[Progress], session: Session) -> None:
    while True:
        await session.emit(await told.get())
